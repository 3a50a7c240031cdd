"""A path told in hops, each with its evidence: what convinces a postmaster.

The engine judges in numbers (`paths.find`); this says the same in words, for the few paths that are shown.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.inventory.model import HANDS_ON, PROXY, RECEIVED
from mxlatch.paths.facts import ALL_LATCHES, LATCH_BIT, NO_ANSWER_BIT, TAKEN_BITS, WAY_BITS, facts_of, latch_mask
from mxlatch.paths.model import Hop
from mxlatch.terms.door import IMPLICIT_MX, OTHER_DOMAIN, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import ABSENT, FOUND, LIKELY_ABSENT, LIKELY_FOUND, NEEDS, Latch, LatchState
from mxlatch.terms.verdict import Certainty
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.model import FORWARD, Relay, World
from mxlatch.world.taking import Taking, asked_of, valid_turns

# A member of an enumeration costs ten times a name, and these are asked for at every step.
_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = sorted(Certainty)
_OPEN, _SHUT, _FILTERED = DoorState.OPEN, DoorState.CLOSED, DoorState.FILTERED
_LOGIN, _FOREIGN, _REFUSES = Taking.LOGIN, Taking.FOREIGN, Taking.REFUSES
_MISSED = {
    ABSENT: _PROVEN,
    LIKELY_ABSENT: _LIKELY,
    FOUND: _CLOSED,
    LIKELY_FOUND: _CLOSED,
}
# What a relay's word, however it is given, cannot show: how the client itself spoke to the relay.
_NEVER_HANDED_ON = frozenset({Latch.PREGREET, Latch.TLS})
_NOT_IN_HEADERS = _NEVER_HANDED_ON | {Latch.RELAY, Latch.ORDER}


class Route(Struct, frozen=True):
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


SEEN_BEHIND = {
    how: ALL_LATCHES & ~latch_mask(blind_to(Relay("", "", how)))
    for how in (False, "", True, "xclient", "proxy", "received")
}


def hops_of(world: World, route: Route, does: str, missing: Sequence[Latch]) -> tuple[Hop, ...]:
    """The hops of a route: sender, way in, door, relays, the latches that are missing, mailbox."""
    doors = [world.door(route.door), *(world.door(relay.next_door) for relay in route.relays)]
    return (
        Hop("sender", f"A stranger {does.replace('{name}', route.way.name)}", _PROVEN),
        Hop("way-in", way_text(route.way), _PROVEN, route.way.evidence[:1]),
        _door_hop(doors[0]),
        *(_relay_hop(relay, door, world) for relay, door in zip(route.relays, doors[1:], strict=True)),
        *(_latch_hop(latch, *_met(latch, doors, route, world), _in_vain(latch, doors, route)) for latch in missing),
        _mailbox_hop(route, doors, world),
    )


def way_text(way: WayIn) -> str:
    """A way in, in words."""
    said = len({e.source for e in way.evidence})
    by = f", as {said} server{'s say' if said != 1 else ' says'}" if said else ""
    if way.kind == IMPLICIT_MX:
        return f"{way.name} has no MX: its own address takes its mail{by}"
    if way.kind == OTHER_DOMAIN:
        return f"mail for {way.name} comes to the same mailboxes, by {way.exchange}"
    if way.published:
        return f"{way.name} MX {way.preference} {way.exchange}{by}"
    return f"{way.exchange}, to which no MX of {way.name} leads"


def _met(latch: Latch, doors: Sequence[Door], route: Route, world: World) -> tuple[Certainty, LatchState]:
    """How surely the route goes by without this latch, and the state that says so: the best of the hops that see."""
    best = _missed(latch, doors[0])
    if latch in (Latch.RECIPIENT, Latch.RELAY) and doubtful(route, world):
        best = _UNKNOWN, LatchState("unknown", detail=f"recipients of {route.way.name} were not tried there")
    blind: frozenset[Latch] = frozenset()
    for relay, door in zip(route.relays, doors[1:], strict=True):
        blind |= blind_to(relay)
        if latch in blind or latch in relay.waives:
            continue
        met = _missed(latch, door)
        if facts_of(door).mute & LATCH_BIT[latch]:
            met = _UNKNOWN, LatchState("unknown", detail=f"{door.id} was seen to refuse strangers only")
        best = min(best, met, key=lambda each: each[0])
    return best


def _missed(latch: Latch, door: Door) -> tuple[Certainty, LatchState]:
    state = door.latches.get(latch, LatchState("unknown", detail="not known here"))
    return _MISSED.get(state.state, _UNKNOWN), state


def _in_vain(latch: Latch, doors: Sequence[Door], route: Route) -> str:
    """Where a hop has the latch all the same, and why it does not judge there; "" if none has it."""
    blind: frozenset[Latch] = frozenset()
    for relay, door in zip(route.relays, doors[1:], strict=True):
        blind |= blind_to(relay)
        if _missed(latch, door)[0] is _CLOSED:
            why = f"sees {relay.door} and not the client" if latch in blind else f"waives it for {relay.door}"
            return f"; {door.id} has it, but {why}"
    return ""


def _latch_hop(latch: Latch, certainty: Certainty, state: LatchState, in_vain: str) -> Hop:
    return Hop("latch", f"{latch}: {state.detail}{in_vain}", certainty, state.evidence)


def _door_hop(door: Door) -> Hop:
    if door.endpoint == LOCKED:
        return Hop("door", f"{door.id} is locked to the filter", _CLOSED, door.evidence[1:])
    evidence = door.evidence[:1]
    if door.state is _SHUT:
        return Hop("door", f"{door.id} {door.reason}", _CLOSED, evidence)
    if door.state is _FILTERED and door.closed_by is not None:
        return Hop("door", f"{door.id} is {door.reason}", _CLOSED, (*evidence, door.closed_by))
    if facts_of(door).entry == _CLOSED:
        return Hop("door", f"{door.id} is a trap, which takes nothing", _CLOSED, evidence)
    if door.state is _OPEN:
        return Hop("door", f"{door.id} answers", _PROVEN, evidence)
    return Hop("door", f"{door.id}: {door.reason}", _UNKNOWN, evidence)


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
    return all(not _outcomes(relay, each, world) & TAKEN_BITS for each in relay.before)


def may_be_tried(relay: Relay, world: World) -> bool:
    """True if each that the relay tries first may give way."""
    return all(_outcomes(relay, each, world) & WAY_BITS for each in relay.before)


def _outcomes(relay: Relay, door: str, world: World) -> int:
    """What may come of it when the server tries this door."""
    return NO_ANSWER_BIT if (relay.door, door) in world.cut_off else facts_of(world.door(door)).relayed


def handed_on(relay: Relay, world: World) -> Certainty:
    """How surely what the server took gets in at the next door this way, now or when that is back."""
    handed = facts_of(world.door(relay.next_door)).handed
    if relay.cut is not None or handed == _CLOSED:
        return _CLOSED
    return _UNKNOWN if handed == _UNKNOWN or not surely_tried(relay, world) else _PROVEN


def taken(door: Door, way: WayIn, world: World) -> Certainty:
    """How surely the door takes a stranger's mail that comes this way, as far as it was seen to."""
    facts = facts_of(door)
    entry = Certainty(facts.entry)
    no = refused(door, way, world) if facts.refuses else None
    return entry if no is None else min(entry, no)


