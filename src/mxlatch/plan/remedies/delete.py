"""Delete: no record leads to an exchanger any more; the server stays as it is.

Closes nothing: who remembers the record still comes. For a layout with one exchanger, where the other is as strong.
"""

from collections.abc import Iterator

from mxlatch.plan import hazards
from mxlatch.plan.proposal import Proposal, Seen

ID = "delete"


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each published server beside which there is another."""
    done: set[str] = set()
    for door in seen.world.doors:
        host = seen.host(door)
        machine = seen.machine(door)
        records = tuple(record for each in machine for record in seen.records(each))
        moved = seen.moved(machine) if host not in done and records else None
        done.add(host)
        if moved is not None:
            yield Proposal(
                remedy=ID,
                title=f"delete the MX of {host}",
                cost=len(records) + len(moved),
                doors=tuple(each.id for each in machine),
                drop=records,
                add=moved,
                unlisted=tuple(each.id for each in machine),
                hazards=tuple(hazards.moved(moved)),
                undo=f"publish the MX of {host} again",
            )
