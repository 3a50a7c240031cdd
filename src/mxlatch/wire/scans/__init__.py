"""The results of other scanners as openings: nmap's XML, masscan's JSON, zgrab2's JSON lines.

What they did not call open is not taken over: their "filtered" and "closed" had no second pass and no control of ours.
All of it is foreign text: bounded, and garbage raises only `ProtocolError`.
"""

from msgspec import Struct

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.scan import How, Opening
from mxlatch.wire.scans import masscan, nmap, zgrab


class Imported(Struct, frozen=True):
    """What a file holds. how: which scanner wrote it. openings: in the file's order, each door once."""

    how: How
    openings: tuple[Opening, ...]


def parse(text: str) -> Imported:
    """Parse a result, of whichever of the three it is.

    Raises:
        ProtocolError: it is none of them, or broken.
    """
    head = text.lstrip("\ufeff \t\r\n")[:1]
    if head == "<":
        return Imported("nmap", _once(nmap.parse(text)))
    if head == "[":
        return Imported("masscan", _once(masscan.parse(text)))
    if head == "{":
        # masscan's -oD and zgrab2 both write an object a line; only masscan's has ports.
        first = text.lstrip("\ufeff \t\r\n").partition("\n")[0]
        if '"ports"' in first:
            return Imported("masscan", _once(masscan.parse(text)))
        return Imported("zgrab2", _once(zgrab.parse(text)))
    raise ProtocolError("neither nmap's XML (-oX), nor masscan's JSON (-oJ), nor zgrab2's JSON lines")


def _once(openings: list[Opening]) -> tuple[Opening, ...]:
    """Each door once, with the greeting if one of its entries has it."""
    found: dict[tuple[str, int], Opening] = {}
    for opening in openings:
        earlier = found.get((opening.address, opening.port))
        if earlier is None or (opening.banner and not earlier.banner):
            found[opening.address, opening.port] = opening
    return tuple(found.values())
