"""The owner's own list: the domain's doors, and those that hand on to them, whether or not a record leads there."""

from mxlatch.inventory.model import Door
from mxlatch.terms.door import DECLARED, door_id
from mxlatch.terms.names import is_below
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail

_TRAP = "trap"  # takes nothing, on purpose


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """Every address of every declared door below the domain, and of those that hand on to one of its doors."""
    yield from ()
    doors = [door for door in _of_domain(known, scope.inventory.doors) if door.role != _TRAP]
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


def _of_domain(known: Known, doors: tuple[Door, ...]) -> list[Door]:
    """In rounds, since a spool may hand on to a spool; a forgotten one stands under somebody else's name."""
    mine = [d for d in doors if is_below(d.name, known.domain) or not known.addresses.isdisjoint(d.addresses)]
    places = {word for door in mine for word in _called(door)} - {""}
    while more := [d for d in doors if d not in mine and not places.isdisjoint((d.next_hop, *d.forwards))]:
        mine += more
        places.update(word for door in more for word in _called(door) if word)
    return [door for door in doors if door in mine]


def _called(door: Door) -> list[str]:
    """What a next hop may call a door."""
    return [
        door.name,
        *door.public_names,
        *door.addresses,
        *(door_id(address, door.port) for address in door.addresses),
    ]
