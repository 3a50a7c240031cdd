"""Every path from a stranger to the mailbox, with the latches met on the way and how surely each is met.

A path goes from a sender by a way in, every server's word taken, through its door and the relays that the inventory
declares; a latch counts at the first hop that can see what it judges by (blindness) and does not waive it. Judged in
numbers, since a planner asks thousands of times; `paths.hops` tells the same in words.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from operator import itemgetter

from mxlatch.paths.facts import ALL_LATCHES, RECIPIENTS, Facts, facts_of, latch_mask, latches_of
from mxlatch.paths.hops import SEEN_BEHIND, Route, doubtful, handed_on, hops_of, may_be_tried, refused
from mxlatch.paths.model import Hop, Path, Paths
from mxlatch.paths.properties import Judged, held
from mxlatch.paths.reach import senders_of
from mxlatch.terms.door import DoorVerdict, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import FORWARD, Relay, World

_DEEPEST = 8  # relays in a row; a longer chain is a loop
_MOST_ROUTES = 64  # chains that are begun at one door; ten relays that hand on to each other would make a million

_MOST_KEPT = 4096  # judgements; the states of the latches that are demanded are few, and make some hundred

_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = map(int, sorted(Certainty))
_CERTAINTY = tuple(sorted(Certainty))
_LIKELY_CLOSED = DoorVerdict.LIKELY_CLOSED  # a member of an enumeration costs ten times a name
_NO_DEMAND = -1  # for the latches that are missing
# The weight of a path: the surest is the lightest, then that of the fewest steps, then that which lacks most.
_STEP, _LESS_SURE = 1 << 8, 1 << 16
_LAST = itemgetter(-1)
_NOWHERE: dict[str, list[Relay]] = {}

# As in `Path`: certainty, missing, unsure, surely missing; and the weight without the steps between servers.
Judgement = tuple[Certainty, tuple[Latch, ...], tuple[Latch, ...], tuple[Latch, ...], int]


def find(world: World, *, properties: bool = True) -> Paths:
    """All paths of a world, the surest first and of those the shortest, what they make of each door, and what holds.

    properties: False for who does not ask what holds, as a planner that judges a thousand worlds.
    """
    facts = {id: facts_of(door) for id, door in world.doors_by_id.items()}
    arrivals = [(way, door, facts[door]) for way, door in world.ways_in]
    onward = _onward(world) if world.relays else _NOWHERE
    senders = senders_of(world.behaviours)
    masks = senders.reaching(arrivals)
    base = latch_mask(world.baseline)
    demands = base and not world.proven
    told = partial(_hops, world)
    found: list[tuple[int, int, str, str, str, tuple[str, ...], int, Path]] = []
    relayed: list[Route] = []
    for number, (way, door, first) in enumerate(arrivals):
        behaviours, does = senders.told(masks[number])
        by: tuple[str, ...] = (door,)
        if demands and door not in onward and not first.foreign:  # all hangs on the door alone, as it mostly does
            certainty, missing, unsure, surely, weight = _judgement(
                base & first.lacks, base & first.unknown, base & first.absent, first.arrives
            )
            path = Path(way, by, certainty, missing, unsure, surely, behaviours, does, told)
            found.append((weight, way.preference, way.name, way.exchange, way.kind, by, len(found), path))
            continue
        for route in _chains(way, door, onward, world) if door in onward else (Route(way, door),):
            certainty, missing, unsure, surely, weight = judged(route, base, facts, world)
            relays = route.relays
            if relays:
                relayed.append(route)
                weight += len(relays) * _STEP
                by = (door, *[relay.next_door for relay in relays])
            path = Path(way, by, certainty, missing, unsure, surely, behaviours, does, told, relays, route.stuck)
            found.append((weight, way.preference, way.name, way.exchange, way.kind, by, len(found), path))
    found.sort()  # two never have one number, so that no path is compared
    paths = tuple(map(_LAST, found))
    doors_mean = _verdicts(facts, paths, base)
    if not properties:
        return Paths(paths, doors_mean)
    given = Judged(world, facts, arrivals, masks, senders, paths, onward, relayed, _lacking)
    return Paths(paths, doors_mean, held(given))


def _hops(world: World, path: Path) -> tuple[Hop, ...]:
    return hops_of(world, Route(path.way_in, path.doors[0], path.relays, path.stuck), path.does, path.missing)


def _lacking(given: Judged, latches: Sequence[Latch]) -> Iterator[tuple[int, Route, tuple[Latch, ...]]]:
    """For a demand other than the baseline: each route's certainty to go without, and what it lacks."""
    base, world, onward = latch_mask(latches), given.world, given.onward
    for way, door in world.ways_in:
        for route in _chains(way, door, onward, world) if door in onward else (Route(way, door),):
            certainty, missing, _, _, _ = judged(route, base, given.facts, world)
            yield certainty, route, missing


def _onward(world: World) -> dict[str, list[Relay]]:
    found: dict[str, list[Relay]] = {}
    for relay in world.relays:
        found.setdefault(relay.door, []).append(relay)
    return found


