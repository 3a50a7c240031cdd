"""Hosts that the reverse zone names."""

from mxlatch.inventory.model import Block, Door
from mxlatch.world.candidate import Known
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.sources.reverse import find
from mxlatch.world.trail import Trail
from tests.fakes.example import internet, inventory, scope

PTRS = """
    7.2.0.192.in-addr.arpa PTR hub.example.com
    8.2.0.192.in-addr.arpa PTR www.other.example
    4.0.0.10.in-addr.arpa PTR inside.example.com
    8.0.0.10.in-addr.arpa PTR far.example.com
"""
KNOWN = Known("example.com", (), ())


def given(*cidrs, doors=()):
    return scope(inventory=inventory(blocks=tuple(Block(cidr) for cidr in cidrs), doors=doors))


def hosts(known, scope):
    return [(c.name, c.address) for c in internet(resolver=PTRS).conclude(find(known, scope)).candidates]


def test_names_below_the_domain_in_its_own_blocks():
    assert hosts(KNOWN, given("192.0.2.0/24")) == [("hub.example.com", "192.0.2.7")]


def test_neighbours_of_doors_in_a_block_too_large_to_ask():
    known = Known("example.com", (), (ExchangeSeen("[10.0.0.5]", "literal"),))
    net = internet(resolver=PTRS)
    found = net.conclude(find(known, given("10.0.0.0/8")))
    assert [(c.name, c.address) for c in found.candidates] == [
        ("inside.example.com", "10.0.0.4"), ("far.example.com", "10.0.0.8"),
    ]  # fmt: skip
    assert len(net.asked) == 7
    assert "block 10.0.0.0/8: its reverse names were not asked" in found.told[0].text


def test_neighbours_of_declared_doors():
    door = Door("hub.example.com", ("10.0.0.10",))
    assert hosts(KNOWN, given("10.0.0.0/8", doors=(door,))) == [("far.example.com", "10.0.0.8")]


def test_neighbours_that_nobody_lists_are_not_asked():
    net = internet(resolver=PTRS)
    known = Known("example.com", (), (ExchangeSeen("[10.0.0.5]", "literal"),))
    assert net.conclude(find(known, given())).candidates == ()
    assert net.asked == []


def test_blocks_are_asked_up_to_a_thousand_addresses_the_smallest_first():
    net = internet(resolver=PTRS)
    told = net.conclude(find(KNOWN, given("10.0.0.0/22", "192.0.2.0/24", "2001:db8::/64"))).told
    assert len(net.asked) == 256
    assert [e.text.partition(":")[0] for e in told[:1]] == ["block 10.0.0.0/22"]
    assert len(told) == 2


def test_the_edges_of_the_address_space():
    known = Known(
        "example.com", (), (ExchangeSeen("[0.0.0.1]", "literal"), ExchangeSeen("[255.255.255.255]", "literal"))
    )
    net = internet()
    assert net.conclude(find(known, given("0.0.0.0/1", "128.0.0.0/1"))).candidates == ()
    assert len(net.asked) == 5 + 4


def test_a_strangers_domain_is_not_looked_up():
    net = internet(resolver=PTRS)
    assert net.conclude(find(Known("other.example", (), ()), given("192.0.2.0/24"))) == Trail()
    assert net.asked == []
