"""Retire: a server takes no more mail for the domain, and no record leads to it.

For the secondary that the sceptic deletes, the rogue exchanger, the old spool. Closes every way to it; honest senders
wait in their own queues instead, and tell their users.
"""

from collections.abc import Iterator

from mxlatch.plan import hazards
from mxlatch.plan.change import Retire
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import Door
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
        moved = seen.moved(seen.machine(door))
        if moved is not None:
            yield _retire(seen, door, host, moved)


def _may_go(seen: Seen, door: Door) -> bool:
    declared = seen.declared(door)
    if declared is None:
        return bool(seen.world.inventory.doors)  # a server that nobody listed; without a list all are strangers
    hands_on = any(r.door == door.id and r.kind != FORWARD and r.next_door != door.id for r in seen.world.relays)
    return not declared.authorised or hands_on or declared.role in ("backup", "relay")


def _retire(seen: Seen, door: Door, host: str, moved: tuple[Record, ...]) -> Proposal:
    machine, declared, domain = seen.machine(door), seen.declared(door), seen.world.domain
    records = tuple(record for each in machine for record in seen.records(each))
    ours = declared is not None and any(seen.world.inventory.block_of(each.address) for each in machine)
    owner = declared.owner if declared else ""
    return Proposal(
        remedy=ID,
        title=f"{host} takes no more mail for {domain}" + (", and its MX is deleted" if records else ""),
        cost=_COST + len(records) + len(moved) + (0 if ours else _NOT_OURS),
        doors=tuple(each.id for each in machine),
        drop=records,
        add=moved,
        unlisted=tuple(each.id for each in machine),
        changes=tuple(Retire(each.id, host, domain, owner, each.software) for each in machine),
        hazards=tuple(_hazards(host, owner, records, moved, ours=ours)),
        undo=f"let {host} take mail for {domain} again, and publish its record",
    )


def _hazards(
    host: str, owner: str, records: tuple[Record, ...], moved: tuple[Record, ...], *, ours: bool
) -> Iterator[Hazard]:
    if not ours:
        who = owner or "whoever runs it"
        yield Hazard(f"not-ours:{host}", f"{who} has to do it at {host}: until then the way stays open")
    if records and ours:
        text = (
            f"without {host}, mail waits at its senders while the other exchangers are down; some give up within a day"
        )
        yield Hazard(f"no-backup:{host}", text)
    yield from hazards.moved(moved)
