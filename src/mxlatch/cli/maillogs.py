"""`--mail-log [HOST=]FILE`: the logs of the servers that a plan locks, read a line at a time, gzip too.

What stands in them strangers have caused: a line is read up to a bound, and a file up to one. Which server a log is of,
HOST says, by the name that the plan has for it; without it the log is of the one server that is locked.
"""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from mxlatch.cli.exits import CannotRead, WrongUsage
from mxlatch.cli.files import STANDARD
from mxlatch.plan.change import Lock
from mxlatch.plan.result import Plan
from mxlatch.terms.errors import InputError
from mxlatch.terms.wording import listed
from mxlatch.wire.maillog import LONGEST_LINE, MailLog, Reader

LARGEST_LOG = 64 * 2**30  # octets, unpacked: a week of a server with a hundred million messages
_GZIP = b"\x1f\x8b"  # RFC 1952 section 2.3.1
_REST = 65_536


def check(words: Sequence[str]) -> None:
    """Tell early that a log is not there: before a long look, and not after it.

    Raises:
        CannotRead: no file of that name.
    """
    for word in words:
        path = _path(word)
        if path != STANDARD and not Path(path).is_file():
            raise CannotRead(f"mail log {path}: there is no such file")


def locked(plans: Sequence[Plan]) -> tuple[str, ...]:
    """The servers that these plans lock, by the names that the plans have for them."""
    return tuple(dict.fromkeys(change.host for plan in plans for change in plan.changes if isinstance(change, Lock)))


def read(words: Sequence[str], hosts: Sequence[str], now: float) -> dict[str, MailLog]:
    """What the logs say, by host. now: of the look, seconds since 1970 UTC.

    Raises:
        WrongUsage: it is not clear of which server a log is.
        CannotRead: with the system's reason. InputError: no log of Postfix, Exim or Exchange.
    """
    readers: dict[str, Reader] = {}
    for word in words:
        host = _host(word, hosts)
        if host not in hosts:
            which = f"only {listed(hosts)}" if hosts else "no server"
            click.echo(f"mxlatch: {_path(word)}: not read: the plan locks {which}", err=True)
            continue
        reader = readers.setdefault(host, Reader(now))
        before = reader.seen()
        _take(reader, _path(word))
        _understood(before, reader.seen(), _path(word))
    return {host: reader.seen() for host, reader in readers.items()}


def _path(word: str) -> str:
    """The file of a word; a name with "=" in it is one too, if it is there."""
    return word if Path(word).is_file() else word.partition("=")[2] or word


def _host(word: str, hosts: Sequence[str]) -> str:
    if _path(word) != word:
        return word.partition("=")[0].rstrip(".").lower()
    if len(hosts) > 1:
        raise WrongUsage(f"--mail-log {word}: of which server is it? Write HOST={word}: the plan locks {listed(hosts)}")
    return hosts[0] if hosts else ""


def _take(reader: Reader, path: str) -> None:
    try:
        if path == STANDARD:
            reader.take(_lines(sys.stdin.buffer.readline))
            return
        with Path(path).open("rb") as file:
            packed = file.peek(2)[:2] == _GZIP
            if not packed:
                reader.take(_lines(file.readline))
                return
            with gzip.GzipFile(fileobj=file) as unpacked:
                reader.take(_lines(unpacked.readline))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: broken gzip: {str(error).lower()}: pack it again, or give it unpacked") from None
    except OSError as error:
        raise CannotRead(f"mail log {path}: {(error.strerror or str(error)).lower()}") from None


def _lines(readline: Callable[[int], bytes]) -> Iterator[bytes]:
    """The lines, each up to `LONGEST_LINE`."""
    octets = 0
    while line := readline(LONGEST_LINE):
        octets += len(line)
        yield line
        while not line.endswith(b"\n") and (line := readline(_REST)):
            octets += len(line)
        if octets > LARGEST_LOG:
            raise InputError(f"a mail log of over {LARGEST_LOG} octets: give the last week of it")


def _understood(before: MailLog, after: MailLog, path: str) -> None:
    """Tell what could not be read.

    Raises:
        InputError: nothing could.
    """
    lines, unknown = after.lines - before.lines, after.unknown - before.unknown
    if lines and lines == unknown:
        raise InputError(f"{path}: no line of Postfix, Exim or Exchange with its time: is this the mail log?")
    if not lines:
        raise InputError(f"{path}: the mail log is empty")
    if unknown:
        click.echo(f"mxlatch: {path}: {unknown} of {lines} lines are of other programs, or not understood", err=True)
