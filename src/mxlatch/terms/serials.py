"""Which of two zone serials is the newer (RFC 1982: 32-bit numbers that wrap round)."""

_BITS = 32
_HALF = 1 << (_BITS - 1)


def is_newer(one: int, other: int) -> bool:
    """True if serial `one` is newer than `other`. Two that are exactly half the circle apart are not ordered: False."""
    return 0 < (one - other) % (1 << _BITS) < _HALF
