"""The owner's own list: the domain's doors, those that hand on to them, and where they hand on to, whether or not a
record leads there. What is listed by its name only, or is only named as a next hop, is looked up.
"""

from collections.abc import Iterator

from mxlatch.inventory.hops import hops_of
from mxlatch.inventory.model import TRAP
from mxlatch.terms.door import DECLARED
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail

SOURCE = "the inventory"  # `Candidate.source`


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """Every place of every declared door of the domain, and of the next hops and forwards of these."""
    yield from ()
    places: dict[tuple[str, str, int], Candidate] = {}
    for each in (*_doors(known, scope), *_hops(known, scope)):
        places.setdefault((each.name, each.address, each.port), each)
    return Trail(tuple(places.values()))


def _doors(known: Known, scope: Scope) -> Iterator[Candidate]:
    for door in scope.inventory.doors_of(known.domain, known.addresses):
        if door.role == TRAP:
            continue
        for address in door.addresses or ("",):
            place = f" {address}:{door.port}" if address else ""
            said = scope.inventory.evidence(f"door {door.name}{place}".replace("  ", " "), door.line)
            yield Candidate(DECLARED, door.name or address, address, door.port, SOURCE, (said,))


def _hops(known: Known, scope: Scope) -> Iterator[Candidate]:
    hops = (hop for hop in hops_of(known.domain, known.addresses, scope.inventory) if not hop.is_trap)
    for hop in hops:
        for name, address, port in hop.places:
            yield Candidate(DECLARED, name or address, address, port, SOURCE, (hop.evidence(scope.inventory),))
