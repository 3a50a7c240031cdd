"""The world as it will be: what the changes of a plan do to doors, records and relays.

Proofs are judged on this world, not on what a remedy says of itself. Limits: that a setting works is taken for granted;
the audit after the plan sees whether it does.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import structs

from mxlatch.inventory.model import SMTP_PORT, TRAP, Network, is_network
from mxlatch.paths.assume import with_doors
from mxlatch.plan.addresses import AddressRecord
from mxlatch.plan.change import Change, HandOn, Harden, Inward, Listen, Lock, Outward, Retire, StopWaiving, Tenant
from mxlatch.plan.proposal import Proposal, Record
from mxlatch.plan.records import records_of, unaddressed
from mxlatch.terms.door import AFTER_ALL, ENDPOINT, MX, REMEMBERED, Door, DoorState, WayIn, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import FOUND, Latch, LatchState
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.firewalls import within
from mxlatch.world.model import Relay, World
from mxlatch.world.standing import declared_for

_PLANNED = LatchState(FOUND, "planned", "as planned")
# The shortest prefix of a range that may be one partner's own: a /22 is what RIPE gave a new member from 2012 on, a /48
# what one site gets (RFC 6177). Larger ones are mostly a provider's, who has other customers there.
_ONES_OWN = {4: 22, 6: 48}
# No registry ever gave anybody more than a /8, or a /16 of IPv6: who lets in more lets in the internet.
_ANYBODYS = {4: 8, 6: 16}


def changed(world: World, proposals: Iterable[Proposal]) -> World:
    """The world after these remedies."""
    taken = tuple(proposals)
    world = _listening(world, taken)
    doors = {door.id: door for door in world.doors}
    relays = _Relays()
    # A server that listens at one more address has all its latches there.
    for change in sorted((c for proposal in taken for c in proposal.changes), key=lambda c: isinstance(c, Listen)):
        _on_doors(change, doors)
        relays.take(change)
    deleted, add = records_of(world, taken)
    doors |= _traps(world, [record.door for record in add if record.door not in doors])
    drop = {(r.name, r.preference, r.exchange) for r in deleted}
    gone = unaddressed(taken)
    if not drop and not add and not gone:
        made = structs.replace(world, doors=tuple(doors.values()), ways_in=_ways(doors.values()))
    else:
        made = with_doors(world, (_with_records(door, drop, add, gone) for door in doors.values()))
    return structs.replace(made, relays=tuple(relays.changed(relay, doors) for relay in made.relays))


def _listening(world: World, taken: Iterable[Proposal]) -> World:
    """Servers at their new addresses: the owner's list says so, so that they know themselves and hand on as before."""
    inventory = world.inventory
    for change in (change for proposal in taken for change in proposal.changes):
        if isinstance(change, Listen) and change.like in world.doors_by_id:
            known = declared_for(world.door(change.like), inventory)
            listed = (
                structs.replace(each, addresses=(*each.addresses, change.address)) if each is known else each
                for each in inventory.doors
            )
            inventory = structs.replace(inventory, doors=tuple(listed))
    return world if inventory is world.inventory else structs.replace(world, inventory=inventory)


def _traps(world: World, listed: Iterable[str]) -> dict[str, Door]:
    """The declared traps among these doors, which nobody looked for; that they say 4xx is taken for granted."""
    declared = {
        door_id(address, each.port): Door(address, each.port, DoorState.OPEN, authorised=True, role=each.role)
        for each in world.inventory.doors
        if each.role == TRAP
        for address in each.addresses
    }
    return {door: declared[door] for door in listed if door in declared}


def _ways(doors: Iterable[Door]) -> tuple[tuple[WayIn, str], ...]:
    return tuple((way, door.id) for door in doors for way in door.ways_in)


def _on_doors(change: Change, doors: dict[str, Door]) -> None:
    match change:
        case Lock() if not admits_anybody(change):
            for door in list(doors.values()):
                if door.address in change.addresses and door.port in change.ports:
                    doors[door.id] = _shut(door, f"lets in {change.who or 'the listed'} only (planned)")
        case Inward():
            for door in list(doors.values()):
                if shuts(change, door):
                    doors[door.id] = _shut(door, f"is shut to the world at {change.firewall} (planned)")
        case Retire() if change.door in doors:
            doors[change.door] = _shut(doors[change.door], f"takes no mail for {change.domain} (planned)")
        case Harden() if change.door in doors:
            door = doors[change.door]
            doors[door.id] = structs.replace(door, latches=door.latches | {change.latch: _PLANNED})
        case Tenant():
            for door in list(doors.values()):
                if any(way.kind == ENDPOINT and way.exchange == change.endpoint for way in door.ways_in):
                    doors[door.id] = structs.replace(door, endpoint=LOCKED)
        case Listen() if change.like in doors:
            like = doors[change.like]
            new = structs.replace(like, address=change.address, ways_in=(), state=DoorState.OPEN)
            doors[door_id(change.address, like.port)] = new
        case _:
            pass  # nothing that a path goes through


def _shut(door: Door, reason: str) -> Door:
    return structs.replace(
        door, state=DoorState.CLOSED, reason=reason, closed_by=Evidence(f"planned: {door.id} {reason}")
    )


