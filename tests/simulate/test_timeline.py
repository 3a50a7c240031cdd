"""What each door answers, before, during and after an outage."""

import pytest

from mxlatch.simulate.layout import Takes
from mxlatch.simulate.timeline import ACCEPT, NO_ANSWER, NOWHERE, REJECT, TEMPFAIL, Outage, timeline
from tests.simulate.layouts import BACKUP, HOUR, KEPT, PRIMARY, door, layout


def columns(of, outage, full=None, when_full="452"):
    """By door: what it says to honest mail, stretch by stretch."""
    when = timeline(of, outage, full or {}, when_full)
    return {each.id: when.honest[:, n].tolist() for n, each in enumerate(of.doors)}, when


def down(*doors, hours=24.0, begin=0.0):
    return Outage("some", frozenset(each.id for each in doors), hours * HOUR, begin)


def test_a_door_is_away_and_comes_back():
    said, when = columns(KEPT, down(PRIMARY, begin=HOUR))
    assert when.edges.tolist() == [HOUR, 25 * HOUR]
    assert said[PRIMARY.id] == [ACCEPT, NO_ANSWER, ACCEPT]
    assert said[BACKUP.id] == [ACCEPT, ACCEPT, ACCEPT]
    assert when.holder[:, 1].tolist() == [NOWHERE, 1, NOWHERE]
    assert when.back[1, 1] == 25 * HOUR


@pytest.mark.parametrize(("when_full", "says"), [("452", TEMPFAIL), ("552", REJECT)])
def test_a_spool_is_full_until_the_outage_ends(when_full, says):
    said, _ = columns(KEPT, down(PRIMARY), {BACKUP.id: 3 * HOUR}, when_full)
    assert said[BACKUP.id] == [ACCEPT, ACCEPT, says, ACCEPT]


@pytest.mark.parametrize(
    ("takes", "honest", "spam"),
    [
        (Takes.TAKES, ACCEPT, ACCEPT),
        (Takes.REFUSES, REJECT, REJECT),
        (Takes.PUTS_OFF, TEMPFAIL, TEMPFAIL),
        (Takes.SHUT, NO_ANSWER, NO_ANSWER),
        (Takes.UNKNOWN, NO_ANSWER, ACCEPT),
    ],
)
def test_what_a_door_says_while_nothing_is_down(takes, honest, spam):
    when = timeline(layout((10, door(1, takes=takes))), Outage("none", frozenset(), 0.0), {}, "452")
    assert (when.honest.tolist(), when.spam.tolist()) == ([[honest]], [[spam]])


def test_a_door_that_strangers_cannot_reach_still_delivers_for_the_filter():
    hub = door(9, takes=Takes.SHUT)
    front = door(1, next_doors=(hub.id,), role="filter")
    said, _ = columns(layout((10, front), doors=(hub,)), down(hub))
    assert said[front.id] == [ACCEPT, TEMPFAIL, ACCEPT]


def test_relays_in_a_ring_deliver_nothing_and_end():
    one = door(1, next_doors=("192.0.2.2:25",))
    two = door(2, next_doors=(one.id,))
    said, _ = columns(layout((10, one), (20, two)), down(door(3)))
    assert said[one.id] == [TEMPFAIL] * 3


def test_one_next_hop_that_is_up_is_enough():
    hubs = door(8), door(9)
    front = door(1, next_doors=tuple(each.id for each in hubs), role="filter")
    said, _ = columns(layout((10, front), doors=hubs), down(hubs[0]))
    assert said[front.id] == [ACCEPT] * 3
