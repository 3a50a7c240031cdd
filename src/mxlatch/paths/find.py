"""Every path from a stranger to the mailbox, with the latches met on the way and how surely each is met.

A path goes from a sender by a way in, every server's word taken, through its door and the relays that the inventory
declares; a latch counts at the first hop that can see what it judges by (blindness) and does not waive it. Judged in
numbers, since a planner asks thousands of times; `paths.hops` tells the same in words.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from mxlatch.paths.facts import ALL_LATCHES, RECIPIENTS, Facts, facts_of, latch_mask, latches_of
from mxlatch.paths.hops import Route, blind_to, hops_of, is_foreign, refused, surely_tried
from mxlatch.paths.model import Path, Paths
from mxlatch.paths.properties import Judged, held
from mxlatch.paths.reach import senders_of
from mxlatch.terms.door import Door, DoorState, DoorVerdict, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import FORWARD, Relay, World
from mxlatch.world.taking import Taking

_DEEPEST = 8  # relays in a row; a longer chain is a loop
_MOST_ROUTES = 64  # chains that are begun at one door; ten relays that hand on to each other would make a million
_GIVES_WAY = 3  # no answer, or "later": a relay tries the next exchanger (RFC 5321 section 5.1)

_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = map(int, sorted(Certainty))
_CERTAINTY = tuple(sorted(Certainty))
# A member of an enumeration costs ten times a name.
_FOREIGN, _FILTERED = Taking.FOREIGN, DoorState.FILTERED
_LATCHES = tuple(latches_of(mask) for mask in range(ALL_LATCHES + 1))


def find(world: World) -> Paths:
    """All paths of a world, the surest first and of those the shortest, what they make of each door, and what holds."""
    doors = world.doors_by_id
    facts = {id: facts_of(door) for id, door in doors.items()}
    onward = _onward(world) if world.relays else {}
    senders = senders_of(world.behaviours)
    masks = senders.reaching(world)
    base = latch_mask(world.baseline)
    found: list[tuple[tuple[object, ...], Path]] = []
    for index, (way, door) in enumerate(world.ways_in):
        behaviours, does = senders.told(masks[index])
        for route in _routes(way, door, onward, facts):
            certainty, lacks, maybe, surely = judged(route, base, facts, world)
            missing = _LATCHES[lacks]
            path = Path(
                way,
                (door, *[relay.next_door for relay in route.relays]) if route.relays else (door,),
                _CERTAINTY[certainty],
                missing,
                _LATCHES[maybe],
                _LATCHES[surely],
                behaviours,
                does,
                partial(hops_of, world, route, does, missing),
            )
            lacking = len(missing)
            steps = len(route.relays) + lacking
            order = (-certainty, steps, -lacking, way.preference, way.name, way.exchange, way.kind, path.doors)
            found.append((order, path))
    found.sort(key=_first)
    paths = tuple([path for _, path in found])
    worst: dict[str, Certainty] = {}
    for path in paths:
        if path.doors[0] not in worst:  # the surest way round stands first
            worst[path.doors[0]] = path.certainty
    verdicts = {id: _door_verdict(door, worst.get(id), world) for id, door in doors.items()}
    return Paths(
        paths, verdicts, held(Judged(world, facts, masks, senders, paths, partial(_lacking, world, facts, onward)))
    )


def _first(pair: tuple[tuple[object, ...], Path]) -> tuple[object, ...]:
    return pair[0]


def _lacking(
    world: World, facts: dict[str, Facts], onward: dict[str, list[Relay]], latches: Sequence[Latch]
) -> Iterator[tuple[int, Route, tuple[Latch, ...]]]:
    """For a demand other than the baseline: each route's certainty to go without, and what it lacks."""
    base = latch_mask(latches)
    for way, door in world.ways_in:
        for route in _routes(way, door, onward, facts):
            certainty, lacks, _, _ = judged(route, base, facts, world)
            yield certainty, route, latches_of(lacks)


def _onward(world: World) -> dict[str, list[Relay]]:
    found: dict[str, list[Relay]] = {}
    for relay in world.relays:
        found.setdefault(relay.door, []).append(relay)
    return found


def _routes(way: WayIn, door: str, onward: dict[str, list[Relay]], facts: dict[str, Facts]) -> Sequence[Route]:
    """Every chain of relays that begins at a door; a door that relays to nobody, or only forwards, delivers."""
    if door not in onward:
        return (Route(way, door),)
    return tuple(_chains(way, door, onward, facts))