def _with_records(
    door: Door, drop: set[tuple[str, int, str]], add: Iterable[Record], unaddressed: frozenset[AddressRecord]
) -> Door:
    no_more = {record.name for record in unaddressed if record.address == door.address}
    left = [
        way
        for way in door.ways_in
        if not way.published or ((way.name, way.preference, way.exchange) not in drop and way.exchange not in no_more)
    ]
    gone = [way for way in door.ways_in if way not in left]
    added = {(r.name, r.preference, r.exchange) for r in add if r.exchange not in no_more and _leads(r, door)}
    made = [WayIn(MX, *record, (Evidence("planned"),)) for record in sorted(added)]
    if not gone and not made:
        return door
    # What is still published for the name is not what anybody need remember.
    leads = {(way.name, way.exchange) for way in (*left, *made) if way.published or way.kind == REMEMBERED}
    for way in gone:
        if (way.name, way.exchange) not in leads:
            leads.add((way.name, way.exchange))
            left.append(WayIn(REMEMBERED, way.name, AFTER_ALL, way.exchange, way.evidence))
    return structs.replace(door, ways_in=tuple(sorted((*left, *made), key=lambda way: way.rank)))


def _leads(record: Record, door: Door) -> bool:
    """Does the record's exchange lead to this door? To every address that its name has, also those that are silent."""
    return record.door == door.id or any(way.exchange == record.exchange for way in door.ways_in)


class _Relays:
    """What the changes do between servers."""

    def __init__(self) -> None:
        self._hands_on: dict[tuple[str, str], str] = {}
        self._no_longer_waived: dict[tuple[str, str], frozenset[Latch]] = {}
        self._locks: list[Lock] = []
        self._firewalls: list[Inward | Outward] = []
        self._retired: set[str] = set()

    def take(self, change: Change) -> None:
        match change:
            case HandOn():
                self._hands_on[change.door, change.next_door] = change.by
            case StopWaiving():
                known = self._no_longer_waived.get((change.door, change.next_door), frozenset())
                self._no_longer_waived[change.door, change.next_door] = known | frozenset(change.latches)
            case Lock():
                self._locks.append(change)
            case Inward() | Outward():
                self._firewalls.append(change)
            case Retire():
                self._retired.add(change.door)
            case _:
                pass

    def changed(self, relay: Relay, doors: dict[str, Door]) -> Relay:
        key = relay.door, relay.next_door
        waived = self._no_longer_waived.get(key, frozenset())
        cut = self._cut(doors[relay.door], doors[relay.next_door]) if relay.next_door in doors else None
        if key not in self._hands_on and not waived and cut is None:
            return relay
        return structs.replace(
            relay,
            hands_on_client=self._hands_on.get(key, relay.hands_on_client),
            waives=tuple(latch for latch in relay.waives if latch not in waived),
            cut=cut or relay.cut,
        )

    def _cut(self, here: Door, to: Door) -> Evidence | None:
        """Why what the relay hands on is let in no more."""
        if to.id in self._retired:
            return Evidence(f"planned: {to.id} takes no mail for the domain")
        locks = [lock for lock in self._locks if to.address in lock.addresses and to.port in lock.ports]
        if any(not admits(lock, here.address) for lock in locks):
            return Evidence(f"planned: {to.id} lets in {locks[0].who or 'the listed'} only")
        stopped = (each for each in self._firewalls if stops(each, here, to))
        return next((Evidence(f"planned: {each.firewall} lets {here.id} not reach {to.id}") for each in stopped), None)


def admits(lock: Lock, address: str) -> bool:
    """True if a lock lets this address in."""
    return within(address, lock.allow)


def wide(allow: tuple[str, ...]) -> tuple[str, ...]:
    """The ranges among these that are too large to be one partner's own; those that lie side by side count as one."""
    return _larger(allow, _ONES_OWN)


def admits_anybody(lock: Lock) -> bool:
    """True if strangers from half the internet still connect: that is no lock."""
    return bool(_larger(lock.allow, _ANYBODYS))


def _larger(allow: tuple[str, ...], shortest: Mapping[int, int]) -> tuple[str, ...]:
    return tuple(str(each) for each in _joined(allow) if each.prefixlen < shortest[each.version])


@lru_cache(maxsize=4096)  # a planner asks the same of a thousand worlds
def _joined(allow: tuple[str, ...]) -> tuple[Network, ...]:
    networks = [ipaddress.ip_network(each) for each in allow if is_network(each)]
    v4 = (each for each in networks if isinstance(each, ipaddress.IPv4Network))
    v6 = (each for each in networks if isinstance(each, ipaddress.IPv6Network))
    return (*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6))


def shuts(change: Inward, door: Door) -> bool:
    """True if a firewall keeps the world from this door."""
    behind = door.port in change.ports and within(door.address, change.blocks)
    return behind and not within(door.address, change.allow)


def stops(change: Inward | Outward, here: Door, to: Door) -> bool:
    """True if a firewall keeps one door from connecting to another; what stands behind it is not its business."""
    if isinstance(change, Inward):
        return shuts(change, to) and not within(here.address, change.blocks)
    goes_out = within(here.address, change.blocks) and not within(to.address, change.blocks)
    return goes_out and to.port == SMTP_PORT and not within(here.address, change.allow)
