"""Stop waiving: what a relay hands on is judged like anybody's mail.

The primary's own tables (mynetworks, SCL -1, gateway lists) say "from a friend"; what the friend took from a stranger
is no friend's.
"""

from collections.abc import Iterator

from mxlatch.plan.change import StopWaiving
from mxlatch.plan.hazards import returned
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.remedies.hand_on import between_hosts, doors_through
from mxlatch.terms.latch import NOUNS, Latch
from mxlatch.terms.wording import listed

ID = "stop-waiving"
_COST = 1


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each pair of servers between which a latch is waived that a path goes round."""
    for (host, next_host), relays in between_hosts(seen).items():
        through = doors_through(seen, relays)
        missing = {latch for door in through for path in seen.round[door] for latch in path.missing}
        waived = tuple(latch for latch in Latch if latch in missing and any(latch in r.waives for r in relays))
        if waived:
            software = seen.world.door(relays[0].next_door).software
            yield Proposal(
                remedy=ID,
                title=f"{next_host} applies {listed([NOUNS[each] for each in waived])} to what {host} hands on",
                cost=_COST * len(waived),
                doors=through,
                latches=waived,
                changes=tuple(StopWaiving(r.door, host, r.next_door, waived, software) for r in relays),
                hazards=(returned(host, next_host),),
                undo=f"let {next_host} trust {host} again",
            )
