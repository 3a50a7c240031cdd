"""The cheapest remedies that make the wanted properties true: best first, guided by counter-examples.

What counts comes in this order: least that is surely or likely open, or against a policy; least of which it is not
known; the smallest cost. A latch of which nothing is known at a door is no reason to leave another one undone there.

Each node is a set of remedies; a counter-example of its world says which of the others can matter, since one of them
must be taken, and at once where it is the only one. What the doors still need bounds the cost from below, so that the
first set that holds is the cheapest. Where no set does, the doors that cannot be closed are left out, and the others
closed. Beyond a number of worlds a good set is given, and said to be no more than that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import combinations, count
from typing import NamedTuple

from msgspec import Struct, structs

from mxlatch.paths.find import find
from mxlatch.paths.model import Path, Paths
from mxlatch.plan.addresses import zone_of
from mxlatch.plan.change import Delegation, Transfer
from mxlatch.plan.demands import ROUND, demanded
from mxlatch.plan.effect import changed
from mxlatch.plan.proof import NONE, Case, Loss, every_case, losing
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.records import unaddressed
from mxlatch.plan.remedies import proposals
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import World

# Worlds that are judged before the search gives up, about a second in all: for everything at once, and, where that
# came to nothing, for each door by itself and for those that could be closed.
_MOST_WORLDS = 1200
_MOST_ALONE = 100
_MOST_OF_THE_REST = 600
# Of large worlds it is fewer: the doors and relays of all that are judged, those in which a server is down among them.
_MOST_DOORS = 60_000
_MOST_ASKED = 3  # sets then of which it is asked whether they lose mail while a server is down
_IMPOSSIBLE = float("inf")
LISTED = -1  # as a demand: that no record leads to a door
May = Callable[[Proposal], bool]


class Goal(NamedTuple):
    """What is wrong with a world: a door, and which demand does not hold there (`plan.demands`, or LISTED)."""

    door: str
    demand: int = ROUND


Wrong = dict[Goal, Path | None]  # with the surest path; None of LISTED


class Found(Struct, frozen=True):
    """What the search came to. exact: nothing cheaper would do.

    left: what is still wrong, with the path that is; None where a record leads that should not. stuck: for what of it
    remedies are offered that do not do, or lose honest mail. rivals: goals of which each could be had, and not both.
    cases: the world after, with no server down and with each.
    """

    taken: tuple[Proposal, ...]
    left: Mapping[Goal, Path | None]
    exact: bool
    stuck: frozenset[Goal] = frozenset()
    rivals: tuple[tuple[Goal, Goal], ...] = ()
    cases: tuple[Case, ...] = ()


class Wanted(Struct, frozen=True):
    """What must hold. gone: doors to which no record may lead. lost: by failure, whose mail is lost before any change.

    unknown: demand, door and mail name of paths that may stay as unknown as they are.
    """

    gone: frozenset[str] = frozenset()
    unknown: frozenset[tuple[int, str, str]] = frozenset()
    lost: Mapping[str, frozenset[Loss]] = {}


class _Node(Struct):
    """A set of remedies, and what is wrong with the world that they make.

    fits: no honest mail more is lost by it. cases: once they were judged, which is dear.
    """

    taken: tuple[Proposal, ...]
    wrong: Wrong
    world: World
    paths: Paths
    fits: bool
    cases: tuple[Case, ...] = ()

    @property
    def cost(self) -> int:
        return sum(each.cost for each in self.taken)


def cheapest(seen: Seen, may: May, forced: Sequence[Proposal], wanted: Wanted) -> Found:
    """The cheapest remedies of those that may be taken that, with the forced ones, make what is wanted true."""
    search = _Search(seen, may, wanted)
    start = search.judged(tuple(forced))
    hopeless = without = search.without_remedy(start)
    found = search.best(start, hopeless, _MOST_WORLDS)
    rivals: tuple[tuple[Goal, Goal], ...] = ()
    if found is None and not search.is_spent:
        stuck = search.stuck(start, hopeless)
        if stuck:  # what cannot be closed may at least become unknown
            search = search.leaving_unknown(start, stuck)
            start = search.judged(tuple(forced))
            stuck = search.stuck(start, hopeless, stuck)
        if not search.is_spent:
            hopeless |= stuck
            found = search.best(start, hopeless, _MOST_OF_THE_REST)
        if found is None:
            rivals = search.rivals(start, hopeless)
    node = found or search.nearest(start, hopeless)
    return Found(node.taken, node.wrong, not search.is_over, hopeless - without, rivals, node.cases)


def fits(seen: Seen, taken: Sequence[Proposal], wanted: Wanted) -> bool:
    """True if these remedies open no way round, and lose no honest mail more, whatever single server is down."""
    search = _Search(seen, lambda _: False, wanted)
    node = search.judged(tuple(taken))
    new = {door.id for door in node.world.doors} - {door.id for door in seen.world.doors}
    for before, after in zip(seen.demands, demanded(node.world, node.paths), strict=True):
        if _surest(after) > _surest(before) or _open(after) - _open(before) - new:
            return False
    return node.fits and search.loses_nothing(node)


def _surest(paths: Sequence[Path]) -> Certainty:
    return max((path.certainty for path in paths[:1]), default=Certainty.CLOSED)


def _open(paths: Sequence[Path]) -> set[str]:
    return {path.doors[0] for path in paths if path.certainty >= Certainty.LIKELY}


class _Search:
    """A search, and what it knows already: each set of remedies is judged once."""

    def __init__(self, seen: Seen, may: May, wanted: Wanted, offers: Sequence[Proposal] | None = None) -> None:
        self.is_over = False  # a bound is reached
        self.offers = [offer for offer in proposals(seen) if may(offer)] if offers is None else list(offers)
        self._seen, self._may, self._wanted = seen, may, wanted
        self._nodes: dict[frozenset[int], _Node] = {}
        self._later: dict[tuple[str, tuple[str, ...], tuple[Latch, ...]], Proposal] = {}
        self._doors_left = _MOST_DOORS
        self._for_door: dict[str, list[Proposal]] = {}
        for offer in self.offers:
            for door in offer.doors:
                self._for_door.setdefault(door, []).append(offer)

    @property
    def is_spent(self) -> bool:
        """True if no more worlds may be judged, but to conclude."""
        return self._doors_left <= 0

    def without_remedy(self, start: _Node) -> frozenset[Goal]:
        """What is wrong at doors for which nothing is offered."""
        return frozenset(goal for goal in start.wrong if goal.door not in self._for_door)

    def stuck(self, start: _Node, hopeless: frozenset[Goal], of: Iterable[Goal] | None = None) -> frozenset[Goal]:
        """What cannot be had even by itself, of what is wrong and not hopeless anyway."""
        every = frozenset(start.wrong)
        asked = [goal for goal in start.wrong if goal not in hopeless and (of is None or goal in of)]
        return frozenset(goal for goal in asked if self.best(start, every - {goal}, _MOST_ALONE) is None)

    def rivals(self, start: _Node, hopeless: frozenset[Goal]) -> tuple[tuple[Goal, Goal], ...]:
        """Pairs of which each can be had by itself, and not both; none where that is not sure."""
        every = frozenset(start.wrong)
        pairs = list(combinations([goal for goal in start.wrong if goal not in hopeless], 2))
        found = tuple(pair for pair in pairs if self.best(start, every - {*pair}, _MOST_ALONE) is None)
        return () if self.is_over else found

    def leaving_unknown(self, start: _Node, goals: frozenset[Goal]) -> "_Search":
        """The same search, where the ways of these goals may become unknown: better than open, worse than closed."""
        ways = [
            (number, path.doors[0], path.way_in.name)
            for number, paths in enumerate(demanded(start.world, start.paths))
            for path in paths
            if path.certainty > Certainty.CLOSED and Goal(path.doors[0], number) in goals
        ]
        wanted = structs.replace(self._wanted, unknown=self._wanted.unknown | set(ways))
        search = _Search(self._seen, self._may, wanted, self.offers)
        search.is_over, search._doors_left = self.is_over, self._doors_left
        return search

    def best(self, start: _Node, hopeless: frozenset[Goal], most: int) -> _Node | None:
        """The cheapest set beyond a start that closes all but what is hopeless; None if there is none."""
        number = count()
        queue = [(self._needed(start, hopeless), 0, next(number), start)]
        tried, until = {_key(start.taken)}, len(self._nodes) + most
        while queue:
            _, _, _, node = heappop(queue)
            if node.fits and not node.wrong.keys() - hopeless:
                if not node.cases:
                    self._judge_failures(node)
                if node.fits and not node.wrong.keys() - hopeless:
                    return node
            for offers in self._next(node, hopeless):
                taken = (*node.taken, *offers)
                if _key(taken) in tried:
                    continue
                tried.add(_key(taken))
                if len(self._nodes) >= until or self.is_spent:
                    self.is_over = True
                    return None
                next_node = self.judged(taken)
                # Also one that loses mail: where one server goes, another may have to go with it.
                bound = next_node.cost + self._needed(next_node, hopeless)
                heappush(queue, (bound, -len(taken), next(number), next_node))
        return None

    def nearest(self, start: _Node, hopeless: frozenset[Goal]) -> _Node:
        """Of all sets that were tried, one that leaves least open and loses nothing, and of those the cheapest."""
        if self.is_spent:
            self._take_what_helps(start, hopeless)
        better = [node for node in self._nodes.values() if node.fits and _rank(node)[:2] < _rank(start)[:2]]
        # With each server down once more, each is dear to try in a large world.
        asked = sorted(better, key=_rank)[: _MOST_ASKED if self.is_spent else None]
        return next((node for node in asked if self.loses_nothing(node)), start)

    def _take_what_helps(self, node: _Node, hopeless: frozenset[Goal]) -> None:
        """For all that is wrong at once, the cheapest remedies of each, as long as that helps."""
        while cheap := self._cheapest_of_each(node, hopeless):
            better = self._with(node, cheap)
            if _rank(better)[:2] >= _rank(node)[:2]:
                return
            node = better

    def _cheapest_of_each(self, node: _Node, hopeless: frozenset[Goal]) -> tuple[Proposal, ...]:
        taken = _key(node.taken)
        found: dict[int, Proposal] = {}
        for goal, path in node.wrong.items():
            if goal in hopeless:
                continue
            left = [offer for offer in self._for_door.get(goal.door, ()) if id(offer) not in taken]
            # A record that goes closes no way: who remembers it comes.
            shutting = [offer for offer in left if not offer.latches and (path is None or offer.changes)]
            ways: list[tuple[Proposal, ...]] = [(offer,) for offer in shutting]
            missing = path.missing if path is not None else ()
            each = [min((o for o in left if latch in o.latches), key=_cost, default=None) for latch in missing]
            put = tuple(offer for offer in each if offer is not None)
            ways += [put] if put and len(put) == len(missing) else []
            cheap = min(ways, key=lambda way: sum(map(_cost, way)), default=())
            found |= {id(offer): offer for offer in cheap}
        return tuple(found.values())

    def _with(self, node: _Node, offers: Sequence[Proposal]) -> _Node:
        """With all of these that lose no mail, and leave no more open than there was."""
        more = self.judged((*node.taken, *offers))
        if more.fits and _rank(more)[:2] <= _rank(node)[:2]:
            return more
        if len(offers) == 1:
            return node
        half = len(offers) // 2
        return self._with(self._with(node, offers[:half]), offers[half:])

    def judged(self, taken: tuple[Proposal, ...]) -> _Node:
        """The world that these remedies make."""
        known = self._nodes.get(_key(taken))
        if known is not None:
            return known
        seen, wanted = self._seen, self._wanted
        world = changed(seen.world, taken)
        paths = find(world, properties=False)
        self._doors_left -= len(world.doors) + len(world.relays)
        fits = _is_published(seen, world, taken) and (
            losing(world, paths, seen.mail_names) <= wanted.lost.get(NONE, frozenset())
        )
        wrong = _wrong(world, demanded(world, paths), wanted)
        node = self._nodes[_key(taken)] = _Node(taken, wrong, world, paths, fits)
        return node

    def loses_nothing(self, node: _Node) -> bool:
        """True if no honest mail more is lost, whatever single server is down."""
        if not node.cases:
            self._judge_failures(node)
        return node.fits

    def _next(self, node: _Node, hopeless: frozenset[Goal]) -> list[tuple[Proposal, ...]]:
        """What a node goes on with: at once all remedies that are the only ones for something, else one of several."""
        taken = _key(node.taken)
        alone: dict[int, Proposal] = {}
        for goal, path in node.wrong.items():
            if goal not in hopeless:
                found = [offer for offer in self._helping(goal, _first_missing(path)) if id(offer) not in taken]
                alone |= {id(offer): offer for offer in found if len(found) == 1}
        return [tuple(alone.values())] if alone else [(offer,) for offer in self._that_matter(node, hopeless)]

    def _that_matter(self, node: _Node, hopeless: frozenset[Goal]) -> list[Proposal]:
        """For one thing that is wrong: the remedies of which one must be taken.

        Where nothing is but lost mail: with one server another may have to go, which hands on to it.
        """
        taken = _key(node.taken)
        if not node.wrong:
            return [offer for offer in self.offers if offer.unlisted and id(offer) not in taken]
        for goal, path in node.wrong.items():
            if goal in hopeless:
                continue
            found = [offer for offer in self._helping(goal, _first_missing(path)) if id(offer) not in taken]
            return found or self._come_up(node, goal.door)
        return []

    def _helping(self, goal: Goal, latch: Latch | None) -> list[Proposal]:
        here = self._for_door.get(goal.door, ())
        return [offer for offer in here if not offer.latches or latch in offer.latches]

    def _come_up(self, node: _Node, door: str) -> list[Proposal]:
        """What is offered for a door only in the changed world."""
        known = {(o.remedy, o.doors, o.latches) for o in node.taken}
        offers = proposals(Seen(node.world, node.paths, self._seen.providers, self._seen.gone))
        later = ((o, (o.remedy, o.doors, o.latches)) for o in offers if door in o.doors and self._may(o))
        return [self._later.setdefault(key, offer) for offer, key in later if key not in known]

    def _judge_failures(self, node: _Node) -> None:
        node.cases = tuple(every_case(self._seen.world, node.world, node.paths))
        for case in node.cases[1:]:
            self._doors_left -= len(case.world.doors) + len(case.world.relays)
            for goal, path in _wrong(case.world, case.demands, self._wanted).items():
                if goal not in node.wrong or _certainty(path) > _certainty(node.wrong[goal]):
                    node.wrong[goal] = path
            node.fits = node.fits and case.lost <= self._wanted.lost.get(case.failure, frozenset())

    def _needed(self, node: _Node, hopeless: frozenset[Goal]) -> float:
        """What the rest costs at least: each door is shut, or each latch that it lacks is put there.

        Nothing, where none of the offers helps: others may come up in the changed world.
        """
        taken = _key(node.taken)
        costs: dict[str, float] = {}
        for goal, path in node.wrong.items():
            if goal not in hopeless:
                left = [offer for offer in self._for_door.get(goal.door, ()) if id(offer) not in taken]
                cost = _at_least(path, left)
                costs[goal.door] = max(costs.get(goal.door, 0.0), cost if cost < _IMPOSSIBLE else 0.0)
        return sum(costs.values())


def _key(taken: Iterable[Proposal]) -> frozenset[int]:
    return frozenset(map(id, taken))


def _cost(offer: Proposal) -> int:
    return offer.cost


def _certainty(path: Path | None) -> Certainty:
    """How surely something is wrong: a record that should not be there is one surely."""
    return path.certainty if path is not None else Certainty.PROVEN


def _rank(node: _Node) -> tuple[int, int, int]:
    """How much is open or listed, how much is not known, the cost."""
    unknown = sum(_certainty(path) is Certainty.UNKNOWN for path in node.wrong.values())
    return len(node.wrong) - unknown, unknown, node.cost


def _first_missing(path: Path | None) -> Latch | None:
    return path.missing[0] if path is not None and path.missing else None


def _is_published(seen: Seen, world: World, taken: Sequence[Proposal]) -> bool:
    """True if what the records shall be is what every server tells: none stays behind with old data.

    No record may be left that leads to a door which takes no more mail.
    """
    if seen.split:
        agreed = {c.zone for each in taken for c in each.changes if isinstance(c, Delegation | Transfer)}
        agreed |= {seen.split.get(record.name, "") for each in taken for record in each.undelegated}
        names = {record.name for each in taken for record in (*each.drop, *each.add)}
        zones = {seen.split[name] for name in names if name in seen.split}
        zones |= {zone_of(seen.world, record.name) for record in unaddressed(taken)} & set(seen.split.values())
        if not zones <= agreed:
            return False
    unlisted = {door for each in taken for door in each.unlisted}
    return not unlisted or not any(way.published and door in unlisted for way, door in world.ways_in)


def _wrong(world: World, demands: Sequence[Sequence[Path]], wanted: Wanted) -> Wrong:
    """Everything that is wrong with a world, whose paths by demand these are."""
    wrong: Wrong = {}
    for number, found in enumerate(demands):
        for path in found:
            if path.certainty is Certainty.CLOSED:
                break  # the surest stand first
            here = path.doors[0]
            if path.certainty >= Certainty.LIKELY or (number, here, path.way_in.name) not in wanted.unknown:
                wrong.setdefault(Goal(here, number), path)
    if wanted.gone:
        for way, door in world.ways_in:
            if door in wanted.gone and way.published:
                wrong.setdefault(Goal(door, LISTED), None)
    return wrong


def _at_least(path: Path | None, here: Sequence[Proposal]) -> float:
    """here: what may still be taken for the path's door."""
    shut = min((offer.cost / len(offer.doors) for offer in here if not offer.latches), default=_IMPOSSIBLE)
    if path is None:
        return shut
    each = [
        min((o.cost / len(o.doors) / len(o.latches) for o in here if latch in o.latches), default=_IMPOSSIBLE)
        for latch in path.missing
    ]
    return min(shut, sum(each)) if each else (shut if shut < _IMPOSSIBLE else 0.0)
