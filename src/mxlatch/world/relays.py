"""Which door hands mail on to which: by the owner's word, or by the MX records (RFC 5321 section 5.1).

A server that relays by the MX looks for itself among the exchangers, by name and by address, and strikes out itself and
all that are not better. Behind NAT its own interfaces do not bear the public address, so that only its names are left;
one that does not find itself hands mail back to itself. Limits: only what the inventory says hands on.
"""

from collections.abc import Iterable, Iterator, Sequence

from mxlatch.inventory.hops import hop_to
from mxlatch.inventory.model import MX, TRAP, Inventory
from mxlatch.inventory.model import Door as Declared
from mxlatch.terms.door import PUBLISHED, Door, WayIn, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.world.model import BY_MX, FORWARD, NEXT_HOP, Relay


def relays_of(doors: Sequence[Door], inventory: Inventory) -> tuple[Relay, ...]:
    """Every relay among these doors.

    Mail that goes where no door was found counts as delivered there; `world.next_hops` says where that is.
    """
    return tuple(relay for door in doors for relay in _from(door, doors, inventory))


def _from(door: Door, doors: Sequence[Door], inventory: Inventory) -> Iterator[Relay]:
    declared = inventory.door_at(door.address, door.port) if inventory.doors else None
    if declared is None or declared.role == TRAP:
        return
    if declared.hop == MX:
        yield from _by_mx(door, declared, doors, inventory)
    elif declared.hop:
        yield from _declared(door, declared, declared.hop, NEXT_HOP, doors, inventory)
    for forward in declared.forwards:
        yield from _declared(door, declared, forward, FORWARD, doors, inventory)


def _declared(
    door: Door, declared: Declared, to: str, kind: str, doors: Sequence[Door], inventory: Inventory
) -> Iterator[Relay]:
    key = "forwards" if kind == FORWARD else "next_hop"
    evidence = inventory.evidence(f"{door.id} {key} = {to}", declared.line)
    hop = hop_to(to, inventory)
    for next_door in (each.id for each in doors if hop.leads_to(each)):
        yield Relay(door.id, next_door, declared.hands_on_client, declared.waives, (evidence,), kind)


def _by_mx(door: Door, declared: Declared, doors: Sequence[Door], inventory: Inventory) -> Iterator[Relay]:
    """The relay rule, for each mail name that has exchangers.

    Where this door is none of them, whether it never was or its record is gone, all of them are better.
    """
    records = sorted(
        {(way.name, way.preference, way.exchange, d.id) for d in doors for way in d.ways_in if _leads(way)}
    )
    said = inventory.evidence(f"{door.id} hands on by the MX", declared.line)
    for name in dict.fromkeys(each for each, *_ in records):
        own_list = [(preference, exchange, to) for each, preference, exchange, to in records if each == name]
        yield from _better(door, declared, name, own_list, said)


def _leads(way: WayIn) -> bool:
    return way.kind in PUBLISHED


def _better(
    door: Door, declared: Declared, name: str, records: Sequence[tuple[int, str, str]], said: Evidence
) -> Iterator[Relay]:
    at = min((p for p, exchange, to in records if _is_itself(door, declared, exchange, to)), default=None)
    left = [(p, to) for p, _, to in records if at is None or p < at]
    for preference, to in dict.fromkeys(left):
        before = tuple(dict.fromkeys(other for p, other in left if p < preference))
        yield Relay(door.id, to, declared.hands_on_client, declared.waives, (said,), BY_MX, name, before)
    if not left:
        yield Relay(door.id, door.id, evidence=(said,), kind=BY_MX, name=name)


def _is_itself(door: Door, declared: Declared, exchange: str, to: str) -> bool:
    """Does the server know this exchange for itself?"""
    by_address = not declared.behind_nat and to in _places(declared, door)
    return exchange in {declared.name, *declared.public_names} - {""} or by_address


def _places(declared: Declared, door: Door) -> Iterable[str]:
    return {door.id, *(door_id(address, declared.port) for address in declared.addresses)}
