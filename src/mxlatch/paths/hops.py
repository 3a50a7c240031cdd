"""A path told in hops, each with its evidence: what convinces a postmaster.

The engine judges in numbers (`paths.find`); this says the same in words, for the few paths that are shown.
"""

from collections.abc import Sequence
from itertools import repeat

from msgspec import Struct

from mxlatch.inventory.model import HANDS_ON, PROXY, RECEIVED
from mxlatch.paths.facts import (
    ALL_LATCHES,
    LATCH_BIT,
    NO_ANSWER_BIT,
    RECIPIENTS,
    TAKEN_BITS,
    WAY_BITS,
    Facts,
    facts_of,
    latch_mask,
)
from mxlatch.paths.model import Hop
from mxlatch.terms.door import IMPLICIT_MX, MX, OTHER_DOMAIN, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import ABSENT, FOUND, LIKELY_ABSENT, LIKELY_FOUND, NEEDS, Latch, LatchState
from mxlatch.terms.verdict import Certainty
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.model import FORWARD, Relay, World
from mxlatch.world.taking import Taking, valid_turns

# A member of an enumeration costs ten times a name, and these are asked for at every step.
_CERTAINTY = sorted(Certainty)
_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = _CERTAINTY
_OPEN, _SHUT, _FILTERED = DoorState.OPEN, DoorState.CLOSED, DoorState.FILTERED
_LOGIN, _FOREIGN = Taking.LOGIN, Taking.FOREIGN
_NOT_KNOWN_HERE = LatchState("unknown", detail="not known here")
_MISSED = {
    ABSENT: _PROVEN,
    LIKELY_ABSENT: _LIKELY,
    FOUND: _CLOSED,
    LIKELY_FOUND: _CLOSED,
}
# What a relay's word, however it is given, cannot show: how the client itself spoke to the relay.
_NEVER_HANDED_ON = frozenset({Latch.PREGREET, Latch.TLS})
_NOT_IN_HEADERS = _NEVER_HANDED_ON | {Latch.RELAY, Latch.ORDER}


class Route(Struct, frozen=True, gc=False):
    """From a way in through a door and relays. stuck: the last of them hands on only to those that had it already."""

    way: WayIn
    door: str
    relays: tuple[Relay, ...] = ()
    stuck: bool = False


def blind_to(relay: Relay) -> frozenset[Latch]:
    """The latches that cannot judge behind this relay, since they need the client and do not see it."""
    client = frozenset(latch for latch, needs in NEEDS.items() if "client" in needs)
    match relay.hands_on_client:
        case False | "":
            return client
        case str(how) if how == RECEIVED:
            return _NOT_IN_HEADERS
        case str(how) if how == PROXY:
            return frozenset()
        case _:
            assert relay.hands_on_client is True or relay.hands_on_client in HANDS_ON
            return _NEVER_HANDED_ON


_BLIND_BEHIND = {how: blind_to(Relay("", "", how)) for how in (False, "", True, "xclient", "proxy", "received")}
SEEN_BEHIND = {how: ALL_LATCHES & ~latch_mask(blind) for how, blind in _BLIND_BEHIND.items()}


def hops_of(world: World, route: Route, does: str, missing: Sequence[Latch]) -> tuple[Hop, ...]:
    """The hops of a route: sender, way in, door, relays, the latches that are missing, mailbox."""
    way, relays, doors = route.way, route.relays, world.doors_by_id
    first, behind = doors[route.door], [doors[relay.next_door] for relay in relays]
    facts = facts_of(first)
    hops = [
        Hop("sender", f"A stranger {does.replace('{name}', way.name)}", _PROVEN),
        way_hop(way),
        _door_hop(first, facts, route.door),
    ]
    if relays:
        hops += map(_relay_hop, relays, behind, repeat(world))
    for latch in missing:
        hops.append(_latch_hop(latch, first, facts, behind, route, world))
    hops.append(_mailbox_hop(first, facts, route, world))
    return tuple(hops)


def way_hop(way: WayIn) -> Hop:
    """The way in as a hop."""
    return Hop("way-in", way_text(way), _PROVEN, way.evidence[:1])


def way_text(way: WayIn) -> str:
    """A way in, in words."""
    if way.kind == MX:
        by = _ONE_SAYS if len(way.evidence) == 1 else _said_by(way.evidence)
        return f"{way.name} MX {way.preference} {way.exchange}{by}"
    if way.kind == IMPLICIT_MX:
        return f"{way.name} has no MX: its own address takes its mail{_said_by(way.evidence)}"
    if way.kind == OTHER_DOMAIN:
        return f"mail for {way.name} comes to the same mailboxes, by {way.exchange}"
    return f"{way.exchange}, to which no MX of {way.name} leads"


