"""The owner's own list: the domain's doors, and those that hand on to them, whether or not a record leads there."""

from mxlatch.inventory.model import TRAP
from mxlatch.terms.door import DECLARED
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """Every address of every declared door below the domain, and of those that hand on to one of its doors."""
    yield from ()
    doors = [door for door in scope.inventory.doors_of(known.domain, known.addresses) if door.role != TRAP]
    found = tuple(
        Candidate(
            DECLARED,
            door.name or address,
            address,
            door.port,
            "inventory",
            (scope.inventory.evidence(f"door {door.name} {address}:{door.port}".replace("  ", " "), door.line),),
        )
        for door in doors
        for address in door.addresses
    )
    return Trail(found)