def _chains(way: WayIn, door: str, onward: dict[str, list[Relay]], world: World) -> Iterator[Route]:
    """Every chain of relays that begins at a door; a door that relays to nobody, or only forwards, delivers."""
    waiting: list[tuple[Relay, ...]] = [()]
    begun = 1
    while waiting:
        relays = waiting.pop()
        passed = [door, *[relay.next_door for relay in relays]]
        at = passed[-1]
        if at not in onward:
            yield Route(way, door, relays)
            continue
        given = [relay for relay in onward[at] if relay.name in ("", way.name)]
        left = [relay for relay in given if relay.next_door not in passed and may_be_tried(relay, world)]
        delivers = not [relay for relay in given if relay.kind != FORWARD]
        # What is cut short at a bound counts as delivered there: that leaves latches out and adds none.
        cut_short = len(relays) >= _DEEPEST - 1 or begun >= _MOST_ROUTES
        if delivers or not left or cut_short:
            yield Route(way, door, relays, stuck=not delivers and not left)
        if not cut_short:
            begun += len(left)
            waiting += [(*relays, relay) for relay in left]


def judged(route: Route, base: int, facts: dict[str, Facts], world: World) -> Judgement:
    """What to say of a route.

    A path is the least of its steps; nothing missing and nothing unsure is a path that meets the base.
    """
    first = facts[route.door]
    found, lacks, absent, least = first.found, first.lacks, first.absent, first.entry
    if doubtful(first, route.way, world):
        found, lacks, absent = found & ~RECIPIENTS, lacks & ~RECIPIENTS, absent & ~RECIPIENTS
    if route.relays:
        found, lacks, absent, least = _behind(route.relays, found, lacks, absent, least, facts, world)
    arrives = int(_in_mailbox(route, least, first, world))  # a memo is slow with the members of an enumeration
    if not base:
        return _judgement(_NO_DEMAND, 0, 0, min(arrives, _LIKELY if _is_unlatched(route, facts, world) else _UNKNOWN))
    return _judgement(base & lacks, base & ~(found | lacks), base & absent, arrives)


@lru_cache(_MOST_KEPT)
def _judgement(missing: int, unsure: int, surely: int, arrives: int) -> Judgement:
    """Of a path on which these latches are missing, not known, surely missing, and mail arrives so surely."""
    certainty = arrives
    if missing == _NO_DEMAND:
        missing = 0
    elif missing:
        certainty = min(arrives, _PROVEN if surely == missing else _LIKELY)
    else:
        certainty = min(arrives, _UNKNOWN) if unsure else _CLOSED
    lacks = latches_of(missing)
    weight = (_PROVEN - certainty) * _LESS_SURE + len(lacks) * _STEP - len(lacks)
    return _CERTAINTY[certainty], lacks, latches_of(unsure), latches_of(surely), weight


def _behind(
    relays: Sequence[Relay], found: int, lacks: int, absent: int, least: int, facts: dict[str, Facts], world: World
) -> tuple[int, int, int, int]:
    """What the hops behind the door add: each latch is met at the best of those that see and do not waive it."""
    unknown, likely, seen = ALL_LATCHES & ~(found | lacks), lacks & ~absent, ALL_LATCHES
    for relay in relays:
        here = facts[relay.next_door]
        seen &= SEEN_BEHIND[relay.hands_on_client]
        counts = seen & ~latch_mask(relay.waives)
        heard = counts & ~here.mute
        found |= here.found & heard
        likely |= here.lacks & ~here.absent & heard
        unknown |= counts & ~(heard & ~here.unknown)
        least = min(least, handed_on(relay, world))
    unknown &= ~found
    lacks = ALL_LATCHES & ~(found | unknown)
    return found, lacks, lacks & ~likely, least


def _is_unlatched(route: Route, facts: dict[str, Facts], world: World) -> bool:
    """True if no hop of the route shows a latch, or the chance of one, and something is surely or likely not there.

    For where no baseline demands anything: such a path meets the demand, and is never closed.
    """
    first = facts[route.door]
    bare, seen = first.lacks, ALL_LATCHES
    shown = first.found | first.others | (RECIPIENTS if doubtful(first, route.way, world) else 0)
    for relay in route.relays:
        here = facts[relay.next_door]
        seen &= SEEN_BEHIND[relay.hands_on_client]
        counts = seen & ~latch_mask(relay.waives)
        bare |= counts & here.lacks & ~here.mute
        shown |= counts & (here.found | here.others | here.mute)
    return bool(bare) and not shown


def _in_mailbox(route: Route, least: int, first: Facts, world: World) -> int:
    """How surely what gets in so surely ends in the mailbox; as `paths.hops` tells it."""
    if least == _CLOSED or route.door in world.proven:
        return least
    if first.refuses:
        return min(least, refused(first, route.way, world))
    return _UNKNOWN if route.stuck or least == _UNKNOWN else _LIKELY


def _verdicts(facts: dict[str, Facts], paths: Sequence[Path], base: int) -> dict[str, DoorVerdict]:
    """What each door means for the baseline, by the worst of the paths that enter by it."""
    # A door of which nothing is known is not even bare.
    found = dict.fromkeys(facts, _VERDICTS[_UNKNOWN])
    for path in reversed(paths):  # the surest way round stands first
        found[path.doors[0]] = _VERDICTS[path.certainty]
    for id, door in facts.items():
        if door.silent:
            found[id] = _LIKELY_CLOSED
        elif not base and found[id] is not _VERDICTS[_CLOSED] and door.entry == _PROVEN and door.lacks:
            found[id] = DoorVerdict.UNLATCHED
    return found


_VERDICTS = (DoorVerdict.CLOSED, DoorVerdict.UNKNOWN, DoorVerdict.OPEN, DoorVerdict.OPEN)  # by certainty