def _said_by(evidence: Sequence[Evidence]) -> str:
    servers = len({each.source for each in evidence})
    return f", as {servers} servers say" if servers > 1 else _ONE_SAYS if servers else ""


_ONE_SAYS = ", as 1 server says"


def _latch_hop(latch: Latch, first: Door, facts: Facts, behind: Sequence[Door], route: Route, world: World) -> Hop:
    if not behind and not facts.mute:
        certainty, state = _missed(latch, first)
        return Hop("latch", f"{latch}: {state.detail}", certainty, state.evidence)
    certainty, state = _met(latch, first, behind, route, world)
    return Hop("latch", f"{latch}: {state.detail}{_in_vain(latch, behind, route)}", certainty, state.evidence)


def _met(latch: Latch, first: Door, behind: Sequence[Door], route: Route, world: World) -> tuple[Certainty, LatchState]:
    """How surely the route goes by without this latch, and the state that says so: the best of the hops that see."""
    best = _missed(latch, first)
    if LATCH_BIT[latch] & RECIPIENTS and doubtful(facts_of(first), route.way, world):
        best = _UNKNOWN, LatchState("unknown", detail=f"recipients of {route.way.name} were not tried there")
    blind: frozenset[Latch] = frozenset()
    for relay, door in zip(route.relays, behind, strict=True):
        blind |= _BLIND_BEHIND[relay.hands_on_client]
        if latch in blind or latch in relay.waives:
            continue
        met = _missed(latch, door)
        if facts_of(door).mute & LATCH_BIT[latch]:
            met = _UNKNOWN, LatchState("unknown", detail=f"{door.id} was seen to refuse strangers only")
        best = min(best, met, key=lambda each: each[0])
    return best


def _missed(latch: Latch, door: Door) -> tuple[Certainty, LatchState]:
    state = door.latches.get(latch, _NOT_KNOWN_HERE)
    return _MISSED.get(state.state, _UNKNOWN), state


def _in_vain(latch: Latch, behind: Sequence[Door], route: Route) -> str:
    """Where a hop has the latch all the same, and why it does not judge there; "" if none has it."""
    blind: frozenset[Latch] = frozenset()
    for relay, door in zip(route.relays, behind, strict=True):
        blind |= _BLIND_BEHIND[relay.hands_on_client]
        if _missed(latch, door)[0] is _CLOSED:
            why = f"sees {relay.door} and not the client" if latch in blind else f"waives it for {relay.door}"
            return f"; {door.id} has it, but {why}"
    return ""


def _door_hop(door: Door, facts: Facts, id: str) -> Hop:
    if facts.entry == _PROVEN:
        return Hop("door", f"{id} answers", _PROVEN, door.evidence[:1])
    if door.endpoint == LOCKED:
        return Hop("door", f"{id} is locked to the filter", _CLOSED, door.evidence[1:])
    evidence = door.evidence[:1]
    if door.state is _SHUT:
        return Hop("door", f"{id} {door.reason}", _CLOSED, evidence)
    if door.state is _FILTERED and door.closed_by is not None:
        return Hop("door", f"{id} is {door.reason}", _CLOSED, (*evidence, door.closed_by))
    if facts.entry == _CLOSED:
        return Hop("door", f"{id} is a trap, which takes nothing", _CLOSED, evidence)
    return Hop("door", f"{id}: {door.reason}", _UNKNOWN, evidence)


def _relay_hop(relay: Relay, door: Door, world: World) -> Hop:
    if relay.cut is not None:
        return Hop("relay", f"{door.id} lets nothing in from {relay.door}", _CLOSED, (relay.cut,))
    text = f"{'sends some of it on to' if relay.kind == FORWARD else 'hands on to'} {door.id}"
    if facts_of(door).handed == _CLOSED:
        return Hop("relay", f"{text}, a trap, which takes nothing", _CLOSED, relay.evidence)
    if facts_of(door).handed == _UNKNOWN:
        return Hop("relay", f"{text}: {door.reason}", _UNKNOWN, relay.evidence)
    if not surely_tried(relay, world):
        return Hop("relay", f"{text} where {_listed(relay.before)} may not answer", _UNKNOWN, relay.evidence)
    return Hop("relay", text, _PROVEN, relay.evidence)


def surely_tried(relay: Relay, world: World) -> bool:
    """True if those that the relay tries first surely do not take the mail."""
    return not relay.before or all(not _outcomes(relay, each, world) & TAKEN_BITS for each in relay.before)


def may_be_tried(relay: Relay, world: World) -> bool:
    """True if each that the relay tries first may give way."""
    return not relay.before or all(_outcomes(relay, each, world) & WAY_BITS for each in relay.before)


