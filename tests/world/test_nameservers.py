"""The search for name servers, to its fixpoint and to its bounds."""

from mxlatch.inventory.model import Domain
from mxlatch.terms import dns
from mxlatch.world.delegation import find_delegation
from mxlatch.world.domain import enquire_dns
from mxlatch.world.nameservers import MOST_ADDRESSES, MOST_ROUNDS, find_servers
from tests.fakes.example import ZONE, internet, inventory, scope

NAMED = {"ns1.example.com": ("parent 192.0.2.2",), "ns2.example.com": ("parent 192.0.2.2",)}
GLUE = {"ns1.example.com": ("192.0.2.11",), "ns2.example.com": ("192.0.2.12",)}


def search(net, named=NAMED, glue=GLUE):
    return net.conclude(find_servers("example.com", named, glue, scope()))


def test_the_servers_that_the_parent_names_are_asked_at_each_address():
    found = search(internet())
    assert found.addresses == ("192.0.2.11", "192.0.2.12")
    assert {address: o.status for address, o in found.soa.items()} == dict.fromkeys(found.addresses, dns.ANSWER)
    assert found.limit == ""


def test_a_server_that_only_one_server_names_is_found_and_asked_too():
    hidden = ZONE + "example.com NS ns9.example.com\nns9.example.com A 192.0.2.19"
    rogue = ZONE + "example.com MX 30 mx3.example.com"
    net = internet(other=hidden, more={"192.0.2.19": {"example.com": rogue}})
    found = search(net)
    assert found.named_by["ns9.example.com"] == ("zone at 192.0.2.12",)
    assert found.learnt["ns9.example.com"] == {"192.0.2.19": ("192.0.2.12",)}
    assert "192.0.2.19" in found.mx


def test_a_server_found_by_a_found_server_is_found():
    chain = {
        f"192.0.2.{30 + i}": {
            "example.com": ZONE + f"example.com NS n{i + 1}.example.com\nn{i + 1}.example.com A 192.0.2.{31 + i}"
        }
        for i in range(4)
    }
    start = ZONE + "example.com NS n0.example.com\nn0.example.com A 192.0.2.30"
    found = search(internet(start, more=chain))
    assert {f"192.0.2.{30 + i}" for i in range(5)} <= set(found.addresses)


def test_an_endless_chain_ends_at_the_bound_and_says_so():
    chain = {
        f"203.0.113.{i}": {
            "example.com": ZONE + f"example.com NS n{i + 1}.example.com\nn{i + 1}.example.com A 203.0.113.{i + 1}"
        }
        for i in range(MOST_ROUNDS + 4)
    }
    start = ZONE + "example.com NS n0.example.com\nn0.example.com A 203.0.113.0"
    found = search(internet(start, more=chain))
    assert f"stopped after {MOST_ROUNDS} rounds" in found.limit


def test_a_server_with_a_thousand_addresses_cannot_make_us_ask_them_all():
    many = "\n".join(f"ns1.example.com A 198.51.{i // 250}.{i % 250}" for i in range(1000))
    found = search(internet(ZONE + many))
    assert len(found.addresses) == MOST_ADDRESSES
    assert f"only {MOST_ADDRESSES} of" in found.limit


def test_ns_of_another_owner_or_without_authority_count_for_nothing():
    upward = internet(more={"192.0.2.12": dns.REFUSED})
    found = search(upward)
    assert found.ns["192.0.2.12"].status == dns.REFUSED
    assert found.speaking == ("192.0.2.11",)


def test_a_server_without_glue_is_looked_up_by_public_resolution():
    found = search(internet(), glue={})
    assert found.learnt["ns1.example.com"]["192.0.2.11"] == ("192.0.2.11", "192.0.2.12", "public resolution")


def test_the_walk_and_the_search_go_in_whole_sorted_rounds():
    net = internet()
    net.conclude(find_delegation("example.com", scope()))
    assert [[q.name for q in questions] for questions in net.rounds] == [["com"], ["example.com"], ["example.com"]]


def test_parent_registry_and_inventory_each_name_servers_to_begin_with():
    listed = inventory(domains=(Domain("example.com", name_servers=("ns5.example.com",)),))
    net = internet(ZONE + "ns5.example.com A 192.0.2.15\nns6.example.com A 192.0.2.16", rdap=("ns6.example.com",))
    _, (zone,), _, _ = net.conclude(enquire_dns("example.com", scope(inventory=listed)))
    named = zone.servers.named_by
    assert named["ns5.example.com"] == ("inventory",)
    assert named["ns6.example.com"] == ("registry",)
    assert named["ns1.example.com"] == ("parent 192.0.2.2", "zone at 192.0.2.11", "zone at 192.0.2.12")
    assert {"192.0.2.15", "192.0.2.16"} <= set(zone.servers.addresses)
