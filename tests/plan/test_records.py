"""What becomes of the records by several remedies together."""

import pytest

from mxlatch.plan.proposal import Proposal, Record
from mxlatch.plan.records import records_of
from tests.plan.small_worlds import SUB, host, small, world_of

DOMAIN = "example.com"
ONE, TWO = Record(DOMAIN, 10, "mx1.example.com"), Record(DOMAIN, 20, "mx2.example.com")
NEW = Record(DOMAIN, 10, "mx2.example.com", "192.0.2.2:25")
WHOLE = world_of(small(host(1), host(2), mx="10 mx1, 20 mx2"))
SPLIT = world_of(small(host(1), host(2), mx="10 mx1", old="20 mx2"))


def remedy(**given):
    return Proposal("test", "a test", 1, (), **given)


@pytest.mark.parametrize(
    ("case", "world", "taken", "drop", "add"),
    [
        ("nothing", WHOLE, [], set(), []),
        ("one record", WHOLE, [remedy(drop=(TWO,))], {TWO}, []),
        ("what two add is added once", WHOLE, [remedy(add=(NEW,)), remedy(add=(NEW,))], set(), [NEW]),
        (
            "to a server that goes nothing is added",
            WHOLE,
            [remedy(add=(NEW,)), remedy(unlisted=(NEW.door,))],
            set(),
            [],
        ),
        ("what one adds the next may delete", WHOLE, [remedy(add=(NEW,)), remedy(drop=(NEW,))], {NEW}, []),
        ("and what one deletes the next may add", WHOLE, [remedy(drop=(NEW,)), remedy(add=(NEW,))], {NEW}, [NEW]),
        ("what only old data has stays", SPLIT, [remedy(drop=(TWO,))], set(), []),
        ("until nobody asks for it", SPLIT, [remedy(drop=(TWO,), undelegated=(TWO,))], {TWO}, []),
        ("what all have goes", SPLIT, [remedy(drop=(ONE,))], {ONE}, []),
    ],
)
def test_together(case, world, taken, drop, add):
    dropped, added = records_of(world, taken)
    implicit = Record(DOMAIN, 0, DOMAIN)
    assert (dropped - {implicit}, list(added)) == (drop, add)


def test_a_null_mx_stands_alone():
    null = Record(DOMAIN, 0, ".")
    _, add = records_of(WHOLE, [remedy(add=(NEW,)), remedy(add=(null,))])
    assert add == (null,)


def test_an_implicit_mx_ends_with_the_first_record():
    world = world_of(small(host(1), host(2), mx="10 mx1", sub=""))
    drop, _ = records_of(world, [remedy(add=(Record(SUB, 10, "mx2.example.com", "192.0.2.2:25"),))])
    assert drop == {Record(SUB, 0, SUB)}
