"""Hand on: a relay tells the next hop which client it got the mail from, so that what judges by address sees it.

By XCLIENT where the relay is one's own; by its Received line where the next hop's filter trusts it.
"""

from collections.abc import Iterator, Sequence

from mxlatch.inventory.model import RECEIVED, XCLIENT
from mxlatch.paths.hops import blind_to
from mxlatch.plan.change import HandOn
from mxlatch.plan.hazards import returned
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.latch import FOUND, LIKELY_FOUND, NOUNS, Latch
from mxlatch.terms.wording import listed
from mxlatch.world.model import Relay

ID = "hand-on"
_COST = {XCLIENT: 3, RECEIVED: 4}


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each pair of servers between which the client's address gets lost, to a latch that a path goes round."""
    for relays in between_hosts(seen).values():
        lost = tuple(latch for latch in Latch if any(_is_lost(seen, relay, latch) for relay in relays))
        for by in (RECEIVED,) if _is_postfix(seen, relays) else (XCLIENT, RECEIVED):
            helped = tuple(latch for latch in lost if latch not in blind_to(Relay("", "", by)))
            if helped:
                yield _hand_on(seen, relays, by, helped)


def between_hosts(seen: Seen) -> dict[tuple[str, str], list[Relay]]:
    """The relays of each pair of servers, by all of their addresses."""
    found: dict[tuple[str, str], list[Relay]] = {}
    for relay in seen.world.relays:
        if relay.cut is None and relay.door != relay.next_door:
            hosts = seen.host(seen.world.door(relay.door)), seen.host(seen.world.door(relay.next_door))
            found.setdefault(hosts, []).append(relay)
    return found


def doors_through(seen: Seen, relays: Sequence[Relay]) -> tuple[str, ...]:
    """The doors whose ways round go through one of these relays."""
    at = {relay.door for relay in relays}
    return tuple(door for door, paths in seen.round.items() if any(at.intersection(path.doors) for path in paths))


def _is_postfix(seen: Seen, relays: Sequence[Relay]) -> bool:
    """Postfix takes XCLIENT, and does not send it."""
    return all("postfix" in seen.world.door(relay.door).software.lower() for relay in relays)


def _is_lost(seen: Seen, relay: Relay, latch: Latch) -> bool:
    """The next hop has the latch, it is blind there, and a path goes round for want of it."""
    state = seen.world.door(relay.next_door).latches.get(latch)
    if state is None or state.state not in (FOUND, LIKELY_FOUND) or latch not in blind_to(relay):
        return False
    return any(relay.door in path.doors and latch in path.missing for paths in seen.round.values() for path in paths)


def _hand_on(seen: Seen, relays: Sequence[Relay], by: str, latches: tuple[Latch, ...]) -> Proposal:
    doors, blind = doors_through(seen, relays), blind_to(Relay("", "", by))
    missing = {latch for door in doors for path in seen.round[door] for latch in path.missing}
    first, behind = seen.world.door(relays[0].door), seen.world.door(relays[0].next_door)
    host, next_host = seen.host(first), seen.host(behind)
    way = "XCLIENT" if by == XCLIENT else "the Received line that its filter trusts"
    needing = listed([NOUNS[each] for each in latches])
    return Proposal(
        remedy=ID,
        title=f"{host} tells {next_host} the client's address by {way}, for {needing}",
        cost=_COST[by],
        doors=doors,
        # Also what the next hop has not yet: together with the latch there, it closes as well.
        latches=tuple(latch for latch in Latch if latch in missing and latch not in blind),
        changes=tuple(HandOn(relay.door, host, relay.next_door, by, behind.software) for relay in relays),
        hazards=tuple(_hazards(host, next_host, by)),
        undo=f"{next_host} believes {host} no more",
    )


def _hazards(host: str, next_host: str, by: str) -> Iterator[Hazard]:
    yield returned(host, next_host)
    if by == XCLIENT:
        yield Hazard(
            f"xclient:{next_host}",
            f"{next_host} must believe XCLIENT from {host} only: who else uses it chooses its own address; and {host} "
            "must send it, which Postfix cannot",
        )
    else:
        text = (
            f"what judges at connect time on {next_host} stays blind: only a filter that reads headers sees the client"
        )
        yield Hazard(f"headers:{next_host}", text)
