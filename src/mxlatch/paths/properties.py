"""What should hold of a domain's mail, judged on one world, each with a counter-example in the form of a path's hops.

For a world in which a server is down, ask again of that world (`paths.assume`). Limits: a server of which the inventory
does not say where it hands on keeps its mail; whether a filter passes a transaction through or accepts it, none sees.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from mxlatch.paths.facts import (
    ALL_LATCHES,
    LATCH_BIT,
    NO_ANSWER_BIT,
    RECIPIENTS,
    Facts,
    latch_mask,
    latches_of,
)
from mxlatch.paths.hops import (
    SEEN_BEHIND,
    Route,
    doubtful,
    handed_on,
    hops_of,
    may_be_tried,
    surely_tried,
    taken,
    told_of_relays,
    way_hop,
    way_text,
)
from mxlatch.paths.model import Held, Holds, Hop, Path, Property
from mxlatch.paths.reach import Arrival, Senders
from mxlatch.paths.tls import demanded
from mxlatch.terms.door import PUBLISHED, DoorState, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import listed
from mxlatch.world.model import BY_MX, FORWARD, Relay, World

# A member of an enumeration costs ten times a name, and these are asked for at every step.
_NO, _MAYBE, _YES = Holds.NO, Holds.UNKNOWN, Holds.YES
_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = sorted(Certainty)
_ROUND, _DELIVERY, _BACKSCATTER = Property.ROUND, Property.DELIVERY, Property.BACKSCATTER
_DELAY, _LOOP, _ENCRYPTION = Property.DELAY, Property.LOOP, Property.TLS
_OPEN = DoorState.OPEN
_TLS, _RECIPIENT = LATCH_BIT[Latch.TLS], LATCH_BIT[Latch.RECIPIENT]
# The latches that refuse a message; the others delay it or speak of the connection.
REFUSING = (Latch.RECIPIENT, Latch.CONTENT, Latch.DNSBL, Latch.SPF, Latch.DKIM, Latch.DMARC)
_REFUSING = latch_mask(REFUSING)
_HOLDS_MAIL = ("backup", "relay")  # roles that accept and hold
_FILTER = "filter"

Lacking = Callable[["Judged", Sequence[Latch]], Iterator[tuple[int, Route, tuple[Latch, ...]]]]


class Judged(Struct, frozen=True, gc=False):
    """What the engine knows when the paths are found. masks: for each arrival, the senders that may come by it.

    onward: the relays of each door. routes: those that go on behind their door. lacking: for another demand than the
    baseline, each route's certainty to go without, and what it lacks.
    """

    world: World
    facts: dict[str, Facts]
    arrivals: Sequence[Arrival]
    masks: Sequence[int]
    senders: Senders
    paths: tuple[Path, ...]
    onward: dict[str, list[Relay]]
    routes: Sequence[Route]
    lacking: Lacking


def held(given: Judged) -> tuple[Held, ...]:
    """Every property."""
    backscatter, delay, loop = _between_servers(given) if given.world.relays else _NO_RELAYS
    return (
        _no_way_round(given),
        *(_policies(given) if given.world.inventory.policies else ()),
        _delivery(given, loop),
        backscatter,
        delay,
        loop,
        _tls(given),
    )


_NO_ROUND, _DELIVERED, _ENCRYPTED = (Held(each, _YES) for each in (_ROUND, _DELIVERY, _ENCRYPTION))
_NO_RELAYS = _NO_BACKSCATTER, _TOLD, _NO_LOOP = tuple(Held(each, _YES) for each in (_BACKSCATTER, _DELAY, _LOOP))
_ENCRYPTED_PERHAPS = Held(_ENCRYPTION, _MAYBE)


def _no_way_round(given: Judged) -> Held:
    paths = given.paths
    if not paths or paths[0].certainty is _CLOSED:  # the surest way round stands first
        return _NO_ROUND
    holds = _NO if paths[0].certainty >= _LIKELY else _MAYBE
    return Held(_ROUND, holds, lambda: paths[0].hops)


def _policies(given: Judged) -> Iterator[Held]:
    """The owner's demands, each the worst of its paths."""
    world = given.world
    for policy in world.inventory.policies:
        if not policy.concerns(world.domain, world.vantage):
            continue
        worst = max(given.lacking(given, policy.passes), key=lambda each: each[0], default=None)
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


