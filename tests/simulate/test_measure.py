"""Figures from fates: percentiles by weight, parts of a whole, and nothing where there is nothing to count."""

import numpy as np
import pytest

from mxlatch.simulate import measure
from mxlatch.simulate.draws import drawn, weights
from mxlatch.simulate.measure import LATE, differences, percentile
from mxlatch.simulate.play import play
from mxlatch.simulate.timeline import Outage, timeline
from tests.simulate.layouts import DAY, PRIMARY, SINGLE, default

MIX = default()


@pytest.mark.parametrize(
    ("values", "weighs", "part", "found"),
    [
        ([3, 1, 2], [1, 1, 1], 0.5, 2),
        ([3, 1, 2], [8, 1, 1], 0.5, 3),
        ([3, 1, 2], [1, 8, 1], 0.95, 3),
        ([7], [0.1], 0.99, 7),
        ([1, 2], [0, 1], 0.5, 2),
        ([], [], 0.5, None),
        ([1, 2], [0, 0], 0.5, None),
    ],
)
def test_a_percentile_by_weight(values, weighs, part, found):
    assert percentile(np.array(values, dtype=float), np.array(weighs, dtype=float), part) == found


def test_what_cannot_be_said_does_not_move():
    assert differences({("a",): 1.0, ("b",): None, ("c",): 2.0}, {("a",): 3.0, ("b",): 4.0, ("c",): None}) == {
        ("a",): 2.0
    }


@pytest.fixture
def figures():
    out = Outage("first", frozenset({PRIMARY.id}), DAY)
    draws = drawn(len(MIX.honest), 2_200, DAY, 1)
    played = play(SINGLE, MIX, MIX.values(), timeline(SINGLE, out, {}, "452"), draws, honest=True)
    curve = np.array([0.0, 600.0, LATE, DAY, 2 * DAY])
    weigh = weights(draws, MIX.honest, MIX.values(), 1000)
    return measure.honest(played, MIX.honest, draws, weigh, curve), played, draws, weigh


def test_lost_bounced_and_delivered_are_the_whole(figures):
    found = figures[0]
    assert found["lost",] + found["bounced",] + found["delivered", "4"] == pytest.approx(1)
    assert found["lost",] == pytest.approx(0.04)


def test_the_curve_rises_and_says_what_is_late(figures):
    found = figures[0]
    curve = [found["delivered", str(n)] for n in range(5)]
    assert curve == sorted(curve)
    assert found["late",] == pytest.approx(1 - curve[2])


def test_the_delays_are_those_of_the_messages(figures):
    found, played, draws, weigh = figures
    delay = (played.delivered - draws.written)[played.delivered < np.inf]
    weigh = weigh[played.delivered < np.inf]
    below = weigh[delay < found["delay", "50"]].sum(), weigh[delay <= found["delay", "50"]].sum()
    assert below[0] < weigh.sum() / 2 <= below[1]
    assert found["delay", "50"] <= found["delay", "95"] <= found["delay", "99"]


def test_of_those_told_none_is_told_before_the_first_notice(figures):
    found = figures[0]
    assert 0 < found["told",] < 1
    assert found["told-after",] >= 1860  # who gives up after 31 minutes tells first
