"""Where canaries are looked for: the options that name a Maildir, an mbox or an IMAP folder, and opening it."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click
from msgspec import Struct, structs

from mxlatch.canary.mailboxes import Imap, Mailbox, MailboxError, Maildir, Mbox
from mxlatch.cli.exits import CannotRead, WrongUsage
from mxlatch.cli.files import read_text
from mxlatch.cli.settings import ENV_PREFIX
from mxlatch.net.gate import Gate
from mxlatch.net.imap import PORT, Account, Folder
from mxlatch.wire.imap import examine

PASSWORD = ENV_PREFIX + "IMAP_PASSWORD"
_LARGEST_PORT = 65_535


class Place(Struct, frozen=True):
    """One of these. account: what `imap` and the password come to."""

    maildir: str | None = None
    mbox: str | None = None
    imap: str | None = None
    password_file: str | None = None
    account: Account | None = None


def choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `Place`; the function gets them as `place`."""

    @click.option("--maildir", metavar="DIR", help="Look for arrivals in this Maildir and its folders.")
    @click.option("--mbox", metavar="FILE", help="Look for arrivals in this mbox.")
    @click.option("--imap", metavar="URL", help="Look for arrivals at imaps://USER@HOST/FOLDER; USER with %40 for @.")
    @click.option(
        "--imap-password",
        "password_file",
        metavar="FILE",
        help=f"Its password. [default: {PASSWORD} in the environment]",
    )
    @functools.wraps(function)
    def with_place(*arguments: Any, **named: Any) -> Any:
        fields = {field: named.pop(field) for field in ("maildir", "mbox", "imap", "password_file")}
        return function(*arguments, place=Place(**fields), **named)

    return with_place


def checked(place: Place) -> Place:
    """The same with its account; all that can be wrong before anything is asked is told.

    Raises:
        WrongUsage: not one of the three, or no URL of a folder. CannotRead: there is no such mailbox.
    """
    if sum(given is not None for given in (place.maildir, place.mbox, place.imap)) != 1:
        raise WrongUsage("where shall the canaries be looked for? Give one of --maildir, --mbox and --imap")
    if place.imap is not None:
        return structs.replace(place, account=account(place.imap, _password(place.password_file)))
    _file(place)
    return place


def opened(place: Place, gate: Gate, ca: Path | None) -> Mailbox:
    """The mailbox; what lies in a file now is left aside. ca: certificates to trust in place of the system's."""
    if place.account is None:
        return _file(place)
    return Imap(Folder(gate, place.account, ca=ca), repr(place.account))


def account(url: str, password: str) -> Account:
    """The account of an URL (RFC 5092, as far as one folder goes).

    Raises:
        WrongUsage: it is not of that form, or holds a password, which every `ps` would show.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        raise _no_url(url) from None
    if parts.password is not None:
        raise WrongUsage(f"--imap: no password in the URL, where every ps shows it: use {PASSWORD} or --imap-password")
    folder = unquote(parts.path.removeprefix("/")) or "INBOX"
    if parts.scheme != "imaps" or not parts.hostname or not parts.username or not 0 < port <= _LARGEST_PORT:
        raise _no_url(url)
    try:
        examine(folder)
    except ValueError as error:
        raise WrongUsage(f"--imap: {error}") from None
    return Account(parts.hostname, port, unquote(parts.username), password, folder)


def _no_url(url: str) -> WrongUsage:
    return WrongUsage(f"--imap {url[:80]!r}: write imaps://USER@HOST or imaps://USER@HOST:PORT/FOLDER")


def _password(file: str | None) -> str:
    found = read_text(file, "password").rstrip("\r\n") if file else os.environ.get(PASSWORD, "")
    if not found:
        raise WrongUsage(f"--imap: no password: set {PASSWORD}, or give --imap-password FILE")
    return found


def _file(place: Place) -> Mailbox:
    try:
        return Maildir(Path(place.maildir)) if place.maildir is not None else Mbox(Path(place.mbox or ""))
    except MailboxError as error:
        raise CannotRead(str(error)) from None
