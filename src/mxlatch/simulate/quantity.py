"""Quantities as people write them in a mix: "15m", "5d", "10GB", 0.2; parsed once, with their bounds."""

import math
import re

from mxlatch.terms.errors import InputError

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LONGEST = 60 * DAY  # of any time: no queue keeps mail that long
LARGEST = 1e15  # octets
MOST = 1e9  # of any plain number: messages an hour, shares

_SECONDS = {"s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY}
_OCTETS = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
_WRITTEN = re.compile(r"(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]{1,2})", re.ASCII)


def duration(text: object) -> float:
    """Seconds. "90s", "15m", "24h", "5d".

    Raises:
        InputError: it is no duration, or too long.
    """
    seconds = _with_unit(text, _SECONDS, 'a duration: write one like "15m", "24h" or "5d"')
    if seconds > LONGEST:
        raise InputError(f"{text!r} is over {LONGEST / DAY:.0f} days: no queue keeps mail that long")
    return seconds


def octets(text: object) -> float:
    """Octets. "75kB", "10GB", in powers of ten.

    Raises:
        InputError: it is no size, or too large.
    """
    size = _with_unit(text, _OCTETS, 'a size: write one like "75kB" or "10GB"')
    if size > LARGEST:
        raise InputError(f"{text!r} is over {LARGEST:.0e} octets: write what a disk can hold")
    return size


def number(value: object) -> float:
    """A plain number from 0 on.

    Raises:
        InputError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{_short(value)} is no number")
    if not math.isfinite(value) or not 0 <= value <= MOST:
        raise InputError(f"{_short(value)} is not between 0 and {MOST:.0e}")
    return float(value)


def part(value: object) -> float:
    """A part of a whole, from 0 to 1.

    Raises:
        InputError: it is none.
    """
    if number(value) > 1:
        raise InputError(f"{_short(value)} is no part of a whole: write a number from 0 to 1")
    return number(value)


def _with_unit(text: object, units: dict[str, float], what: str) -> float:
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[2] not in units:
        raise InputError(f"{_short(text)} is not {what}")
    return float(found[1]) * units[found[2]]


def _short(value: object) -> str:
    return repr(value)[:60]