def _chains(way: WayIn, door: str, onward: dict[str, list[Relay]], facts: dict[str, Facts]) -> Iterator[Route]:
    waiting: list[tuple[Relay, ...]] = [()]
    begun = 1
    while waiting:
        relays = waiting.pop()
        at = relays[-1].next_door if relays else door
        passed = {door, *(relay.next_door for relay in relays)}
        given = [relay for relay in onward.get(at, ()) if relay.name in ("", way.name)]
        left = [relay for relay in given if relay.next_door not in passed and _may_come(relay, facts)]
        delivers = all(relay.kind == FORWARD for relay in given)
        # What is cut short at a bound counts as delivered there: that leaves latches out and adds none.
        cut_short = len(relays) >= _DEEPEST - 1 or begun >= _MOST_ROUTES
        if delivers or not left or cut_short:
            yield Route(way, door, relays, stuck=not delivers and not left)
        if not cut_short:
            begun += len(left)
            waiting.extend((*relays, relay) for relay in left)


def _may_come(relay: Relay, facts: dict[str, Facts]) -> bool:
    """True if each that the relay tries first may give way."""
    return all(facts[each].outcomes & _GIVES_WAY for each in relay.before)


def judged(route: Route, base: int, facts: dict[str, Facts], world: World) -> tuple[int, int, int, int]:
    """How surely mail gets past some latch of the base here; which are missing, which not known, which surely missing.

    A path is the least of its steps; nothing missing and nothing unsure is a path that meets the base.
    """
    first = facts[route.door]
    found, likely, absent = first.found, first.likely, first.absent
    if first.taking is _FOREIGN and not is_foreign(world.door(route.door), route.way, world):
        found, likely, absent = found & ~RECIPIENTS, likely & ~RECIPIENTS, absent & ~RECIPIENTS
    least = first.entry
    if route.relays:
        found, likely, absent, least = _behind(route.relays, found, likely, absent, least, facts, world)
    unsure = base & ~(found | likely | absent)
    missing = base & (likely | absent)
    if base and not missing and not unsure:
        return _CLOSED, 0, 0, 0
    certainty = min(least, _in_mailbox(route, least, facts, world))
    if missing:
        surely = base & absent
        return min(certainty, _PROVEN if surely == missing else _LIKELY), missing, unsure, surely
    return min(certainty, _UNKNOWN if base else first.unlatched), 0, unsure, 0


def _behind(
    relays: Sequence[Relay], found: int, likely: int, absent: int, least: int, facts: dict[str, Facts], world: World
) -> tuple[int, int, int, int]:
    """What the hops behind the door add: each latch is met at the best of those that see and do not waive it."""
    unknown, seen = ALL_LATCHES & ~(found | likely | absent), ALL_LATCHES
    for relay in relays:
        here = facts[relay.next_door]
        seen &= _SEEN_BEHIND[relay.hands_on_client]
        counts = seen & ~latch_mask(relay.waives)
        found |= here.found & counts
        likely |= here.likely & counts
        unknown |= counts & ~(here.found | here.likely | here.absent)
        least = min(least, _CLOSED if relay.cut is not None else here.handed)
        if relay.before and not surely_tried(relay, world):
            least = min(least, _UNKNOWN)
    unknown &= ~found
    likely &= ~(found | unknown)
    return found, likely, ALL_LATCHES & ~(found | unknown | likely), least


_SEEN_BEHIND = {
    how: ALL_LATCHES & ~latch_mask(blind_to(Relay("", "", how)))
    for how in (False, "", True, "xclient", "proxy", "received")
}


_MAY_REFUSE = (Taking.LOGIN, Taking.FOREIGN, Taking.REFUSES)


def _in_mailbox(route: Route, least: int, facts: dict[str, Facts], world: World) -> int:
    """How surely what gets in at the door ends in the mailbox; as `paths.hops` tells it."""
    if route.door in world.proven:
        return _PROVEN
    if least == _CLOSED:
        return _CLOSED
    if facts[route.door].taking in _MAY_REFUSE:
        no = refused(world.door(route.door), route.way, world)
        if no is not None:
            return no
    return _UNKNOWN if route.stuck or least == _UNKNOWN else _LIKELY


def _door_verdict(door: Door, worst: Certainty | None, world: World) -> DoorVerdict:
    """What a door means for the baseline, by the worst of the paths that enter by it; None: no path does."""
    if door.state is _FILTERED and door.closed_by is None:
        return DoorVerdict.LIKELY_CLOSED
    if not world.baseline and door.state is DoorState.OPEN and _is_bare(facts_of(door)):
        return DoorVerdict.UNLATCHED
    return _VERDICTS[_UNKNOWN if worst is None else worst]


_VERDICTS = (DoorVerdict.CLOSED, DoorVerdict.UNKNOWN, DoorVerdict.OPEN, DoorVerdict.OPEN)  # by certainty


def _is_bare(facts: Facts) -> bool:
    """True if some latch is surely or likely not there; a door of which nothing is known is no more than unknown."""
    return bool(facts.absent | facts.likely)
