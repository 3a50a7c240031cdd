"""Plots: where a point stands, that none leaves its frame, and that each says in words what it shows."""

import re

import pytest

from mxlatch.report.markup import written
from mxlatch.report.plots import CSS, KINDS, Axis, Bar, Curve, bars, curves

LINEAR = Axis("part", 0.0, 1.0, ((0.0, "0"), (1.0, "1")))
LOG = Axis("after", 60.0, 6e4, ((60.0, "1 min"),), log=True)


@pytest.mark.parametrize(
    ("axis", "value", "place"),
    [
        (LINEAR, 0.25, 0.25),
        (LINEAR, -3.0, 0.0),
        (LINEAR, 7.0, 1.0),
        (LOG, 60.0, 0.0),
        (LOG, 0.0, 0.0),
        (LOG, 600.0, 1 / 3),
        (LOG, float("inf"), 1.0),
        (Axis("", 0.0, 0.0, ()), 5.0, 0.0),
    ],
)
def test_a_place_on_an_axis(axis, value, place):
    assert axis.place(value) == pytest.approx(place)


def points(markup):
    """Every pair of numbers in the paths of curves and bands."""
    paths = re.findall(r'<path d="M([^"HVhv]+)" class="(?:curve|band)', markup)
    return [tuple(map(float, pair.split())) for path in paths for pair in path.removesuffix("Z").split("L")]


def test_curves_stay_in_their_frame_with_their_bands():
    line = Curve("24 h", ((0.0, 0.2, -1.0, 0.5), (1e9, 1.0, 0.9, 9.0)))
    markup = written(curves("Part", [line], LOG, LINEAR, "p"))
    found = points(markup)
    assert len(found) == 6
    assert all(56 <= x <= 316 and 10 <= y <= 210 for x, y in found)


def test_each_curve_has_a_line_of_its_own_in_the_legend():
    lines = [Curve(f"outage {n}", ((60.0, 0.1, 0.1, 0.1),)) for n in range(KINDS)]
    markup = written(curves("Part", lines, LOG, LINEAR, "p"))
    assert all(f"outage {n}</text>" in markup for n in range(KINDS))
    assert all(f".k{n}{{stroke:" in CSS for n in range(KINDS))
    assert all("stroke-dasharray" in CSS.partition(f".plot .k{n}{{")[2].partition("}")[0] for n in range(1, KINDS))


def test_a_bar_says_what_it_is_in_words_and_the_longest_range_fits():
    rows = [Bar("last only", 0.1, 0.05, 0.2, "10 %"), Bar("other", 0.0, 0.0, 0.01, "0 %", doubt=True)]
    markup = written(bars("Spam", rows, "b"))
    assert "last only 10 %; other 0 %." in markup
    assert 'aria-labelledby="b-title b-desc"' in markup
    assert float(re.findall(r"H([\d.]+)m0", markup)[0]) <= 340 - 62
    assert 'class="bar doubt"' in markup


def test_bars_of_nothing():
    assert "<rect" in written(bars("Spam", [Bar("none", 0.0, 0.0, 0.0, "0 %")], "b"))


def test_what_strangers_wrote_is_escaped():
    markup = written(bars("<b>", [Bar("<script>", 0.1, 0.1, 0.1, '"')], "b"))
    assert "<script>" not in markup
    assert "<b>" not in markup
