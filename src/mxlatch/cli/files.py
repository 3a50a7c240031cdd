"""The files that a user names: read with a bound, written whole or not at all, and every failure says what to do."""

import os
import sys
import tempfile
from pathlib import Path

from mxlatch.cli.exits import CannotRead, CannotWrite
from mxlatch.terms.errors import InputError

STANDARD = "-"  # standard input or output
LARGEST_TEXT = 64 * 1024 * 1024  # octets; an audit's JSON of a very large organisation has about 5 MiB


def read_text(path: str, what: str) -> str:
    """The text of a file, "-" being standard input. `what` names it in messages: "inventory".

    Raises:
        CannotRead: it is not there, or not for us.
        InputError: it is no UTF-8, or too large to be what it should be.
    """
    octets = read_octets(path, what)
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: not UTF-8: save the {what} as UTF-8") from None


def read_octets(path: str, what: str) -> bytes:
    """A file as it is, "-" being standard input.

    Raises:
        CannotRead: it is not there, or not for us.
        InputError: it is too large to be what it should be.
    """
    try:
        if path == STANDARD:
            octets = sys.stdin.buffer.read(LARGEST_TEXT + 1)
        else:
            with Path(path).open("rb") as file:
                octets = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise CannotRead(f"{what} {path}: {_because(error)}") from None
    if len(octets) > LARGEST_TEXT:
        raise InputError(f"{path}: over {LARGEST_TEXT} octets: is this the {what}?")
    return octets


def check_writable(path: str, what: str) -> None:
    """Tell early that a file cannot be written: before a long run, and not at its end.

    Raises:
        CannotWrite: its folder is not there, or not for us.
    """
    folder = Path(path).parent
    if not folder.is_dir():
        raise CannotWrite(f"{what} {path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK) and not Path(path).exists():
        raise CannotWrite(f"{what} {path}: you have no permission to write in {folder}")
    if Path(path).is_dir():
        raise CannotWrite(f"{what} {path}: this is a folder")


def write_text(path: str, text: str, what: str) -> None:
    """Write a file whole: whoever reads it meanwhile sees the old one or the new one.

    Raises:
        CannotWrite: with the system's reason.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file():  # /dev/stdout, a named pipe: nothing to replace
            target.write_text(text, "utf-8")
            return
        handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(scratch, _mode(target))
            os.replace(scratch, target)
        except BaseException:
            os.unlink(scratch)
            raise
    except OSError as error:
        raise CannotWrite(f"{what} {path}: {_because(error)}") from None


def replace_octets(path: str, octets: bytes, what: str) -> None:
    """Write a file at one blow and for good: it is on the disk when this returns, with its old owner and permissions.

    Through a symbolic link the file behind it is written. A new file is for its owner only.

    Raises:
        CannotWrite: with the system's reason; the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(octets)
                file.flush()
                _like(target, scratch)
                os.fsync(file.fileno())
            os.replace(scratch, target)
        except BaseException:
            os.unlink(scratch)
            raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name is on the disk only then
        finally:
            os.close(folder)
    except OSError as error:
        raise CannotWrite(f"{what} {path}: {_because(error)}") from None


def _like(target: Path, scratch: str) -> None:
    if target.exists():
        was = target.stat()
        if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(scratch, was.st_uid, was.st_gid)
        os.chmod(scratch, was.st_mode & 0o7777)


def _mode(target: Path) -> int:
    """The permissions the file has, or would have had."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _because(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file or folder"
        case PermissionError():
            return "you have no permission for it"
        case IsADirectoryError():
            return "this is a folder"
        case _:
            return (error.strerror or str(error)).lower()
