"""The file of a run of canaries, `mxlatch.canary/1`: JSON, written for people and for `audit --with`."""

import ipaddress

import msgspec

from mxlatch.canary.result import SCHEMA, Run
from mxlatch.terms.errors import InputError
from mxlatch.terms.names import BadName, domain_name

MOST_CANARIES = 100_000  # of one file: two a door of the largest audit are 4,096


def dump(run: Run) -> str:
    """The file's text."""
    return msgspec.json.format(msgspec.json.encode(run), indent=2).decode("utf-8") + "\n"


def load(text: str, path: str) -> Run:
    """A run from a file's text.

    Raises:
        InputError: not such a file, or of another version; names the file and the remedy.
    """
    try:
        run = msgspec.json.decode(text, type=Run)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"{path}: no file of canaries ({error}): give one made by mxlatch canary -o") from None
    if run.schema != SCHEMA:
        raise InputError(f"{path}: schema {run.schema[:40]!r}, this mxlatch reads {SCHEMA!r}")
    try:
        _check(run)
    except (ValueError, BadName) as error:
        raise InputError(f"{path}: {error}: the file is damaged") from None
    return run


def _check(run: Run) -> None:
    if len(run.canaries) > MOST_CANARIES:
        raise ValueError(f"over {MOST_CANARIES} canaries")
    if domain_name(run.domain) != run.domain:
        raise ValueError(f"{run.domain!r} is not as mxlatch writes names")
    for canary in run.canaries:
        host, _, port = canary.door.rpartition(":")
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        if not port.isdecimal():
            raise ValueError(f"{canary.door!r} is no door")
