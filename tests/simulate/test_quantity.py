"""Durations, sizes and parts as people write them."""

import pytest

from mxlatch.simulate.quantity import duration, number, octets, part
from mxlatch.terms.errors import InputError


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86400), ("5d", 432000), ("1.5 h", 5400)]
)
def test_a_duration(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(("text", "size"), [("1B", 1), ("75kB", 75e3), ("10GB", 10e9), ("0.5TB", 5e11)])
def test_a_size(text, size):
    assert octets(text) == size


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (duration, wrong)
        for wrong in ("", "24", 24, None, "24 hours", "-1h", "1e3h", "61d", "9" * 400 + "h", ["1h"], "١h", True)
    ]
    + [(octets, wrong) for wrong in ("10", "10G", "10KB", 5, "9999999TB", "nanGB")]
    + [(number, wrong) for wrong in ("1", -1, float("nan"), float("inf"), True, None, 1e10, [])]
    + [(part, wrong) for wrong in (1.01, -0.1, "0.5", float("nan"))],
)
def test_what_is_none_is_refused(read, wrong):
    with pytest.raises(InputError):
        read(wrong)


def test_numbers_and_parts():
    assert (number(3), part(0), part(1), part(0.25)) == (3.0, 0.0, 1.0, 0.25)
