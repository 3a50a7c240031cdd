"""Lines of a given width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.report.escape import visible
from mxlatch.report.layout import columns, elided, paragraph, shell, wrapped


@pytest.mark.parametrize(("text", "width"), [("mx1", 3), ("漢字", 4), ("ü", 1), ("", 0)])
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one", 10, ["one"]),
        ("", 10, [""]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("a bcdefgh", 4, ["a", "bcde", "fgh"]),
        ("漢字漢字", 4, ["漢字", "漢字"]),
        ("漢", 1, ["漢"]),
    ],
)
def test_wrapped(text: str, room: int, lines: list[str]) -> None:
    assert wrapped(text, room) == lines


@given(st.text(), st.integers(2, 40))
def test_wrapping_keeps_every_character_but_spaces(raw: str, room: int) -> None:
    text = visible(raw)
    lines = wrapped(text, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(columns(line) <= room for line in lines)


@pytest.mark.parametrize(
    ("text", "room", "short"),
    [
        ("mx1.example.com", 15, "mx1.example.com"),
        ("mx1.very-long.example.com", 15, "mx1....mple.com"),
        ("漢字漢字漢字", 8, "漢...字"),
    ],
)
def test_elided_keeps_both_ends(text: str, room: int, short: str) -> None:
    assert elided(text, room) == short
    assert columns(elided(text, room)) <= room


def test_paragraph_hangs_under_its_first_line() -> None:
    assert paragraph("one two three", 12, "  1. ") == ["  1. one two", "     three"]


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("dig example. MX", ["$ dig example. MX"]),
        (
            "dig +norecurse @192.0.2.53 example.com. MX",
            ["$ dig +norecurse \\", "    @192.0.2.53 \\", "    example.com. MX"],
        ),
        ("printf 'a b c d e f g h i' | nc h 25", ["$ printf \\", "    'a b c d e f g h i' \\", "    | nc h 25"]),
        ("echo 'unbalanced and long enough to wrap", ["$ echo 'unbalanced and long enough to wrap"]),
        ("two  spaces are kept as they stand here", ["$ two  spaces are kept as they stand here"]),
    ],
)
def test_a_command_is_broken_only_between_its_words(command: str, lines: list[str]) -> None:
    assert shell(command, 20) == lines
