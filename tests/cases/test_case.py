"""A case's rules: which steps can be taken when, and what audits do to it."""

from datetime import date

import pytest
from msgspec import structs

from mxlatch.cases.case import Answering, Refused, State, Step, begin, found_again, observe, take
from mxlatch.cases.sighting import NOT_ASKED, Sighting
from mxlatch.terms.evidence import Evidence

TODAY = date(2026, 11, 22)
FIRST = Sighting(
    "192.0.2.9:25",
    "192.0.2.9",
    25,
    "example.com",
    "internet",
    "2026-11-01T12:00:00Z",
    "open",
    False,
    standing="rogue",
    why="takes the valid recipient",
    names=("old.example.com",),
    evidence=(Evidence("220 hi"),),
)
CASE = begin(7, FIRST)


def seen(state="open", day=10, **more):
    """A later sighting."""
    fields = {"time": f"2026-11-{day:02}T12:00:00Z", "state": state, "shut": state == "closed"}
    return structs.replace(FIRST, **(fields | more))


def closed(reason=""):
    return take(observe(CASE, () if reason else (seen("closed"),)), State.CLOSED, date(2026, 11, 10), reason=reason)


def test_how_it_begins():
    assert (CASE.state, CASE.steps[0].date, CASE.domains) == (State.FOUND, "2026-11-01", ("example.com",))
    assert CASE.answering == (Answering.YES, "open from internet at 2026-11-01T12:00:00Z")


def test_steps_in_any_order_and_more_than_once():
    case = CASE
    for state in (State.CONTACTED, State.ESCALATED, State.CONTACTED, State.AGREED):
        case = take(case, state, TODAY, note=f"{state} it is")
    assert [step.state for step in case.steps][1:] == [
        State.CONTACTED,
        State.ESCALATED,
        State.CONTACTED,
        State.AGREED,
    ]
    assert case.steps[-1] == Step(State.AGREED, "2026-11-22", "transition agreed it is")


@pytest.mark.parametrize(
    ("sightings", "word"),
    [
        ([seen()], Answering.YES),
        ([seen("closed")], Answering.NO),
        ([seen("closed", day=1, time="2026-10-01T12:00:00Z")], Answering.YES),
        ([seen("filtered")], Answering.UNKNOWN),
        ([seen("filtered", shut=True)], Answering.NO),
        ([seen("unknown")], Answering.UNKNOWN),
        ([seen(NOT_ASKED)], Answering.UNKNOWN),
        ([seen("closed", vantage="wifi")], Answering.YES),
        ([seen("closed"), seen("open", vantage="wifi")], Answering.YES),
        ([seen("closed"), seen("filtered", vantage="wifi")], Answering.UNKNOWN),
        ([seen("closed"), seen("closed", vantage="wifi")], Answering.NO),
    ],
)
def test_whether_it_still_answers_and_can_be_closed(sightings, word):
    case = observe(CASE, tuple(sightings))
    assert case.answering[0] is word
    if word is Answering.NO:
        assert take(case, State.CLOSED, TODAY).state is State.CLOSED
    else:
        with pytest.raises(Refused, match="--reason"):
            take(case, State.CLOSED, TODAY)
        with pytest.raises(Refused, match="--reason"):
            take(case, State.CLOSED, TODAY, reason="  ")
        assert take(case, State.CLOSED, TODAY, reason="accepted").steps[-1].reason == "accepted"


@pytest.mark.parametrize(
    ("case", "step", "message"),
    [
        (CASE, {"state": State.CONTACTED, "on": date(2026, 11, 23)}, "has not come yet: today is 2026-11-22"),
        (CASE, {"state": State.CONTACTED, "on": date(2026, 10, 31)}, "before the last step"),
        (CASE, {"state": State.FOUND}, "found by an audit"),
        (CASE, {"state": State.CONTACTED, "note": "x" * 4001}, "longer than 4000"),
        (CASE, {"state": State.CLOSED, "reason": "x" * 4001}, "longer than 4000"),
        (closed("accepted"), {"state": State.CONTACTED}, "case 7 is closed"),
        (closed("accepted"), {"state": State.CLOSED, "reason": "again"}, "case 7 is closed"),
    ],
)
def test_a_step_that_cannot_be_taken(case, step, message):
    with pytest.raises(Refused, match=message):
        take(case, today=TODAY, **step)


@pytest.mark.parametrize(
    ("case", "again", "state"),
    [
        ("shut", seen(day=12), State.FOUND),
        ("shut", seen(day=10, time="2026-11-10T13:00:00Z"), State.FOUND),
        ("shut", seen(day=9), State.CLOSED),
        ("shut", FIRST, State.CLOSED),
        ("with a reason", seen(day=12), State.CLOSED),
        ("with a reason", FIRST, State.CLOSED),
        ("a stray with a reason", seen(day=12), State.FOUND),
    ],
)
def test_a_closed_case_is_opened_again_by_a_door_that_answers_again(case, again, state):
    cases = {
        "shut": closed(),
        "with a reason": closed("accepted until May"),
        "a stray with a reason": structs.replace(closed("harmless"), standing="stray"),
    }
    assert found_again(cases[case], again).state is state


def test_what_another_audit_adds():
    again = seen(domain="example.net", names=("mx.example.net",), evidence=(Evidence("220 hi"), Evidence("250 ok")))
    case = found_again(CASE, again)
    assert (case.domains, case.names) == (("example.com", "example.net"), ("old.example.com", "mx.example.net"))
    assert [line.text for line in case.evidence] == ["220 hi", "250 ok"]
    assert case.state is State.FOUND
    assert len(case.steps) == 1


def test_evidence_is_bounded():
    case = CASE
    for day in range(2, 30):
        case = found_again(case, seen(day=day, evidence=tuple(Evidence(f"{day}.{line}") for line in range(30))))
    assert len(case.evidence) == 100
