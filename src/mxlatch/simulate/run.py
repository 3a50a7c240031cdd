"""Simulates layouts: today's and each profile's, outage by outage, and every figure again with each assumption varied.

A figure comes from a run of many messages. Its range comes from runs of fewer, in which one assumption after the other
takes the low and the high end of its range; the messages are the same each time, so that only the assumption speaks. A
share or a volume changes no message's fate (but for a spool that fills), so that no new run is needed for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from mxlatch.simulate import measure
from mxlatch.simulate.draws import Draws, Floats, drawn, weights
from mxlatch.simulate.layout import Layout, LayoutWay
from mxlatch.simulate.measure import CURVE_POINTS, LATE, Figures, Key
from mxlatch.simulate.mix import Mix, Number, Sender, Values
from mxlatch.simulate.play import EXPOSURES, Played, play
from mxlatch.simulate.quantity import HOUR
from mxlatch.simulate.result import (
    Assumption,
    CurvePoint,
    Exposure,
    Figure,
    LayoutResult,
    Loser,
    OutageResult,
    Result,
    Use,
)
from mxlatch.simulate.spool import full_since, held
from mxlatch.simulate.timeline import NONE, Outage, timeline
from mxlatch.terms.wording import counted

OUTAGES = (1 * HOUR, 4 * HOUR, 24 * HOUR, 72 * HOUR, 240 * HOUR)
MESSAGES = 200_000  # drawn for a figure, half honest and half spam
FOR_RANGES = 6_000  # drawn for a figure's range
_MOST_EQUAL = 4  # exchanges of one preference whose outage is played, each by itself: each takes as long as a layout
_NOTHING_DOWN = 24 * HOUR  # of mail when nothing is down: any length gives the same parts
_NEGLIGIBLE = 1e-9  # a part below it is the arithmetic's

RULES = (
    "Of an outage, mail is counted that is written while it lasts; delays are of what is delivered.",
    "Lost is what is not delivered and whose sender is not told. No latch refuses honest mail; greylisting delays it.",
    "A recipient latch refuses all spam for unknown recipients; other latches judge each for itself, and what the "
    "latches of one door catch is caught by the same latches at another.",
    "A latch of which nothing is known refuses nothing, and what passes it is not counted as past a latch but apart. A "
    "door of which nothing is known takes spam and no honest mail.",
    "A door that hands on keeps mail while its next hop is down, unless its role is filter: that says 4xx meanwhile. A "
    "spool that was full once takes nothing more until the next hop is back.",
    "Bots that know no record come in only by the ways that the audit found.",
    "Bots send their one message to each recipient; what a door took and cannot deliver goes back to a forged sender.",
)


Begins = Callable[[str], None]  # is told in words what begins now


class _Course(Struct, frozen=True):
    """What is alike for all layouts. many: messages for a figure; few: for its range."""

    mix: Mix
    outages: Sequence[float]
    seed: int
    many: int
    few: int
    begins: Begins


class _Stage(Struct):
    """A layout, an outage and the messages: what is played again and again, and what was played already."""

    layout: Layout
    mix: Mix
    outage: Outage
    honest: Draws
    spam: Draws
    seconds: float
    seed: int
    known: dict[tuple[object, ...], Played] = {}

    def played(self, values: Values, full: Mapping[str, float], *, honest: bool) -> Played:
        """The run with these values; the same run is not made twice."""
        decides = tuple((name, value) for name, value in values.items() if not _only_weighs(name))
        key = (honest, tuple(sorted(full.items())), decides)
        if key not in self.known:
            when = timeline(self.layout, self.outage, full, self.mix.when_full)
            draws = self.honest if honest else self.spam
            self.known[key] = play(self.layout, self.mix, values, when, draws, honest=honest, seed=self.seed)
        return self.known[key]

    def weights(self, values: Values, *, honest: bool) -> Floats:
        """Which part of all honest mail, or of all spam, each drawn message stands for."""
        senders, draws = (self.mix.honest, self.honest) if honest else (self.mix.spam, self.spam)
        return weights(draws, senders, values, 1.0)

    def sent(self, values: Values, *, honest: bool) -> float:
        """How many messages are sent in the time."""
        return values["volume.honest" if honest else "volume.spam"] * self.seconds / HOUR

    def parts(self, values: Values, full: Mapping[str, float]) -> list[tuple[Played, Floats]]:
        """Both runs with what each message weighs in a spool, octets."""
        sizes = {True: values["volume.honest-size"], False: values["volume.spam-size"]}
        return [
            (
                self.played(values, full, honest=honest),
                self.weights(values, honest=honest) * self.sent(values, honest=honest) * size,
            )
            for honest, size in sizes.items()
        ]

    def full(self, values: Values) -> Mapping[str, float]:
        """When each spool is full, the first one first: from then on its mail goes to another, full the sooner."""
        found: dict[str, float] = {}
        for _ in self.layout.spools if self.outage.seconds else ():
            since = full_since(self.parts(values, found), self.layout, values["spool.size"])
            more = {door: moment for door, moment in since.items() if door not in found}
            if not more:
                break
            door = min(more, key=lambda each: more[each])
            found[door] = more[door]
        return found


def simulate(
    layouts: Mapping[str, Layout],
    mix: Mix,
    outages: Sequence[float] = OUTAGES,
    seed: int = 0,
    *,
    messages: int = MESSAGES,
    for_ranges: int = FOR_RANGES,
    begins: Begins = lambda words: None,
) -> Result:
    """Simulate every layout (by title), with outages of so many seconds. The same arguments give the same result.

    messages: drawn for each figure. for_ranges: for its range, over and over. begins: is told what begins now.
    """
    course = _Course(mix, outages, seed, messages, min(messages, for_ranges), begins)
    return Result(
        domain=next(iter(layouts.values())).domain,
        seed=seed,
        messages=messages,
        messages_for_ranges=course.few,
        mix=mix.title,
        mix_path=mix.path,
        late_after=LATE,
        layouts=tuple(_layout(title, layout, course) for title, layout in layouts.items()),
        assumptions=tuple(_assumption(number) for number in mix.numbers),
        rules=RULES,
    )


def _layout(title: str, layout: Layout, course: _Course) -> LayoutResult:
    course.begins(title)
    normal = _ranged(layout, NONE, course)
    kinds = dict.fromkeys(way.kind for way in layout.ways)
    published = [(number, way) for number, way in enumerate(layout.ways) if way in layout.published]
    return LayoutResult(
        title=title,
        records=tuple(_record(way) for _, way in published),
        honest_known=layout.takes_mail,
        reached=_exposure("", ("reached", ""), normal),
        by_way=tuple(_exposure(kind, ("way", kind), normal) for kind in kinds),
        by_behaviour=tuple(
            _exposure(bot.name, ("behaviour", bot.id), normal, normal["sent", bot.id]) for bot in course.mix.spam
        ),
        backscatter=normal["backscatter",],
        backscatter_not_known=normal["backscatter-not-known",],
        use=tuple(Use(_record(way), normal["use", str(n)]) for n, way in published) if layout.takes_mail else (),
        outages=tuple(
            _outage(title, layout, outage, course) for seconds in course.outages for outage in _scopes(layout, seconds)
        ),
        left_out=(*layout.left_out, *_not_played(layout)),
    )


def _not_played(layout: Layout) -> Iterator[str]:
    more = len(layout.firsts()) - _MOST_EQUAL
    if more > 0:
        yield f"the outage of {counted(more, 'more exchange')} of the same preference"


def _scopes(layout: Layout, seconds: float) -> Iterator[Outage]:
    """Who may be down: the best exchange, of equal ones each; what delivers, where that is another; all of them."""
    if not layout.takes_mail:
        return
    everything = frozenset(door.id for door in layout.doors)
    seen: set[frozenset[str]] = set()
    scopes = [("first", doors) for doors in layout.firsts()[:_MOST_EQUAL]]
    for scope, doors in (*scopes, ("mailboxes", layout.mailboxes()), ("everything", everything)):
        if doors not in seen:
            seen.add(doors)
            yield Outage(scope, doors, seconds)


def _record(way: LayoutWay) -> str:
    return f"{way.preference} {way.exchange} ({way.door})"


def _exposure(what: str, key: Key, found: Mapping[Key, Figure], sent: Figure | None = None) -> Exposure:
    past, unlatched, not_known = (found[(*key, word.value)] for word in measure.REACHED)
    return Exposure(what, past, unlatched, not_known, sent)


def _outage(title: str, layout: Layout, outage: Outage, course: _Course) -> OutageResult:
    course.begins(f"{title}, {outage.scope} down for {outage.seconds / HOUR:g} h")
    found, mix = _ranged(layout, outage, course), course.mix
    nothing = Figure(None, None, None)
    return OutageResult(
        scope=outage.scope,
        doors=tuple(sorted(outage.doors)),
        seconds=outage.seconds,
        messages=mix.values()["volume.honest"] * outage.seconds / HOUR,
        lost=found["lost",],
        bounced=found["bounced",],
        delay_median=found["delay", "50"],
        delay_95=found["delay", "95"],
        delay_99=found["delay", "99"],
        late=found["late",],
        told=found["told",],
        told_after=found["told-after",],
        spool_peak=found.get(("spool-peak",), nothing),
        spool_full=found.get(("spool-full",), nothing),
        spam_past=found["spam-past",],
        backscatter=found["backscatter-sent",],
        losers=tuple(_losers(mix.honest, mix.values(), found)),
        delivered=tuple(CurvePoint(at, found["delivered", str(n)]) for n, at in enumerate(_delays(outage))),
        spool=tuple(CurvePoint(at, found["spool", str(n)]) for n, at in enumerate(_moments(outage)) if layout.spools),
    )


def _losers(senders: Sequence[Sender], values: Values, found: Mapping[Key, Figure]) -> Iterator[Loser]:
    """Those whose mail does not all come, or would not at the end of some range; the worst first."""
    losers = [
        Loser(
            sender.name,
            found["loser", sender.id, "lost"],
            found["loser", sender.id, "bounced"],
            values[sender.number("gives-up")],
        )
        for sender in senders
    ]
    gone = [each for each in losers if (each.lost.value or 0) + (each.bounced.value or 0) > 0]
    yield from sorted(gone, key=lambda each: -((each.lost.value or 0) + (each.bounced.value or 0)))


# Figures and their ranges


def _ranged(layout: Layout, outage: Outage, course: _Course) -> dict[Key, Figure]:
    """Every figure with its range."""
    mix = course.mix
    many, few = (_stage(layout, mix, outage, count, course.seed) for count in (course.many, course.few))
    point, base = _figures(many, mix.values()), _figures(few, mix.values())
    low, high = dict.fromkeys(point, 0.0), dict.fromkeys(point, 0.0)
    most = dict.fromkeys(point, 0.0)
    moved_by = dict.fromkeys(point, "")
    for number, end in _ends(mix.numbers):
        for key, moved in measure.differences(base, _figures(few, {**mix.values(), number.id: end})).items():
            if key in low:
                low[key], high[key] = min(low[key], moved), max(high[key], moved)
            if abs(moved) > max(most.get(key, 0.0), _NEGLIGIBLE):
                most[key], moved_by[key] = abs(moved), number.what
    return {key: _figure(key, value, low[key], high[key], moved_by[key]) for key, value in point.items()}


def _ends(numbers: Sequence[Number]) -> Iterator[tuple[Number, float]]:
    for number in numbers:
        yield from ((number, end) for end in (number.low, number.high) if end != number.value)


def _figure(key: Key, value: float | None, low: float, high: float, moved_by: str) -> Figure:
    if value is None:
        return Figure(None, None, None)
    most = 1.0 if key[0] in _PARTS else float("inf")
    value = min(max(value, 0.0), most)  # the arithmetic's last digit
    return Figure(value, max(0.0, value + low), min(most, value + high), moved_by)


_PARTS = frozenset(
    {"lost", "bounced", "late", "told", "delivered", "loser", "reached", "way", "behaviour", "sent", "use", "spam-past"}
)


def _stage(layout: Layout, mix: Mix, outage: Outage, count: int, seed: int) -> _Stage:
    seconds = outage.seconds or _NOTHING_DOWN
    honest = drawn(len(mix.honest), count // 2, seconds, seed)
    spam = drawn(len(mix.spam), count // 2, seconds, seed + 1)
    return _Stage(layout, mix, outage, honest, spam, seconds, seed, {})


def _only_weighs(name: str) -> bool:
    return name.endswith(".share") or name.startswith("volume.") or name == "spool.size"


def _figures(stage: _Stage, values: Values) -> Figures:
    full = stage.full(values)
    if not stage.outage.seconds:
        return _normal_figures(stage, values)
    played = stage.played(values, full, honest=True)
    curve = np.array(_delays(stage.outage))
    found = measure.honest(played, stage.mix.honest, stage.honest, stage.weights(values, honest=True), curve)
    spam, weigh = stage.played(values, full, honest=False), stage.weights(values, honest=False)
    found["spam-past",] = float(weigh[spam.reached == 1 + EXPOSURES.index(measure.REACHED[0])].sum())
    found["backscatter-sent",] = float((spam.backscatter * weigh).sum()) * stage.sent(values, honest=False)
    return found | _spool_figures(stage, values, full)


def _normal_figures(stage: _Stage, values: Values) -> Figures:
    layout, spam = stage.layout, stage.played(values, {}, honest=False)
    weigh = stage.weights(values, honest=False)
    found = measure.exposure(layout, spam, stage.mix.spam, stage.spam, weigh)
    if layout.takes_mail:
        honest = stage.played(values, {}, honest=True)
        found |= measure.honest_use(layout, honest, stage.weights(values, honest=True))
    return found


def _spool_figures(stage: _Stage, values: Values, full: Mapping[str, float]) -> Figures:
    """Of the doors that keep mail: the fullest, and the curve of all together."""
    layout = stage.layout
    if not layout.spools:
        return {}
    at = np.array(_moments(stage.outage))
    parts = stage.parts(values, full)
    by_door = [held(parts, layout.doors.index(door), at) for door in layout.spools]
    found: Figures = {("spool", str(n)): float(value) for n, value in enumerate(np.sum(by_door, axis=0))}
    found["spool-peak",] = float(max(each.max() for each in by_door))
    found["spool-full",] = min(full.values(), default=None)
    return found


def _delays(outage: Outage) -> list[float]:
    """The delays at which the curve says how much has come: close together where most happens, to twice the outage."""
    return [0.0, *np.geomspace(60.0, 2 * outage.seconds, CURVE_POINTS - 1).tolist()]


def _moments(outage: Outage) -> list[float]:
    """The moments at which the spool is looked into: its last before the outage's end is one of them."""
    return [float(moment) for moment in np.linspace(0.0, 1.25 * outage.seconds, CURVE_POINTS)]


def _assumption(number: Number) -> Assumption:
    return Assumption(number.id, number.what, number.unit, number.value, number.low, number.high, number.source)
