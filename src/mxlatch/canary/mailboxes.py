"""The mailbox that canaries arrive in: a Maildir with its folders, an mbox (RFC 4155), an IMAP folder. Only read.

Only what came after the reading began is looked at, and of that the headers. A mailbox is a place where strangers put
things: how much is read at a time is bounded.

Limits: an mbox that is rewritten while we wait is read again from its start; it is not locked, since we change nothing,
and a message whose header is not whole yet is left for the next look.
"""

import itertools
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from mxlatch.canary.message import TOKEN_HEADER
from mxlatch.net.imap import Folder, ImapError
from mxlatch.wire.received import LARGEST_HEADER

MOST_FOLDERS = 500
MOST_MESSAGES = 20_000  # new ones of one look; the rest is for the next
LARGEST_READ = 64 * 1024 * 1024  # octets of an mbox in one look
_SEPARATOR = b"\nFrom "


class MailboxError(Exception):
    """The mailbox cannot be read; the message says which and why."""


class Found(Struct, frozen=True):
    """A new message: where it lies, for people, and its beginning, the header at least."""

    where: str
    content: bytes


class Mailbox(Protocol):
    """Whatever canaries can be looked for in."""

    async def look(self, tokens: Collection[str]) -> list[Found]:
        """What is new since the last look and may be one of these. Raises `MailboxError`."""


class Maildir:
    """A Maildir, with the folders of Maildir++ below it (".Junk"): what was filed as junk has arrived too."""

    def __init__(self, path: Path) -> None:
        """What lies there now is left aside.

        Raises:
            MailboxError: no Maildir, or not for us.
        """
        if not (path / "new").is_dir():
            raise MailboxError(f"{path} is no Maildir: there is no folder {path / 'new'}")
        self._path = path
        self._known: set[str] = set()
        self._new()

    async def look(self, tokens: Collection[str]) -> list[Found]:
        """What came since the last look; which of it is a canary is the reader's part."""
        return [Found(folder, content) for folder, file in self._new() if (content := _beginning(file)) is not None]

    def _new(self) -> list[tuple[str, Path]]:
        found: list[tuple[str, Path]] = []
        try:
            for folder in self._folders():
                for name, file in _messages(folder):
                    if name not in self._known and len(found) < MOST_MESSAGES:
                        found.append((str(folder), file))
                        self._known.add(name)
        except OSError as error:
            raise MailboxError(f"{self._path} cannot be read: {(error.strerror or str(error)).lower()}") from None
        return found

    def _folders(self) -> list[Path]:
        below = sorted(p for p in self._path.iterdir() if p.name.startswith(".") and (p / "new").is_dir())
        return [self._path, *below[:MOST_FOLDERS]]


def _messages(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each message by its unique part: the same file moves from new to cur and gains flags (":2,S")."""
    for part in ("new", "cur"):
        if not (folder / part).is_dir():
            continue
        with os.scandir(folder / part) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file():
                    yield entry.name.partition(":")[0], Path(entry.path)


def _beginning(file: Path) -> bytes | None:
    """None for a file that has moved on since."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_HEADER)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MailboxError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from None


class Mbox:
    """One file with all messages, each behind a line that begins with "From "."""

    def __init__(self, path: Path) -> None:
        """What stands there now is left aside; a file that is not there yet is an empty one.

        Raises:
            MailboxError: not for us, or no file.
        """
        if path.is_dir() or not path.parent.is_dir():
            raise MailboxError(f"{path} is no mbox: give a file")
        self._path = path
        self._from = self._size()
        self._told: set[int] = set()

    async def look(self, tokens: Collection[str]) -> list[Found]:
        """What was appended since the last look."""
        size = self._size()
        if size < self._from:
            self._from, self._told = 0, set()
        text = self._read()
        starts = _starts(text)[:MOST_MESSAGES]
        found = []
        for begin, end in itertools.pairwise([*starts, len(text)]):
            content = text[begin:end].partition(b"\n")[2][:LARGEST_HEADER]
            whole = b"\n\n" in content or b"\r\n\r\n" in content
            if whole and self._from + begin not in self._told:
                self._told.add(self._from + begin)
                found.append(Found(str(self._path), content))
        if starts:
            self._from += starts[-1]  # the last one may not be whole yet
        return found

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise MailboxError(f"{self._path} cannot be read: {(error.strerror or str(error)).lower()}") from None

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(self._from)
                return file.read(LARGEST_READ)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise MailboxError(f"{self._path} cannot be read: {(error.strerror or str(error)).lower()}") from None


class Imap:
    """A folder at an IMAP server, which looks for the tokens itself."""

    def __init__(self, folder: Folder, where: str) -> None:
        """where: for people, without a password."""
        self._folder, self._where = folder, where

    async def look(self, tokens: Collection[str]) -> list[Found]:
        """Whatever is there now; the same message is told each time."""
        try:
            headers = await self._folder.headers(TOKEN_HEADER, tokens)
        except ImapError as error:
            raise MailboxError(str(error)) from None
        return [Found(self._where, header) for header in headers]


def _starts(text: bytes) -> list[int]:
    """Where messages begin."""
    starts = [0] if text.startswith(b"From ") else []
    at = text.find(_SEPARATOR)
    while at >= 0:
        starts.append(at + 1)
        at = text.find(_SEPARATOR, at + 1)
    return starts
