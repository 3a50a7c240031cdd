"""Sandwich: the strongest exchanger is listed again, after all others."""

import pytest

from mxlatch.plan.change import Listen, Records
from mxlatch.plan.proposal import Impossible, Record
from mxlatch.plan.remedies.sandwich import by_host, ours, shape, strength
from tests.plan.small_worlds import host, seen, small


def test_under_a_name_and_an_address_of_its_own():
    first = host(1, spare=("192.0.2.201",))
    (each,) = shape(seen(small(first, host(2, "content"), mx="10 mx1, 20 mx2")))
    listen, address = each.changes
    assert listen == Listen("mx1.example.com", "192.0.2.1:25", "192.0.2.201")
    assert isinstance(address, Records)
    assert (address.name, address.rrtype, address.after) == ("mx3.example.com", "A", ("192.0.2.201",))
    assert each.add == (Record("example.com", 30, "mx3.example.com", "192.0.2.201:25"),)
    assert [hazard.name for hazard in each.hazards] == ["own-name:mx3.example.com"]
    assert (each.cost, each.undo) == (2, "delete the MX mx3.example.com, then its address")


def test_at_the_same_address_where_there_is_no_other():
    (each,) = shape(seen(small(host(1), host(2, "content"), mx="10 mx1, 20 mx2")))
    assert each.add == (Record("example.com", 30, "mx1.example.com", "192.0.2.1:25"),)
    assert [hazard.name for hazard in each.hazards] == ["duplicate:mx1.example.com"]
    assert each.cost == 1


def test_it_is_one_already():
    assert list(shape(seen(small(host(1), host(2, "content"), mx="10 mx1, 20 mx2, 30 mx1")))) == []


def test_it_needs_something_in_the_middle():
    with pytest.raises(Impossible, match=r"something in the middle: example\.com has 1 server"):
        list(shape(seen(small(host(1), mx="10 mx1"))))


def test_no_number_is_left():
    with pytest.raises(Impossible, match=r"^mx1\.example\.com once more after all others: no preference is higher"):
        list(shape(seen(small(host(1), host(2, "content"), mx="10 mx1, 65535 mx2"))))


def test_who_is_strongest():
    world = seen(small(host(1, "dnsbl"), host(2), host(3, declared=False), mx="10 mx1, 20 mx2, 30 mx3"))
    hosts = by_host(world, "example.com")
    assert sorted(hosts, key=lambda each: strength(world, hosts[each]))[0] == "mx2.example.com"
    assert "mx3.example.com" in hosts
    assert "mx3.example.com" not in ours(world, "example.com")
