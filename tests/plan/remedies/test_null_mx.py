"""Null MX: a name that takes no mail says so."""

from mxlatch.plan.proposal import Record
from mxlatch.plan.remedies.null_mx import also
from tests.plan.small_worlds import SUB, host, seen, small

NO_MAIL = {"no_mail": frozenset({SUB})}


def test_in_place_of_what_is_published():
    (each,) = also(seen(small(host(1), mx="10 mx1", sub="5 mx1", **NO_MAIL)))
    assert each.drop == (Record(SUB, 5, "mx1.example.com"),)
    assert each.add == (Record(SUB, 0, "."),)
    assert (each.cost, each.hazards, each.undo) == (1, (), "delete the null MX")


def test_in_place_of_the_address_that_serves_as_one():
    (each,) = also(seen(small(host(1), mx="10 mx1", sub="", **NO_MAIL)))
    assert each.add == (Record(SUB, 0, "."),)


def test_not_for_a_name_that_takes_mail():
    assert list(also(seen(small(host(1), mx="10 mx1", sub="5 mx1")))) == []
