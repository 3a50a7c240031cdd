"""Retire: a server takes no more mail for the domain, and no record leads to it.

For the secondary that the sceptic deletes, the rogue exchanger, the old spool. Closes every way to it; honest senders
wait in their own queues instead, and tell their users. Where its name leads to other servers too, the name loses its
address, and its MX stays.
"""

from collections.abc import Iterator

from mxlatch.plan import hazards
from mxlatch.plan.addresses import AddressRecord
from mxlatch.plan.change import Retire
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import Door
from mxlatch.terms.wording import listed
from mxlatch.world.model import FORWARD

ID = "retire"
_COST = 1
_NOT_OURS = 1  # somebody else has to do it


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each server that keeps no mail of its own: it hands on, or is none that the owner allowed."""
    done: set[str] = set()
    for door in seen.world.doors:
        host = seen.host(door)
        if host in done or door.endpoint or seen.feeders(door) or not _may_go(seen, door):
            continue
        done.add(host)
        moved, leaving = seen.moved(seen.machine(door)), seen.leaving(seen.machine(door))
        if moved is not None and leaving is not None:
            yield _retire(seen, door, moved, *leaving)


def _may_go(seen: Seen, door: Door) -> bool:
    declared = seen.declared(door)
    if declared is None:
        return bool(seen.world.inventory.doors)  # a server that nobody listed; without a list all are strangers
    hands_on = any(r.door == door.id and r.kind != FORWARD and r.next_door != door.id for r in seen.world.relays)
    return not declared.authorised or hands_on or declared.role in ("backup", "relay")


def _retire(
    seen: Seen,
    door: Door,
    moved: tuple[Record, ...],
    records: tuple[Record, ...],
    unaddressed: tuple[AddressRecord, ...],
) -> Proposal:
    host, machine, declared, domain = seen.host(door), seen.machine(door), seen.declared(door), seen.world.domain
    ours = all(seen.declared(each) is not None for each in machine) and any(
        seen.world.inventory.block_of(each.address) for each in machine
    )
    owner = declared.owner if declared else ""
    names = sorted({record.name for record in unaddressed})
    accept = (
        *_whose(host, owner, ours=ours),
        *_no_backup(seen, host, machine, records, ours=ours),
        *(_other_uses(record) for record in unaddressed),
        *hazards.moved(moved),
    )
    return Proposal(
        remedy=ID,
        title=f"{host} takes no more mail for {domain}"
        + (", and its MX is deleted" if records else "")
        + (f", and {listed(names)} leads there no more" if names else ""),
        cost=_COST + len(records) + len(unaddressed) + len(moved) + (0 if ours else _NOT_OURS),
        doors=tuple(each.id for each in machine),
        drop=records,
        add=moved,
        unlisted=tuple(each.id for each in machine),
        unaddressed=unaddressed,
        changes=tuple(Retire(each.id, host, domain, owner, each.software) for each in machine),
        hazards=accept,
        undo=f"let {host} take mail for {domain} again, and publish its record",
    )


def _whose(host: str, owner: str, *, ours: bool) -> Iterator[Hazard]:
    if not ours:
        who = owner or "whoever runs it"
        yield Hazard(f"not-ours:{host}", f"{who} has to do it at {host}: until then the way stays open")


def _no_backup(
    seen: Seen, host: str, machine: list[Door], records: tuple[Record, ...], *, ours: bool
) -> Iterator[Hazard]:
    """Of a server of one's own, and of anybody's that leaves a name with one server."""
    names, mine = {record.name for record in records}, {each.id for each in machine}
    left: dict[str, set[str]] = {name: set() for name in names}
    for way, door in seen.world.ways_in:
        if way.published and way.name in left and door not in mine:
            left[way.name].add(seen.host(seen.world.door(door)))
    if records and (ours or any(len(hosts) == 1 for hosts in left.values())):
        text = (
            f"without {host}, mail waits at its senders while the other exchangers are down; some give up within a day"
        )
        yield Hazard(f"no-backup:{host}", text)


def _other_uses(record: AddressRecord) -> Hazard:
    text = (
        f"{record.name} leads nobody to {record.address} any more: not who logs in there, nor who looks for a web page"
    )
    return Hazard(f"address:{record.name}", text)
