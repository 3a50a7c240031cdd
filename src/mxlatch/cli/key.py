"""The operator's key: a secret of this machine's user, to which a domain's leave is bound (DESIGN 6)."""

import os
import secrets
from pathlib import Path

from mxlatch.cli import places
from mxlatch.cli.exits import CannotRead, CannotWrite, ConfigError

FILE = "key"
_OCTETS = 32  # 256 bits: as much as HMAC-SHA-256 can use
_LARGEST = 4096


def path() -> Path:
    """Where the key is, whether there is one or not."""
    return places.config_dir() / FILE


def read(where: Path) -> bytes | None:
    """The key; None if there is none.

    Raises:
        CannotRead: it is there and not for us.
        ConfigError: it is no key.
    """
    try:
        with where.open("rb") as file:
            text = file.read(_LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotRead(f"the operator's key {where}: {error.strerror}") from None
    try:
        secret = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != _OCTETS:
        raise ConfigError(f"{where}:1: this is no key of mxlatch: move it away and run `mxlatch config key DOMAIN`")
    return secret


def make(where: Path) -> bytes:
    """A new key, readable by its owner only. An existing one is never replaced: leave already given depends on it.

    Raises:
        CannotWrite: with the system's reason.
    """
    secret = secrets.token_bytes(_OCTETS)
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
    except OSError as error:
        raise CannotWrite(f"the operator's key {where}: {error.strerror}") from None
    return secret
