"""What should hold of a domain's mail, judged on one world, each with a counter-example in the form of a path's hops.

For a world in which a server is down, ask again of that world (`paths.assume`). Limits: a server of which the inventory
does not say where it hands on keeps its mail; whether a filter passes a transaction through or accepts it, none sees.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from mxlatch.paths.facts import ACCEPT_BIT, ANY_OUTCOME, LATCH_BIT, Facts, facts_of, latch_mask, latches_of
from mxlatch.paths.hops import Route, blind_to, hops_of, told_of_relays, way_text
from mxlatch.paths.model import Held, Holds, Hop, Path, Property
from mxlatch.paths.reach import Senders
from mxlatch.terms.door import PUBLISHED, DoorState, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import listed
from mxlatch.world.model import BY_MX, FORWARD, Relay, World

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
        *_policies(given),
        _delivery(given),
        *(_between_servers(given) if given.world.relays else _NO_RELAYS),
        _tls(given),
    )


_NO_RELAYS = tuple(Held(each, Holds.YES) for each in (Property.BACKSCATTER, Property.DELAY, Property.LOOP))


def _no_way_round(given: Judged) -> Held:
    paths = given.paths
    if not paths or paths[0].certainty is Certainty.CLOSED:  # the surest way round stands first
        return Held(Property.ROUND, Holds.YES)
    holds = Holds.NO if paths[0].certainty >= Certainty.LIKELY else Holds.UNKNOWN
    return Held(Property.ROUND, holds, paths[0].told)


def _policies(given: Judged) -> Iterator[Held]:
    """The owner's demands, each the worst of its paths."""
    world = given.world
    for policy in world.inventory.policies:
        if not policy.concerns(world.domain, world.vantage):
            continue
        worst = max(given.lacking(policy.passes), key=lambda each: each[0], default=None)
        if worst is None or worst[0] == Certainty.CLOSED:
            yield Held(Property.POLICY, Holds.YES)
            continue
        certainty, route, lacks = worst
        holds = Holds.NO if certainty >= Certainty.LIKELY else Holds.UNKNOWN
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
    return given.senders.does(given.masks[index])


def _delivery(given: Judged) -> Held:
    """Each conforming sender has some exchanger that may take its mail, and none takes mail that ends nowhere."""
    conforming, facts = given.senders.conforming, given.facts
    maybe: dict[str, int] = {}
    surely: dict[str, int] = {}
    ends = _dead_ends(given.world) if given.world.relays else {}
    for (way, door), mask in zip(given.world.ways_in, given.masks, strict=True):
        if way.kind not in PUBLISHED:
            continue
        name, outcomes, mask = way.name, facts[door].outcomes, mask & conforming
        if not outcomes & ACCEPT_BIT:
            mask = 0
        elif mask and door in ends:
            certainty = Certainty.PROVEN if all(r.cut is not None for r in ends[door]) else Certainty.LIKELY
            hops = partial(_ending, way, ends[door], "what it took ends nowhere, and its sender learns late", certainty)
            return Held(Property.DELIVERY, Holds.NO, hops)
        maybe[name] = maybe.get(name, 0) | mask
        surely[name] = surely.get(name, 0) | (mask if outcomes != ANY_OUTCOME else 0)
    for name, senders in maybe.items():
        if senders != conforming:
            return Held(Property.DELIVERY, Holds.NO, partial(_nowhere, given, name, conforming & ~senders))
    for name, senders in surely.items():
        if senders != conforming:
            return Held(Property.DELIVERY, Holds.UNKNOWN, partial(_nowhere, given, name, conforming & ~senders))
    return Held(Property.DELIVERY, Holds.YES)


def _dead_ends(world: World) -> dict[str, list[Relay]]:
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
        Hop("sender", "A mail server of honest people delivers", Certainty.PROVEN),
        Hop("way-in", way_text(way), Certainty.PROVEN, way.evidence[:1]),
        *told_of_relays(relays, text, certainty),
    )


def _nowhere(given: Judged, name: str, senders: int) -> tuple[Hop, ...]:
    who = listed(list(given.senders.ids(senders)))
    tried = [(way, door) for way, door in given.world.ways_in if way.kind in PUBLISHED and way.name == name]
    return (
        Hop("sender", f"A mail server of honest people delivers to {name} ({who})", Certainty.PROVEN),
        *(
            Hop("door", f"{way_text(way)}: {door} {given.world.door(door).reason}".rstrip(), _entry(given, door))
            for way, door in tried
        ),
        Hop("mailbox", "nothing that it may try surely takes the mail: it waits, and is returned", Certainty.LIKELY),
    )


def _entry(given: Judged, door: str) -> Certainty:
    return Certainty(given.facts[door].entry)


def _between_servers(given: Judged) -> tuple[Held, Held, Held]:
    relays = given.world.relays
    return (
        _worst(Property.BACKSCATTER, [backscatter(given.world, relay) for relay in relays]),
        _worst(Property.DELAY, [delay(given.world, relay) for relay in one_of_each(relays)]),
        _worst(Property.LOOP, list(map(_loop, loops(relays)))),
    )


def _worst(property: Property, each: Sequence[Held]) -> Held:
    for holds in (Holds.NO, Holds.UNKNOWN):
        for one in each:
            if one.holds is holds:
                return one
    return Held(property, Holds.YES)