def _listed(doors: Sequence[str]) -> str:
    return doors[0] if len(doors) == 1 else f"{doors[0]} and {len(doors) - 1} more"


def _mailbox_hop(route: Route, doors: Sequence[Door], world: World) -> Hop:
    first, last = doors[0], doors[-1].id
    canary = world.proven.get(first.id)
    if canary is not None:
        return Hop("mailbox", f"a canary sent to {first.id} came to the mailbox", _PROVEN, (canary,))
    if facts_of(first).entry == _CLOSED:
        return Hop("mailbox", f"nothing gets in at {first.id}", _CLOSED)
    if _CLOSED in [handed_on(relay, world) for relay in route.relays]:
        return Hop("mailbox", f"what {route.relays[-1].door} took does not arrive", _CLOSED)
    refusal = _refusal(first, route.way, world)
    if refusal is not None:
        return refusal
    if route.stuck:
        return Hop("mailbox", f"{last} hands on to nobody but those that had it: it loops", _UNKNOWN)
    if _UNKNOWN in (facts_of(first).entry, *[handed_on(relay, world) for relay in route.relays]):
        return Hop("mailbox", f"whether {last} takes the mail for the mailbox is not known", _UNKNOWN)
    text = f"{last} takes the mail for the mailbox (at RCPT; only a canary proves delivery)"
    return Hop("mailbox", text, _LIKELY)


def is_foreign(door: Door, way: WayIn, world: World) -> bool:
    """True if the door surely does not serve the name whose mail comes this way: it said so of a recipient there.

    With the control that some door takes a valid recipient; what was said of another domain's is no word on this one.
    """
    said = facts_of(door).taking is _FOREIGN
    return said and world.served and way.name in asked_of(door.session)


def doubtful(route: Route, world: World) -> bool:
    """True if the door called some domain foreign, and perhaps not the one whose mail comes this way."""
    door = world.door(route.door)
    return facts_of(door).taking is _FOREIGN and not is_foreign(door, route.way, world)


def _refusal(door: Door, way: WayIn, world: World) -> Hop | None:
    """Where the door refused the recipient that the owner named, and how surely that holds for all mail on this way."""
    certainty = refused(door, way, world)
    if certainty is None:
        return None
    takes = facts_of(door).taking
    if takes is _LOGIN:
        return Hop("mailbox", f"{door.id} takes mail only from who logs in", certainty, door.evidence[1:])
    if takes is not _FOREIGN:
        text = f"{door.id} refuses the valid recipient, perhaps from us only"
    elif certainty is _CLOSED:
        text = f"{door.id} does not relay to {way.name}"
    else:
        text = f"whether {door.id} takes mail for {way.name} is not known"
    turn = next(turn for turn in valid_turns(door.session) if turn.reply is not None)
    assert turn.reply is not None
    said = Evidence(f"{turn.command} -> {turn.reply.code} {turn.reply.text}", f"{door.id}/tcp")
    return Hop("mailbox", text, certainty, (said,))


def refused(door: Door, way: WayIn, world: World) -> Certainty | None:
    """How surely the door takes no mail that comes this way, by what it said to the valid recipient; None: it may.

    What a provider's endpoint means by a refusal, its table says.
    """
    if door.endpoint:
        return None
    takes = facts_of(door).taking
    if takes is _LOGIN:
        return _CLOSED
    if takes is _FOREIGN:
        return _CLOSED if is_foreign(door, way, world) else _UNKNOWN
    return _UNKNOWN if takes is _REFUSES else None


def told_of_relays(relays: Sequence[Relay], text: str, certainty: Certainty) -> Iterator[Hop]:
    """A counter-example that lies between servers: the relays, and what comes of it."""
    for relay in relays:
        if relay.cut is not None:
            yield Hop("relay", f"{relay.next_door} lets nothing in from {relay.door}", _PROVEN, (relay.cut,))
        elif relay.next_door == relay.door:
            yield Hop("relay", f"{relay.door} hands mail back to itself", _PROVEN, relay.evidence)
        else:
            yield Hop("relay", f"{relay.door} hands on to {relay.next_door}", _PROVEN, relay.evidence)
    yield Hop("mailbox", text, certainty)
