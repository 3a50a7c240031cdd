"""A simulation as text and JSON: forms of figures, and that none stands without its range, nor without its basis."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

import mxlatch.report
from mxlatch.report.layout import Style, columns
from mxlatch.report.simulation import (
    as_json,
    assumption_words,
    compared,
    compared_title,
    duration,
    losers,
    movers,
    octets,
    percent,
    plain,
    sentence,
    shown,
    text,
)
from mxlatch.report.simulation_html import page
from mxlatch.simulate.result import Assumption, Figure, Result
from mxlatch.simulate.run import simulate
from tests.report.simulated import of_nothing_known, result, schema
from tests.simulate.layouts import HOUR, SINGLE, default, door, layout


@pytest.mark.parametrize(
    ("form", "value", "written"),
    [
        (percent, 0.0, "0 %"),
        (percent, 0.0004, "<0.1 %"),
        (percent, 0.024, "2.4 %"),
        (percent, 0.0999, "10 %"),
        (percent, 1.0, "100 %"),
        (duration, 0.0, "0 s"),
        (duration, 31 * 60.0, "31 min"),
        (duration, 5400.0, "1.5 h"),
        (duration, 86400.0, "24 h"),
        (duration, 2 * 86400.0, "2 d"),
        (duration, 5.04 * 86400, "5 d"),
        (octets, 0.0, "0 B"),
        (octets, 1.1e9, "1.1 GB"),
        (octets, 75e3, "75 kB"),
        (plain, 1234.4, "1,234"),
        (plain, 0.5, "0.5"),
        (plain, 2.0, "2"),
    ],
)
def test_a_form(form, value, written):
    assert form(value) == written


@pytest.mark.parametrize(
    ("figure", "form", "written"),
    [
        (Figure(0.024, 0.007, 0.067), percent, "2.4 % (0.7–6.7 %)"),
        (Figure(0.024, 0.0, 0.067), percent, "2.4 % (0–6.7 %)"),
        (Figure(0.024, 0.024, 0.024), percent, "2.4 % (±0)"),
        (Figure(3600.0, 1800.0, 7200.0), duration, "1 h (30 min–2 h)"),
        (Figure(5.0, 1.0, 1e4), plain, "5 (1–10,000)"),
        (Figure(None, None, None), percent, "-"),
    ],
)
def test_a_figure_with_its_range(figure, form, written):
    assert shown(figure, form) == written


@pytest.mark.parametrize("ascii", [False, True])
def test_the_text_fits_its_width_and_carries_no_colour(ascii):
    told = text(result(), Style(ascii=ascii))
    assert max(map(columns, told.splitlines())) <= 80
    assert "\033" not in told
    assert told.isascii() is ascii


def test_no_bare_number_in_any_table():
    told = text(result(), Style(ascii=True)).partition("What all of this rests on")[0]
    rows = [line for line in told.splitlines() if re.search(r"  \S.* \(.*\)", line)]  # heads have no range
    bare = [cell for row in rows for cell in re.findall(r"(?<=\S)  +(<?[\d.,]+(?: [^\s(]+)?)(?=  |$)", row)]
    assert len(rows) > 20
    assert bare == []


def test_every_assumption_is_printed_and_marked():
    flat = " ".join(text(result(), Style(width=120)).split())
    for each in result().assumptions:
        assert f"{assumption_words(each)} [{each.source or 'ASSUMPTION'}]" in flat
    for rule in result().rules:
        assert rule in flat


@pytest.mark.parametrize(
    "line",
    [
        "24 h without the best exchange",
        "try the last record only, 15 %",
        "With the best exchange down (192.0.2.1:25)",
        "ranges mostly from: ",
        "devices with one try, nobody told",
        "Exchange Online, 24 h",
        "== single ===",
    ],
)
def test_the_text_has(line):
    assert line in text(result(), Style(width=120))


def test_where_no_door_is_known_to_take_mail_it_says_so():
    told = " ".join(text(of_nothing_known(), Style()).split())
    assert "nothing can be said of honest mail" in told
    assert "not known" in told
    assert "gets in where it is not known" in sentence(of_nothing_known())


def test_json_is_the_whole_and_can_be_read_back():
    whole = json.loads(as_json(result()))
    assert whole["schema"] == "mxlatch.simulation/1"
    assert next(iter(whole)) == "schema"
    whole.pop("sentence")
    assert msgspec.convert(whole, Result) == msgspec.convert(msgspec.to_builtins(result()), Result)


def test_the_published_schema_is_that_of_the_values_and_the_json_keeps_it():
    file = Path(mxlatch.report.__file__).parent / "schema" / "simulation-1.json"
    published = json.loads(file.read_text("utf-8"))
    assert published == json.loads(json.dumps(schema())), (
        "python -m tests.report.simulated prints it; a change of form needs a new version"
    )
    Draft202012Validator.check_schema(published)
    for each in (result(), of_nothing_known()):
        assert list(Draft202012Validator(published).iter_errors(json.loads(as_json(each)))) == []


def test_of_equal_exchanges_the_worst_outage_is_compared_and_who_is_down_is_said():
    box = door(1)
    front = door(2, next_doors=(box.id,), role="filter")
    layouts = {"today": SINGLE, "pair": layout((10, front), (10, box))}
    made = simulate(layouts, default(), (24 * HOUR,), 1, messages=3_000, for_ranges=1_000)
    pair = made.layouts[1]
    assert compared(pair).doors == (box.id,)
    assert compared_title(pair) == "pair, 192.0.2.1:25 down"
    told = text(made, Style(width=120))
    assert "of equal ones, without the one whose outage is the worst" in told
    assert "  pair, 192.0.2.1:25 down " in told
    for each in (box, front):
        assert f"With the best exchange down ({each.id}): honest mail written meanwhile" in told
    assert len(set(re.findall(r'id="([^"]*delay-title)"', page(made)))) == 4  # one of SINGLE


def test_strangers_names_are_made_harmless():
    evil = msgspec.structs.replace(result().layouts[0], records=("10 mx\x1b[2J\u202e.example",), left_out=("\x07",))
    told = text(msgspec.structs.replace(result(), domain="a\x1b[1m.example", layouts=(evil,)), Style())
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "\u202e" not in told


def test_what_moves_a_range_most_comes_first():
    moved = [Figure(1.0, 0.0, 2.0, what) for what in ("a", "b", "b", "")]
    assert movers(moved) == "b; a"
    assert movers([Figure(None, None, None)]) == ""


def test_a_number_that_went_in():
    of = {"id": "x", "what": "w", "source": ""}
    assert assumption_words(Assumption(unit="part", value=0.2, low=0.1, high=0.3, **of)) == "w: 20 % (10 % to 30 %)"
    assert assumption_words(Assumption(unit="per hour", value=5, low=5, high=5, **of)) == "w: 5 an hour"


def test_the_worst_of_the_losers_stands_first():
    firsts = [outage for outage in result().layouts[1].outages if outage.scope == "first"]
    labels, found = losers(firsts)
    assert labels[0] == "devices with one try, nobody told"
    assert [column.head for column in found] == ["1 h", "24 h"]
    assert labels.index("impatient providers, 31 min") < labels.index("Exchange Online, 24 h")
