"""A plan's digest is of all of it, and its changes are in the order of its steps."""

import pytest
from msgspec import structs

from mxlatch.plan.result import Hazard, Plan, Step
from tests.plan.providers.hand import LOCK, mx, plan

WHOLE = plan([mx()], Step("lock", (LOCK,), wait=5), hazards=(Hazard("no-backup", "one is left"),))


def test_changes_are_in_the_order_of_the_steps() -> None:
    assert WHOLE.changes == (mx(), LOCK)


@pytest.mark.parametrize(
    "other",
    [
        structs.replace(WHOLE, steps=WHOLE.steps[::-1]),
        structs.replace(WHOLE, hazards=()),
        structs.replace(WHOLE, made="2026-11-29T06:00:00Z"),
        structs.replace(WHOLE, exact=False),
        structs.replace(WHOLE, steps=(structs.replace(WHOLE.steps[0], wait=1), WHOLE.steps[1])),
    ],
)
def test_whatever_is_changed_changes_the_digest(other: Plan) -> None:
    assert other.digest != WHOLE.digest
    assert structs.replace(WHOLE).digest == WHOLE.digest