def _outcomes(relay: Relay, door: str, world: World) -> int:
    """What may come of it when the server tries this door."""
    return NO_ANSWER_BIT if (relay.door, door) in world.cut_off else facts_of(world.door(door)).relayed


def handed_on(relay: Relay, world: World) -> Certainty:
    """How surely what the server took gets in at the next door this way, now or when that is back."""
    handed = facts_of(world.door(relay.next_door)).handed
    if relay.cut is not None or handed == _CLOSED:
        return _CLOSED
    return _UNKNOWN if handed == _UNKNOWN or not surely_tried(relay, world) else _PROVEN


def taken(door: Facts, way: WayIn, world: World) -> Certainty:
    """How surely the door takes a stranger's mail that comes this way, as far as it was seen to."""
    is_foreign = door.refuses and door.foreign and _is_foreign(door, way, world)
    return _CLOSED if is_foreign else _CERTAINTY[door.takes]


def _listed(doors: Sequence[str]) -> str:
    return doors[0] if len(doors) == 1 else f"{doors[0]} and {len(doors) - 1} more"


def _mailbox_hop(first: Door, facts: Facts, route: Route, world: World) -> Hop:
    relays = route.relays
    last = relays[-1].next_door if relays else route.door
    canary = world.proven.get(route.door)
    if canary is not None:
        return Hop("mailbox", f"a canary sent to {route.door} came to the mailbox", _PROVEN, (canary,))
    if facts.entry == _CLOSED:
        return Hop("mailbox", f"nothing gets in at {route.door}", _CLOSED)
    if relays and _CLOSED in [handed_on(relay, world) for relay in relays]:
        return Hop("mailbox", f"what {relays[-1].door} took does not arrive", _CLOSED)
    if facts.refuses:
        return _refusal(first, route, world)
    if route.stuck:
        return Hop("mailbox", f"{last} hands on to nobody but those that had it: it loops", _UNKNOWN)
    if facts.entry == _UNKNOWN or (relays and any(handed_on(relay, world) == _UNKNOWN for relay in relays)):
        return Hop("mailbox", f"whether {last} takes the mail for the mailbox is not known", _UNKNOWN)
    text = f"{last} takes the mail for the mailbox (at RCPT; only a canary proves delivery)"
    return Hop("mailbox", text, _LIKELY)


def doubtful(door: Facts, way: WayIn, world: World) -> bool:
    """True if the door called some domain foreign, and perhaps not the one whose mail comes this way."""
    return door.taking is _FOREIGN and not _is_foreign(door, way, world)


def _is_foreign(door: Facts, way: WayIn, world: World) -> bool:
    """True if the door surely does not serve the name whose mail comes this way: it said so of a recipient there.

    With the control that some door takes a valid recipient; what was said of another domain's is no word on this one.
    """
    return way.name in door.foreign and world.served


def refused(door: Facts, way: WayIn, world: World) -> Certainty:
    """How surely a door that refused the valid recipient (`Facts.refuses`) takes no mail that comes this way."""
    if door.taking is _LOGIN or (door.taking is _FOREIGN and _is_foreign(door, way, world)):
        return _CLOSED
    return _UNKNOWN


def _refusal(door: Door, route: Route, world: World) -> Hop:
    """Where the door refused the recipient that the owner named, and how surely that holds for all mail on this way."""
    facts, id, name = facts_of(door), route.door, route.way.name
    certainty = refused(facts, route.way, world)
    if facts.taking is _LOGIN:
        return Hop("mailbox", f"{id} takes mail only from who logs in", certainty, door.evidence[1:])
    if facts.taking is not _FOREIGN:
        text = f"{id} refuses the valid recipient, perhaps from us only"
    elif certainty is _CLOSED:
        text = f"{id} does not relay to {name}"
    else:
        text = f"whether {id} takes mail for {name} is not known"
    turn = next(turn for turn in valid_turns(door.session) if turn.reply is not None)
    assert turn.reply is not None
    said = Evidence(f"{turn.command} -> {turn.reply.code} {turn.reply.text}", f"{id}/tcp")
    return Hop("mailbox", text, certainty, (said,))


def told_of_relays(relays: Sequence[Relay], text: str, certainty: Certainty) -> tuple[Hop, ...]:
    """A counter-example that lies between servers: the relays, and what comes of it."""
    return *map(_between, relays), Hop("mailbox", text, certainty)


def _between(relay: Relay) -> Hop:
    if relay.cut is not None:
        return Hop("relay", f"{relay.next_door} lets nothing in from {relay.door}", _PROVEN, (relay.cut,))
    if relay.next_door == relay.door:
        return Hop("relay", f"{relay.door} hands mail back to itself", _PROVEN, relay.evidence)
    return Hop("relay", f"{relay.door} hands on to {relay.next_door}", _PROVEN, relay.evidence)
