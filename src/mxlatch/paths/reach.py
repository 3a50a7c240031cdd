"""Which ways in a sender may come to use: its order and number of tries, and what the doors before may have said.

A way is reached if some run of the sender hands the message over there: chance among equal preferences may put its door
first, and every door before it may come to an outcome after which this sender goes on. Where nothing is known of a
door, each outcome may be.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from mxlatch.terms.behaviour import ACCEPT, NO_ANSWER, REJECT, TEMPFAIL, Behaviour
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.latch import ABSENT
from mxlatch.world.model import World
from mxlatch.world.taking import Taking, taking

_LATER = 4  # first digit of a reply that asks to come back (RFC 5321 section 4.2.1)

Step = tuple[WayIn, Door]


def reached(world: World) -> dict[tuple[WayIn, str], tuple[Behaviour, ...]]:
    """By way in and door: the senders that may come that way, in the order of the world's table."""
    found: dict[tuple[WayIn, str], list[Behaviour]] = {(way, door): [] for way, door in world.ways_in}
    outcomes = {door.id: possible(door) for door in world.doors}
    for behaviour in world.behaviours:
        for steps in _attempts(behaviour, world):
            for way, door in _reached(behaviour, steps, outcomes):
                found[way, door.id].append(behaviour)
    return {key: tuple(each) for key, each in found.items()}


def possible(door: Door) -> frozenset[str]:
    """What a stranger's try at this door may come to."""
    if door.state is DoorState.CLOSED or (door.state is DoorState.FILTERED and door.closed_by is not None):
        return frozenset({NO_ANSWER})
    if door.state is not DoorState.OPEN:
        return frozenset({NO_ANSWER, TEMPFAIL, REJECT, ACCEPT})
    refuses = taking(door.session) in (Taking.FOREIGN, Taking.REFUSES)
    latched = not door.latches or any(state.state != ABSENT for state in door.latches.values())
    return frozenset(
        {
            *({ACCEPT} if not refuses else ()),
            *({REJECT} if latched or refuses else ()),
            *({TEMPFAIL} if _asks_to_come_back(door) else ()),
        }
    )


def _asks_to_come_back(door: Door) -> bool:
    turns = door.session.turns if door.session else ()
    return any(turn.label and turn.reply is not None and turn.reply.code // 100 == _LATER for turn in turns)


def _attempts(behaviour: Behaviour, world: World) -> Iterator[Sequence[Step]]:
    """The ways that the sender has for each mail name."""
    known = [(way, world.door(door)) for way, door in world.ways_in if way.kind in behaviour.ways]
    for _, steps in groupby(sorted(known, key=lambda step: step[0].rank[1:2]), key=lambda step: step[0].name):
        yield list(steps)


def _reached(behaviour: Behaviour, steps: Iterable[Step], outcomes: dict[str, frozenset[str]]) -> Iterator[Step]:
    before: list[Door] = []
    for level in _levels(behaviour, steps):
        if not _gets_past(behaviour, before, outcomes):
            return
        tried = {door.address for door in before}
        for way, door in level:
            if not (behaviour.distinct and door.address in tried):
                yield way, door
        before += [door for _, door in level]


def _levels(behaviour: Behaviour, steps: Iterable[Step]) -> list[list[Step]]:
    """The steps in the order in which they are tried, those among which chance decides together."""
    if behaviour.order == "random":
        return [list(steps)]
    by_preference = sorted(steps, key=lambda step: step[0].preference, reverse=behaviour.order == "descending")
    return [list(level) for _, level in groupby(by_preference, key=lambda step: step[0].preference)]


def _gets_past(behaviour: Behaviour, before: Sequence[Door], outcomes: dict[str, frozenset[str]]) -> bool:
    """True if every door before may let the sender go on, and it has a try and a session left."""
    goes_on = frozenset(behaviour.goes_on)
    if any(goes_on.isdisjoint(outcomes[door.id]) for door in before):
        return False
    once = {door.address: door for door in before}.values() if behaviour.distinct else before
    answered = sum(NO_ANSWER not in outcomes[door.id] for door in once)
    tries, sessions = behaviour.tries or len(before) + 1, behaviour.sessions or len(before) + 1
    return len(once) < tries and answered < sessions
