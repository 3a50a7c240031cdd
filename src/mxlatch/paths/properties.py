"""What should hold of a domain's mail, judged on one world, each with a counter-example in the form of a path's hops.

For a world in which a server is down, ask again of that world (`paths.assume`). Limits: a server of which the inventory
does not say where it hands on keeps its mail; whether a filter passes a transaction through or accepts it, none sees.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from mxlatch.paths.facts import ACCEPT_BIT, ANY_OUTCOME, LATCH_BIT, Facts, latch_mask, latches_of
from mxlatch.paths.hops import Route, blind_to, hops_of, told_of_relays, way_text
from mxlatch.paths.model import Held, Holds, Hop, Path, Property
from mxlatch.paths.reach import Senders
from mxlatch.terms.door import PUBLISHED, DoorState, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import listed
from mxlatch.world.model import BY_MX, FORWARD, Relay, World

# A member of an enumeration costs ten times a name.
_NO, _MAYBE, _YES = Holds.NO, Holds.UNKNOWN, Holds.YES
_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = sorted(Certainty)
_OPEN = DoorState.OPEN
_TLS = LATCH_BIT[Latch.TLS]
# The latches that refuse a message; the others delay it or speak of the connection.
_REFUSING = latch_mask((Latch.RECIPIENT, Latch.CONTENT, Latch.DNSBL, Latch.SPF, Latch.DKIM, Latch.DMARC))
_HOLDS_MAIL = ("backup", "relay")  # roles that accept and hold
_FILTER = "filter"

Lacking = Callable[[Sequence[Latch]], Iterator[tuple[int, Route, tuple[Latch, ...]]]]


class Judged(Struct, frozen=True):
    """What the engine knows when the paths are found. masks: by way in, the senders that may come by it.

    lacking: for another demand than the baseline, each route's certainty to go without, and what it lacks.
    """

    world: World
    facts: dict[str, Facts]
    masks: Sequence[int]
    senders: Senders
    paths: tuple[Path, ...]
    lacking: Lacking


def held(given: Judged) -> tuple[Held, ...]:
    """Every property."""
    return (
        _no_way_round(given),
        *(_policies(given) if given.world.inventory.policies else ()),
        _delivery(given),
        *(_between_servers(given) if given.world.relays else _NO_RELAYS),
        _tls(given),
    )


_NO_RELAYS = tuple(Held(each, _YES) for each in (Property.BACKSCATTER, Property.DELAY, Property.LOOP))


_NO_ROUND, _DELIVERED, _ENCRYPTED = (Held(each, _YES) for each in (Property.ROUND, Property.DELIVERY, Property.TLS))


def _no_way_round(given: Judged) -> Held:
    paths = given.paths
    if not paths or paths[0].certainty is _CLOSED:  # the surest way round stands first
        return _NO_ROUND
    holds = _NO if paths[0].certainty >= _LIKELY else _MAYBE
    return Held(Property.ROUND, holds, lambda: paths[0].hops)


def _policies(given: Judged) -> Iterator[Held]:
    """The owner's demands, each the worst of its paths."""
    world = given.world
    for policy in world.inventory.policies:
        if not policy.concerns(world.domain, world.vantage):
            continue
        worst = max(given.lacking(policy.passes), key=lambda each: each[0], default=None)
        if worst is None or worst[0] == _CLOSED:
            yield Held(Property.POLICY, _YES)
            continue
        certainty, route, lacks = worst
        holds = _NO if certainty >= _LIKELY else _MAYBE
        yield Held(Property.POLICY, holds, partial(_policy_hops, given, policy.line, policy.passes, route, lacks))


def _policy_hops(
    given: Judged, line: int, passes: Sequence[Latch], route: Route, lacks: Sequence[Latch]
) -> tuple[Hop, ...]:
    demand = f"every path from {given.world.vantage} passes {listed([str(latch) for latch in passes])}"
    said = given.world.inventory.evidence(demand, line)
    first, *rest = hops_of(given.world, route, _does(given, route.way, route.door), lacks)
    return Hop(first.kind, first.text, first.certainty, (said,)), *rest


def _does(given: Judged, way: WayIn, door: str) -> str:
    index = given.world.ways_in.index((way, door))
    return given.senders.told(given.masks[index])[1]


