"""The text report against golden files: read them, they are what a postmaster sees.

After a wanted change: `GOLDEN=write pytest tests/report/test_text.py`, then read the diff.
"""

import os
import re
from pathlib import Path

import msgspec
import pytest

from mxlatch.audit.result import Audit
from mxlatch.report.layout import Style, columns
from mxlatch.report.text import text
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import NotAsked, NotJudged

GOLDEN = Path(__file__).parent / "golden"
ANSI = re.compile("\033\\[[0-9;]*m")
# A command is broken only between its words, so that it can be copied; a single long word may stick out.
COMMAND = re.compile(r"^ *(\$|  )")


def test_golden(example) -> None:
    file, made = GOLDEN / f"{example.name}.txt", text(example.audits, Style())
    if os.environ.get("GOLDEN") == "write":
        file.write_text(made, "utf-8")
    assert made == file.read_text("utf-8")


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_no_line_is_wider_than_asked(example, width: int) -> None:
    wide = [line for line in text(example.audits, Style(width=width)).splitlines() if columns(line) > width]
    assert [line for line in wide if not COMMAND.match(line)] == []


def test_colour_adds_nothing_but_colour(example) -> None:
    coloured = text(example.audits, Style(colour=True))
    assert ANSI.sub("", coloured) == text(example.audits, Style())


def test_ascii_is_ascii(example) -> None:
    assert text(example.audits, Style(ascii=True)).isascii()


def test_without_colours_there_is_no_escape(example) -> None:
    made = text(example.audits, Style())
    assert [c for c in made if c != "\n" and not c.isprintable()] == []


def test_the_sentence_comes_first_then_way_round_doors_findings(story_1: Audit) -> None:
    made = text([story_1], Style())
    places = [
        made.index(part)
        for part in (story_1.sentence[:40], "The shortest way round", "Doors\n", "Findings", "Not asked")
    ]
    assert places == sorted(places)
    assert places[0] == 0


def test_only_weaker_cells_are_marked(story_1: Audit) -> None:
    lines = {line.split()[1]: line for line in text([story_1], Style()).splitlines() if re.match(r"  \d+ ", line)}
    assert "!" not in lines["filter.example.net"]
    assert lines["mail.example.com"].split()[2:] == ["OPEN", "!no", "yes", "yes", "!no"]


def test_what_should_hold_is_a_line_each(assumed: Audit) -> None:
    made = text([assumed], Style())
    block = made.partition("What should hold\n")[2].partition("\n\n")[0]
    assert block.splitlines() == [
        "  NO       no way round: see the way above",
        "  NO       policies hold: every path from internet passes content",
        "  NO       delay is told: while 192.0.2.10:25 is down, 192.0.2.25:25 holds the",
        "           mail and tells its sender nothing",
        "  unknown  policies hold, no backscatter",
        "  yes      honest mail arrives, no loop, TLS holds",
    ]


def test_a_hundred_broken_policies_are_a_few_lines(assumed: Audit) -> None:
    broken = assumed.properties[1:2] * 100
    made = text([msgspec.structs.replace(assumed, properties=broken)], Style())
    assert made.count("policies hold") == 7
    assert "           and 93 more: see --json\n" in made


@pytest.mark.parametrize("count", [1, 400])
def test_long_lists_do_not_drown_the_reader(story_1: Audit, count: int) -> None:
    many = msgspec.structs.replace(
        story_1,
        not_asked=tuple(
            NotAsked(f"192.0.2.{n}:25", what, "no leave") for n in range(count) for what in ("recipient", "relay")
        ),
        not_judged=tuple(NotJudged(f"d{n}.example.com", "MX", f"SERVFAIL from 192.0.2.{n}") for n in range(count)),
        not_followed=tuple(Evidence(f"ip4:10.{n}.0.0/16: 65536 addresses", "192.0.2.53") for n in range(count)),
    )
    made = text([many], Style())
    assert len(made.splitlines()) < 110
    assert f"({count * 2})" in made
