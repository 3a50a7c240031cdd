"""Who sends, how much, and what doors and spools do with it: the assumptions of a simulation, each with its range.

Read from TOML (docs/reference/mix.md); the shipped one is data/mixes/default.toml, and users replace it. Numbers stand
in one flat table by id, so that each can be varied alone and all can be printed.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from mxlatch.inventory.lines import Path, line_of, scan
from mxlatch.simulate import quantity
from mxlatch.simulate.schedule import Phase, moments
from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch

WHEN_FULL = ("452", "552")  # try later; refuse for good (RFC 5321 section 4.2.2)
BOTS_GIVE_UP = 5 * quantity.DAY  # no message of theirs is worth more; a bound of the schedule, no finding
MOST_CLASSES = 64  # of senders: more than anybody can tell apart
_LONGEST_TEXT = 400  # characters of a name or a source
_SHARE, _SECONDS, _OCTETS, _PART, _RATE = "share", "seconds", "octets", "part", "per hour"

Values = Mapping[str, float]  # a value for each number's id


class Number(Struct, frozen=True):
    """A number and the range in which it may lie. unit: share, seconds, octets, part (0 to 1), per hour.

    what: in words. source: who says so; "" for an assumption of ours.
    """

    id: str
    what: str
    unit: str
    value: float
    low: float
    high: float
    source: str = ""


class Sender(Struct, frozen=True):
    """A class of senders. honest: its mail must not be lost. tells_failure: its user learns when it gives up.

    `number(…)` ids of its own: share, gives-up and tells-delay (0: never), behind "sender.ID." or "spam.ID.".
    """

    id: str
    name: str
    behaviour: Behaviour
    honest: bool
    retry: tuple[Phase, ...]
    tells_failure: bool = True
    source: str = ""

    def number(self, what: str) -> str:
        """The id of one of its numbers."""
        return f"{'sender' if self.honest else 'spam'}.{self.id}.{what}"


class Mix(Struct, frozen=True):
    """All assumptions. path: the file, for people. when_full: what a full spool answers, "452" or "552"."""

    title: str
    path: str
    honest: tuple[Sender, ...]
    spam: tuple[Sender, ...]
    bots_retry: tuple[Phase, ...]
    when_full: str
    numbers: tuple[Number, ...]

    def values(self) -> dict[str, float]:
        """The value of every number."""
        return {number.id: number.value for number in self.numbers}


# As the file has it. Numbers are left as they are written: which unit they have, their place says.


class _Phase(Struct, forbid_unknown_fields=True):
    at: list[Any] = []
    every: Any = None
    times: Any = 1
    longest: Any = None
    quadratic: Any = None
    until: Any = None


class _Sender(Struct, forbid_unknown_fields=True):
    id: str
    name: str
    behaviour: str
    share: Any
    retry: list[_Phase]
    gives_up: Any
    tells_delay: Any
    tells_failure: bool = True
    source: str = ""


class _Spam(Struct, forbid_unknown_fields=True):
    id: str
    name: str
    behaviour: str
    share: Any
    source: str = ""


class _Bots(Struct, forbid_unknown_fields=True):
    retries: Any
    unknown_recipients: Any
    retry: list[_Phase]


class _Volume(Struct, forbid_unknown_fields=True):
    honest: Any
    spam: Any
    honest_size: Any
    spam_size: Any


class _Spool(Struct, forbid_unknown_fields=True):
    size: Any
    keeps: Any
    tells_delay: Any
    retries_within: Any
    when_full: str = "452"


class _File(Struct, forbid_unknown_fields=True):
    title: str
    sender: list[_Sender]
    spam: list[_Spam]
    bots: _Bots
    volume: _Volume
    spool: _Spool
    latches: dict[str, Any] = {}


_TABLES: Mapping[str, type[Struct]] = {
    "sender": _Sender,
    "spam": _Spam,
    "retry": _Phase,
    "bots": _Bots,
    "volume": _Volume,
    "spool": _Spool,
}


class _Range(Struct, forbid_unknown_fields=True):
    value: Any
    low: Any = None
    high: Any = None
    source: str = ""


class _Fault(Exception):
    """What is wrong, and at which key."""

    def __init__(self, where: Path, message: str) -> None:
        super().__init__(message)
        self.where = where


def parse(text: str, path: str, behaviours: tuple[Behaviour, ...]) -> Mix:
    """The mix of a TOML text. behaviours: those that a class may name.

    Raises:
        InputError: names path, line and remedy.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    try:
        return _mix(msgspec.convert(raw, _File), path, {each.id: each for each in behaviours})
    except msgspec.ValidationError as error:
        where, message = _told(error)
        raise InputError(f"{path}:{line_of(where, scan(text))}: {message}") from None
    except _Fault as fault:
        raise InputError(f"{path}:{line_of(fault.where, scan(text))}: {fault}") from None