def _delivery(given: Judged) -> Held:
    """Each conforming sender has some exchanger that may take its mail, and none takes mail that ends nowhere."""
    conforming, facts = given.senders.conforming, given.facts
    maybe: dict[str, int] = {}
    surely: dict[str, int] = {}
    ends = dead_ends(given.world) if given.world.relays else {}
    for index, (way, door) in enumerate(given.world.ways_in):
        if way.kind not in PUBLISHED:
            continue
        name, outcomes, mask = way.name, facts[door].outcomes, given.masks[index] & conforming
        if not outcomes & ACCEPT_BIT:
            mask = 0
        elif mask and door in ends:
            certainty = _PROVEN if all(r.cut is not None for r in ends[door]) else _LIKELY
            hops = partial(_ending, way, ends[door], "what it took ends nowhere, and its sender learns late", certainty)
            return Held(Property.DELIVERY, _NO, hops)
        if outcomes == ANY_OUTCOME:
            maybe[name] = maybe.get(name, 0) | mask
            mask = 0
        surely[name] = surely.get(name, 0) | mask
    for name, senders in surely.items():
        left = conforming & ~(senders | maybe.get(name, 0))
        if left:
            return Held(Property.DELIVERY, _NO, partial(_nowhere, given, name, left))
    for name, senders in surely.items():
        if senders != conforming:
            return Held(Property.DELIVERY, _MAYBE, partial(_nowhere, given, name, conforming & ~senders))
    return _DELIVERED


def dead_ends(world: World) -> dict[str, list[Relay]]:
    """By door: its relays, where every one is cut off or leads back to itself."""
    onward: dict[str, list[Relay]] = {}
    for relay in world.relays:
        if relay.kind != FORWARD:
            onward.setdefault(relay.door, []).append(relay)
    return {
        door: relays
        for door, relays in onward.items()
        if all(relay.cut is not None or relay.next_door == door for relay in relays)
    }


def _ending(way: WayIn, relays: Sequence[Relay], text: str, certainty: Certainty) -> tuple[Hop, ...]:
    return (
        Hop("sender", "A mail server of honest people delivers", _PROVEN),
        Hop("way-in", way_text(way), _PROVEN, way.evidence[:1]),
        *told_of_relays(relays, text, certainty),
    )


def _nowhere(given: Judged, name: str, senders: int) -> tuple[Hop, ...]:
    who = listed(list(given.senders.ids(senders)))
    tried = [(way, door) for way, door in given.world.ways_in if way.kind in PUBLISHED and way.name == name]
    return (
        Hop("sender", f"A mail server of honest people delivers to {name} ({who})", _PROVEN),
        *(
            Hop("door", f"{way_text(way)}: {door} {given.world.door(door).reason}".rstrip(), _entry(given, door))
            for way, door in tried
        ),
        Hop("mailbox", "nothing that it may try surely takes the mail: it waits, and is returned", _LIKELY),
    )


def _entry(given: Judged, door: str) -> Certainty:
    return Certainty(given.facts[door].entry)


def _between_servers(given: Judged) -> tuple[Held, Held, Held]:
    relays = given.world.relays
    return (
        _worst(Property.BACKSCATTER, [_backscatter(given, relay) for relay in relays if relay.next_door != relay.door]),
        _worst(Property.DELAY, [_delay(given, relay) for relay in relays]),
        _worst(Property.LOOP, list(_loops(relays))),
    )


def _worst(property: Property, each: Sequence[Held]) -> Held:
    for holds in (_NO, _MAYBE):
        for one in each:
            if one.holds is holds:
                return one
    return Held(property, _YES)


