"""Which ways in a sender may come to use: its order and number of tries, and what the doors before may have said.

A way is reached if some run of the sender hands the message over there: chance among equal preferences may put its door
first, and every door before it may come to an outcome after which this sender goes on. Where nothing is known of a
door, each outcome may be.

Only the order, the addresses and the outcomes of a domain's records matter to its senders, and there are few such
shapes: each is worked out once.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from mxlatch.paths.facts import ANY_OUTCOME, NO_ANSWER_BIT, OUTCOME_BIT, Facts, facts_of
from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.door import Door, WayIn
from mxlatch.world.model import World

_MOST_KEPT = 100_000  # shapes; a few dozen octets each
_MANY = 1 << 30  # more tries than anybody makes
# A step's number: its outcomes, whether a preference begins with it, and above both a number for its address.
_NEW_LEVEL, _ADDRESS = ANY_OUTCOME + 1, 5

Shape = tuple[int, ...]
Step = tuple[int, int]  # what the door may say, and a number that tells its address from others


class Senders:
    """The senders of one table, by bit: the first has bit 0."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        """Sort them: those among whose ways chance decides alone, and those that walk from record to record."""
        self.behaviours = behaviours
        self.conforming = sum(1 << n for n, each in enumerate(behaviours) if each.conforming)
        self._any: dict[str, int] = {}  # by kind of way: who may try any that it knows
        self._walkers: dict[str, list[tuple[int, Behaviour]]] = {}  # by kinds, the others
        self._kinds: dict[str, frozenset[str]] = {}
        self._shapes: dict[str, dict[Shape, tuple[int, ...]]] = {}
        self.told = cache(self._told)
        for number, each in enumerate(behaviours):
            if each.order == "random":  # chance may put any of them first
                for kind in each.ways:
                    self._any[kind] = self._any.get(kind, 0) | 1 << number
            else:
                key = ",".join(sorted(each.ways))
                self._kinds[key] = frozenset(each.ways)
                self._shapes[key] = {}
                self._walkers.setdefault(key, []).append((1 << number, each))

    def ids(self, mask: int) -> tuple[str, ...]:
        """The ids of these senders, in the order of the table."""
        return tuple(each.id for number, each in enumerate(self.behaviours) if mask >> number & 1)

    def _told(self, mask: int) -> tuple[tuple[str, ...], str]:
        """The ids of these senders, and what the first of them does; "{name}" stands for the mail domain."""
        return self.ids(mask), self.behaviours[(mask & -mask).bit_length() - 1].does if mask else "knows of the door"

    def reaching(self, ways: Sequence[tuple[WayIn, str]], facts: dict[str, Facts]) -> list[int]:
        """For each way in to a door: who may come that way."""
        found = [self._any.get(way.kind, 0) for way, _ in ways]
        for key, kinds in self._kinds.items():
            by_name: dict[str, list[tuple[int, int, Facts]]] = {}
            for index, (way, door) in enumerate(ways):
                if way.kind in kinds:
                    by_name.setdefault(way.name, []).append((way.preference, index, facts[door]))
            for tried in by_name.values():
                tried.sort()  # no two have one index
                for (_, index, _), mask in zip(tried, self._of_shape(key, _shape(tried)), strict=True):
                    found[index] |= mask
        return found

    def _of_shape(self, key: str, shape: Shape) -> tuple[int, ...]:
        shapes = self._shapes[key]
        kept = shapes.get(shape)
        if kept is None:
            if len(shapes) >= _MOST_KEPT:
                shapes.clear()
            kept = shapes[shape] = _walked(shape, self._walkers[key])
        return kept


_made: list[Senders] = [Senders(())]


def senders_of(behaviours: tuple[Behaviour, ...]) -> Senders:
    """The senders of a table; worlds of one run share it."""
    if _made[0].behaviours is not behaviours:
        _made[0] = Senders(behaviours)
    return _made[0]


def reached(world: World) -> list[tuple[Behaviour, ...]]:
    """For each of the world's ways in: the senders that may come that way, in the order of the world's table."""
    facts = {door.id: facts_of(door) for door in world.doors}
    masks = senders_of(world.behaviours).reaching(world.ways_in, facts)
    return [tuple(each for n, each in enumerate(world.behaviours) if mask >> n & 1) for mask in masks]


def possible(door: Door) -> frozenset[str]:
    """What a stranger's try at this door may come to (`terms.behaviour`)."""
    outcomes = facts_of(door).outcomes
    return frozenset(word for word, bit in OUTCOME_BIT.items() if outcomes & bit)


def _shape(tried: Iterable[tuple[int, int, Facts]]) -> Shape:
    """The steps in ascending order, each a number: outcomes, address, and whether a preference begins with it."""
    shape = []
    numbers: dict[str, int] = {}
    last = -1
    for preference, _, door in tried:
        step = door.outcomes | numbers.setdefault(door.address, len(numbers)) << _ADDRESS
        if preference != last:
            last = preference
            step |= _NEW_LEVEL
        shape.append(step)
    return tuple(shape)


def _walked(shape: Shape, walkers: Sequence[tuple[int, Behaviour]]) -> tuple[int, ...]:
    levels: list[list[tuple[int, Step]]] = []
    for position, number in enumerate(shape):
        if number & _NEW_LEVEL:
            levels.append([])
        levels[-1].append((position, (number & ANY_OUTCOME, number >> _ADDRESS)))
    found = [0] * len(shape)
    for bit, behaviour in walkers:
        for position in _walk(behaviour, levels):
            found[position] |= bit
    return tuple(found)


def _walk(behaviour: Behaviour, levels: Sequence[Sequence[tuple[int, Step]]]) -> list[int]:
    """The positions that this sender may come to: among those of one preference chance decides."""
    if behaviour.order == "descending":
        levels = levels[::-1]
    goes_on = sum(OUTCOME_BIT[outcome] for outcome in behaviour.goes_on)
    tries, sessions = behaviour.tries or _MANY, behaviour.sessions or _MANY
    tried: set[int] = set()
    found: list[int] = []
    for level in levels:
        if tries <= 0 or sessions <= 0:
            break
        found += [position for position, (_, address) in level if not (behaviour.distinct and address in tried)]
        for _, (outcomes, address) in level:
            if not outcomes & goes_on:
                return found
            if not (behaviour.distinct and address in tried):
                tries -= 1
                sessions -= not outcomes & NO_ANSWER_BIT
            tried.add(address)
    return found
