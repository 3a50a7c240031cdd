"""Files of `mxlatch scan -o FILE.json`: read again, and joined to an audit, which then knocks at what was found."""

import re
from ipaddress import ip_address, ip_network

import msgspec
from msgspec import structs

from mxlatch.cli.exits import WrongUsage
from mxlatch.cli.files import read_text
from mxlatch.report.scan import SCHEMA
from mxlatch.terms.errors import InputError
from mxlatch.terms.scan import ELSEWHERE, Opening, Scan, Swept
from mxlatch.world.scope import Scanned, Scope

_LARGEST_PORT = 65535
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)
_MOST_SPANS = 1 << 15  # every other port
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
    except (msgspec.DecodeError, RecursionError):
        return False


def parse(text: str, path: str) -> Scan:
    """The scan in this text; path: what to call it in messages. Raises as `load`."""
    try:
        if msgspec.json.decode(text, type=_Any).schema != SCHEMA:
            raise ValueError(f"it is no {SCHEMA}")
        scan = msgspec.json.decode(text, type=Scan)
        _check(scan)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
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
        if not _is_plain(opening.address) or not 0 < opening.port <= _LARGEST_PORT:
            raise ValueError(f"{opening.id[:80]!r} is no door")


def _is_plain(address: str) -> bool:
    """True for an address as mxlatch writes it, without a zone ("%eth0": any text may stand behind it)."""
    try:
        return "%" not in address and str(ip_address(address)) == address
    except ValueError:
        return False


def _check_block(block: Swept) -> None:
    if block.ports and not _are_ports(block.ports):
        raise ValueError(f"{block.ports[:40]!r} is no list of ports")
    imported = block.how not in ("connect", "syn")
    if not (imported and block.block == ELSEWHERE) and not _is_network(block.block):
        raise ValueError(f"{block.block[:80]!r} is no block of addresses")
    counts = (block.refused, block.silent, block.unreachable, block.unasked, block.closed, block.filtered, block.passes)
    if min(counts) < 0:
        raise ValueError(f"{block.block!r} has counts below 0")
    if block.closed > block.refused or block.filtered > block.silent:  # nothing would be unknown that is
        raise ValueError(f"{block.block!r} has more closed or filtered than refused or silent")


def _are_ports(text: str) -> bool:
    spans = [_PORTS.fullmatch(span) for span in text.split(",", _MOST_SPANS)]
    return all(found and 0 < int(found[1]) <= int(found[2] or found[1]) <= _LARGEST_PORT for found in spans)


def _is_network(text: str) -> bool:
    try:
        return "%" not in text and bool(ip_network(text))
    except ValueError:
        return False
