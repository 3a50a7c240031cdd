"""What `--with` joins to a run: looks from other vantages (bundles), canaries that proved a path, scans of blocks."""

import re
from collections.abc import Iterable
from pathlib import Path

import click
from msgspec import Struct

from mxlatch.audit import bundle
from mxlatch.audit.log import Log
from mxlatch.cli import scanned
from mxlatch.cli.exits import CannotRead
from mxlatch.cli.files import read_text
from mxlatch.report.escape import visible
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.scan import Scan

_SCHEMA = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"schema"\s*:\s*"mxlatch\.(\w+)/')  # what we write begins with it
_HEAD = 4096  # octets of a file that tell what it is


class Joined(Struct, frozen=True):
    """What the files hold.

    looks: runs from other vantages. proven: by domain and door, the canaries that arrived without meeting a filter.
    scans: by file.
    """

    looks: tuple[Log, ...] = ()
    proven: dict[str, dict[str, Evidence]] = {}
    scans: dict[str, Scan] = {}


def join(files: Iterable[str]) -> Joined:
    """Read them all.

    Raises:
        CannotRead: with the system's reason. InputError: it is none of these.
    """
    looks: list[Log] = []
    proven: dict[str, dict[str, Evidence]] = {}
    scans: dict[str, Scan] = {}
    for file in files:
        found = what(file)
        if found == b"canary":
            domain, doors = _canaries(file)
            proven.setdefault(domain, {}).update(doors)
        elif found == b"scan":
            scans[file] = scanned.load(file)
        else:
            looks.append(load(file))
    return Joined(tuple(looks), proven, scans)


def load(saved: str) -> Log:
    """The log of a bundle; that its last line broke off is told.

    Raises:
        CannotRead: with the system's reason.
        InputError: it is no bundle.
    """
    try:
        log = bundle.load(Path(saved))
    except OSError as error:
        raise CannotRead(f"bundle {saved}: {(error.strerror or str(error)).lower()}") from None
    if log.torn:
        told = f"{saved}:{log.torn}: the last line is torn and left out: this is an interrupted run; take a new one"
        click.echo(f"mxlatch: {visible(told)}", err=True)
    return log


def what(file: str) -> bytes:
    """The word in its schema, b"" if it begins with none: what strangers said further on in it does not count."""
    try:
        with Path(file).open("rb") as opened:
            found = _SCHEMA.match(opened.read(_HEAD))
    except OSError:  # told by whoever reads it
        return b""
    return found[1] if found else b""


def _canaries(file: str) -> tuple[str, dict[str, Evidence]]:
    from mxlatch.canary.conclusion import proven_doors
    from mxlatch.canary.record import load as load_canaries

    run = load_canaries(read_text(file, "canaries"), file)
    return run.domain, proven_doors(run)
