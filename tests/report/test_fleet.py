"""Several domains in one text, wide and narrow."""

from mxlatch.report.fleet import Row, table, titled
from mxlatch.report.layout import Ink, Style

ROWS = (Row("example.com", ("OPEN", "3"), Ink.BAD), Row("a-very-long-name.of-some-department.example", ("closed", "0")))


def test_a_row_each() -> None:
    assert list(table(("verdict", "steps"), ROWS, Style(width=60))) == [
        "domain                                       verdict  steps",
        "example.com                                  OPEN     3",
        "a-very-long-name.of-some-department.example  closed   0",
    ]


def test_long_names_are_elided_in_the_middle() -> None:
    *_, last = table(("verdict", "steps"), ROWS, Style(width=40))
    assert last == "a-very-...rtment.example  closed   0"


def test_two_lines_each_where_there_is_no_room() -> None:
    heads = ("what the verdict is now", "after")
    assert list(table(heads, ROWS[:1], Style(width=40))) == ["example.com", "  OPEN  3"]


def test_no_domain_has_no_table() -> None:
    assert list(table(("verdict",), (), Style())) == []


def test_the_worst_is_painted() -> None:
    _, first, second = table(("verdict", "steps"), ROWS, Style(width=60, colour=True))
    assert first.startswith("\033[1;31m")
    assert "\033" not in second


def test_under_a_title_as_wide_as_the_screen() -> None:
    blank, title, line = titled("example.com", ["fine"], Style(width=40))
    assert (blank, line) == ("", "fine")
    assert title == "== example.com =========================" == title[:40]
