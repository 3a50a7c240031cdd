"""Pair: two exchangers of equal preference."""

import pytest

from mxlatch.plan.proposal import Impossible, Record
from mxlatch.plan.remedies.pair import shape
from tests.plan.small_worlds import host, seen, small


def test_the_second_gets_the_preference_of_the_first():
    (each,) = shape(seen(small(host(1), host(2), mx="10 mx1, 20 mx2")))
    assert each.drop == (Record("example.com", 20, "mx2.example.com"),)
    assert each.add == (Record("example.com", 10, "mx2.example.com", "192.0.2.2:25"),)
    assert (each.cost, each.hazards, each.undo) == (1, (), "give mx2.example.com its old preference")


def test_the_strongest_two():
    (each,) = shape(seen(small(host(1), host(2, "dnsbl"), host(3), mx="10 mx1, 20 mx2, 30 mx3")))
    assert each.drop == (Record("example.com", 30, "mx3.example.com"),)


def test_a_dear_line_is_none_that_shares():
    lines = {"line1.example.com": ["192.0.2.2"], "line2.example.com": ["192.0.2.152"]}
    second = host(2, "dnsbl", addresses=["192.0.2.2", "192.0.2.152"], lines=lines, dear=("192.0.2.152",))
    (each,) = shape(seen(small(host(1), second, mx="10 mx1, 20 line1, 30 line2")))
    assert each.add == (Record("example.com", 10, "line1.example.com", "192.0.2.2:25"),)
    (each,) = shape(seen(small(host(1), second, mx="30 mx1, 20 line1, 30 line2")))
    assert [(r.preference, r.exchange) for r in each.add] == [(30, "line1.example.com"), (40, "line2.example.com")]


def test_it_is_one_already():
    assert list(shape(seen(small(host(1), host(2), mx="10 mx1, 10 mx2")))) == []


@pytest.mark.parametrize("second", [host(2, declared=False), host(2, authorised=False), host(2, state="closed")])
def test_not_with_a_strangers_server_nor_with_a_dead_one(second):
    with pytest.raises(Impossible, match=r"a pair needs two servers: example\.com has 1"):
        list(shape(seen(small(host(1), second, mx="10 mx1, 20 mx2"))))
