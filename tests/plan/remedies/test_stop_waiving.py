"""Stop waiving: what a friend took from a stranger is judged like a stranger's."""

import pytest

from mxlatch.plan.change import StopWaiving
from mxlatch.plan.remedies.stop_waiving import propose
from mxlatch.terms.latch import Latch
from tests.plan.small_worlds import fallback, seen


def test_what_is_waived_is_applied():
    (each,) = propose(seen(fallback(lacks=("content",), waives=("content",))))
    assert each.changes == (StopWaiving("192.0.2.2:25", "mx2.example.com", "192.0.2.1:25", (Latch.CONTENT,)),)
    assert (each.title, each.cost) == ("mx1.example.com applies the content filter to what mx2.example.com hands on", 1)
    assert [hazard.name for hazard in each.hazards] == ["returned:mx2.example.com"]
    assert each.undo == "let mx1.example.com trust mx2.example.com again"


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("nothing is waived", fallback(lacks=("content",), waives=())),
        ("what is waived was met before", fallback(lacks=(), waives=("content",))),
        ("another latch is missing", fallback(lacks=("dnsbl",), waives=("content",))),
    ],
)
def test_not_where_it_would_not_help(case, world):
    assert list(propose(seen(world))) == []
