"""What is demanded of paths: the baseline, and the owner's policies, each judged by itself."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Policy
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds
from mxlatch.plan.demands import ROUND, demanded, holds, in_words, policies_of, where_said
from mxlatch.terms.finding import NotJudged
from mxlatch.terms.latch import Latch
from tests.plan.small_worlds import host, owned, small

DNSBL = Policy((Latch.DNSBL,), line=7)


def demands(*policies, lacks=()):
    """By demand, of a domain whose second exchanger lacks these."""
    world = owned(small(host(1), host(2, *lacks), mx="10 mx1, 20 mx2"), *policies)
    return world, demanded(world, find(world))


@pytest.mark.parametrize(
    ("policy", "lacks", "expected"),
    [
        (DNSBL, (), Holds.YES),
        (DNSBL, ("dnsbl",), Holds.NO),
        (DNSBL, ("content",), Holds.YES),  # that is the baseline's affair
        (Policy((Latch.DNSBL, Latch.CONTENT)), ("content",), Holds.NO),
        (Policy((Latch.DMARC,)), (), Holds.UNKNOWN),
    ],
)
def test_a_policy_is_judged_by_its_own_latches(policy, lacks, expected):
    world, found = demands(policy, lacks=lacks)
    assert len(found) == 2
    assert holds(world, found[1]) is expected
    assert (holds(world, found[ROUND]) is Holds.YES) is (not lacks)


@pytest.mark.parametrize("policy", [Policy(DNSBL.passes, ("example.net",)), Policy(DNSBL.passes, source="guest")])
def test_what_is_said_of_another_domain_or_vantage_is_not_demanded(policy):
    world, found = demands(policy, lacks=("dnsbl",))
    assert (policies_of(world), len(found)) == ((), 1)


def test_nothing_is_claimed_where_not_every_way_in_was_seen():
    world, found = demands(DNSBL)
    blind = structs.replace(world, not_judged=(NotJudged("ns3.example.com", "MX", "no answer"),))
    assert holds(blind, found[1]) is Holds.UNKNOWN
    assert holds(world, ()) is Holds.YES


def test_in_words():
    world, _ = demands(DNSBL, Policy((Latch.DMARC, Latch.ORDER)))
    assert [in_words(world, n) for n in (ROUND, 1, 2)] == [
        "no way round",
        "every path from internet passes dnsbl",
        "every path from internet passes dmarc and order",
    ]
    assert where_said(world, 1) == "inventory:7"
