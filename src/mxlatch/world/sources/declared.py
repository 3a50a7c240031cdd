"""The owner's own list: its doors below the domain, whether or not a record leads there."""

from mxlatch.terms.door import DECLARED
from mxlatch.terms.names import is_below
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail

_TRAP = "trap"  # takes nothing, on purpose


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """Every address of every declared door whose name stands below the domain."""
    yield from ()
    doors = [d for d in scope.inventory.doors if is_below(d.name, known.domain) and d.role != _TRAP]
    found = tuple(
        Candidate(
            DECLARED,
            door.name,
            address,
            door.port,
            "inventory",
            (scope.inventory.evidence(f"door {door.name} {address}:{door.port}", door.line),),
        )
        for door in doors
        for address in door.addresses
    )
    return Trail(found)
