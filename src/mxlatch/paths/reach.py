"""Which ways in a sender may come to use: its order and number of tries, and what the doors before may have said.

A way is reached if some run of the sender hands the message over there: chance among equal preferences may put its door
first, and every door before it may come to an outcome after which this sender goes on. Where nothing is known of a
door, each outcome may be.

All senders of a table walk the records at once, each as a bit of a number.
"""

from bisect import bisect
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from mxlatch.paths.facts import ANY_OUTCOME, NO_ANSWER_BIT, OUTCOME_BIT, Facts, facts_of
from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.door import Door, WayIn
from mxlatch.world.model import World

_MOST_KEPT = 4096  # sets of senders; of one table some dozens come by one way
_MOST_COUNTED = 4096  # tries; a reply of the DNS has no room for more MX records (RFC 1035 section 4.2.2)

# A way in, the id of its door, and the door: faster to go through, time and again, than three sequences side by side.
Arrival = tuple[WayIn, str, Facts]
# Of which name, its preference, what a try of its door may come to, the number of the way in, the address.
Record = tuple[str, int, int, int, str]
_NAME, _ADDRESS = itemgetter(0), itemgetter(-1)


class Senders:
    """The senders of one table, by bit: the first has bit 0."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        """Sort them: those among whose ways chance decides alone, and those that walk from record to record."""
        self.behaviours = behaviours
        self.conforming = sum(1 << n for n, each in enumerate(behaviours) if each.conforming)
        self.told = lru_cache(_MOST_KEPT)(self._told)
        self._any: dict[str, int] = {}  # by kind of way: who may try any that it knows
        walkers: dict[frozenset[str], list[tuple[int, Behaviour]]] = {}  # by the kinds that they know
        for number, each in enumerate(behaviours):
            if each.order == "random":  # chance may put any of them first
                for kind in each.ways:
                    self._any[kind] = self._any.get(kind, 0) | 1 << number
            else:
                walkers.setdefault(frozenset(each.ways), []).append((1 << number, each))
        self._walkers = [(kinds, _Walkers(alike)) for kinds, alike in walkers.items()]

    def ids(self, mask: int) -> tuple[str, ...]:
        """The ids of these senders, in the order of the table."""
        return tuple(each.id for number, each in enumerate(self.behaviours) if mask >> number & 1)

    def _told(self, mask: int) -> tuple[tuple[str, ...], str]:
        """The ids of these senders, and what the first of them does; "{name}" stands for the mail domain."""
        return self.ids(mask), self.behaviours[(mask & -mask).bit_length() - 1].does if mask else "knows of the door"

    def reaching(self, arrivals: Sequence[Arrival]) -> list[int]:
        """For each way in: who may come that way."""
        found = [self._any.get(way.kind, 0) for way, _, _ in arrivals]
        for kinds, walkers in self._walkers:
            records = []
            for index, (way, _, door) in enumerate(arrivals):
                if way.kind in kinds:
                    records.append((way.name, way.preference, door.outcomes, index, door.address))
            records.sort()  # no two have one index
            for of_one_name in _by_name(records):
                walkers.walk(of_one_name, found)
        return found


class _Walkers:
    """Senders that take the same records in order; among those of one preference chance decides."""

    def __init__(self, walkers: Sequence[tuple[int, Behaviour]]) -> None:
        """Of each sender: its bit, and what it does. A table from elsewhere may have some that never begin."""
        walkers = [(bit, each) for bit, each in walkers if each.tries >= 0 and each.sessions >= 0]
        self._up = sum(bit for bit, each in walkers if each.order == "ascending")
        self._down = sum(bit for bit, each in walkers if each.order == "descending")
        self._once = sum(bit for bit, each in walkers if each.distinct)
        after = [(bit, sum(OUTCOME_BIT[outcome] for outcome in each.goes_on)) for bit, each in walkers]
        # Who goes on after a door that may come to these outcomes; who has tries and who has sessions left.
        self._go_on = [sum(bit for bit, goes_on in after if goes_on & may) for may in range(ANY_OUTCOME + 1)]
        self._tries, self._try_on = _limits([(bit, each.tries) for bit, each in walkers])
        self._sessions, self._speak_on = _limits([(bit, each.sessions) for bit, each in walkers])

    def walk(self, records: list[Record], found: list[int]) -> None:
        """Add to each way in who comes to it."""
        # Who tries no address twice is like the others where no two records have one.
        once = self._once if len(set(map(_ADDRESS, records))) < len(records) else 0
        for senders, order in ((self._up, records), (self._down, records[::-1])):
            self._walk(senders & ~once, order, found)
            if senders & once:
                self._walk_once(senders & once, order, found)

    def _walk(self, senders: int, records: list[Record], found: list[int]) -> None:
        go_on = self._go_on
        left, tries, sessions, level = senders, 0, 0, records[0][1]
        for _, preference, outcomes, index, _ in records:
            if preference != level:
                level = preference
                left &= self._try_on[bisect(self._tries, tries)] & self._speak_on[bisect(self._sessions, sessions)]
                if not left:
                    return
                senders = left
            found[index] |= senders
            left &= go_on[outcomes]
            tries += 1  # noqa: SIM113 - "enumerate" is slower, and this is the hottest loop
            if not outcomes & NO_ANSWER_BIT:
                sessions += 1

    def _walk_once(self, senders: int, records: list[Record], found: list[int]) -> None:
        """The same of senders that try no address twice; at which of its records of one preference, chance decides."""
        alike: dict[str, list[Record]] = {}
        for record in records:
            alike.setdefault(record[-1], []).append(record)
        come = [0] * len(found)
        self._walk(senders, [each[0] for each in alike.values()], come)
        for (_, level, _, first, _), *others in alike.values():
            for index in (first, *[other for _, preference, _, other, _ in others if preference == level]):
                found[index] |= come[first]


def _limits(limited: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """The limits that senders have, in ascending order, and who goes on when so many of them are reached."""
    counted = [(bit, limit if limit < _MOST_COUNTED else 0) for bit, limit in limited]
    limits = sorted({limit for _, limit in counted if limit})
    return limits, [
        sum(bit for bit, own in counted if not own or own >= next_one) for next_one in (*limits, _MOST_COUNTED)
    ]


_made: list[Senders] = [Senders(())]


def senders_of(behaviours: tuple[Behaviour, ...]) -> Senders:
    """The senders of a table; worlds of one run share it."""
    if _made[0].behaviours is not behaviours:
        _made[0] = Senders(behaviours)
    return _made[0]


def reached(world: World) -> list[tuple[Behaviour, ...]]:
    """For each of the world's ways in: the senders that may come that way, in the order of the world's table."""
    arrivals = [(way, door, facts_of(world.door(door))) for way, door in world.ways_in]
    masks = senders_of(world.behaviours).reaching(arrivals)
    return [tuple(each for n, each in enumerate(world.behaviours) if mask >> n & 1) for mask in masks]


def possible(door: Door) -> frozenset[str]:
    """What a stranger's try at this door may come to (`terms.behaviour`)."""
    outcomes = facts_of(door).outcomes
    return frozenset(word for word, bit in OUTCOME_BIT.items() if outcomes & bit)


def _by_name(records: list[Record]) -> Iterable[list[Record]]:
    """The records of each name; mostly there is one."""
    if records and records[0][0] == records[-1][0]:
        return (records,)
    return [list(each) for _, each in groupby(records, _NAME)]
