"""Which of several zone serials is the newest (RFC 1982: 32-bit numbers that wrap round)."""

from collections.abc import Iterable

_BITS = 32
_HALF = 1 << (_BITS - 1)


def is_newer(one: int, other: int) -> bool:
    """True if serial `one` is newer than `other`. Two that are exactly half the circle apart are not ordered: False."""
    return 0 < (one - other) % (1 << _BITS) < _HALF


def newest(serials: Iterable[int]) -> int | None:
    """The one that is newer than all others; None of none.

    Where they have no order (RFC 1982 section 3.2), the one that is newer than most, and of these the largest number.
    """
    every = tuple(serials)
    return max(every, key=lambda one: (sum(is_newer(one, other) for other in every), one), default=None)
