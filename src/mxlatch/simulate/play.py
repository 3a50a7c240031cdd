"""Sends every drawn message to the doors of a layout, try by try, as its sender's behaviour has it; with numpy.

What is followed: the order of the records, with chance among equal ones anew at each attempt (RFC 5321 section 5.1);
how many addresses and sessions an attempt may have; after which outcomes the sender goes on; greylisting; its schedule
and its patience; doors that are down; spools that keep mail, hand it on later, return it too late. The last outcome of
an attempt decides whether there is another: a refusal is final.

The plain way to do the same, message by message, is in tests/simulate/plainly.py; a test holds the two equal.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from mxlatch.simulate.draws import Draws, Floats, Places
from mxlatch.simulate.layout import Exposure, Layout
from mxlatch.simulate.mix import BOTS_GIVE_UP, Mix, Sender, Values
from mxlatch.simulate.schedule import moments
from mxlatch.simulate.timeline import ACCEPT, NO_ANSWER, NOWHERE, REJECT, TEMPFAIL, Timeline
from mxlatch.terms import behaviour
from mxlatch.terms.latch import ABSENT, FOUND, Latch

NEVER = float("inf")
NOT_REACHED = 0
# From the least to the worst: of several copies of one spam message the worst counts.
EXPOSURES = (Exposure.MET, Exposure.NOT_KNOWN, Exposure.UNLATCHED, Exposure.PAST)
MOST_STEPS = 64  # records tried in one attempt: beyond, a sender of any make has given up
_CODES = {
    behaviour.NO_ANSWER: NO_ANSWER,
    behaviour.TEMPFAIL: TEMPFAIL,
    behaviour.REJECT: REJECT,
    behaviour.ACCEPT: ACCEPT,
}
_CELLS = 4_000_000  # of a table of orders at once: 32 MB

Flags = npt.NDArray[np.bool_]


class Spooled(Struct, frozen=True):
    """What spools took: which door, which message, when it came and when it left."""

    door: Places
    message: Places
    came: Floats
    left: Floats


class Played(Struct, frozen=True):
    """What became of each drawn message. Times are seconds as in `Draws.written`, NEVER (infinite) for what was not.

    taken: when some door took it; way: by which way in (its place in the layout), NOWHERE for none; for spam the way of
    the worst copy that reached the mailbox. delivered: when it came to the mailbox. told_delay, told_failure: when its
    sender learnt of it. reached: NOT_REACHED or 1 + the place in EXPOSURES. backscatter, backscatter_unsure: bounces
    to forged senders that it surely causes, and perhaps.
    knocks, takings: by class and way, how often a sender came and was let in.
    """

    taken: Floats
    way: npt.NDArray[np.int16]
    delivered: Floats
    told_delay: Floats
    told_failure: Floats
    reached: npt.NDArray[np.int8]
    backscatter: npt.NDArray[np.int16]
    backscatter_unsure: npt.NDArray[np.int16]
    knocks: Places
    takings: Places
    spooled: Spooled


def play(
    layout: Layout, mix: Mix, values: Values, when: Timeline, draws: Draws, *, honest: bool, seed: int = 0
) -> Played:
    """Send the drawn messages. seed: of the choice among equal records."""
    run = _Run(layout, mix, values, when, draws, honest, np.random.default_rng([seed, honest]))
    senders = mix.honest if honest else mix.spam
    for number, sender in enumerate(senders):
        run.send(number, sender)
    return run.played()


class _Route(Struct, frozen=True):
    """What a sender knows: the ways it tries, in order; tied: chance decides among some of them.

    offsets: of its tries. goes_on: by outcome. dead: by stretch of the timeline, none of its doors can be reached.
    """

    ways: Places
    keys: Floats
    tied: bool
    steps: int
    sessions: int
    goes_on: Flags
    offsets: Floats
    dead: Flags


class _Run:
    """One run, with what became of the messages so far."""

    def __init__(
        self,
        layout: Layout,
        mix: Mix,
        values: Values,
        when: Timeline,
        draws: Draws,
        honest: bool,
        rng: np.random.Generator,
    ) -> None:
        self._layout, self._mix, self._values = layout, mix, values
        self._when, self._draws, self._honest, self._rng = when, draws, honest, rng
        self._says = when.honest if honest else when.spam
        self._ends = np.append(when.edges, NEVER)  # of each stretch
        self._doors = _Doors(layout, values)
        self._unknown = draws.unknown < values["bots.unknown-recipients"]
        count, classes = draws.count, len(mix.honest if honest else mix.spam)
        self._taken, self._delivered = np.full(count, NEVER), np.full(count, NEVER)
        self._told_delay, self._told_failure = np.full(count, NEVER), np.full(count, NEVER)
        self._way = np.full(count, NOWHERE, dtype=np.int16)
        self._reached = np.zeros(count, dtype=np.int8)
        self._backscatter = np.zeros(count, dtype=np.int16)
        self._backscatter_unsure = np.zeros(count, dtype=np.int16)
        self._knocks = np.zeros((classes, len(layout.ways)), dtype=np.int64)
        self._takings = np.zeros((classes, len(layout.ways)), dtype=np.int64)
        self._met = np.zeros((count, len(self._doors.greylisting)), dtype=np.bool_)
        self._spooled: list[Spooled] = []

    def played(self) -> Played:
        """What became of all of them."""
        return Played(
            self._taken,
            self._way,
            self._delivered,
            self._told_delay,
            self._told_failure,
            self._reached,
            self._backscatter,
            self._backscatter_unsure,
            self._knocks,
            self._takings,
            _joined(self._spooled),
        )

    def send(self, number: int, sender: Sender) -> None:
        """All messages of a class, from their first try to their end."""
        route = self._route(sender)
        rows = self._draws.of(number)
        if not len(route.ways):
            self._gives_up(sender, rows, self._draws.written[rows])
            return
        tries = np.zeros(len(rows), dtype=np.int64)
        allowed = self._allowed(rows, route)
        while len(rows):
            now = self._draws.written[rows] + route.offsets[tries]
            stretch = np.searchsorted(self._when.edges, now, side="right")
            last = self._attempt(number, route, rows, now, stretch)
            refused = last == REJECT
            self._gives_up(sender, rows[refused], now[refused])
            waits = last <= TEMPFAIL
            rows, tries, allowed, stretch = rows[waits], tries[waits], allowed[waits], stretch[waits]
            tries = self._next_try(route, rows, tries, stretch)
            over = tries >= allowed
            self._gives_up(sender, rows[over], self._draws.written[rows[over]] + self._patience(sender))
            rows, tries, allowed = rows[~over], tries[~over], allowed[~over]
        self._tell_of_delay(sender, self._draws.of(number))

    def _allowed(self, rows: Places, route: _Route) -> Places:
        """How many tries each message gets: of bots only some try again."""
        every = np.full(len(rows), len(route.offsets), dtype=np.int64)
        if self._honest:
            return every
        return np.where(self._draws.retries[rows] < self._values["bots.retries"], every, 1)

    def _next_try(self, route: _Route, rows: Places, tries: Places, stretch: Places) -> Places:
        """The next one, or where nothing can come of it the first after the next edge."""
        following = tries + 1
        dead = route.dead[stretch]
        if dead.any():
            left = self._ends[stretch[dead]] - self._draws.written[rows[dead]]
            following[dead] = np.maximum(following[dead], np.searchsorted(route.offsets, left, side="left"))
        return following

    def _patience(self, sender: Sender) -> float:
        return self._values[sender.number("gives-up")] if self._honest else BOTS_GIVE_UP

    def _gives_up(self, sender: Sender, rows: Places, when: Floats) -> None:
        if sender.honest and sender.tells_failure:
            self._told_failure[rows] = when

    def _tell_of_delay(self, sender: Sender, rows: Places) -> None:
        """The sender's own notice, to whoever wrote a message that nobody has taken yet nor refused."""
        after = self._values[sender.number("tells-delay")] if sender.honest else 0.0
        if after:
            notice = self._draws.written[rows] + after
            due = (notice < self._taken[rows]) & (notice < self._told_failure[rows]) & (after < self._patience(sender))
            self._told_delay[rows] = np.where(due, np.minimum(notice, self._told_delay[rows]), self._told_delay[rows])

    # One attempt

    def _attempt(self, number: int, route: _Route, rows: Places, now: Floats, stretch: Places) -> npt.NDArray[np.int8]:
        """Try one record after the other; what the last one came to, ACCEPT if any took it."""
        size = max(1, _CELLS // len(route.ways))
        if len(rows) > size and route.tied:
            cuts = range(0, len(rows), size)
            pieces = [slice(cut, cut + size) for cut in cuts]
            return np.concatenate([self._attempt(number, route, rows[p], now[p], stretch[p]) for p in pieces])
        order = self._order(route, len(rows))
        last = np.full(len(rows), NO_ANSWER, dtype=np.int8)
        taken = np.zeros(len(rows), dtype=np.bool_)
        sessions = np.zeros(len(rows), dtype=np.int16)
        live = np.arange(len(rows))
        for step in range(route.steps):
            ways = order[live, step] if order.ndim == 2 else np.full(len(live), order[step])
            outcome = self._knock(number, ways, rows[live], now[live], stretch[live])
            last[live] = outcome
            taken[live] |= outcome == ACCEPT
            sessions[live] += outcome != NO_ANSWER
            goes_on = route.goes_on[outcome]
            if route.sessions:
                goes_on &= sessions[live] < route.sessions
            live = live[goes_on]
            if not len(live):
                break
        last[taken] = ACCEPT
        return last

    def _order(self, route: _Route, count: int) -> Places:
        """The ways in the order of their tries: one row for all, or one for each message where chance decides."""
        if not route.tied:
            return route.ways
        chance = self._rng.random((count, len(route.ways)))
        return np.asarray(route.ways[np.argsort(route.keys + chance, axis=1)])

    def _knock(self, number: int, ways: Places, rows: Places, now: Floats, stretch: Places) -> npt.NDArray[np.int8]:
        doors = self._doors.of_way[ways]
        outcome = self._says[stretch, doors]
        for column, door in enumerate(self._doors.greylisting):
            here = (doors == door) & (outcome == ACCEPT)
            outcome[here & ~self._met[rows, column]] = TEMPFAIL
            self._met[rows[here], column] = True
        if not self._honest:
            outcome[(outcome == ACCEPT) & self._refused(doors, rows)] = REJECT
        _count(self._knocks[number], ways)
        taken = outcome == ACCEPT
        if taken.any():
            _count(self._takings[number], ways[taken])
            self._take(ways[taken], doors[taken], rows[taken], now[taken], stretch[taken])
        return outcome

    def _refused(self, doors: Places, rows: Places) -> Flags:
        unknown = self._unknown[rows] & self._doors.checks[doors]
        return np.asarray(unknown | (~self._unknown[rows] & (self._draws.caught[rows] < self._doors.here[doors])))

    def _take(self, ways: Places, doors: Places, rows: Places, now: Floats, stretch: Places) -> None:
        first = self._taken[rows] == NEVER
        self._taken[rows[first]] = now[first]
        delivered, returned = self._keep(doors, rows, now, stretch)
        self._delivered[rows] = np.minimum(self._delivered[rows], delivered)
        if self._honest:
            self._way[rows[first]] = ways[first]
            self._told_failure[rows] = np.minimum(self._told_failure[rows], returned)
        else:
            self._let_in(ways, doors, rows, returned)

    def _keep(self, doors: Places, rows: Places, now: Floats, stretch: Places) -> tuple[Floats, Floats]:
        """When what was taken comes to the mailbox, and when back to its sender; by way of a spool, if need be."""
        delivered, returned = now.copy(), np.full(len(now), NEVER)
        holder = self._when.holder[stretch, doors]
        kept = holder != NOWHERE
        if not kept.any():
            return delivered, returned
        values = self._values
        resumes = self._when.back[stretch, doors][kept] + self._draws.hold[rows[kept]] * values["spool.retries-within"]
        ends = now[kept] + values["spool.keeps"]
        in_time = resumes <= ends
        delivered[kept], returned[kept] = np.where(in_time, resumes, NEVER), np.where(in_time, NEVER, ends)
        left = np.minimum(resumes, ends)
        self._spooled.append(Spooled(holder[kept].astype(np.int64), rows[kept], now[kept], left))
        notice = values["spool.tells-delay"]
        if notice and self._honest:
            due = rows[kept][left - now[kept] > notice]
            self._told_delay[due] = np.minimum(self._told_delay[due], now[kept][left - now[kept] > notice] + notice)
        return delivered, returned

    def _let_in(self, ways: Places, doors: Places, rows: Places, returned: Floats) -> None:
        """Spam that a door took: it reaches the mailbox, or is refused behind it and bounces to a forged sender."""
        unknown, late = self._unknown[rows], returned < NEVER
        caught = ~unknown & (self._draws.caught[rows] < self._doors.later[doors])
        in_mailbox = ~unknown & ~caught & ~late
        bounces = late | caught | (unknown & self._doors.checks_nothing[doors])
        np.add.at(self._backscatter, rows[bounces], 1)
        np.add.at(self._backscatter_unsure, rows[unknown & ~bounces], 1)
        worse = in_mailbox & (self._doors.exposure[ways] > self._reached[rows])
        self._reached[rows[worse]] = self._doors.exposure[ways[worse]]
        self._way[rows[worse]] = ways[worse]

    # What a sender knows

    def _route(self, sender: Sender) -> _Route:
        does, layout = sender.behaviour, self._layout
        known = [n for n, way in enumerate(layout.ways) if way.kind in does.ways]
        sign = {"ascending": 1.0, "descending": -1.0, "random": 0.0}[does.order]
        known.sort(key=lambda n: sign * layout.ways[n].preference)
        if does.distinct:
            first: dict[str, int] = {}
            for n in known:
                first.setdefault(layout.ways[n].door, n)
            known = list(first.values())
        keys = np.array([sign * layout.ways[n].preference for n in known])
        goes_on = np.zeros(4, dtype=np.bool_)
        goes_on[[_CODES[after] for after in does.goes_on]] = True
        steps = min(len(known), does.tries or MOST_STEPS, MOST_STEPS)
        retry = moments(sender.retry, self._patience(sender))
        return _Route(
            ways=np.array(known, dtype=np.int64),
            keys=keys,
            tied=len(set(keys)) < len(keys),
            steps=steps,
            sessions=does.sessions,
            goes_on=goes_on,
            offsets=np.array(retry),
            dead=np.asarray((self._says[:, self._doors.of_way[known]] <= TEMPFAIL).all(axis=1)),
        )


class _Doors:
    """What the doors of a layout do with spam, as arrays by door, and the door and exposure by way."""

    def __init__(self, layout: Layout, values: Values) -> None:
        place = {door.id: number for number, door in enumerate(layout.doors)}
        self.of_way = np.array([place[way.door] for way in layout.ways], dtype=np.int64)
        self.exposure = np.array([1 + EXPOSURES.index(way.exposure) for way in layout.ways], dtype=np.int8)
        self.greylisting = [number for number, door in enumerate(layout.doors) if door.greylists]
        self.checks = np.array([door.recipients == FOUND for door in layout.doors])
        self.checks_nothing = np.array([door.recipients == ABSENT for door in layout.doors])
        self.here = np.array([_caught(door.latches, values) for door in layout.doors])
        self.later = np.array([_caught({*door.latches, *door.later}, values) for door in layout.doors])


def _caught(latches: Sequence[Latch] | set[Latch], values: Values) -> float:
    """The part of spam that these latches refuse together, each judging for itself."""
    passes = 1.0
    for latch in sorted(latches):
        passes *= 1 - values.get(f"latch.{latch}", 0.0)
    return 1 - passes


def _count(into: Places, ways: Places) -> None:
    into += np.bincount(ways, minlength=len(into))


def _joined(parts: Sequence[Spooled]) -> Spooled:
    if not parts:
        nothing = np.zeros(0)
        return Spooled(nothing.astype(np.int64), nothing.astype(np.int64), nothing, nothing)
    return Spooled(
        *(np.concatenate([getattr(part, field) for part in parts]) for field in ("door", "message", "came", "left"))
    )
