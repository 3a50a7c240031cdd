"""IMAP as far as it takes to look for a few messages in one folder, without changing it (RFC 3501, RFC 9051).

Commands out and responses in, without any I/O. The folder is opened with EXAMINE and read with BODY.PEEK: no flag is
set, nothing is marked as read. Only headers are fetched, and of those a bounded part.

Limits: PLAIN over TLS is the only way to log in (no OAuth); folder names are ASCII.
"""

import base64
import re
from collections.abc import Iterable

from msgspec import Struct

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.received import LARGEST_HEADER
from mxlatch.wire.smtp.reply import printable

LONGEST_LINE = 65_536  # octets without literals: a SEARCH answer of some thousand messages
LARGEST_RESPONSE = 2 * LARGEST_HEADER  # octets with its literals: one header, and room
MOST_LITERALS = 16  # of one response; a header has one
MOST_MESSAGES = 200  # that are fetched for one look: two canaries for each of a hundred doors
_LITERAL = re.compile(rb"\{([0-9]{1,10})\+?\}$")
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_FOLDER = re.compile(r"[ -~]+")
_SHOWN = 80  # octets of a wrong line that an error repeats


class Response(Struct, frozen=True):
    """One response. tag: "*", "+" or a command's; text: the rest of the line, its literals left out, printable."""

    tag: str
    text: str
    literals: tuple[bytes, ...] = ()


class ResponseParser:
    """Bytes in, whole responses out."""

    def __init__(self) -> None:
        """An empty parser; it serves one connection."""
        self._rest = b""
        self._line = b""
        self._literals: list[bytes] = []
        self._missing: int | None = None  # octets of the literal that is being read

    def feed(self, data: bytes) -> list[Response]:
        """Take what arrived; return the responses that are now whole.

        Raises:
            ProtocolError: not a response, or over a bound.
        """
        self._rest += data
        found: list[Response] = []
        while True:
            if self._missing is not None:
                if len(self._rest) < self._missing:
                    return found
                self._literals.append(self._rest[: self._missing])
                self._rest, self._missing = self._rest[self._missing :], None
            line, end, rest = self._rest.partition(b"\r\n")
            if len(line) + len(self._line) > LONGEST_LINE:
                raise ProtocolError(f"an IMAP line longer than {LONGEST_LINE} octets")
            if not end:
                return found
            self._rest = rest
            self._end_line(line, found)

    def _end_line(self, line: bytes, found: list[Response]) -> None:
        literal = _LITERAL.search(line)
        if literal is None:
            found.append(_response(self._line + line, tuple(self._literals)))
            self._line, self._literals = b"", []
            return
        self._missing = int(literal[1])
        self._line += line[: literal.start()]
        if sum(map(len, self._literals)) + self._missing > LARGEST_RESPONSE or len(self._literals) >= MOST_LITERALS:
            raise ProtocolError(f"an IMAP response of more than {LARGEST_RESPONSE} octets")


def plain(user: str, password: str) -> str:
    """What follows the "+" to AUTHENTICATE PLAIN (RFC 4616).

    Raises:
        ValueError: a NUL in either.
    """
    if "\x00" in user + password:
        raise ValueError("a user name or password with a NUL")
    return base64.b64encode(f"\x00{user}\x00{password}".encode()).decode("ascii")


def examine(folder: str) -> str:
    """The command that opens a folder for reading only.

    Raises:
        ValueError: not printable ASCII.
    """
    if not _FOLDER.fullmatch(folder):
        raise ValueError(f"{folder[:60]!r} is no folder name that can be written here: printable ASCII only")
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'EXAMINE "{escaped}"'


def search(header: str, token: str) -> str:
    """The command that finds a canary by its header or its subject."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"{token[:60]!r} is no token")
    return f'UID SEARCH OR HEADER "{header}" "{token}" SUBJECT "{token}"'


def found(responses: Iterable[Response]) -> tuple[int, ...]:
    """The UIDs of a search."""
    words = (r.text.split() for r in responses if r.tag == "*")
    return tuple(int(uid) for w in words if w[:1] == ["SEARCH"] for uid in w[1:] if uid.isdecimal())[:MOST_MESSAGES]


def fetch(uid: int) -> str:
    """The command that reads the header of a message, as far as it is of use."""
    return f"UID FETCH {uid} (BODY.PEEK[HEADER]<0.{LARGEST_HEADER}>)"


def header(responses: Iterable[Response]) -> bytes | None:
    """The header of a fetch; None if the message is gone."""
    bodies = (r.literals[0] for r in responses if r.tag == "*" and " FETCH " in f"{r.text} " and r.literals)
    return next(bodies, None)


def _response(line: bytes, literals: tuple[bytes, ...]) -> Response:
    tag, space, text = line.partition(b" ")
    if not tag or not tag.isascii() or not (space or tag == b"+"):
        raise ProtocolError(f"not an IMAP response: {printable(line[:_SHOWN])!r}")
    return Response(printable(tag), printable(text), literals)
