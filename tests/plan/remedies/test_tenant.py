"""Tenant: the provider takes mail from the filter only."""

from mxlatch.data import tables
from mxlatch.paths.find import find
from mxlatch.plan.change import Tenant
from mxlatch.plan.proposal import Seen
from mxlatch.plan.remedies.tenant import propose
from tests.plan.small_worlds import ENDPOINT, host, seen, small, world_of

WAYS = [("endpoint", "example.com", ENDPOINT)]


def cloud(*lacks, **more):
    more = {"operator": "cloud", "endpoint": "open", "declared": False, "ways": WAYS} | more
    return host(2, *lacks, **more)


def test_the_endpoint_is_closed_to_strangers():
    (each,) = propose(seen(small(host(1), cloud("content"), mx="10 mx1")))
    assert each.changes == (Tenant("cloud", "example.com", ENDPOINT, ("192.0.2.1",)),)
    assert (each.cost, each.doors, each.rarer) == (2, ("192.0.2.2:25",), ())
    assert [hazard.name for hazard in each.hazards] == [f"ranges:{ENDPOINT}"]
    assert each.undo == "remove the connector or gateway at cloud"


def test_a_filter_that_others_share_makes_it_rarer_only():
    (each,) = propose(seen(small(host(1, operator="cloud"), cloud("content"), mx="10 mx1")))
    assert each.changes[0].shared
    assert each.rarer == ("mail from other customers of cloud through its shared addresses",)


def test_the_provider_is_called_by_its_name():
    world = world_of(small(host(1), cloud("content", operator="microsoft"), mx="10 mx1"))
    (each,) = propose(Seen(world, find(world), tuple(tables().providers)))
    assert "Microsoft" in each.title


def test_not_an_endpoint_that_is_closed_or_as_strong():
    assert list(propose(seen(small(host(1), cloud("content", endpoint="closed"), mx="10 mx1")))) == []
    assert list(propose(seen(small(host(1), cloud(), mx="10 mx1")))) == []
