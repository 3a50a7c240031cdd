"""Hand on: the next hop learns the client's address."""

import pytest

from mxlatch.plan.change import HandOn
from mxlatch.plan.remedies.hand_on import propose
from mxlatch.terms.latch import Latch
from tests.plan.small_worlds import fallback, rogue, seen


def test_by_xclient_or_by_the_received_line():
    by_xclient, by_received = propose(seen(fallback(lacks=("dnsbl",))))
    assert by_xclient.latches == by_received.latches == (Latch.DNSBL,)
    assert by_xclient.changes == (HandOn("192.0.2.2:25", "mx2.example.com", "192.0.2.1:25", "xclient"),)
    assert (by_xclient.cost, by_received.cost) == (3, 4)
    assert [hazard.name for hazard in by_xclient.hazards] == ["returned:mx2.example.com", "xclient:mx1.example.com"]
    assert [hazard.name for hazard in by_received.hazards] == ["returned:mx2.example.com", "headers:mx1.example.com"]
    assert by_xclient.undo == "mx1.example.com believes mx2.example.com no more"


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("content goes along with the message", fallback(lacks=("content",))),
        ("the address is handed on already", fallback(lacks=("dnsbl",), hands_on="xclient")),
        ("the first server judges by itself", fallback(lacks=())),
        ("nobody hands on", rogue()),
    ],
)
def test_not_where_it_would_not_help(case, world):
    assert list(propose(seen(world))) == []
