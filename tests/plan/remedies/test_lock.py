"""Lock: only the filter may connect to the mailbox's own server."""

import pytest
from msgspec import structs

from mxlatch.plan.change import REFUSE, REJECT
from mxlatch.plan.proposal import Record
from mxlatch.plan.remedies.lock import cannot, propose
from mxlatch.terms.door import MX, WayIn
from mxlatch.world.model import Neighbour
from tests.plan.small_worlds import host, rogue, secondary, seen, small

FRONT = {"role": "filter", "next": "mx2.example.com"}
HUB = ["192.0.2.2", "2001:db8::2"]


def test_the_secondary_that_is_the_hub_itself():
    (each,) = propose(seen(secondary()))
    refuse, reject = each.changes
    assert (refuse.stage, reject.stage) == (REFUSE, REJECT)
    assert (refuse.addresses, refuse.ports, refuse.allow) == (("192.0.2.2",), (25,), ("192.0.2.1",))
    assert each.drop == (Record("example.com", 20, "mx2.example.com"),)
    assert each.unlisted == ("192.0.2.2:25",)
    assert (each.cost, each.rarer) == (3, ())
    assert [hazard.name for hazard in each.hazards] == ["cut-off:mx2.example.com"]
    assert each.undo == "take the rule for mx2.example.com away"


def test_both_families_partners_and_the_firewall():
    hub = host(2, "content", addresses=HUB, partners=("203.0.113.0/28",))
    (each,) = propose(seen(small(host(1, **FRONT), hub, mx="10 mx1, 20 mx2", firewall=True)))
    refuse, *resets = each.changes
    assert refuse.addresses == ("192.0.2.2", "2001:db8::2")
    assert refuse.allow == ("192.0.2.1", "203.0.113.0/28")
    assert [hazard.name for hazard in each.hazards] == ["ipv6:mx2.example.com"]
    # No rule of the firewall names the IPv6 address: that one is locked on the host.
    assert [(lock.firewall, lock.addresses) for lock in resets] == [("main", tuple(HUB[:1])), ("", tuple(HUB[1:]))]
    assert {(lock.stage, lock.allow) for lock in resets} == {(REJECT, refuse.allow)}


def test_one_firewall_before_both_families():
    case = small(host(1, **FRONT), host(2, "content", addresses=HUB), mx="10 mx1, 20 mx2", firewall=True,
                 behind=("192.0.2.0/24", "2001:db8::/32"))  # fmt: skip
    ((_, reject),) = (each.changes for each in propose(seen(case)))
    assert (reject.firewall, list(reject.addresses)) == ("main", HUB)


def test_shared_addresses_make_it_rarer_only():
    (each,) = propose(seen(small(host(1, operator="cloud", **FRONT), host(2, "content"), mx="10 mx1, 20 mx2")))
    assert all(lock.shared for lock in each.changes)
    assert each.rarer == ("mail from other customers of cloud through its shared addresses",)
    assert [hazard.name for hazard in each.hazards] == ["cut-off:mx2.example.com", "ranges:mx2.example.com"]


@pytest.mark.parametrize(
    ("case", "front", "hub", "lacking"),
    [
        ("both have one family", ["192.0.2.1"], ["192.0.2.2"], None),
        ("both have both", ["192.0.2.1", "2001:db8::1"], HUB, None),
        ("the filter may send over IPv6", ["192.0.2.1"], HUB, "ipv6:mx2.example.com"),
        ("or over IPv4", ["2001:db8::1"], HUB, "ipv4:mx2.example.com"),
    ],
)
def test_a_family_by_which_the_filter_is_not_known_is_said_whatever_partners_there_are(case, front, hub, lacking):
    partners = ("203.0.113.7", "2001:db8:7::7")
    hub = host(2, "content", addresses=hub, partners=partners)
    (each,) = propose(seen(small(host(1, addresses=front, **FRONT), hub, mx="10 mx1, 20 mx2")))
    assert [hazard.name for hazard in each.hazards] == ([lacking] if lacking else [])