def _told(error: msgspec.ValidationError, whole: type[Struct] = _File) -> tuple[Path, str]:
    """Which key is at fault, below the table that was read as `whole`, and what is wrong."""
    message, _, place = str(error).partition(" - at `$")
    where = _place(place)
    unknown = re.match(r"Object contains unknown field `(.*)`", message, re.DOTALL)
    if unknown is None:
        return where, message
    named = [part for part in where if isinstance(part, str)]
    table = _TABLES[named[-1]] if named else whole
    keys = ", ".join(field.encode_name for field in msgspec.structs.fields(table))
    return (*where, unknown[1]), f"there is no key {unknown[1][:60]!r} here: choose from {keys}"


def _place(text: str) -> Path:
    """`.sender[0].share` as the key's path."""
    return tuple(int(number) if number else name for name, number in re.findall(r"\.([\w-]+)|\[(\d+)\]", text))


def _mix(file: _File, path: str, behaviours: Mapping[str, Behaviour]) -> Mix:
    if file.spool.when_full not in WHEN_FULL:
        raise _Fault(("spool", "when_full"), f"{file.spool.when_full[:20]!r}: write one of {' or '.join(WHEN_FULL)}")
    _check_ids("sender", [each.id for each in file.sender])
    _check_ids("spam", [each.id for each in file.spam])
    honest = tuple(_honest(each, ("sender", n), behaviours) for n, each in enumerate(file.sender))
    bots_retry = _phases(file.bots.retry, ("bots", "retry"))
    spam = tuple(_bot(each, ("spam", n), behaviours, bots_retry) for n, each in enumerate(file.spam))
    numbers = tuple(_numbers(file))
    for kind in ("sender", "spam"):
        if not sum(n.value for n in numbers if n.id.startswith(f"{kind}.") and n.id.endswith(".share")):
            raise _Fault((kind,), "the shares sum up to nothing: give one of them more than 0")
    _check_tries(honest, bots_retry, {n.id: n for n in numbers})
    return Mix(_text(file.title, ("title",)), path, honest, spam, bots_retry, file.spool.when_full, numbers)


def _check_ids(kind: str, ids: list[str]) -> None:
    if not 0 < len(ids) <= MOST_CLASSES:
        raise _Fault((kind,), f"{len(ids)} classes: give 1 to {MOST_CLASSES}")
    for number, each in enumerate(ids):
        if each in ids[:number] or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", each):
            raise _Fault((kind, number, "id"), f"{each[:60]!r}: give each class an id of its own, of a-z, 0-9 and -")


def _honest(raw: _Sender, where: Path, behaviours: Mapping[str, Behaviour]) -> Sender:
    return Sender(
        id=raw.id,
        name=_text(raw.name, (*where, "name")),
        behaviour=_behaviour(raw.behaviour, where, behaviours),
        honest=True,
        retry=_phases(raw.retry, (*where, "retry")),
        tells_failure=raw.tells_failure,
        source=_text(raw.source, (*where, "source")),
    )


def _bot(raw: _Spam, where: Path, behaviours: Mapping[str, Behaviour], retry: tuple[Phase, ...]) -> Sender:
    return Sender(
        id=raw.id,
        name=_text(raw.name, (*where, "name")),
        behaviour=_behaviour(raw.behaviour, where, behaviours),
        honest=False,
        retry=retry,
        tells_failure=False,
        source=_text(raw.source, (*where, "source")),
    )


def _behaviour(name: str, where: Path, known: Mapping[str, Behaviour]) -> Behaviour:
    if name not in known:
        raise _Fault((*where, "behaviour"), f"there is no behaviour {name[:60]!r}: choose from {', '.join(known)}")
    return known[name]


def _text(text: str, where: Path) -> str:
    if len(text) > _LONGEST_TEXT:
        raise _Fault(where, f"over {_LONGEST_TEXT} characters: shorten it")
    return text


def _phases(raw: list[_Phase], where: Path) -> tuple[Phase, ...]:
    phases = tuple(_phase(each, where) for each in raw)
    end, told = 0.0, ""
    for phase, written in zip(phases, raw, strict=True):
        begins = phase.at[0] if phase.at else end
        ends = min(phase.until, phase.at[-1] if phase.at else float("inf"))
        if told and (begins < end or ends <= end):
            raise _Fault(where, f"{_ending(written)}, and comes after one that {told}: give phases in their order")
        end, told = ends, _ending(written)
    return phases


def _ending(written: _Phase) -> str:
    """When a phase ends, as it is written."""
    if written.until is not None:
        return f"lasts until {written.until}"
    return f"tries at {', '.join(map(str, written.at))}" if written.at else "has no end (until)"


