"""The journal: what was done is found again, and nothing is lost between two runs."""

import pytest

from mxlatch.plan import journal
from mxlatch.plan.journal import Act, Mark, begin, from_text, to_text
from mxlatch.terms.errors import InputError
from tests.plan.providers.hand import mx, plan

ACT = Act(1, "rfc2136", "example.com at 192.0.2.1", (0,), "[]", "done", 5.0, 6.0)


def test_what_is_written_is_read_again() -> None:
    story = begin(plan([mx()])).with_act(ACT).with_mark(Mark(2, 7.0, by_hand=True))
    assert from_text(to_text(story), "j") == story


def test_an_act_replaces_what_was_said_of_it_before() -> None:
    story = (
        begin(plan([mx()]))
        .with_act(ACT)
        .with_act(Act(2, "zone", "db", (0,), ""))
        .with_act(Act(1, "rfc2136", "example.com at 192.0.2.1", (0,), "[]", "undone"))
    )
    assert [act.state for act in story.acts] == ["undone", "ready"]
    assert story.find(1, "zone", "db") is None
    assert story.untouched


def test_a_step_has_one_mark() -> None:
    story = begin(plan([mx()])).with_mark(Mark(1, 1.0)).with_mark(Mark(1, 2.0, by_hand=True))
    assert story.marks == (Mark(1, 2.0, by_hand=True),)
    assert story.mark(1) == Mark(1, 2.0, by_hand=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "no journal"), ("{}", "no journal"), (to_text(begin(plan())).replace("journal/1", "journal/2"), "version")],
)
def test_what_is_no_journal_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        journal.from_text(text, "plan.json.journal")
