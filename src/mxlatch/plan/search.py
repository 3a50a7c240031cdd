"""The cheapest remedies that make the wanted properties true: best first, guided by counter-examples.

Each node is a set of remedies; a counter-example of its world says which of the others can matter, since one of them
must be taken. What the doors still need bounds the cost from below, so that the first set that holds is the cheapest.
Beyond a number of worlds the best set so far is given, and said to be no more than that.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count

from msgspec import Struct

from mxlatch.paths.assume import down
from mxlatch.paths.find import find
from mxlatch.paths.model import Path, Paths
from mxlatch.plan.effect import changed
from mxlatch.plan.proof import NONE, Lost, failures, losing
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.remedies import proposals
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import World

_MOST_WORLDS = 3000  # about a second
_IMPOSSIBLE = float("inf")


class Found(Struct, frozen=True):
    """What the search came to. left: by door, the path that is still open. exact: nothing cheaper would do."""

    taken: tuple[Proposal, ...]
    left: Mapping[str, Path | None]
    exact: bool


class Wanted(Struct, frozen=True):
    """What must hold. gone: doors to which no record may lead. unknown: paths that nobody could judge beforehand.

    lost: by failure, whose mail is lost before any change.
    """

    gone: frozenset[str] = frozenset()
    unknown: frozenset[tuple[str, str]] = frozenset()
    lost: Lost = {}


class _Node(Struct):
    """A set of remedies, and what is wrong with the world that they make. fits: no honest mail more is lost by it."""

    taken: tuple[Proposal, ...]
    wrong: dict[str, Path | None]
    world: World
    paths: Paths
    fits: bool


def cheapest(seen: Seen, offers: Sequence[Proposal], forced: Sequence[Proposal], wanted: Wanted) -> Found:
    """The cheapest of the offers that, with the forced ones, make what is wanted true."""
    start = _judged(seen, tuple(forced), wanted)
    hopeless = frozenset(door for door in start.wrong if not any(door in offer.doors for offer in offers))
    best, exact, number = start, True, count()
    queue = [(_needed(start, offers, hopeless), 0, next(number), start)]
    tried = {_key(start.taken)}
    while queue:
        _, _, _, node = heappop(queue)
        if not set(node.wrong) - hopeless and node.fits:
            return Found(node.taken, node.wrong, exact)
        if node.fits and len(node.wrong) < len(best.wrong) and _loses_nothing(node, seen, wanted):
            best = node
        for offer in _that_matter(node, offers, hopeless, seen):
            taken = (*node.taken, offer)
            if _key(taken) in tried:
                continue
            tried.add(_key(taken))
            if len(tried) > _MOST_WORLDS:
                return Found(best.taken, best.wrong, exact=False)
            next_node = _judged(seen, taken, wanted)
            cost = sum(each.cost for each in taken)
            bound = cost + _needed(next_node, offers, hopeless)
            heappush(queue, (bound, -len(taken), next(number), next_node))
    return Found(best.taken, best.wrong, exact=True)


def _key(taken: Iterable[Proposal]) -> frozenset[int]:
    return frozenset(map(id, taken))


def fits(seen: Seen, taken: Sequence[Proposal], wanted: Wanted) -> bool:
    """True if these remedies open no way round, and lose no honest mail more, whatever single server is down."""
    node = _judged(seen, tuple(taken), wanted)
    known = {path.doors[0] for path in seen.paths.paths if path.certainty >= Certainty.LIKELY}
    new = {door.id for door in node.world.doors} - {door.id for door in seen.world.doors}
    now = {path.doors[0] for path in node.paths.paths if path.certainty >= Certainty.LIKELY}
    opens = _worst(node.paths) > _worst(seen.paths) or now - known - new
    return not opens and node.fits and _loses_nothing(node, seen, wanted)


def _worst(paths: Paths) -> Certainty:
    return max((path.certainty for path in paths.paths[:1]), default=Certainty.CLOSED)


def _loses_nothing(node: _Node, seen: Seen, wanted: Wanted) -> bool:
    for name, doors in failures(seen.world, node.world):
        without = down(node.world, doors)
        if not losing(without, find(without), seen.mail_names, lasting=False) <= wanted.lost.get(name, frozenset()):
            return False
    return True


def _judged(seen: Seen, taken: tuple[Proposal, ...], wanted: Wanted) -> _Node:
    world = changed(seen.world, taken)
    paths = find(world)
    wrong = _wrong(world, paths, wanted)
    fits = _is_published(seen, world, taken) and (
        losing(world, paths, seen.mail_names, lasting=True) <= wanted.lost.get(NONE, frozenset())
    )
    if not wrong and fits:
        for name, doors in failures(seen.world, world):
            without = down(world, doors)
            then = find(without)
            wrong |= _wrong(without, then, wanted)
            fits = fits and losing(without, then, seen.mail_names, lasting=False) <= wanted.lost.get(name, frozenset())
    return _Node(taken, wrong, world, paths, fits)


def _is_published(seen: Seen, world: World, taken: Sequence[Proposal]) -> bool:
    """True if what the records shall be is what every server tells: none stays behind with old data.

    No record may be left that leads to a door which takes no more mail.
    """
    if seen.split:
        agreed = {seen.split.get(record.name) for each in taken for record in each.undelegated}
        names = {record.name for each in taken for record in (*each.drop, *each.add)}
        if any(seen.split[name] not in agreed for name in names if name in seen.split):
            return False
    unlisted = {door for each in taken for door in each.unlisted}
    return not unlisted or not any(way.published and door in unlisted for way, door in world.ways_in)


def _wrong(world: World, paths: Paths, wanted: Wanted) -> dict[str, Path | None]:
    """By door: the surest path round through it; None where only a record should not lead there."""
    wrong: dict[str, Path | None] = {}
    for path in paths.paths:
        if path.certainty is Certainty.CLOSED:
            break  # the surest stand first
        known = path.certainty >= Certainty.LIKELY or (path.doors[0], path.way_in.name) not in wanted.unknown
        if known:
            wrong.setdefault(path.doors[0], path)
    if wanted.gone:
        for way, door in world.ways_in:
            if door in wanted.gone and way.published:
                wrong.setdefault(door, None)
    return wrong


def _needed(node: _Node, offers: Sequence[Proposal], hopeless: frozenset[str]) -> float:
    """What the rest costs at least: each door is shut, or each latch that it lacks is put there.

    Nothing, where none of the offers helps: others may come up in the changed world.
    """
    taken = _key(node.taken)
    left = [offer for offer in offers if id(offer) not in taken]
    costs = [_at_least(door, path, left) for door, path in node.wrong.items() if door not in hopeless]
    return sum(cost for cost in costs if cost < _IMPOSSIBLE)


def _at_least(door: str, path: Path | None, left: Sequence[Proposal]) -> float:
    here = [offer for offer in left if door in offer.doors]
    shut = min((offer.cost / len(offer.doors) for offer in here if not offer.latches), default=_IMPOSSIBLE)
    if path is None:
        return shut
    each = [
        min((o.cost / len(o.doors) / len(o.latches) for o in here if latch in o.latches), default=_IMPOSSIBLE)
        for latch in path.missing
    ]
    return min(shut, sum(each)) if each else (shut if shut < _IMPOSSIBLE else 0.0)


def _that_matter(node: _Node, offers: Sequence[Proposal], hopeless: frozenset[str], seen: Seen) -> list[Proposal]:
    """For one thing that is wrong: the remedies of which one must be taken.

    Where nothing is but lost mail: with one server another may have to go, that would hand on to it or refuse for it.
    """
    taken = _key(node.taken)
    if not node.wrong:
        return [offer for offer in offers if offer.unlisted and id(offer) not in taken]
    for door, path in node.wrong.items():
        if door in hopeless:
            continue
        latch = path.missing[0] if path is not None and path.missing else None
        found = [o for o in offers if door in o.doors and (not o.latches or latch in o.latches) and id(o) not in taken]
        if not found:  # what came up only after the others were taken
            known = {(o.remedy, o.doors, o.latches) for o in node.taken}
            later = proposals(Seen(node.world, node.paths, seen.providers, seen.gone))
            found = [o for o in later if door in o.doors and (o.remedy, o.doors, o.latches) not in known]
        return found
    return []
