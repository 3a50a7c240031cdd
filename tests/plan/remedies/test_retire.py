"""Retire: a server takes no more mail for the domain."""

import pytest

from mxlatch.plan.change import Retire
from mxlatch.plan.proposal import Record
from mxlatch.plan.remedies.retire import propose
from tests.plan.small_worlds import fallback, host, knows, rogue, secondary, seen, small


def test_the_secondary_that_the_sceptic_deletes():
    (each,) = propose(seen(fallback()))
    assert each.changes == (Retire("192.0.2.2:25", "mx2.example.com", "example.com"),)
    assert each.drop == (Record("example.com", 20, "mx2.example.com"),)
    assert (each.cost, each.unlisted) == (2, ("192.0.2.2:25",))
    assert [hazard.name for hazard in each.hazards] == ["no-backup:mx2.example.com"]
    assert each.undo == "let mx2.example.com take mail for example.com again, and publish its record"


def test_the_server_that_nobody_listed_is_somebody_elses_to_close():
    (each,) = propose(seen(rogue()))
    assert [hazard.name for hazard in each.hazards] == ["not-ours:192.0.2.2"]
    assert (each.cost, each.drop) == (2, ())


def test_a_subdomain_moves_with_it():
    case = small(host(1), host(2, role="backup", next="mx1.example.com"), mx="10 mx1, 20 mx2", sub="5 mx2")
    (each,) = propose(seen(case))
    assert each.add == (Record("sub.example.com", 10, "mx1.example.com", "192.0.2.1:25"),)
    assert [hazard.name for hazard in each.hazards] == ["no-backup:mx2.example.com", "moved:sub.example.com"]


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("a mailbox keeps its mail", small(host(1), host(2, "content"), mx="10 mx1, 20 mx2")),
        ("others hand on to it", secondary()),
        ("without a list all are strangers", small(host(1, declared=False), host(2, declared=False), mx="10 mx1")),
        (
            "a brand's MX leads there",
            small(host(1), host(2, declared=False, ways=[("other-domain", "brand.example", "mx2.example.com")])),
        ),
    ],
)
def test_not_what_must_stay(case, world):
    assert not [each for each in propose(seen(world)) if each.changes[0].host == "mx2.example.com"]


def test_what_is_remembered_too():
    (each,) = propose(seen(small(host(1), host(2, role="backup", ways=knows("remembered mx2")), mx="10 mx1")))
    assert (each.title, each.cost) == ("mx2.example.com takes no more mail for example.com", 1)
