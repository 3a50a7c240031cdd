"""Counts and lists in sentences."""

import pytest

from mxlatch.terms.wording import counted, listed


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
