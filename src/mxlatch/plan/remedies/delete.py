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
        leaving = seen.leaving(machine) if host not in done else None
        moved = seen.moved(machine) if leaving is not None and any(leaving) else None
        done.add(host)
        if moved is not None and leaving is not None:
            records, unaddressed = leaving
            yield Proposal(
                remedy=ID,
                title=f"delete the MX of {host}",
                cost=len(records) + len(unaddressed) + len(moved),
                doors=tuple(each.id for each in machine),
                drop=records,
                add=moved,
                unlisted=tuple(each.id for each in machine),
                unaddressed=unaddressed,
                hazards=tuple(hazards.moved(moved)),
                undo=f"publish the MX of {host} again",
            )