def _backscatter(given: Judged, relay: Relay) -> Held:
    """Does this hop accept what the next may refuse?"""
    here, behind = given.facts[relay.door], given.facts[relay.next_door]
    counts = _REFUSING & ~latch_mask(relay.waives) & ~latch_mask(blind_to(relay))
    if not here.outcomes & ACCEPT_BIT or relay.cut is not None:
        return Held(Property.BACKSCATTER, _YES)
    refused_later = counts & behind.found & (here.absent | here.likely)
    maybe = counts & ~behind.absent & ~behind.likely & ~here.found & ~refused_later
    if not refused_later and not (maybe & behind.found):
        return Held(Property.BACKSCATTER, _YES)
    passes_through = given.world.door(relay.door).role == _FILTER
    holds = _NO if refused_later and not passes_through else _MAYBE
    latches = listed([str(latch) for latch in latches_of(refused_later or maybe & behind.found)])
    text = f"{relay.next_door} refuses by {latches} what {relay.door} has accepted: it is returned to forged senders"
    certainty = _LIKELY if holds is _NO else _UNKNOWN
    return Held(Property.BACKSCATTER, holds, partial(_tuple_of_relays, (relay,), text, certainty))


def _tuple_of_relays(relays: Sequence[Relay], text: str, certainty: Certainty) -> tuple[Hop, ...]:
    return tuple(told_of_relays(relays, text, certainty))


def _delay(given: Judged, relay: Relay) -> Held:
    """Is who sends by a server that accepts and holds told when the mail waits there?"""
    door = given.world.door(relay.door)
    declared = given.world.inventory.door_at(door.address, door.port)
    holds_mail = relay.kind == BY_MX or door.role in _HOLDS_MAIL
    if not holds_mail or (declared is not None and declared.tells_delay):
        return Held(Property.DELAY, _YES)
    said = declared is not None and declared.tells_delay is False
    text = f"while {relay.next_door} is down, {door.id} holds the mail and tells its sender nothing"
    if not said:
        text = f"whether {door.id} tells senders of mail that waits there is not declared (Postfix does not by default)"
    certainty = _LIKELY if said else _UNKNOWN
    holds = _NO if said else _MAYBE
    return Held(Property.DELAY, holds, partial(_tuple_of_relays, (relay,), text, certainty))


def _loops(relays: Sequence[Relay]) -> Iterator[Held]:
    """Servers that hand mail back to where it was."""
    onward: dict[str, list[Relay]] = {}
    for relay in relays:
        if relay.next_door == relay.door:
            text = f"{relay.door} does not find itself among the exchangers: mail loops back to it"
            yield Held(Property.LOOP, _NO, partial(_tuple_of_relays, (relay,), text, _LIKELY))
        elif not relay.before:
            onward.setdefault(relay.door, []).append(relay)
    for door in onward:
        ring = _ring(door, onward)
        if ring:
            text = f"what {door} hands on comes back to it"
            yield Held(Property.LOOP, _NO, partial(_tuple_of_relays, ring, text, _LIKELY))


def _ring(start: str, onward: dict[str, list[Relay]]) -> tuple[Relay, ...]:
    """The shortest ring of relays through a door, () if there is none."""
    waiting: list[tuple[Relay, ...]] = [(relay,) for relay in onward[start]]
    seen: set[str] = set()
    for chain in waiting:
        at = chain[-1].next_door
        if at == start:
            return chain
        if at not in seen:
            seen.add(at)
            waiting += [(*chain, relay) for relay in onward.get(at, ())]
    return ()


def _tls(given: Judged) -> Held:
    """Every exchanger offers TLS: an attacker can force the fall-back to any that does not (RFC 8461, RFC 7672)."""
    without: tuple[WayIn, str] | None = None
    unsure = False
    for way, door in given.world.ways_in:
        if way.kind not in PUBLISHED:
            continue
        facts = given.facts[door]
        if facts.found & _TLS or not facts.outcomes & ~1:
            continue
        if facts.absent & _TLS and given.world.door(door).state is _OPEN:
            without = without or (way, door)
        else:
            unsure = True
    if without is not None:
        return Held(Property.TLS, _NO, partial(_plain, given, *without))
    return Held(Property.TLS, _MAYBE) if unsure else _ENCRYPTED


def _plain(given: Judged, way: WayIn, door: str) -> tuple[Hop, ...]:
    state = given.world.door(door).latches[Latch.TLS]
    return (
        Hop("sender", "An attacker on the way shuts out the other exchangers", _PROVEN),
        Hop("way-in", way_text(way), _PROVEN, way.evidence[:1]),
        Hop("latch", f"{Latch.TLS}: {state.detail}", _PROVEN, state.evidence),
        Hop("mailbox", f"{door} takes the mail in clear", _LIKELY),
    )
