"""Harden: a server gets the latch that it lacks."""

import pytest

from mxlatch.plan.change import Harden
from mxlatch.plan.remedies.harden import propose
from mxlatch.terms.latch import NOUNS, Latch
from tests.plan.small_worlds import host, rogue, seen, small

BOTH = ["192.0.2.2", "2001:db8::2"]


@pytest.mark.parametrize(
    ("latch", "cost", "hazards"),
    [("content", 4, []), ("dnsbl", 2, []), ("recipient", 2, ["recipients:mx2.example.com"])],
)
def test_the_latch_that_another_has(latch, cost, hazards):
    (each,) = propose(seen(small(host(1), host(2, latch), mx="10 mx1, 20 mx2")))
    assert each.changes == (Harden("192.0.2.2:25", "mx2.example.com", "", Latch(latch), "192.0.2.1:25"),)
    assert (each.title, each.cost) == (f"give mx2.example.com {NOUNS[Latch(latch)]}, as mx1.example.com has it", cost)
    assert [hazard.name for hazard in each.hazards] == hazards
    assert each.undo == "restore the settings of mx2.example.com"


def test_at_every_address_of_the_server():
    (each,) = propose(seen(small(host(1), host(2, "dnsbl", addresses=BOTH), mx="10 mx1, 20 mx2")))
    assert each.doors == ("192.0.2.2:25", "[2001:db8::2]:25")
    assert len(each.changes) == 2


def test_it_bears_on_what_comes_through_by_another_door():
    hub = host(1, "content")
    case = small(hub, host(2, "content", role="backup", next="mx1.example.com"), mx="10 mx1, 20 mx2")
    first, second = propose(seen(case))
    assert (first.doors, second.doors) == (("192.0.2.1:25", "192.0.2.2:25"), ("192.0.2.2:25",))


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("what nobody listed should go, not be made stronger", rogue()),
        ("nor what the owner does not want", small(host(1), host(2, "dnsbl", authorised=False), mx="10 mx1, 20 mx2")),
        ("nothing is lacking", small(host(1), host(2), mx="10 mx1, 20 mx2")),
        ("it is shut", small(host(1), host(2, "dnsbl", state="shut"), mx="10 mx1, 20 mx2")),
    ],
)
def test_not_where_it_would_not_help(case, world):
    assert list(propose(seen(world))) == []
