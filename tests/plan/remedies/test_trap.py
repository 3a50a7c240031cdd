"""Trap: a declared trap stands after all others, or nowhere."""

import pytest

from mxlatch.paths.find import find
from mxlatch.plan.effect import changed
from mxlatch.plan.make import BEST, PROFILES, SANDWICH, SINGLE, layouts, plan
from mxlatch.plan.proposal import Impossible, Record
from mxlatch.plan.remedies.trap import shape
from tests.plan.small_worlds import Host, fallback, host, seen, small, world_of

NAME = "trap.example.com"
DOOR = "192.0.2.99:25"


def trap(state="puts-off", name=NAME, **more):
    return Host(name, ["192.0.2.99"], state, {}, role="trap", **more)


def with_trap(mx="10 mx1, 20 mx2", **more):
    return small(host(1), host(2, "content"), trap(**more), mx=mx)


def test_one_that_no_record_leads_to_is_listed_last():
    (each,) = shape(seen(with_trap()))
    assert each.add == (Record("example.com", 30, NAME, DOOR),)
    assert (each.drop, each.doors, each.cost, each.undo) == ((), (), 1, f"delete the MX {NAME}")
    assert each.title == f"list the trap {NAME} after all others"
    assert [hazard.name for hazard in each.hazards] == [f"trap:{NAME}"]
    assert "192.0.2.99" in each.hazards[0].text


def test_one_that_answers_before_others_is_moved():
    (each,) = shape(seen(with_trap("10 mx1, 15 trap, 20 mx2")))
    assert each.drop == (Record("example.com", 15, NAME),)
    assert each.add == (Record("example.com", 30, NAME, DOOR),)
    assert each.hazards == ()  # the audit saw what it says


def test_one_that_stands_at_the_end_besides_loses_its_other_record():
    (each,) = shape(seen(with_trap("10 mx1, 20 trap, 20 mx2, 30 trap")))
    assert (each.drop, each.add) == ((Record("example.com", 20, NAME),), ())


@pytest.mark.parametrize(
    ("case", "world"),
    [
        ("it is last", with_trap("10 mx1, 20 mx2, 30 trap")),
        ("none is declared", fallback()),
        ("it has no name", with_trap(name="")),
        ("it is another domain's", with_trap(name="trap.example.net")),
        ("it should not be", with_trap(authorised=False)),
        ("nolisting: nothing answers there", with_trap("5 trap, 10 mx1, 20 mx2", state="closed")),
        ("there is nothing to stand after", small(host(1, ways=[("scan", "example.com", "")]), trap(), mx="")),
    ],
)
def test_not_where_it_is_not_wanted(case, world):
    assert list(shape(seen(world))) == []


@pytest.mark.parametrize(
    ("world", "why"),
    [
        (with_trap("10 mx1, 15 trap, 20 mx2", state="refuses"), f"{DOOR} refuses mail, which would be lost"),
        (with_trap("10 mx1, 15 trap, 20 mx2", state="open"), f"{DOOR} takes mail, which would be lost"),
        (with_trap("10 mx1, 65535 mx2"), "no preference is higher than 65535"),
    ],
)
def test_not_where_honest_mail_would_be_lost(world, why):
    with pytest.raises(Impossible, match=f"{NAME} as a trap after all others: {why}"):
        list(shape(seen(world)))


def test_who_goes_for_the_last_record_meets_it():
    world = world_of(with_trap())
    after = changed(world, shape(seen(with_trap())))
    by_last = {path.doors[0] for path in find(after).paths if "last-only" in path.behaviours}
    assert by_last == {DOOR}
    assert {path.doors[0] for path in find(world).paths if "last-only" in path.behaviours} == {"192.0.2.2:25"}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_layout_but_the_sandwich_has_it(profile):
    made = plan(world_of(with_trap()), profile)
    assert ("trap" in [each.id for each in made.remedies]) is (profile != SANDWICH)
    assert (made.after, made.conflicts) == ("closed", ())
    assert all(not each.lost for each in made.proofs)


def test_it_takes_the_last_place_from_the_sandwich_and_none_from_the_others():
    world = world_of(with_trap("10 mx1, 20 mx2, 30 trap"))
    assert plan(world, SANDWICH).conflicts == (
        "a sandwich after a trap: who goes for the last record meets the trap: take one of the two",
    )
    assert plan(world, SINGLE).conflicts == ()


def test_a_trap_that_cannot_be_had_is_told_and_spoils_no_layout():
    world = world_of(with_trap("10 mx1, 15 trap, 20 mx2", state="refuses"))
    (told,) = plan(world, BEST).conflicts
    assert told.endswith("let it say 4xx")
    assert set(layouts(world)) == {"single", "pair", "sandwich", "keep-backup"}
