"""A plan as Markdown: one page, in which nothing that strangers wrote is a heading, a link, a tag or a block's end."""

import re

import pytest

from mxlatch.report.plan_markdown import markdown
from tests.report.plans import CLOSED, EVERYTHING, EXAMPLES, HOSTILE, NOTHING


def outside_code(made: str) -> list[str]:
    """The lines outside code blocks, without code spans; every block is closed."""
    lines, fence = [], ""
    for line in made.splitlines():
        ticks = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif ticks:
            fence = ticks[0]
        else:
            lines.append(re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", line))
    assert fence == ""
    return lines


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_heading_of_the_first_level_and_no_tag(name: str) -> None:
    made = outside_code(markdown(EXAMPLES[name]))
    assert len([line for line in made if line.startswith("# ")]) == 1
    assert [line for line in made if re.search(r"(?<!\\)[<>]", line)] == []
    assert [line for line in made if re.search(r"(?<!\\)\]\(", line)] == []


def test_a_stranger_writes_no_markdown() -> None:
    made = markdown([HOSTILE])
    assert [c for c in made if c != "\n" and not c.isprintable()] == []
    assert "# no" not in [line[:4] for line in made.splitlines()]
    fences = [line for line in made.splitlines() if line.startswith("```")]
    assert len(fences) % 2 == 0
    assert min(map(len, fences[:2])) > 3  # longer than what the record holds


def test_a_diff_is_a_diff_and_a_row_is_a_row() -> None:
    made = markdown([EVERYTHING])
    assert "```diff\n  example.com. 3600 MX 10 mx1.example.com.\n- example.com. 3600 MX 20 mx2" in made
    assert "| mx1.example.com is down | open | closed |" in made
    assert "`--accept 'cut-off:x y'`" in made
    assert "   - undo: take the rule away (not free: who it shut out is gone)" in made


def test_it_is_one_page() -> None:
    assert len(markdown([CLOSED]).splitlines()) < 100
    assert "apply" not in markdown([NOTHING])
