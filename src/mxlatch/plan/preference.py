"""Which number an MX record gets that shall come after others: the lowest is tried first (RFC 5321 section 5.1)."""

from collections.abc import Iterable

from mxlatch.plan.proposal import Impossible
from mxlatch.terms.dns import HIGHEST_PREFERENCE

_STEP = 10  # what administrators leave between two


def after(preference: int, others: Iterable[int] = ()) -> int:
    """A preference after this one, and before those of the others that are higher, where there is room.

    The highest that there is has none after it, and is given back itself.
    """
    behind = min((other for other in others if other > preference), default=HIGHEST_PREFERENCE + 1)
    step = _STEP if preference + _STEP < behind else 1
    return min(preference + step, HIGHEST_PREFERENCE)


def after_all(last: int, what: str) -> int:
    """A preference after the last one. what: shall stand there, for people.

    Raises:
        Impossible: no number is left.
    """
    if last >= HIGHEST_PREFERENCE:
        raise Impossible(f"{what} after all others: no preference is higher than {last}")
    return after(last)
