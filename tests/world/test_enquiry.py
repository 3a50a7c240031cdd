"""Enquiries side by side, and over a log that lacks something."""

import pytest

from mxlatch.terms.observation import NOT_YET
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.enquiry import conclude, together
from tests.fakes.internet import NOW, seen


def question(name):
    return DnsQuestion("192.0.2.1", name, "MX")


def counting(*names):
    """Asks one name after another; says what each got."""
    said = []
    for name in names:
        (observation,) = yield [question(name)]
        said.append(f"{observation.question.name}: {observation.status}")
    return said


def answered(q):
    return seen(q, "answer")


def test_rounds_of_enquiries_side_by_side_are_merged_and_shared_questions_asked_once():
    both = together([counting("a", "b"), counting("b", "b", "c")])
    first = next(both)
    assert first == [question("a"), question("b")]
    second = both.send([answered(q) for q in first])
    assert second == [question("b")]
    third = both.send([answered(q) for q in second])
    assert third == [question("c")]
    with pytest.raises(StopIteration) as end:
        both.send([answered(q) for q in third])
    assert end.value.value == [["a: answer", "b: answer"], ["b: answer", "b: answer", "c: answer"]]


def test_what_a_log_lacks_counts_as_not_asked_yet():
    log = {question("a"): answered(question("a"))}
    assert conclude(counting("a", "b"), log.get, NOW, "internet") == ["a: answer", f"b: {NOT_YET}"]


def test_nothing_to_run_side_by_side_is_no_round():
    assert conclude(together([]), {}.get, NOW, "internet") == []