def _delivery(given: Judged, looping: Held) -> Held:
    """Each conforming sender has some exchanger that may take its mail, and none takes mail that ends nowhere."""
    world, unsure = given.world, None
    if looping.holds is not _YES or (world.relays and world.cut_off):  # mail ends nowhere for no other reason
        nowhere = list(_nowhere_ending(given))
        for each in nowhere:
            if each.holds is _NO:
                return each
        unsure = next((each for each in nowhere if each.holds is _MAYBE), None)
    surely = _missed(given, int(_PROVEN))
    if surely is None:
        return unsure or _DELIVERED
    maybe = _missed(given, int(_UNKNOWN))
    if maybe is not None:
        return Held(_DELIVERY, _NO, partial(_nowhere, given, *maybe))
    return Held(_DELIVERY, _MAYBE, partial(_unsure, given, *surely))


def _missed(given: Judged, least: int) -> tuple[str, int] | None:
    """A name, and its conforming senders of whom none comes to a door that takes mail at least so surely."""
    came: dict[str, int] = {}
    for number, (way, _, door) in enumerate(given.arrivals):
        if way.kind in PUBLISHED:
            name, takes = way.name, taken(door, way, given.world) if door.foreign else door.takes
            came[name] = came.get(name, 0) | (given.masks[number] if takes >= least else 0)
    conforming = given.senders.conforming
    for name, senders in came.items():
        if conforming & ~senders:
            return name, conforming & ~senders
    return None


def _nowhere_ending(given: Judged) -> Iterator[Held]:
    """Of each way by which conforming senders come to a door that may take their mail: does that end nowhere?"""
    fates: dict[str, _Fates] = {}
    for (way, door, first), mask in zip(given.arrivals, given.masks, strict=True):
        takes = taken(first, way, given.world)
        if way.kind in PUBLISHED and takes != _CLOSED and mask & given.senders.conforming:
            if way.name not in fates:
                fates[way.name] = _fates(given, way.name)
            yield _ends_nowhere(given, way, door, takes, fates[way.name])


class _Fates(Struct, frozen=True):
    """What becomes of mail for one name. surely, perhaps: the relays that are chosen so, by door.

    surely_arrives, perhaps_arrives: the doors from which mail comes to one that delivers, by these relays alone.
    """

    surely: dict[str, list[Relay]]
    perhaps: dict[str, list[Relay]]
    surely_arrives: set[str]
    perhaps_arrives: set[str]


def _fates(given: Judged, name: str) -> _Fates:
    surely, perhaps = (_onward(given, name, how) for how in (_PROVEN, _UNKNOWN))
    return _Fates(surely, perhaps, _arriving(given, name, surely), _arriving(given, name, perhaps))


def _ends_nowhere(given: Judged, way: WayIn, door: str, takes: int, fates: _Fates) -> Held:
    """Does what the door takes come to where nothing leads to a mailbox any more?

    A server that would hand mail to itself gives it up at once; a ring of several may still end in a mailbox, if chance
    leads out of it. What waits for a server that is down arrives in the end.
    """
    for onward, arrives, holds in (
        (fates.surely, fates.perhaps_arrives, _NO),
        (fates.perhaps, fates.surely_arrives, _MAYBE),
    ):
        for at, chain in _walked(door, onward).items():
            itself = [relay for relay in onward.get(at, ()) if relay.next_door == at]
            if itself or at not in arrives:
                holds = holds if takes == _PROVEN else _MAYBE
                relays = (*chain, *(itself or _hop_relays(given, at, way.name)))
                text = "what was taken ends nowhere, and its sender learns late"
                certainty = _LIKELY
                if holds is _MAYBE:
                    text, certainty = "whether what was taken comes to a mailbox is not known", _UNKNOWN
                return Held(Property.DELIVERY, holds, partial(_ending, way, relays, text, certainty), relays)
    return _DELIVERED