@pytest.mark.parametrize(
    ("case", "partners", "wide"),
    [
        ("an address", ("203.0.113.7",), ()),
        ("what one partner may have", ("203.0.112.0/22",), ()),
        ("a provider's", ("203.0.112.0/21",), ("203.0.112.0/21",)),
        ("the same in halves", ("203.0.112.0/22", "203.0.116.0/22"), ("203.0.112.0/21",)),
        ("a provider's IPv6", ("2001:db8::/32",), ("2001:db8::/32",)),
    ],
)
def test_a_partners_range_that_others_sit_in_makes_it_rarer_only(case, partners, wide):
    (each,) = propose(seen(small(host(1, **FRONT), host(2, "content", partners=partners), mx="10 mx1, 20 mx2")))
    assert all(lock.shared == bool(wide) for lock in each.changes)
    assert each.rarer == tuple(f"mail from whoever sends from {network}" for network in wide)
    assert [hazard.name for hazard in each.hazards] == (["ranges:mx2.example.com"] if wide else [])


@pytest.mark.parametrize("anybody", ["0.0.0.0/0", "128.0.0.0/1", "::/0"])
def test_a_lock_that_lets_anybody_in_is_none(anybody):
    case = small(host(1, **FRONT), host(2, "content", partners=(anybody,)), mx="10 mx1, 20 mx2")
    assert list(propose(seen(case))) == []
    (left,) = cannot(seen(case))
    assert left.what == "192.0.2.2:25"
    assert left.why == (
        f"port 25 of mx2.example.com is not locked: its partners {anybody} are anybody: "
        "name the addresses from which they send"
    )


def test_a_subdomain_moves_to_exchangers_that_nobody_asked_about_it():
    (each,) = propose(seen(small(host(1, **FRONT), host(2, "content"), mx="10 mx1, 20 mx2", sub="10 mx2")))
    assert each.add == (Record("sub.example.com", 10, "mx1.example.com", "192.0.2.1:25"),)
    assert "moved:sub.example.com" in [hazard.name for hazard in each.hazards]


@pytest.mark.parametrize(
    ("case", "preferences", "hazards"),
    [
        ("its secondary is here", (10, 20), ["others:mx2.example.com"]),
        ("its only exchanger is", (None, 10), None),
    ],
)
def test_another_domain_that_the_run_saw_there_is_named_or_the_door_stays(case, preferences, hazards):
    hub = host(2, "content", partners=("203.0.113.7",))
    given = seen(small(host(1, **FRONT), hub, mx="10 mx1, 20 mx2"))
    records = zip(preferences, ("198.51.100.9", "192.0.2.2"), strict=True)
    ways = tuple((WayIn(MX, "second.example", p, "mx.second.example"), a) for p, a in records if p is not None)
    world = structs.replace(given.world, neighbours=(Neighbour("second.example", ways),))
    given = structs.replace(given, world=world)
    offers, left = list(propose(given)), list(cannot(given))
    assert [each.why for each in left] == ([] if offers else [
        "port 25 of mx2.example.com is not locked: mail for second.example is handed in there first, so its MX has to "
        "lead elsewhere before"
    ])  # fmt: skip
    assert ([hazard.name for hazard in offers[0].hazards] if offers else None) == hazards


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("nobody hands on to it", rogue()),
        ("mail would have nowhere to go", small(host(1, **FRONT), host(2, "content"), mx="20 mx2")),
        (
            "another domain's MX leads there",
            small(
                host(1, **FRONT),
                host(2, "content", ways=[("other-domain", "brand.example", "mx2.example.com")]),
                mx="10 mx1, 20 mx2",
            ),
        ),
    ],
)
def test_not_where_it_would_lose_mail(case, world):
    assert list(propose(seen(world))) == []
