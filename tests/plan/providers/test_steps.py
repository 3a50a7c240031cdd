"""The plan as steps for a person: waits and undo stand in their place. The words: tests/plan/test_wording.py."""

import msgspec
import pytest

from mxlatch.data import tables
from mxlatch.plan.change import Change
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import steps
from mxlatch.plan.providers.quoting import remark
from mxlatch.plan.wording import by_hand
from tests.plan.providers.examples import EVERY, LOCK, plan


@pytest.mark.parametrize("change", EVERY, ids=lambda change: type(change).__name__)
def test_every_kind_is_told_with_how_it_is_done(change: Change) -> None:
    (written,) = steps.render(plan((change,)), Given())
    what, *how = map(remark, by_hand(change, tables().providers))
    assert how
    assert f"   - {what}\n" + "".join(f"     {line}\n" for line in how) in written.text


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
