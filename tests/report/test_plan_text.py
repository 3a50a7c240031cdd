"""A plan's text against golden files: read them, they are what somebody acts on.

After a wanted change: `GOLDEN=write pytest tests/report/test_plan_text.py`, then read the diff.
"""

import os
import re
from pathlib import Path

import pytest
from msgspec import structs

from mxlatch.report.layout import Style, columns
from mxlatch.report.plan_text import brief, text
from tests.report.plans import CLOSED, EVERYTHING, EXAMPLES, NOTHING

GOLDEN = Path(__file__).parent / "golden"
ANSI = re.compile("\033\\[[0-9;]*m")
COMMAND = re.compile(r"^ *(\$|accept|  )")  # a command is broken between its words only


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden(name: str) -> None:
    file, made = GOLDEN / f"plan-{name}.txt", text(EXAMPLES[name], Style())
    if os.environ.get("GOLDEN") == "write":
        file.write_text(made, "utf-8")
    assert made == file.read_text("utf-8")


@pytest.mark.parametrize("width", [40, 60, 80, 132])
@pytest.mark.parametrize("name", EXAMPLES)
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    wide = [line for line in text(EXAMPLES[name], Style(width=width)).splitlines() if columns(line) > width]
    assert [line for line in wide if not COMMAND.match(line)] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    plain = text(EXAMPLES[name], Style())
    assert ANSI.sub("", text(EXAMPLES[name], Style(colour=True))) == plain
    assert [c for c in plain if c != "\n" and not c.isprintable()] == []
    assert text(EXAMPLES[name], Style(ascii=True)).isascii()


def test_the_sentence_comes_first_then_the_diff_then_the_rest() -> None:
    made = text([EVERYTHING], Style())
    order = ("2 remedies help", "What cannot be had", "MX 20 mx2", "Firewalls", "Mail servers", "Hazards", "Steps",
             "Proof", "What stays open", "What was not judged", "Why these", "To carry it out")  # fmt: skip
    places = [made.index(part) for part in order]
    assert places == sorted(places)
    assert places[0] == 0


def test_a_lock_of_the_whole_plan_is_said_to_lose_mail_when_it_is_undone() -> None:
    assert "undo: take the rule away (not free: who it shut out is gone)" in text([EVERYTHING], Style())


def test_a_plan_without_changes_offers_nothing_to_carry_out() -> None:
    made = text([NOTHING], Style())
    assert "mxlatch apply" not in made
    assert "Steps" not in made


def test_the_digest_is_that_of_the_plan_and_not_of_its_escaped_copy() -> None:
    odd = structs.replace(EVERYTHING, sentence="a\tb")
    assert odd.digest[:12] in text([odd], Style())


def test_four_hundred_names_do_not_drown_the_reader() -> None:
    records = EVERYTHING.steps[0].changes[0]
    many = tuple(structs.replace(records, name=f"d{n}.example.com") for n in range(400))
    made = text([structs.replace(CLOSED, steps=(structs.replace(CLOSED.steps[0], changes=many),))], Style())
    assert "and 360 more names: see --json" in made


def test_in_brief_there_are_the_sentence_and_the_steps() -> None:
    said = "\n".join(brief(CLOSED, Style()))
    assert said.startswith("1 remedy closes")
    assert "then wait 1 day 1 h: caches" in said
    assert "undo" not in said
