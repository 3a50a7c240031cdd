"""Stop waiving: what a relay hands on is judged like anybody's mail.

The primary's own tables (mynetworks, SCL -1, gateway lists) say "from a friend"; what the friend took from a stranger
is no friend's.
"""

from collections.abc import Iterator

from mxlatch.plan.change import StopWaiving
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.remedies.hand_on import returned
from mxlatch.terms.latch import Latch
from mxlatch.terms.wording import listed

ID = "stop-waiving"
_COST = 1


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each relay through which a path goes round for a latch that the next hop waives."""
    for relay in seen.world.relays:
        through = {door: paths for door, paths in seen.round.items() if any(relay.door in p.doors for p in paths)}
        missing = {latch for paths in through.values() for path in paths for latch in path.missing}
        waived = tuple(latch for latch in Latch if latch in relay.waives and latch in missing)
        if not waived or relay.cut is not None:
            continue
        here, behind = seen.world.door(relay.door), seen.world.door(relay.next_door)
        host, next_host = seen.host(here), seen.host(behind)
        yield Proposal(
            remedy=ID,
            title=f"{next_host} applies {listed([str(each) for each in waived])} to what {host} hands on",
            cost=_COST * len(waived),
            doors=tuple(dict.fromkeys((relay.door, *through))),
            latches=waived,
            changes=(StopWaiving(here.id, host, behind.id, waived, behind.software),),
            hazards=(returned(host, next_host),),
            undo=f"let {next_host} trust {host} again",
        )
