import pytest

from mxlatch.lab import story
from mxlatch.lab.topology import Topology
from mxlatch.lab.tree import ROOT_SERVER, addresses, registered, sites, truth
from mxlatch.lab.zones import Zone, name


def zone_at(topology: Topology, address: str, origin: str) -> Zone:
    site = next(s for s in sites(topology) if s.address == address)
    return next(z for z in site.zones if z.origin == name(origin))


def values(zone: Zone, owner: str, rrtype: str) -> list[str]:
    return sorted(str(r) for r in zone.get_rdataset(name(owner), rrtype) or ())


@pytest.mark.parametrize(
    ("address", "zone", "owner", "rrtype", "expected"),
    [
        ("203.0.113.2", ".", ".", "NS", [f"{ROOT_SERVER}."]),
        ("203.0.113.2", ".", "org", "NS", ["a.nic.org."]),
        ("203.0.113.2", ".", "a.nic.org", "A", ["203.0.113.3"]),
        ("203.0.113.3", "org", "example.org", "NS", ["ns.oldhost.example.", "ns1.example.org.", "ns2.example.org."]),
        ("203.0.113.3", "org", "ns1.example.org", "A", ["192.0.2.53"]),
        ("203.0.113.3", "org", "ns.oldhost.example", "A", []),  # no glue for a name of another TLD
        ("192.0.2.53", "example.org", "example.org", "MX", ["10 mx1.example.org.", "10 mx2.example.org."]),
        ("198.51.100.54", "example.org", "example.org", "MX", ["10 mx1.example.org.", "30 oldmail.example.org."]),
        ("198.51.100.54", "example.org", "mx1.example.org", "A", ["192.0.2.11"]),  # not overridden
    ],
)
def test_who_serves_what(address: str, zone: str, owner: str, rrtype: str, expected: list[str]) -> None:
    assert values(zone_at(story.topology("story2"), address, zone), owner, rrtype) == expected


def test_the_registry_lists_topmost_zones_and_the_delegation_unless_told_otherwise() -> None:
    assert registered(story.topology("story2")) == {
        "example.org": ("ns1.example.org", "ns2.example.org", "ns.oldhost.example"),
        "oldhost.example": ("ns.oldhost.example",),
    }


def test_after_the_remedy_nobody_is_delegated_to_the_old_server() -> None:
    after = story.topology("story2").remedied("close")
    delegation = values(zone_at(after, "203.0.113.3", "org"), "example.org", "NS")
    assert delegation == ["ns1.example.org.", "ns2.example.org."]
    assert next(s for s in sites(after) if s.address == "192.0.2.154").zones == ()


def test_the_truth_is_the_first_listed_server_s() -> None:
    versions = next(v for v in truth(story.topology("story2")) if v[0].origin == name("example.org"))
    assert len(versions) == 4
    assert values(versions[0], "example.org", "MX") == ["10 mx1.example.org.", "10 mx2.example.org."]


def test_hosts_are_where_zones_say() -> None:
    found = addresses(story.topology("story1"))
    assert found["192.0.2.80"] in ("example.com", "www.example.com")
    assert found["198.51.100.25"] == "mx.filter.example"
