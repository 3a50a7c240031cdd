"""Every path from a stranger to the mailbox, with the latches met on the way and how surely each is met.

A path goes from a sender by a way in, every server's word taken, through its door and the relays that the inventory
declares; a latch counts at the first hop that can see what it judges by (blindness) and does not waive it.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.paths.model import Hop, Path, Paths
from mxlatch.paths.reach import reached
from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.door import (
    OTHER_DOMAIN,
    Door,
    DoorState,
    DoorVerdict,
    WayIn,
)
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import ABSENT, FOUND, LIKELY_ABSENT, LIKELY_FOUND, NEEDS, Latch, LatchState
from mxlatch.terms.verdict import Certainty
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.model import Relay, World
from mxlatch.world.taking import Taking, asked_of, taking, valid_turns

_DEEPEST = 8  # relays in a row; a longer chain is a loop
_MOST_ROUTES = 64  # chains that are begun at one door; ten relays that hand on to each other would make a million

_MISSED = {
    ABSENT: Certainty.PROVEN,
    LIKELY_ABSENT: Certainty.LIKELY,
    FOUND: Certainty.CLOSED,
    LIKELY_FOUND: Certainty.CLOSED,
}


class _Leg(Struct, frozen=True):
    """A door on a path, and how it was come by: None for the first."""

    door: Door
    relay: Relay | None


def find(world: World) -> Paths:
    """All paths of a world, the surest first and of those the shortest, and what they make of each door."""
    senders = reached(world)
    paths = [
        path
        for way, door_id in world.ways_in
        for path in _paths(way, world.door(door_id), senders[way, door_id], world)
    ]
    paths.sort(key=lambda p: (-p.certainty, len(p.hops), -len(p.missing), p.way_in.rank, p.doors))
    worst: dict[str, Certainty] = {}
    for path in paths:
        worst.setdefault(path.doors[0], path.certainty)  # the surest way round stands first
    return Paths(tuple(paths), {door.id: _door_verdict(door, worst.get(door.id), world) for door in world.doors})


def _paths(way: WayIn, door: Door, senders: Sequence[Behaviour], world: World) -> Iterator[Path]:
    for legs in _routes(door, world):
        yield _path(way, legs, senders, world)


def _routes(door: Door, world: World) -> Iterator[tuple[_Leg, ...]]:
    """Every chain of relays that begins at a door; a door that relays to nobody delivers."""
    waiting: list[tuple[_Leg, ...]] = [(_Leg(door, None),)]
    begun = 1
    while waiting:
        legs = waiting.pop()
        passed = {leg.door.id for leg in legs}
        onward = [r for r in world.relays if r.door == legs[-1].door.id and r.next_door not in passed]
        # What is cut short at a bound counts as delivered there: that leaves latches out and adds none.
        if not onward or len(legs) >= _DEEPEST or begun >= _MOST_ROUTES:
            yield legs
            continue
        begun += len(onward)
        waiting.extend((*legs, _Leg(world.door(relay.next_door), relay)) for relay in onward)


def _path(way: WayIn, legs: Sequence[_Leg], senders: Sequence[Behaviour], world: World) -> Path:
    met = {latch: _met(latch, legs, way, world) for latch in world.baseline}
    missing = tuple(latch for latch, (certainty, _) in met.items() if certainty >= Certainty.LIKELY)
    unsure = tuple(latch for latch, (certainty, _) in met.items() if certainty is Certainty.UNKNOWN)
    hops = (
        Hop("sender", f"A stranger {_does(way, senders)}", Certainty.PROVEN),
        Hop("way-in", _way_text(way), Certainty.PROVEN, way.evidence[:1]),
        *(_door_hop(leg) for leg in legs),
        *(_latch_hop(latch, *met[latch]) for latch in missing),
        _mailbox_hop(way, legs, world),
    )
    certainty = _certainty(hops, missing, unsure, legs, world)
    surely = tuple(latch for latch in missing if met[latch][0] is Certainty.PROVEN)
    return Path(
        _does(way, senders),
        way,
        tuple(leg.door.id for leg in legs),
        hops,
        certainty,
        missing,
        unsure,
        surely,
        tuple(sender.id for sender in senders),
    )


def _certainty(
    hops: Sequence[Hop], missing: Sequence[Latch], unsure: Sequence[Latch], legs: Sequence[_Leg], world: World
) -> Certainty:
    """The least of the steps; nothing missing and nothing unsure is a path that meets the baseline."""
    least = min(hop.certainty for hop in hops)
    if missing:
        return least
    if unsure:
        return min(least, Certainty.UNKNOWN)
    if not world.baseline:
        return min(least, _unlatched(legs[0].door))
    return Certainty.CLOSED


def _unlatched(door: Door) -> Certainty:
    """No door has a latch: open if all that was asked is absent, and no surer than unknown while some is not known."""
    states = {state.state for state in door.latches.values()}
    return Certainty.LIKELY if states and states <= {ABSENT, LIKELY_ABSENT} else Certainty.UNKNOWN


def _is_bare(door: Door) -> bool:
    """True if some latch is surely or likely not there; a door of which nothing is known is no more than unknown."""
    return any(state.state in (ABSENT, LIKELY_ABSENT) for state in door.latches.values())


def _met(latch: Latch, legs: Sequence[_Leg], way: WayIn, world: World) -> tuple[Certainty, LatchState]:
    """How surely a path goes by without this latch, and the state that says so: the best of the hops that can see."""
    best = _missed(latch, legs[0].door)
    foreign = taking(legs[0].door.session) is Taking.FOREIGN
    if foreign and latch in (Latch.RECIPIENT, Latch.RELAY) and not _is_foreign(legs[0].door, way, world):
        best = Certainty.UNKNOWN, LatchState("unknown", detail=f"recipients of {way.name} were not tried there")
    for index, leg in enumerate(legs[1:], start=1):
        if not _is_blind(latch, legs[1 : index + 1]) and leg.relay is not None and latch not in leg.relay.waives:
            best = min(best, _missed(latch, leg.door), key=lambda each: each[0])
    return best


def _missed(latch: Latch, door: Door) -> tuple[Certainty, LatchState]:
    state = door.latches.get(latch, LatchState("unknown", detail="not known here"))
    return _MISSED.get(state.state, Certainty.UNKNOWN), state


def _is_blind(latch: Latch, legs: Sequence[_Leg]) -> bool:
    """A latch that needs the client's address is blind behind a relay that does not hand it on."""
    return "client" in NEEDS[latch] and not all(leg.relay is not None and leg.relay.hands_on_client for leg in legs)


