"""Files of `mxlatch scan -o FILE.json`: read again, and joined to an audit, which then knocks at what was found."""

import re
from ipaddress import ip_address, ip_network

import msgspec
from msgspec import structs

from mxlatch.cli.exits import WrongUsage
from mxlatch.cli.files import read_text
from mxlatch.report.scan import SCHEMA
from mxlatch.terms.errors import InputError
from mxlatch.terms.scan import Opening, Scan, Swept
from mxlatch.world.scope import Scanned, Scope

_LARGEST_PORT = 65535
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*", re.ASCII)
_LAST_SECOND = 253402300799.0  # 9999-12-31T23:59:59Z, the last that can be written (RFC 3339)


class _Any(msgspec.Struct):
    schema: str


def load(path: str) -> Scan:
    """The scan in a file.

    Raises:
        InputError: it is something else, or damaged. CannotRead: with the system's reason.
    """
    return parse(read_text(path, "scan"), path)


def is_scan(text: str) -> bool:
    """True for the JSON of a scan, sound or not."""
    try:
        return msgspec.json.decode(text, type=_Any).schema.startswith(SCHEMA.partition("/")[0])
    except msgspec.DecodeError:
        return False


def parse(text: str, path: str) -> Scan:
    """The scan in this text; path: what to call it in messages. Raises as `load`."""
    try:
        if msgspec.json.decode(text, type=_Any).schema != SCHEMA:
            raise ValueError(f"it is no {SCHEMA}")
        scan = msgspec.json.decode(text, type=Scan)
        _check(scan)
    except (msgspec.DecodeError, ValueError) as error:
        raise InputError(f"{path}: {error}: give a file that `mxlatch scan -o FILE.json` wrote") from None
    return scan


def joined(scope: Scope, scans: dict[str, Scan]) -> Scope:
    """The scope with what scans found, by file.

    Raises:
        WrongUsage: nothing is to be searched for.
    """
    if scans and scope.search == "none":
        raise WrongUsage("--with a scan names doors to look at, and --no-search forbids it: leave one of them out")
    found = {(o.address, o.port): _scanned(o, scan, path) for path, scan in scans.items() for o in _doors(scan)}
    return structs.replace(scope, scanned=tuple(found[place] for place in sorted(found)))


def _doors(scan: Scan) -> tuple[Opening, ...]:
    """What speaks SMTP, and what opened on a port of mail without saying so."""
    return (*(opening for opening in scan.open if opening.speaks == "smtp"), *scan.unclear)


def _scanned(opening: Opening, scan: Scan, path: str) -> Scanned:
    return Scanned(opening.address, opening.port, opening.banner, scan.time, path)


def _check(scan: Scan) -> None:
    """What types cannot say. Raises ValueError."""
    if not 0 <= scan.time <= _LAST_SECOND:
        raise ValueError(f"{scan.time!r} is no time")
    for block in scan.blocks:
        _check_block(block)
    for opening in scan.open:
        if str(ip_address(opening.address)) != opening.address or not 0 < opening.port <= _LARGEST_PORT:
            raise ValueError(f"{opening.id[:80]!r} is no door")


def _check_block(block: Swept) -> None:
    if block.ports and not _PORTS.fullmatch(block.ports):
        raise ValueError(f"{block.ports[:40]!r} is no list of ports")
    if block.how in ("connect", "syn"):  # of an import, what is outside all blocks stands under words
        ip_network(block.block)
    counts = (block.refused, block.silent, block.unreachable, block.unasked, block.closed, block.filtered, block.passes)
    if min(counts) < 0:
        raise ValueError(f"{block.block[:40]!r} has counts below 0")
