"""Serials wrap round (RFC 1982)."""

import pytest

from mxlatch.terms.serials import is_newer, newest


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        (2, 1, True),
        (1, 2, False),
        (1, 1, False),
        (2026110101, 2026103107, True),
        (0, 4294967295, True),  # the counter went round
        (4294967295, 0, False),
        (2147483648, 0, False),  # exactly half the circle: not ordered
        (0, 2147483648, False),
        (2147483647, 0, True),
        (2147483649, 0, False),
    ],
)
def test_which_serial_is_newer(one: int, other: int, newer: bool) -> None:
    assert is_newer(one, other) is newer


@pytest.mark.parametrize(
    ("serials", "last"),
    [
        ([], None),
        ([7], 7),
        ([3, 5, 4], 5),
        ([4294967290, 5, 4294967295], 5),
        ([0, 2147483648], 2147483648),  # not ordered: the same answer in whatever order they come
        ([2147483648, 0], 2147483648),
    ],
)
def test_the_newest(serials: list[int], last: int | None) -> None:
    assert newest(serials) == last
