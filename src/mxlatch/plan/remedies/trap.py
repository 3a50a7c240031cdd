"""Trap: the record after all others leads to a door that takes nothing, and who goes for the last record meets it.

Closes nothing: it makes the ways of those rarer who begin at the end; who tries every record, takes any or remembers
one still comes. For doors that the inventory declares as traps: one with a name that no record leads to is listed, one
that answers and does not stand last is moved. It must say 4xx, to everybody: what it took would be lost, and what it
refused would be lost while the others are down. Only as the last: before a real one it keeps qmail, which tries no
other once it is connected. A trap that does not answer may stand anywhere (nolisting).
"""

from collections.abc import Iterator, Sequence

from mxlatch.inventory.model import SMTP_PORT, TRAP
from mxlatch.inventory.model import Door as Declared
from mxlatch.paths.facts import ACCEPT_BIT, TEMPFAIL_BIT, facts_of
from mxlatch.plan.preference import after_all
from mxlatch.plan.proposal import Impossible, Proposal, Record, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import MX, Door, DoorState, door_id
from mxlatch.terms.names import is_below
from mxlatch.terms.wording import listed

ID = "trap"
_COST = 1


def shape(seen: Seen) -> Iterator[Proposal]:
    """List a trap after all others; nothing where the owner declares none, or where it stands there."""
    domain = seen.world.domain
    records = [(way, seen.world.door(id)) for way, id in seen.world.ways_in if way.kind == MX and way.name == domain]
    last = max((way.preference for way, door in records if door.role != TRAP), default=None)
    if last is None or domain not in seen.mail_names:
        return
    traps = list(dict.fromkeys(door.id for _, door in records if door.role == TRAP))
    if not traps:
        yield from (_listed(each, domain, last, _seen(seen, each)) for each in _declared(seen)[:1])
        return
    hosts: dict[str, list[Door]] = {}
    for door in map(seen.world.door, traps):
        hosts.setdefault(seen.host(door), []).append(door)
    for name, doors in hosts.items():
        yield from _moved(seen, name, doors, last)


def _declared(seen: Seen) -> list[Declared]:
    """The doors that the owner means for traps of this domain: an MX needs a name."""
    return [
        each
        for each in seen.world.inventory.doors
        if each.role == TRAP
        and each.authorised
        and each.addresses
        and each.port == SMTP_PORT
        and each.name
        and is_below(each.name, seen.world.domain)
    ]


def _seen(seen: Seen, declared: Declared) -> list[Door]:
    """Of a trap's doors: those that the audit came upon all the same."""
    ids = {door_id(address, declared.port) for address in declared.addresses}
    return [door for door in seen.world.doors if door.id in ids]


def _listed(declared: Declared, domain: str, last: int, doors: Sequence[Door]) -> Proposal:
    preference = _after(last, declared.name, doors)
    ids = [door_id(address, declared.port) for address in declared.addresses]
    return Proposal(
        remedy=ID,
        title=f"list the trap {declared.name} after all others",
        cost=_COST,
        doors=(),
        add=tuple(Record(domain, preference, declared.name, each) for each in ids),
        hazards=(Hazard(f"trap:{declared.name}", _must(declared.name, declared.addresses)),),
        undo=f"delete the MX {declared.name}",
    )


def _moved(seen: Seen, name: str, doors: Sequence[Door], last: int) -> Iterator[Proposal]:
    """A trap that is listed, and that answers before some other exchanger."""
    domain = seen.world.domain
    records = [(record, door) for door in doors for record in seen.records(door) if record.name == domain]
    before = [(record, door) for record, door in records if record.preference <= last]
    if not before or all(door.state is not DoorState.OPEN for door in doors):
        return
    preference = _after(last, name, doors)
    yield Proposal(
        remedy=ID,
        title=f"list the trap {name} after all others, not among them",
        cost=_COST,
        doors=(),
        drop=tuple(dict.fromkeys(record for record, _ in before)),
        # It may stand at the end already, besides.
        add=tuple(Record(domain, preference, record.exchange, door.id) for record, door in before)
        if len(before) == len(records)
        else (),
        undo=f"give {name} its old preference",
    )


def _after(last: int, name: str, doors: Sequence[Door]) -> int:
    """The preference of the last record.

    Raises:
        Impossible: honest mail would be lost there, or no number is left.
    """
    for door in doors:
        if door.state is DoorState.OPEN and facts_of(door).outcomes != TEMPFAIL_BIT:
            does = "takes" if facts_of(door).outcomes & ACCEPT_BIT else "refuses"
            raise Impossible(
                f"{name} as a trap after all others: {door.id} {does} mail, which would be lost: let it say 4xx"
            )
    return after_all(last, f"{name} as a trap")


def _must(name: str, addresses: Sequence[str]) -> str:
    return (
        f"{name} must lead to {listed(addresses)}, and answer everybody with 4xx: mail that it takes is lost, and what "
        "it refuses with 5xx is lost while the others are down"
    )