def _latch_hop(latch: Latch, certainty: Certainty, state: LatchState) -> Hop:
    return Hop("latch", f"{latch}: {state.detail}", certainty, state.evidence)


def _does(way: WayIn, senders: Sequence[Behaviour]) -> str:
    """What the first of the senders does that may come this way."""
    return (senders[0].does if senders else "knows of the door").replace("{name}", way.name)


def _way_text(way: WayIn) -> str:
    said = len({e.source for e in way.evidence})
    by = f", as {said} server{'s say' if said != 1 else ' says'}" if said else ""
    if way.kind == "implicit-mx":
        return f"{way.name} has no MX: its own address takes its mail{by}"
    if way.kind == OTHER_DOMAIN:
        return f"mail for {way.name} comes to the same mailboxes, by {way.exchange}"
    if way.published:
        return f"{way.name} MX {way.preference} {way.exchange}{by}"
    return f"{way.exchange}, to which no MX of {way.name} leads"


def _door_hop(leg: _Leg) -> Hop:
    kind = "door" if leg.relay is None else "relay"
    how = f"{leg.door.id} answers" if leg.relay is None else f"hands on to {leg.door.id}"
    evidence: tuple[Evidence, ...] = leg.door.evidence[:1] if leg.relay is None else leg.relay.evidence
    if leg.door.endpoint == LOCKED:
        return Hop(kind, f"{leg.door.id} is locked to the filter", Certainty.CLOSED, leg.door.evidence[1:])
    match leg.door.state:
        case DoorState.OPEN:
            return Hop(kind, how, Certainty.PROVEN, evidence)
        case DoorState.CLOSED:
            return Hop(kind, f"{leg.door.id} {leg.door.reason}", Certainty.CLOSED, evidence)
        case DoorState.FILTERED if leg.door.closed_by is not None:
            return Hop(kind, f"{leg.door.id} is {leg.door.reason}", Certainty.CLOSED, (*evidence, leg.door.closed_by))
        case DoorState.FILTERED | DoorState.UNKNOWN:
            return Hop(kind, f"{leg.door.id}: {leg.door.reason}", Certainty.UNKNOWN, evidence)


