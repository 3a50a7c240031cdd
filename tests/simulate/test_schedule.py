"""The schedules of the mail servers, against what their documents say of them."""

from itertools import pairwise

import pytest

from mxlatch.simulate.schedule import MOST_TRIES, Phase, moments
from mxlatch.terms.errors import InputError
from tests.simulate.layouts import DAY, HOUR, default, offsets

MINUTE = 60.0


def of(name):
    mix = default()
    return offsets(mix, next(sender for sender in mix.honest if sender.id == name))


@pytest.mark.parametrize(
    ("sender", "first", "last_after"),
    [
        ("postfix", [0, 300, 900, 2100, 4500, 8500, 12500], 5 * DAY - 4000),
        ("exim", [0, 900, 1800, 2700], 4 * DAY - 6 * HOUR),
        ("qmail", [0, 400, 1600, 3600, 6400], 6 * DAY),
        ("exchange-online", [0, 30 * MINUTE, 90 * MINUTE, 150 * MINUTE], DAY - HOUR),
        ("gmail", [0, 6 * MINUTE, 29 * MINUTE, 56 * MINUTE], 3 * DAY - 4 * HOUR),
        ("short-patience", [0, 600, 1200, 1800], 1800),
        ("one-try", [0], 0),
    ],
)
def test_a_servers_tries(sender, first, last_after):
    tries = of(sender)
    assert list(tries[: len(first)]) == first
    assert tries[-1] >= last_after


def test_exims_three_phases_follow_one_another():
    tries = of("exim")
    assert 2 * HOUR in tries
    assert [round(after / MINUTE) for after in tries if 2 * HOUR < after <= 10 * HOUR] == [180, 270, 405]
    later = [after for after in tries if after > 16 * HOUR]
    assert {b - a for a, b in pairwise(later)} == {6 * HOUR}


def test_none_after_it_gives_up_and_the_first_at_once():
    assert moments((Phase(every=60.0),), 150.0) == (0.0, 60.0, 120.0)
    assert moments((), DAY) == (0.0,)


@pytest.mark.parametrize(
    "phase", [Phase(every=1.0), Phase(every=0.0), Phase(quadratic=1e-6), Phase(every=1.0, longest=0.0, times=2.0)]
)
def test_too_many_tries_end(phase):
    with pytest.raises(InputError, match=str(MOST_TRIES)):
        moments((phase,), 60 * DAY)