def _hop_relays(given: Judged, door: str, name: str) -> list[Relay]:
    """The relays of a door that take all mail for the name; a door without any delivers."""
    return [r for r in given.onward.get(door, ()) if r.kind != FORWARD and r.name in ("", name)]


def _onward(given: Judged, name: str, how: Certainty) -> dict[str, list[Relay]]:
    """Of each door that hands mail for the name on: the relays that are chosen at least as surely as this."""
    relays = {door: _hop_relays(given, door, name) for door in given.onward}
    return {door: [r for r in each if _chosen(given, r) >= how] for door, each in relays.items() if each}


def _arriving(given: Judged, name: str, onward: dict[str, list[Relay]]) -> set[str]:
    """The doors from which mail comes to one that delivers."""
    behind: dict[str, list[str]] = {}
    for relays in onward.values():
        for relay in relays:
            behind.setdefault(relay.next_door, []).append(relay.door)
    waiting = [door for door in given.facts if not _hop_relays(given, door, name)]
    arrives = set(waiting)
    for at in waiting:
        new = [door for door in behind.get(at, ()) if door not in arrives]
        arrives.update(new)
        waiting += new
    return arrives


def _walked(door: str, onward: dict[str, list[Relay]]) -> dict[str, tuple[Relay, ...]]:
    """Each door that mail comes to from this one, and by which relays."""
    came: dict[str, tuple[Relay, ...]] = {door: ()}
    waiting = [door]
    for at in waiting:
        for relay in onward.get(at, ()):
            if relay.next_door not in came:
                came[relay.next_door] = (*came[at], relay)
                waiting.append(relay.next_door)
    return came


def _chosen(given: Judged, relay: Relay) -> Certainty:
    """How surely the server comes to this next door, and is let in if it is up."""
    if relay.cut is not None or not may_be_tried(relay, given.world):
        return _CLOSED
    return _PROVEN if surely_tried(relay, given.world) else _UNKNOWN


def _ending(way: WayIn, relays: Sequence[Relay], text: str, certainty: Certainty) -> tuple[Hop, ...]:
    sender = Hop("sender", "A mail server of honest people delivers", _PROVEN)
    return sender, way_hop(way), *told_of_relays(relays, text, certainty)


def _nowhere(given: Judged, name: str, senders: int) -> tuple[Hop, ...]:
    text = "none that it may try takes the mail: it is returned, at once or after days"
    return _tried(given, name, senders, Hop("mailbox", text, _LIKELY))


def _unsure(given: Judged, name: str, senders: int) -> tuple[Hop, ...]:
    text = "whether any that it may try takes the mail is not known"
    return _tried(given, name, senders, Hop("mailbox", text, _UNKNOWN))


def _tried(given: Judged, name: str, senders: int, last: Hop) -> tuple[Hop, ...]:
    who = listed(given.senders.told(senders)[0])
    tried = [each for each in given.arrivals if each[0].kind in PUBLISHED and each[0].name == name]
    return (
        Hop("sender", f"A mail server of honest people delivers to {name} (one that does as {who})", _PROVEN),
        *[_tried_hop(given, *each) for each in tried],
        last,
    )


def _tried_hop(given: Judged, way: WayIn, id: str, facts: Facts) -> Hop:
    takes, door = taken(facts, way, given.world), given.world.door(id)
    if takes is _PROVEN:
        said = "takes mail, but comes too late in the order"
    elif door.state is _OPEN:
        said = "refuses it" if takes is _CLOSED else "refused the valid recipient, perhaps from us only"
    else:
        said = door.reason
    return Hop("door", f"{way_text(way)}: {id} {said}".rstrip(), takes, door.evidence[:1])


