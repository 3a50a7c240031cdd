"""The plan as steps for a person: every kind has words of its own, and a plan's waits and undo stand in their place."""

import msgspec
import pytest

from mxlatch.plan.change import REFUSE, Change, Policy, Tenant
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import steps
from mxlatch.terms.latch import Latch
from tests.plan.providers.examples import EVERY, LOCK, plan


@pytest.mark.parametrize("change", EVERY, ids=lambda change: type(change).__name__)
def test_every_kind_says_how(change: Change) -> None:
    assert list(steps.how(change))


def test_every_latch_has_words() -> None:
    assert set(steps.LATCHES) == set(Latch)


def test_the_wait_the_check_and_the_undo() -> None:
    (written,) = steps.render(plan((LOCK,)), Given())
    order = [
        "1. all at once",
        "- lock of hub",
        "Go on when: what is seen",
        "Then wait 5 min: the TTL",
        "Undo: all back",
    ]
    assert sorted(order, key=written.text.index) == order


def test_what_undoing_costs_stands_beside_it() -> None:
    dear = plan((LOCK,))
    dear = msgspec.structs.replace(dear, steps=(msgspec.structs.replace(dear.steps[0], free=False, costs="a week"),))
    (written,) = steps.render(dear, Given())
    assert "Undo: all back (not free: a week)" in written.text


@pytest.mark.parametrize(("stage", "word"), [(REFUSE, "550"), ("reject", "TCP reset")])
def test_the_stages_of_a_lock(stage: str, word: str) -> None:
    assert any(word in line for line in steps.how(msgspec.structs.replace(LOCK, stage=stage)))


@pytest.mark.parametrize(
    ("provider", "word"),
    [("zoho", "We know of no setting"), ("mimecast", "data centres"), ("nobody", "ask the operator, in writing")],
)
def test_other_providers_from_the_table(provider: str, word: str) -> None:
    assert any(word in line for line in steps.how(Tenant(provider, "example.com", "mx.example", ("52.0.0.1",))))


def test_a_policy_is_told_line_by_line_and_its_record_last() -> None:
    lines = ("version: STSv1", "mx: a.example", "mx: b.example")
    page = Policy("example.com", lines[:2], lines, "v=STSv1; id=2;", 60)
    told = list(steps.how(page))
    assert [line.strip() for line in told[1:4]] == list(page.after)
    assert told[4] == "only then TXT at _mta-sts.example.com: v=STSv1; id=2;"
