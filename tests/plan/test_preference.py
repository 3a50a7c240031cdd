"""The number of a record that comes after others."""

import pytest

from mxlatch.plan.preference import after, after_all
from mxlatch.plan.proposal import Impossible


@pytest.mark.parametrize(
    ("case", "preference", "others", "wanted"),
    [
        ("the usual step", 10, (), 20),
        ("what is better does not matter", 10, (5, 10), 20),
        ("room before another", 10, (30,), 20),
        ("little room", 10, (15,), 11),
        ("the other has the very number", 10, (20,), 11),
        ("no room: beside it", 10, (11,), 11),
        ("near the end of the numbers", 65530, (), 65531),
        ("at their end", 65535, (), 65535),
    ],
)
def test_after(case, preference, others, wanted):
    assert after(preference, others) == wanted


def test_after_all_others():
    assert after_all(20, "mx3") == 30
    with pytest.raises(Impossible, match=r"^mx3 after all others: no preference is higher than 65535$"):
        after_all(65535, "mx3")