def backscatter(world: World, relay: Relay) -> Held:
    """Does this hop accept what the next may refuse? Of one relay alone; that it loops is another property."""
    here, behind = facts_of(world.door(relay.door)), facts_of(world.door(relay.next_door))
    if relay.next_door == relay.door or not here.outcomes & ACCEPT_BIT or relay.cut is not None:
        return Held(Property.BACKSCATTER, Holds.YES)
    counts = _seen_by_next(relay)
    surely = counts & behind.found & (here.absent | here.likely)
    maybe = counts & behind.found & ~(here.found | surely)
    if not surely and not maybe:
        return Held(Property.BACKSCATTER, Holds.YES)
    passes_through = world.door(relay.door).role == _FILTER
    holds = Holds.NO if surely and not passes_through else Holds.UNKNOWN
    latches = listed([str(latch) for latch in latches_of(surely or maybe)])
    text = f"{relay.next_door} refuses by {latches} what {relay.door} has accepted: it is returned to forged senders"
    certainty = Certainty.LIKELY if holds is Holds.NO else Certainty.UNKNOWN
    return Held(Property.BACKSCATTER, holds, partial(_tuple_of_relays, (relay,), text, certainty))


def refused_later(world: World, relay: Relay) -> tuple[Latch, ...]:
    """The latches by which the next hop refuses what this one, surely or likely, accepts."""
    here, behind = facts_of(world.door(relay.door)), facts_of(world.door(relay.next_door))
    return latches_of(_seen_by_next(relay) & behind.found & (here.absent | here.likely))


def _seen_by_next(relay: Relay) -> int:
    """The refusing latches that the next hop can judge by, and applies to what comes from this one."""
    return _REFUSING & ~latch_mask(relay.waives) & ~latch_mask(blind_to(relay))


def _tuple_of_relays(relays: Sequence[Relay], text: str, certainty: Certainty) -> tuple[Hop, ...]:
    return tuple(told_of_relays(relays, text, certainty))


def one_of_each(relays: Sequence[Relay]) -> Sequence[Relay]:
    """The first relay of each door and kind: what a door does with mail that waits does not depend on the next."""
    first: dict[tuple[str, str], Relay] = {}
    for relay in relays:
        first.setdefault((relay.door, relay.kind), relay)
    return tuple(first.values())


def delay(world: World, relay: Relay) -> Held:
    """Is who sends by a server that accepts and holds told when the mail waits there? Of one relay alone."""
    door = world.door(relay.door)
    declared = world.inventory.door_at(door.address, door.port)
    holds_mail = relay.kind == BY_MX or door.role in _HOLDS_MAIL
    if not holds_mail or (declared is not None and declared.tells_delay):
        return Held(Property.DELAY, Holds.YES)
    said = declared is not None and declared.tells_delay is False
    text = f"while {relay.next_door} is down, {door.id} holds the mail and tells its sender nothing"
    if not said:
        text = f"whether {door.id} tells senders of mail that waits there is not declared (Postfix does not by default)"
    certainty = Certainty.LIKELY if said else Certainty.UNKNOWN
    holds = Holds.NO if said else Holds.UNKNOWN
    return Held(Property.DELAY, holds, partial(_tuple_of_relays, (relay,), text, certainty))


def loops(relays: Sequence[Relay]) -> Iterator[tuple[Relay, ...]]:
    """Relays that hand mail back to where it was, each ring once: one that hands on to itself is a ring alone."""
    onward: dict[str, list[Relay]] = {}
    for relay in relays:
        if relay.next_door == relay.door:
            yield (relay,)
        elif not relay.before:
            onward.setdefault(relay.door, []).append(relay)
    told: set[frozenset[str]] = set()
    for door in onward:
        ring = _ring(door, onward)
        doors = frozenset(relay.door for relay in ring)
        if ring and doors not in told:
            told.add(doors)
            yield ring


def _loop(ring: tuple[Relay, ...]) -> Held:
    door = ring[0].door
    text = f"what {door} hands on comes back to it"
    if len(ring) == 1:
        text = f"{door} does not find itself among the exchangers, or none better: mail loops back to it"
    # What is only forwarded, some of it, may go to another name on its second turn.
    only_some = any(relay.kind == FORWARD for relay in ring)
    holds, certainty = (Holds.UNKNOWN, Certainty.UNKNOWN) if only_some else (Holds.NO, Certainty.LIKELY)
    return Held(Property.LOOP, holds, partial(_tuple_of_relays, ring, text, certainty))


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
        if facts.absent & _TLS and given.world.door(door).state is DoorState.OPEN:
            without = without or (way, door)
        else:
            unsure = True
    if without is not None:
        return Held(Property.TLS, Holds.NO, partial(_plain, given, *without))
    return Held(Property.TLS, Holds.UNKNOWN if unsure else Holds.YES)


def _plain(given: Judged, way: WayIn, door: str) -> tuple[Hop, ...]:
    state = given.world.door(door).latches[Latch.TLS]
    return (
        Hop("sender", "An attacker on the way shuts out the other exchangers", Certainty.PROVEN),
        Hop("way-in", way_text(way), Certainty.PROVEN, way.evidence[:1]),
        Hop("latch", f"{Latch.TLS}: {state.detail}", Certainty.PROVEN, state.evidence),
        Hop("mailbox", f"{door} takes the mail in clear", Certainty.LIKELY),
    )
