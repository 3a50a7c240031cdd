"""Agree: servers with old data leave the delegation."""

from mxlatch.plan.change import Delegation
from mxlatch.plan.proposal import Record
from mxlatch.plan.remedies.agree import ASSUMED_TTL, also
from tests.plan.small_worlds import host, seen, small

TWO = (host(1), host(2))


def test_the_server_that_serves_old_data_leaves_and_its_records_with_it():
    (each,) = also(seen(small(*TWO, mx="10 mx1", old="10 mx1, 20 mx2")))
    (change,) = each.changes
    assert change == Delegation(
        "example.com", ("ns1.example.com", "ns2.example.com"), ("ns1.example.com",), ASSUMED_TTL
    )
    assert each.drop == each.undelegated == (Record("example.com", 20, "mx2.example.com"),)
    assert (each.cost, each.doors, each.hazards) == (2, (), ())
    assert each.undo == "delegate to it again"


def test_the_last_server_is_not_taken_away():
    (each,) = also(seen(small(*TWO, mx="10 mx1", old="10 mx2", delegated=("ns2.example.com",))))
    assert [hazard.name for hazard in each.hazards] == ["last-servers:example.com"]
    assert (each.changes, each.drop) == ((), ())


def test_servers_that_agree_stay():
    assert list(also(seen(small(*TWO, mx="10 mx1, 20 mx2")))) == []
