"""Delete: no record leads to an exchanger any more."""

from mxlatch.plan.proposal import Record
from mxlatch.plan.remedies.delete import propose
from tests.plan.small_worlds import host, knows, seen, small

TWO = (host(1), host(2))


def test_each_server_beside_which_there_is_another():
    first, second = propose(seen(small(*TWO, mx="10 mx1, 20 mx2")))
    assert first.drop == (Record("example.com", 10, "mx1.example.com"),)
    assert second.drop == (Record("example.com", 20, "mx2.example.com"),)
    assert (second.cost, second.unlisted, second.changes) == (1, ("192.0.2.2:25",), ())
    assert second.undo == "publish the MX of mx2.example.com again"


def test_a_subdomain_gets_the_other_exchangers():
    _, second = propose(seen(small(*TWO, mx="10 mx1, 20 mx2", sub="5 mx2")))
    assert second.add == (Record("sub.example.com", 10, "mx1.example.com", "192.0.2.1:25"),)
    assert second.cost == 3
    assert [hazard.name for hazard in second.hazards] == ["moved:sub.example.com"]


def test_not_the_only_exchanger():
    assert list(propose(seen(small(*TWO, mx="10 mx1")))) == []


def test_not_what_no_record_leads_to():
    assert list(propose(seen(small(host(1), host(2, ways=knows("remembered mx2")))))) == []
