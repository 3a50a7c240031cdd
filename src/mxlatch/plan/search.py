"""The cheapest remedies that make the wanted properties true: best first, guided by counter-examples.

Each node is a set of remedies; a counter-example of its world says which of the others can matter, since one of them
must be taken. What the doors still need bounds the cost from below, so that the first set that holds is the cheapest.
Where no set does, the doors that cannot be closed are left out, and the others closed. Beyond a number of worlds the
best set so far is given, and said to be no more than that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count

from msgspec import Struct

from mxlatch.paths.find import find
from mxlatch.paths.model import Path, Paths
from mxlatch.plan.effect import changed
from mxlatch.plan.proof import NONE, Case, Loss, every_case, losing
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.remedies import proposals
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import World

# Worlds that are judged before the search gives up, about a second in all: for everything at once, and, where that
# came to nothing, for each door by itself and for those that could be closed.
_MOST_WORLDS = 1200
_MOST_ALONE = 100
_MOST_OF_THE_REST = 600
_IMPOSSIBLE = float("inf")
May = Callable[[Proposal], bool]
LISTED = "listed: "  # before the id of a door, among what is wrong: a record leads there


class Found(Struct, frozen=True):
    """What the search came to. exact: nothing cheaper would do.

    left: by door, the path that is still open; by LISTED and a door's id, None where a record leads that should not.
    cases: the world after, with no server down and with each.
    """

    taken: tuple[Proposal, ...]
    left: Mapping[str, Path | None]
    exact: bool
    cases: tuple[Case, ...] = ()


class Wanted(Struct, frozen=True):
    """What must hold. gone: doors to which no record may lead. unknown: paths that nobody could judge beforehand.

    lost: by failure, whose mail is lost before any change.
    """

    gone: frozenset[str] = frozenset()
    unknown: frozenset[tuple[str, str]] = frozenset()
    lost: Mapping[str, frozenset[Loss]] = {}


class _Node(Struct):
    """A set of remedies, and what is wrong with the world that they make.

    fits: no honest mail more is lost by it. cases: once they were judged, which is dear.
    """

    taken: tuple[Proposal, ...]
    wrong: dict[str, Path | None]
    world: World
    paths: Paths
    fits: bool
    cases: tuple[Case, ...] = ()


def cheapest(seen: Seen, may: May, forced: Sequence[Proposal], wanted: Wanted) -> Found:
    """The cheapest remedies of those that may be taken that, with the forced ones, make what is wanted true."""
    search = _Search(seen, may, wanted)
    start = search.judged(tuple(forced))
    helped = {door for offer in search.offers for door in offer.doors}
    hopeless = frozenset(what for what in start.wrong if what.removeprefix(LISTED) not in helped)
    found = search.best(start, hopeless, _MOST_WORLDS)
    if found is None:
        left = [what for what in start.wrong if what not in hopeless]
        alone = {what: search.best(start, frozenset(start.wrong) - {what}, _MOST_ALONE) for what in left}
        hopeless |= {what for what, node in alone.items() if node is None}
        found = search.best(start, hopeless, _MOST_OF_THE_REST)
    node = found or search.nearest(start)
    return Found(node.taken, node.wrong, not search.is_over, node.cases)


def fits(seen: Seen, taken: Sequence[Proposal], wanted: Wanted) -> bool:
    """True if these remedies open no way round, and lose no honest mail more, whatever single server is down."""
    search = _Search(seen, lambda _: False, wanted)
    node = search.judged(tuple(taken))
    known = {path.doors[0] for path in seen.paths.paths if path.certainty >= Certainty.LIKELY}
    new = {door.id for door in node.world.doors} - {door.id for door in seen.world.doors}
    now = {path.doors[0] for path in node.paths.paths if path.certainty >= Certainty.LIKELY}
    opens = _worst(node.paths) > _worst(seen.paths) or now - known - new
    return not opens and node.fits and search.loses_nothing(node)


def _worst(paths: Paths) -> Certainty:
    return max((path.certainty for path in paths.paths[:1]), default=Certainty.CLOSED)


class _Search:
    """A search, and what it knows already: each set of remedies is judged once."""

    def __init__(self, seen: Seen, may: May, wanted: Wanted) -> None:
        self.is_over = False  # the bound is reached
        self.offers = [offer for offer in proposals(seen) if may(offer)]
        self._seen, self._may, self._wanted = seen, may, wanted
        self._nodes: dict[frozenset[int], _Node] = {}
        self._later: dict[tuple[str, tuple[str, ...], tuple[Latch, ...]], Proposal] = {}

    def best(self, start: _Node, hopeless: frozenset[str], most: int) -> _Node | None:
        """The cheapest set beyond a start that closes all but what is hopeless; None if there is none."""
        number = count()
        queue = [(_needed(start, self.offers, hopeless), 0, next(number), start)]
        tried, until = {_key(start.taken)}, len(self._nodes) + most
        while queue:
            _, _, _, node = heappop(queue)
            if node.fits and not set(node.wrong) - hopeless:
                if not node.cases:
                    self._judge_failures(node)
                if node.fits and not set(node.wrong) - hopeless:
                    return node
            for offer in self._that_matter(node, hopeless):
                taken = (*node.taken, offer)
                if _key(taken) in tried:
                    continue
                tried.add(_key(taken))
                if len(self._nodes) >= until:
                    self.is_over = True
                    return None
                next_node = self.judged(taken)
                # Also one that loses mail: where one server goes, another may have to go with it.
                bound = sum(each.cost for each in taken) + _needed(next_node, self.offers, hopeless)
                heappush(queue, (bound, -len(taken), next(number), next_node))
        return None

    def nearest(self, start: _Node) -> _Node:
        """Of all sets that were tried, one that leaves least open and loses nothing, and of those the cheapest."""
        order = sorted(self._nodes.values(), key=lambda node: (len(node.wrong), sum(each.cost for each in node.taken)))
        better = (node for node in order if len(node.wrong) < len(start.wrong))
        return next((node for node in better if self.loses_nothing(node)), start)

    def judged(self, taken: tuple[Proposal, ...]) -> _Node:
        """The world that these remedies make."""
        known = self._nodes.get(_key(taken))
        if known is not None:
            return known
        seen, wanted = self._seen, self._wanted
        world = changed(seen.world, taken)
        paths = find(world, properties=False)
        fits = _is_published(seen, world, taken) and (
            losing(world, paths, seen.mail_names) <= wanted.lost.get(NONE, frozenset())
        )
        node = self._nodes[_key(taken)] = _Node(taken, _wrong(world, paths, wanted), world, paths, fits)
        return node

    def loses_nothing(self, node: _Node) -> bool:
        """True if no honest mail more is lost, whatever single server is down."""
        if not node.cases:
            self._judge_failures(node)
        return node.fits

    def _that_matter(self, node: _Node, hopeless: frozenset[str]) -> list[Proposal]:
        """For one thing that is wrong: the remedies of which one must be taken.

        Where nothing is but lost mail: with one server another may have to go, which hands on to it.
        """
        taken = _key(node.taken)
        if not node.wrong:
            return [offer for offer in self.offers if offer.unlisted and id(offer) not in taken]
        for what, path in node.wrong.items():
            if what in hopeless:
                continue
            door = what.removeprefix(LISTED)
            latch = path.missing[0] if path is not None and path.missing else None
            found = [o for o in self.offers if _helps(o, door, latch) and id(o) not in taken]
            return found or self._come_up(node, door)
        return []

    def _come_up(self, node: _Node, door: str) -> list[Proposal]:
        """What is offered for a door only in the changed world."""
        known = {(o.remedy, o.doors, o.latches) for o in node.taken}
        offers = proposals(Seen(node.world, node.paths, self._seen.providers, self._seen.gone))
        later = ((o, (o.remedy, o.doors, o.latches)) for o in offers if door in o.doors and self._may(o))
        return [self._later.setdefault(key, offer) for offer, key in later if key not in known]

    def _judge_failures(self, node: _Node) -> None:
        node.cases = tuple(every_case(self._seen.world, node.world, node.paths))
        for case in node.cases[1:]:
            node.wrong |= {d: p for d, p in _wrong(case.world, case.paths, self._wanted).items() if d not in node.wrong}
            node.fits = node.fits and case.lost <= self._wanted.lost.get(case.failure, frozenset())


def _key(taken: Iterable[Proposal]) -> frozenset[int]:
    return frozenset(map(id, taken))


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
    """By door: the surest path round through it; by LISTED and the door, None: a record should not lead there."""
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
                wrong.setdefault(LISTED + door, None)
    return wrong


def _needed(node: _Node, offers: Sequence[Proposal], hopeless: frozenset[str]) -> float:
    """What the rest costs at least: each door is shut, or each latch that it lacks is put there.

    Nothing, where none of the offers helps: others may come up in the changed world.
    """
    taken = _key(node.taken)
    left = [offer for offer in offers if id(offer) not in taken]
    costs: dict[str, float] = {}
    for what, path in node.wrong.items():
        if what not in hopeless:
            door = what.removeprefix(LISTED)
            cost = _at_least(door, path, left)
            costs[door] = max(costs.get(door, 0.0), cost if cost < _IMPOSSIBLE else 0.0)
    return sum(costs.values())


def _helps(offer: Proposal, door: str, latch: Latch | None) -> bool:
    return door in offer.doors and (not offer.latches or latch in offer.latches)


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
