"""Down from the root: where a domain hangs, and what each server of its parent says."""

import pytest

from mxlatch.terms import dns
from mxlatch.world.delegation import find_delegation
from tests.fakes.example import COM, ROOT, internet, scope
from tests.fakes.internet import FakeInternet

TWO_PARENTS = {".": "com NS a.gtld\ncom NS b.gtld\na.gtld A 192.0.2.2\nb.gtld A 192.0.2.3"}


def walk(net, domain="example.com"):
    return net.conclude(find_delegation(domain, scope()))


def test_the_parent_names_the_servers_with_their_glue():
    found = walk(internet())
    assert (found.zone, found.parent, found.status) == ("example.com", "com", "delegated")
    assert found.ns == ("ns1.example.com", "ns2.example.com")
    assert found.glue == {"ns1.example.com": ("192.0.2.11",), "ns2.example.com": ("192.0.2.12",)}


def test_every_server_of_the_parent_is_asked_for_they_may_disagree():
    net = internet(more={"192.0.2.1": TWO_PARENTS, "192.0.2.3": {"com": "example.com NS old.example.net"}})
    found = walk(net)
    assert set(found.views) == {"192.0.2.2", "192.0.2.3"}
    assert found.ns == ("ns1.example.com", "ns2.example.com", "old.example.net")


def test_each_server_of_the_parent_says_how_long_resolvers_keep_its_word():
    longer = {"com": "example.com 172800 NS ns1.example.com\nexample.com 172800 NS ns2.example.com"}
    found = walk(internet(more={"192.0.2.1": TWO_PARENTS, "192.0.2.3": longer}))
    assert {address: cut.ttl for address, cut in found.views.items()} == {"192.0.2.2": 3600, "192.0.2.3": 172_800}


def test_who_names_no_server_says_no_ttl():
    assert walk(internet(), "nobody.com").views["192.0.2.2"].ttl is None


def test_a_silent_server_of_the_parent_is_unknown_and_takes_nothing_away():
    found = walk(internet(more={"192.0.2.1": TWO_PARENTS, "192.0.2.3": dns.NO_RESPONSE}))
    assert found.views["192.0.2.3"].kind == "unknown"
    assert found.ns == ("ns1.example.com", "ns2.example.com")


@pytest.mark.parametrize(
    ("domain", "zone", "status"),
    [
        ("example.com", "example.com", "delegated"),
        ("lists.example.com", "example.com", "delegated"),  # no zone of its own
        ("nobody.com", "nobody.com", "absent"),
        ("example.nosuch", "example.nosuch", "absent"),
    ],
)
def test_the_zone_that_holds_a_name(domain, zone, status):
    net = internet(zone="example.com NS ns1.example.com\nlists.example.com A 192.0.2.9")
    found = walk(net, domain)
    assert (found.zone, found.status) == (zone, status)


def test_a_zone_and_its_child_on_the_same_servers_are_told_apart():
    both = {"com": COM["com"], "example.com": "example.com NS ns1.example.com\nns1.example.com A 192.0.2.2"}
    found = walk(FakeInternet({"192.0.2.1": ROOT, "192.0.2.2": both}))
    assert (found.zone, found.parent) == ("example.com", "com")


@pytest.mark.parametrize("status", [dns.NO_RESPONSE, dns.REFUSED, dns.SERVFAIL])
def test_no_root_server_that_answers_is_unknown_and_not_absent(status):
    found = walk(FakeInternet({"192.0.2.1": status}))
    assert found.status == "unknown"
    assert found.reason == f"no server of the root says whether com is a zone: {status}"


@pytest.mark.parametrize("status", [dns.NO_RESPONSE, dns.REFUSED, dns.SERVFAIL])
def test_a_parent_that_does_not_say_is_unknown_and_not_a_missing_zone(status):
    assert walk(internet(more={"192.0.2.2": status})).status == "unknown"


def test_more_servers_of_the_parent_than_are_asked_is_said():
    many = "\n".join(f"com NS n{i}.gtld\nn{i}.gtld A 198.18.0.{i}" for i in range(100))
    found = walk(internet(more={"192.0.2.1": {".": f"{TWO_PARENTS['.']}\n{many}"}}))
    assert len(found.views) == 64
    assert found.limit == "only 64 of 102 addresses of the parent's servers were asked"


@pytest.mark.parametrize("family", ["192.0.2.{}", "2001:db8::{}"])
def test_a_vantage_with_one_address_family_gets_down_through_a_root_with_both(family):
    both = [family.format(n) for family in ("192.0.2.{}", "2001:db8::{}") for n in range(201, 214)]
    reached = {address: ROOT for address in both if address.startswith(family[:4])}
    hints = tuple((f"r{n}.root", address) for n, address in enumerate(both))
    net = FakeInternet(reached | {"192.0.2.2": COM})
    assert net.conclude(find_delegation("example.com", scope(root_hints=hints))).status == "delegated"