def _phase(raw: _Phase, where: Path) -> Phase:
    kinds = sum((bool(raw.at), raw.every is not None, raw.quadratic is not None))
    if kinds != 1:
        raise _Fault(where, "each phase of retry needs one of at, every and quadratic")
    times = _read(quantity.number, raw.times, where)
    if times < 1:
        raise _Fault(where, f"times = {times:g}: waits grow or stay: write 1 or more")
    phase = Phase(
        at=tuple(_read(quantity.duration, moment, where) for moment in raw.at),
        every=_optional(raw.every, where, 0.0),
        times=times,
        longest=_optional(raw.longest, where, float("inf")),
        quadratic=_optional(raw.quadratic, where, 0.0),
        until=_optional(raw.until, where, float("inf")),
    )
    if not (phase.at or phase.every >= 1 or phase.quadratic >= 1):
        raise _Fault(where, "less than a second between two tries: write a longer wait")
    if list(phase.at) != sorted(set(phase.at)):
        raise _Fault(where, "the moments of at must rise")
    return phase


def _optional(value: Any, where: Path, default: float) -> float:
    return default if value is None else _read(quantity.duration, value, where)


def _read(parse_value: Callable[[object], float], value: Any, where: Path) -> float:
    try:
        return parse_value(value)
    except InputError as error:
        raise _Fault(where, str(error)) from None


def _check_tries(senders: tuple[Sender, ...], bots_retry: tuple[Phase, ...], numbers: Mapping[str, Number]) -> None:
    """Every schedule can be followed to its end, at the longest patience too."""
    for position, sender in enumerate(senders):
        try:
            moments(sender.retry, numbers[sender.number("gives-up")].high)
        except InputError as error:
            raise _Fault(("sender", position, "retry"), str(error)) from None
    try:
        moments(bots_retry, BOTS_GIVE_UP)
    except InputError as error:
        raise _Fault(("bots", "retry"), str(error)) from None


def _numbers(file: _File) -> Iterator[Number]:
    for n, each in enumerate(file.sender):
        named, at = f"sender.{each.id}", ("sender", n)
        yield _number(f"{named}.share", f"share of honest mail: {each.name}", _SHARE, each.share, (*at, "share"))
        patience = _number(
            f"{named}.gives-up", f"{each.name}: gives up after", _SECONDS, each.gives_up, (*at, "gives_up")
        )
        yield patience
        notice = f"{each.name}: tells its user of the delay after (0: never)"
        yield _number(f"{named}.tells-delay", notice, _SECONDS, each.tells_delay, (*at, "tells_delay"))
    for n, bot in enumerate(file.spam):
        yield _number(f"spam.{bot.id}.share", f"share of spam: {bot.name}", _SHARE, bot.share, ("spam", n, "share"))
    bots, volume, spool = file.bots, file.volume, file.spool
    yield _number("bots.retries", "bots that try again after no answer or a 4xx", _PART, bots.retries, ("bots",))
    unknown = "spam for recipients that do not exist"
    yield _number("bots.unknown-recipients", unknown, _PART, bots.unknown_recipients, ("bots", "unknown_recipients"))
    for name, catches in file.latches.items():
        if name not in list(Latch) or name in (Latch.RECIPIENT, Latch.RELAY):
            raise _Fault(("latches", name), f"{name[:60]!r} is no latch that judges a message")
        yield _number(f"latch.{name}", f"spam that the latch {name} refuses", _PART, catches, ("latches", name))
    yield _number("volume.honest", "honest messages an hour", _RATE, volume.honest, ("volume", "honest"))
    yield _number("volume.spam", "spam messages an hour", _RATE, volume.spam, ("volume", "spam"))
    for kind, size in (("honest", volume.honest_size), ("spam", volume.spam_size)):
        yield _number(f"volume.{kind}-size", f"size of {kind} messages", _OCTETS, size, ("volume", f"{kind}_size"))
    yield _number("spool.size", "a backup's spool", _OCTETS, spool.size, ("spool", "size"))
    yield _number("spool.keeps", "a backup returns mail after", _SECONDS, spool.keeps, ("spool", "keeps"))
    notice = "a backup tells senders of the delay after (0: never)"
    yield _number("spool.tells-delay", notice, _SECONDS, spool.tells_delay, ("spool", "tells_delay"))
    resumes = "a backup hands on, once it can, within"
    yield _number("spool.retries-within", resumes, _SECONDS, spool.retries_within, ("spool", "retries_within"))


_PARSERS: dict[str, Callable[[object], float]] = {
    _SHARE: quantity.number,
    _RATE: quantity.number,
    _PART: quantity.part,
    _SECONDS: quantity.duration,
    _OCTETS: quantity.octets,
}


def _number(number_id: str, what: str, unit: str, raw: Any, where: Path) -> Number:
    try:
        written = msgspec.convert(raw, _Range) if isinstance(raw, dict) else _Range(raw)
    except msgspec.ValidationError as error:
        raise _Fault(where, _told(error, _Range)[1]) from None
    value = _read(_PARSERS[unit], written.value, where)
    low = value if written.low is None else _read(_PARSERS[unit], written.low, where)
    high = value if written.high is None else _read(_PARSERS[unit], written.high, where)
    if not low <= value <= high:
        ends = [f"{name} {end}" for name, end in (("low", written.low), ("high", written.high)) if end is not None]
        raise _Fault(where, f"the value is not between low and high: {written.value}, with {' and '.join(ends)}")
    return Number(number_id, what, unit, value, low, high, _text(written.source, where))
