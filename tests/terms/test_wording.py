"""Counts and lists in sentences."""

import pytest

from mxlatch.terms.wording import counted, lasting, listed


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["mx1"], "mx1"),
        (["mx1", "mx2"], "mx1 and mx2"),
        (["mx1", "mx2", "mx3"], "mx1, mx2 and mx3"),
        (list("abcde"), "a, b, c, d and e"),
        (list("abcdef"), "a, b, c, d, e and 1 more"),
        ([str(n) for n in range(398)], "0, 1, 2, 3, 4 and 393 more"),
    ],
)
def test_lists_read_as_a_sentence_and_stay_short(words: list[str], text: str) -> None:
    assert listed(words) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 latches"), (1, "1 latch"), (2, "2 latches")], ids=["none", "one", "two"]
)
def test_counts_take_the_right_noun(number: int, text: str) -> None:
    assert counted(number, "latch", "latches") == text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (7200, "2 h"),
        (5400, "1 h 30 min"),
        (3661, "1 h 2 min"),  # it is waited for: never less than it is
        (86_399, "1 day"),
        (86_401, "1 day 1 h"),
        (176_400, "2 days 1 h"),
        (604_800, "7 days"),
    ],
)
def test_a_time_has_two_units_at_most_and_is_rounded_up(seconds: int, said: str) -> None:
    assert lasting(seconds) == said
