"""Dangling: records that lead nowhere are deleted, where another is left."""

import pytest
from msgspec import structs

from mxlatch.paths.find import find
from mxlatch.plan.proposal import Record, Seen
from mxlatch.plan.remedies.dangling import also
from mxlatch.world.model import Exchange
from tests.plan.small_worlds import host, seen, small, world_of

GONE = small(host(1), mx="10 mx1, 50 gone.example.net", dangling="gone.example.net")


def test_a_record_without_address_is_deleted():
    (each,) = also(seen(GONE))
    assert each.drop == (Record("example.com", 50, "gone.example.net"),)
    assert (each.title, each.cost) == ("delete the MX gone.example.net: it has no address", 1)
    assert each.undo == "publish the record again"


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (Exchange("gone.example.net", "host", dangling="example.net"), "example.net is free for anybody to register"),
        (Exchange("gone.example.net", "literal"), "it is no host name"),
        (Exchange("gone.example.net", "localhost"), "it leads each sender to itself"),
    ],
)
def test_why(exchange, why):
    world = structs.replace(world_of(GONE), exchanges=(exchange,))
    (each,) = also(Seen(world, find(world)))
    assert each.title.endswith(why)


def test_what_is_only_unknown_stays():
    world = structs.replace(world_of(GONE), exchanges=(Exchange("gone.example.net", "host", problem="SERVFAIL"),))
    assert list(also(Seen(world, find(world)))) == []


def test_the_only_record_stays():
    assert list(also(seen(small(host(1), mx="50 gone.example.net", dangling="gone.example.net")))) == []