def _mailbox_hop(way: WayIn, legs: Sequence[_Leg], world: World) -> Hop:
    canary = world.proven.get(legs[0].door.id)
    if canary is not None:
        return Hop("mailbox", f"a canary sent to {legs[0].door.id} came to the mailbox", Certainty.PROVEN, (canary,))
    shut = next((leg.door.id for leg in legs if _door_hop(leg).certainty is Certainty.CLOSED), "")
    if shut:
        return Hop("mailbox", f"nothing gets in at {shut}", Certainty.CLOSED)
    refusal = _refusal(legs[0].door, way, world)
    if refusal is not None:
        return refusal
    last = legs[-1].door.id
    if any(leg.door.state is not DoorState.OPEN for leg in legs):
        return Hop("mailbox", f"whether {last} takes the mail for the mailbox is not known", Certainty.UNKNOWN)
    text = f"{last} takes the mail for the mailbox (at RCPT; only a canary proves delivery)"
    return Hop("mailbox", text, Certainty.LIKELY)


def _is_foreign(door: Door, way: WayIn, world: World) -> bool:
    """True if the door surely does not serve the name whose mail comes this way: it said so of a recipient there.

    With the control that some door takes a valid recipient; what was said of another domain's is no word on this one.
    """
    said = taking(door.session) is Taking.FOREIGN
    return said and world.served and way.name in asked_of(door.session)


def _refusal(door: Door, way: WayIn, world: World) -> Hop | None:
    """Where the door refused the recipient that the owner named, and how surely that holds for all mail on this way.

    What a provider's endpoint means by a refusal, its table says.
    """
    if door.endpoint:
        return None
    match taking(door.session):
        case Taking.LOGIN:
            return Hop("mailbox", f"{door.id} takes mail only from who logs in", Certainty.CLOSED, door.evidence[1:])
        case Taking.FOREIGN if _is_foreign(door, way, world):
            text, certainty = f"{door.id} does not relay to {way.name}", Certainty.CLOSED
        case Taking.FOREIGN:
            text, certainty = f"whether {door.id} takes mail for {way.name} is not known", Certainty.UNKNOWN
        case Taking.REFUSES:
            text, certainty = f"{door.id} refuses the valid recipient, perhaps from us only", Certainty.UNKNOWN
        case Taking.TAKES | Taking.UNCLEAR | Taking.NOT_ASKED:
            return None
    refused = next(turn for turn in valid_turns(door.session) if turn.reply is not None)
    assert refused.reply is not None
    said = Evidence(f"{refused.command} -> {refused.reply.code} {refused.reply.text}", f"{door.id}/tcp")
    return Hop("mailbox", text, certainty, (said,))


def _door_verdict(door: Door, worst: Certainty | None, world: World) -> DoorVerdict:
    """What a door means for the baseline, by the worst of the paths that enter by it; None: no path does."""
    if door.state is DoorState.FILTERED and door.closed_by is None:
        return DoorVerdict.LIKELY_CLOSED
    if door.state is DoorState.OPEN and not world.baseline and _is_bare(door):
        return DoorVerdict.UNLATCHED
    if worst is None or worst is Certainty.UNKNOWN:
        return DoorVerdict.UNKNOWN
    return DoorVerdict.CLOSED if worst is Certainty.CLOSED else DoorVerdict.OPEN
