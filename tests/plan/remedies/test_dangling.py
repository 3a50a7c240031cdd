"""Dangling: records that lead nowhere are deleted, where another is left."""

import pytest
from msgspec import structs

from mxlatch.paths.find import find
from mxlatch.plan.change import Records
from mxlatch.plan.make import plan
from mxlatch.plan.proposal import Record, Seen
from mxlatch.plan.remedies.dangling import also, cannot
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


BOTH = {"exchanges": tuple(Exchange(f"gone{n}.example.net", "host", absent=True) for n in (1, 2))}


@pytest.mark.parametrize(
    ("case", "records"),
    [
        ("both lead nowhere", {"mx": "10 gone1.example.net, 20 gone2.example.net"}),
        ("only old data has another", {"mx": "10 gone1.example.net", "old": "10 mx1"}),
    ],
)
def test_a_names_last_records_stay_and_the_plan_says_so(case, records):
    """Without any MX mail would go to the address of the domain itself, a web server's as a rule."""
    world = structs.replace(world_of(small(host(1), **records)), **BOTH)
    given = Seen(world, find(world))
    assert list(also(given)) == []
    made = plan(world)
    assert not [change for change in made.changes if isinstance(change, Records)]


def test_that_no_record_leads_anywhere_is_said():
    world = world_of(small(host(1), mx="10 gone1.example.net, 20 gone2.example.net", sub="10 mx1"))
    world = structs.replace(world, exchanges=(*world.exchanges, *BOTH["exchanges"]))
    told = list(cannot(Seen(world, find(world))))
    assert [each.what for each in told] == [
        "no MX of example.com leads anywhere (gone1.example.net and gone2.example.net)"
    ]
    assert told[0].why.startswith("publish one that takes its mail, or a null MX, and only then delete these")


def test_who_has_a_server_left_is_told_nothing():
    assert list(cannot(seen(GONE))) == []