def _between_servers(given: Judged) -> tuple[Held, Held, Held]:
    relays = given.world.relays
    return (
        _worst([_backscatter(given, route) for route in given.routes], _NO_BACKSCATTER),
        _worst([_delay(given.world, relay) for relay in _one_of_each(relays)], _TOLD),
        _worst(list(_loops(given)), _NO_LOOP),
    )


def _worst(found: Sequence[Held], none: Held) -> Held:
    if not found:
        return none
    alike = [each for each in found if each.holds is _NO] or [each for each in found if each.holds is _MAYBE]
    if not alike:
        return none
    worst = alike[0]
    return Held(worst.property, worst.holds, worst.told, worst.relays, worst.latches, tuple(alike))


def _backscatter(given: Judged, route: Route) -> Held:
    """Does a hop of this route refuse what a hop before it has accepted? Then it goes back to senders who are forged.

    A filter may pass the transaction through, so that the refusal reaches the client before anything is accepted.
    Limit: where nothing is known of a latch behind, only `recipient` makes this unknown, or it always would be.
    """
    first, doors = given.facts[route.door], given.world.doors_by_id
    takes = taken(first, route.way, given.world)
    if takes is _CLOSED:
        return _NO_BACKSCATTER
    has, lacks = first.found & _REFUSING, first.lacks & _REFUSING
    if doubtful(first, route.way, given.world):
        has, lacks = has & ~RECIPIENTS, lacks & ~RECIPIENTS
    free = _REFUSING & ~has  # what the door may let in
    accepted = 0 if doors[route.door].role == _FILTER else lacks
    sure, seen, maybe = takes is _PROVEN, ALL_LATCHES, None
    for number, relay in enumerate(route.relays, 1):
        handed = handed_on(relay, given.world)
        if handed is _CLOSED:
            break
        sure = sure and handed is _PROVEN
        here = given.facts[relay.next_door]
        seen &= SEEN_BEHIND[relay.hands_on_client]
        counts = seen & _REFUSING & ~latch_mask(relay.waives)
        refuses = counts & here.found & ~here.mute
        may = counts & (~here.lacks | here.mute)
        if refuses & accepted and sure:
            return _returned(_NO, route.relays[:number], refuses & accepted)
        if maybe is None and (refuses | may & _RECIPIENT) & free:
            maybe = _returned(_MAYBE, route.relays[:number], (refuses | may & _RECIPIENT) & free)
        lacks &= ~may & ~refuses
        if doors[relay.next_door].role != _FILTER:
            accepted |= lacks
    return maybe or _NO_BACKSCATTER


def _returned(holds: Holds, relays: Sequence[Relay], latches: int) -> Held:
    told = partial(_returned_hops, relays, latches_of(latches), holds)
    return Held(_BACKSCATTER, holds, told, tuple(relays), latches_of(latches))


def _returned_hops(relays: Sequence[Relay], latches: Sequence[Latch], holds: Holds) -> tuple[Hop, ...]:
    here, there, by = relays[-1].door, relays[-1].next_door, listed([str(latch) for latch in latches])
    if holds is _NO:
        text = f"{there} refuses by {by} what {here} has accepted: {here} returns it to forged senders"
        return told_of_relays(relays, text, _LIKELY)
    text = f"whether {there} refuses by {by} what {here} has accepted is not known: it would go back to forged senders"
    return told_of_relays(relays, text, _UNKNOWN)


def _one_of_each(relays: Sequence[Relay]) -> Sequence[Relay]:
    """The first relay of each door and kind: what a door does with mail that waits does not depend on the next."""
    first: dict[tuple[str, str], Relay] = {}
    for relay in relays:
        if relay.next_door != relay.door:
            first.setdefault((relay.door, relay.kind), relay)
    return tuple(first.values())


