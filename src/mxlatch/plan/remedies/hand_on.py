"""Hand on: a relay tells the next hop which client it got the mail from, so that what judges by address sees it.

By XCLIENT or PROXY where the relay is one's own; by its Received line where the next hop's filter trusts it.
"""

from collections.abc import Iterator

from mxlatch.inventory.model import RECEIVED, XCLIENT
from mxlatch.paths.hops import blind_to
from mxlatch.plan.change import HandOn
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.latch import FOUND, LIKELY_FOUND, Latch
from mxlatch.terms.wording import listed
from mxlatch.world.model import Relay

ID = "hand-on"
_COST = {XCLIENT: 2, RECEIVED: 2}


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each relay behind which a latch of the next hop is blind."""
    for relay in seen.world.relays:
        if relay.cut is not None or relay.door == relay.next_door:
            continue
        blind = [latch for latch in Latch if latch in blind_to(relay) and _has(seen, relay, latch)]
        missing = {
            latch
            for paths in seen.round.values()
            for path in paths
            if relay.door in path.doors
            for latch in path.missing
        }
        seen_then = [latch for latch in blind if latch in missing]
        for by in (RECEIVED, XCLIENT):
            if set(seen_then) - blind_to(Relay("", "", by)):
                yield _hand_on(seen, relay, by, seen_then)


def _has(seen: Seen, relay: Relay, latch: Latch) -> bool:
    state = seen.world.door(relay.next_door).latches.get(latch)
    return state is not None and state.state in (FOUND, LIKELY_FOUND)


def _hand_on(seen: Seen, relay: Relay, by: str, latches: list[Latch]) -> Proposal:
    here, behind = seen.world.door(relay.door), seen.world.door(relay.next_door)
    host, next_host = seen.host(here), seen.host(behind)
    way = "XCLIENT" if by == XCLIENT else "the Received line that its filter trusts"
    return Proposal(
        remedy=ID,
        title=f"{host} tells {next_host} the client's address by {way}, for {listed([str(each) for each in latches])}",
        cost=_COST[by],
        doors=tuple(
            dict.fromkeys(
                (relay.door, *(door for door, paths in seen.round.items() if any(relay.door in p.doors for p in paths)))
            )
        ),
        latches=tuple(latch for latch in latches if latch not in blind_to(Relay("", "", by))),
        changes=(HandOn(here.id, host, behind.id, by, behind.software),),
        hazards=tuple(_hazards(host, next_host, by)),
        undo=f"{next_host} believes {host} no more",
    )


def _hazards(host: str, next_host: str, by: str) -> Iterator[Hazard]:
    yield returned(host, next_host)
    if by == XCLIENT:
        text = (
            f"{next_host} must believe XCLIENT from {host} only: who else may use it says by itself which client it is"
        )
        yield Hazard(f"xclient:{next_host}", text)
    else:
        text = (
            f"what judges at connect time on {next_host} stays blind: only a filter that reads headers sees the client"
        )
        yield Hazard(f"headers:{next_host}", text)


def returned(host: str, next_host: str) -> Hazard:
    """Who judges behind a relay refuses what the relay has accepted."""
    text = f"what {next_host} then refuses, {host} has accepted: it has to refuse the same, or it bounces to forged senders"
    return Hazard(f"returned:{host}", text)
