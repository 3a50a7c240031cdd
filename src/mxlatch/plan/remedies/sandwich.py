"""Sandwich: the protected server is listed once more, after all others: who goes for the last record meets it.

Closes nothing: who tries every record still comes to the middle. Under a name and an address of its own, since Exim
tries no address twice, and since a certificate, an MTA-STS policy and TLSA records speak of names (RFC 8461, RFC 7672).
"""

from collections.abc import Iterator, Sequence

from mxlatch.inventory.model import TRAP
from mxlatch.paths.facts import facts_of, latch_mask
from mxlatch.plan.change import Change, Listen, Records
from mxlatch.plan.preference import after_all
from mxlatch.plan.proposal import Impossible, Proposal, Record, Seen
from mxlatch.plan.records import negative_ttl
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import Door, DoorState, door_id

ID = "sandwich"
_COST = 1
_OWN_ADDRESS = 1
_TTL = 3600


def shape(seen: Seen) -> Iterator[Proposal]:
    """List the strongest exchanger again, with the highest preference."""
    domain = seen.world.domain
    hosts = ours(seen, domain)
    if len(hosts) < 2:
        raise Impossible(f"a sandwich needs something in the middle: {domain} has {len(hosts)} server")
    host = min(hosts, key=lambda each: (strength(seen, hosts[each]), each))
    doors = hosts[host]
    records = [
        record for each in hosts.values() for door in each for record in seen.records(door) if record.name == domain
    ]
    last = max(records, key=lambda record: record.preference)
    traps = [way for way, door in seen.world.ways_in if way.name == domain and seen.world.door(door).role == TRAP]
    if any(way.published and way.preference > last.preference for way in traps):
        raise Impossible("a sandwich after a trap: who goes for the last record meets the trap: take one of the two")
    if any(record.preference == last.preference for door in doors for record in seen.records(door)):
        return
    preference = after_all(last.preference, f"{host} once more")
    declared = seen.declared(doors[0])
    spare = declared.spare[:1] if declared else ()
    yield (
        _own_address(seen, host, doors[0], preference, spare[0])
        if spare
        else _same_address(host, doors, preference, domain)
    )


def _own_address(seen: Seen, host: str, door: Door, preference: int, address: str) -> Proposal:
    domain = seen.world.domain
    taken = {way.exchange for way, _ in seen.world.ways_in} | {d.name for d in seen.world.inventory.doors}
    name = next(each for each in (f"mx{n}.{domain}" for n in range(3, 100)) if each not in taken)
    rrtype = "AAAA" if ":" in address else "A"
    changes: tuple[Change, ...] = (
        Listen(host, door.id, address, door.software),
        Records(domain, name, rrtype, (), (address,), _TTL, negative_ttl(seen.world, {domain})),
    )
    return Proposal(
        remedy=ID,
        title=f"let {host} listen at {address} too, and list it as {name} after all others",
        cost=_COST + _OWN_ADDRESS,
        doors=(),
        add=(Record(domain, preference, name, door_id(address, door.port)),),
        changes=changes,
        hazards=(Hazard(f"own-name:{name}", _own_name(name, host)),),
        undo=f"delete the MX {name}, then its address",
    )


def _same_address(host: str, doors: Sequence[Door], preference: int, domain: str) -> Proposal:
    exchange = next(way.exchange for way in doors[0].ways_in if way.published and way.name == domain)
    return Proposal(
        remedy=ID,
        title=f"list {host} once more, after all others",
        cost=_COST,
        doors=(),
        add=tuple(Record(domain, preference, exchange, door.id) for door in doors),
        hazards=(Hazard(f"duplicate:{host}", _twice(host)),),
        undo=f"delete the MX {preference} {exchange}",
    )


def _own_name(name: str, host: str) -> str:
    return f"{name} needs a reverse name, and a place in {host}'s certificate, the MTA-STS policy and the TLSA records"


def _twice(host: str) -> str:
    return f"Exim tries no address twice: its senders do not see {host} again; an address of its own (spare) would help"


def by_host(seen: Seen, name: str) -> dict[str, list[Door]]:
    """The published servers of a mail name that may take its mail, each with its doors."""
    found: dict[str, list[Door]] = {}
    for door in seen.world.doors:
        if (
            door.state is DoorState.OPEN
            and door.role != TRAP
            and any(way.published and way.name == name for way in door.ways_in)
        ):
            found.setdefault(seen.host(door), []).append(door)
    return found


def ours(seen: Seen, name: str) -> dict[str, list[Door]]:
    """Those of them that the owner listed, if a list there is: nobody lays mail out round a stranger's server."""
    if not seen.world.inventory.doors:
        return by_host(seen, name)
    declared = ((host, doors, seen.declared(doors[0])) for host, doors in by_host(seen, name).items())
    return {host: doors for host, doors, entry in declared if entry is not None and entry.authorised}


def strength(seen: Seen, doors: Sequence[Door]) -> tuple[int, int]:
    """For sorting: the server that lacks least of the baseline first, and of those the best preference."""
    base = latch_mask(seen.world.baseline)
    lacking = max((base & ~facts_of(door).found).bit_count() for door in doors)
    return lacking, min(way.preference for door in doors for way in door.ways_in if way.published)