def _delay(world: World, relay: Relay) -> Held:
    """Is who sends by a server that accepts and holds told when the mail waits there? Of one relay alone."""
    door = world.door(relay.door)
    if relay.kind != BY_MX and door.role not in _HOLDS_MAIL:
        return _TOLD
    declared = world.inventory.door_at(door.address, door.port)
    if declared is not None and declared.tells_delay:
        return _TOLD
    holds = _NO if declared is not None and declared.tells_delay is False else _MAYBE
    return Held(_DELAY, holds, partial(_delay_hops, relay, holds), (relay,))


def _delay_hops(relay: Relay, holds: Holds) -> tuple[Hop, ...]:
    if holds is _NO:
        text = f"while {relay.next_door} is down, {relay.door} holds the mail and tells its sender nothing"
        return told_of_relays((relay,), text, _LIKELY)
    text = f"whether {relay.door} tells senders of mail that waits there is not declared (Postfix does not by default)"
    return told_of_relays((relay,), text, _UNKNOWN)


def _loops(given: Judged) -> Iterator[Held]:
    """Servers that hand mail back to where it was.

    One that does not find itself is at fault also while a better one takes its mail; a ring is one for the mail of one
    name, and of hand-ons that can come about.
    """
    relays = given.world.relays
    for relay in relays:
        if relay.next_door == relay.door:
            yield Held(_LOOP, _NO, partial(_loop_hops, (relay,), _NO), (relay,))
    others = [relay for relay in relays if relay.next_door != relay.door]
    if given.onward.keys().isdisjoint([relay.next_door for relay in others]):
        return
    chosen = [(relay, _chosen(given, relay)) for relay in others]
    for name in {relay.name for relay in relays}:
        for least in (_PROVEN, _UNKNOWN):
            ring = _ring([relay for relay, how in chosen if how >= least and relay.name in ("", name)])
            if ring:
                holds = _NO if least == _PROVEN else _MAYBE
                yield Held(_LOOP, holds, partial(_loop_hops, ring, holds), ring)
                break


def _loop_hops(ring: Sequence[Relay], holds: Holds) -> tuple[Hop, ...]:
    door = ring[0].door
    if door == ring[0].next_door:
        text = f"{door} finds no better exchanger, or not itself among them: mail loops"
    elif holds is _NO:
        text = f"what {door} hands on comes back to it"
    else:
        text = f"what {door} hands on may come back to it"
    return told_of_relays(ring, text, _LIKELY if holds is _NO else _UNKNOWN)


def _ring(relays: Sequence[Relay]) -> tuple[Relay, ...]:
    """A ring of these relays, the shortest through its first door; () if there is none."""
    onward: dict[str, list[Relay]] = {}
    for relay in relays:
        onward.setdefault(relay.door, []).append(relay)
    return next((ring for door in onward if (ring := _ring_through(door, onward))), ())


def _ring_through(start: str, onward: dict[str, list[Relay]]) -> tuple[Relay, ...]:
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
    for way, door, here in given.arrivals:
        if here.found & _TLS or way.kind not in PUBLISHED or here.outcomes == NO_ANSWER_BIT:
            continue
        if here.absent & _TLS and given.world.door(door).state is _OPEN:
            without = without or (way, door)
        else:
            unsure = True
    if without is not None:
        return Held(_ENCRYPTION, _NO, partial(_plain, given, *without))
    if given.world.sts is not None or given.world.dane is not None:
        return demanded(given.world, given.facts, _MAYBE if unsure else _YES)
    return _ENCRYPTED_PERHAPS if unsure else _ENCRYPTED


def _plain(given: Judged, way: WayIn, door: str) -> tuple[Hop, ...]:
    state = given.world.door(door).latches[Latch.TLS]
    return (
        Hop("sender", "An attacker on the way shuts out the other exchangers", _PROVEN),
        way_hop(way),
        Hop("latch", f"{Latch.TLS}: {state.detail}", _PROVEN, state.evidence),
        Hop("mailbox", f"{door} takes the mail in clear", _LIKELY),
    )
