"""The doors that were found, matched with the doors that the owner lists: rogue, stray, retired, listed but not found.

Limits: a door that refuses the valid recipient may refuse us and take it from others; it is called stray, since that is
what it said. A door is the inventory's by address and port, or by name where the inventory gives no address.
"""

from collections.abc import Iterator

from msgspec import Struct

from mxlatch.inventory.hops import hands_on_to
from mxlatch.inventory.model import TRAP, Inventory
from mxlatch.inventory.model import Door as DeclaredDoor
from mxlatch.terms.door import Door, DoorState, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import is_below
from mxlatch.terms.standing import Standing
from mxlatch.world.model import World
from mxlatch.world.taking import Taking, taking

_NOWHERE = "no record leads there"


class Missing(Struct, frozen=True):
    """A door that is listed but was not found. subject: its id, or its name where the inventory gives no address."""

    subject: str
    declared: DeclaredDoor
    reason: str
    evidence: tuple[Evidence, ...]


def declared_for(door: Door, inventory: Inventory) -> DeclaredDoor | None:
    """The inventory's entry for a door: by address, or by the name that leads there if the entry gives no address."""
    try:
        at = inventory.door_at(door.address, door.port)
    except ValueError:  # a world made by hand may hold what is no address
        at = None
    named = (entry for way in door.ways_in for entry in inventory.doors_named(way.exchange) if not entry.addresses)
    return at or next((entry for entry in named if entry.port == door.port), None)


def standing(door: Door, inventory: Inventory) -> tuple[Standing, str]:
    """Where a door stands with its owner, and why."""
    if not inventory.doors:
        return Standing.UNDECLARED, ""
    declared = declared_for(door, inventory)
    if declared is None and hands_on_to(door, inventory):
        return Standing.AUTHORISED, ""  # in other words: the owner names it as a next hop
    if declared is not None and declared.authorised:
        if door.state is DoorState.CLOSED and door.closed_by is None and declared.role != TRAP:
            return Standing.MISSING, "refuses connections"
        return Standing.AUTHORISED, ""
    match door.state:
        case DoorState.CLOSED:
            return Standing.GONE, door.reason
        case DoorState.OPEN:
            return (Standing.RETIRED, "still answers") if declared is not None else _unlisted(door)
        case _:
            return Standing.UNKNOWN, door.reason


def missing(world: World) -> Iterator[Missing]:
    """The inventory's doors for this domain that are not there: no record leads to them, or they refuse connections.

    Doors that stand behind another one, or are dead on purpose, are not missed. What is only unknown is left out.
    """
    inventory = world.inventory
    behind = {d.next_hop for d in inventory.doors} | {h for d in inventory.domains for h in (d.next_hop, d.mailbox)}
    led_to = {e.name for e in world.exchanges} | {way.exchange for door in world.doors for way in door.ways_in}
    found, sure = {door.id: door for door in world.doors}, knows_every_door(world)
    for declared in inventory.doors:
        if not declared.authorised or declared.role == TRAP or not _concerns(declared, world):
            continue
        ids = [door_id(address, declared.port) for address in declared.addresses]
        if not behind.isdisjoint(declared.called):
            continue
        if sure and not ids and led_to.isdisjoint({declared.name, *declared.public_names}):
            yield Missing(declared.name, declared, _NOWHERE, (_quoted(declared, inventory),))
        for each in ids:
            if sure and each not in found:
                yield Missing(each, declared, _NOWHERE, (_quoted(declared, inventory),))
            elif each in found and standing(found[each], inventory)[0] is Standing.MISSING:
                reason = f"refuses connections (seen from {world.vantage})"
                yield Missing(each, declared, reason, (_quoted(declared, inventory), *found[each].evidence))


def knows_every_door(world: World) -> bool:
    """True if nothing but doors themselves kept silent: where no record was seen to lead, surely none does."""
    doors = {door.id for door in world.doors}
    return not world.interrupted and all(gap.subject in doors for gap in world.not_judged)


def _unlisted(door: Door) -> tuple[Standing, str]:
    """Of a door that answers and is not in the inventory: does it take mail for the domain?"""
    published = any(way.published for way in door.ways_in)
    match taking(door.session):
        case Taking.TAKES:
            return Standing.ROGUE, "takes the valid recipient"
        case Taking.FOREIGN:
            return Standing.STRAY, "refuses the valid recipient: it does not relay to the domain"
        case Taking.LOGIN:
            return Standing.STRAY, "takes mail only from who logs in"
        case Taking.REFUSES:
            return Standing.STRAY, "refuses the valid recipient"
        case Taking.UNCLEAR:
            why = "gave no clear answer for the valid recipient"
        case Taking.NOT_ASKED:
            why = "recipients were not asked"
    if published:
        return Standing.ROGUE, f"is published as an exchanger, and {why}"
    return Standing.UNLISTED, f"answers, and {why}"


def _concerns(declared: DeclaredDoor, world: World) -> bool:
    """True if the entry is of this domain: by its name, or because the inventory has one domain only."""
    alone = len(world.inventory.domains) <= 1
    return alone or any(is_below(name, world.domain) for name in (declared.name, *declared.public_names) if name)


def _quoted(declared: DeclaredDoor, inventory: Inventory) -> Evidence:
    listed = f"door {declared.name or ', '.join(declared.addresses)} ({declared.role})"
    return inventory.evidence(listed, declared.line)
