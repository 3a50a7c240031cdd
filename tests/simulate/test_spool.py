"""What a spool holds and when it is full, beside a count event by event."""

import numpy as np
import pytest

from mxlatch.simulate.draws import drawn
from mxlatch.simulate.play import play
from mxlatch.simulate.spool import full_since, held
from mxlatch.simulate.timeline import Outage, timeline
from tests.simulate.layouts import BACKUP, DAY, HOUR, KEPT, PRIMARY, SINGLE, default
from tests.simulate.plainly import Plainly, first_full

MIX = default()
OUT = Outage("first", frozenset({PRIMARY.id}), 10 * DAY)
DRAWS = drawn(len(MIX.honest), 2_200, OUT.seconds, 7)
SIZES = np.linspace(1e3, 9e3, DRAWS.count)
DOOR = KEPT.doors.index(BACKUP)


def played(of=KEPT, values=None):
    return play(of, MIX, {**MIX.values(), **(values or {})}, timeline(of, OUT, {}, "452"), DRAWS, honest=True)


@pytest.mark.parametrize("keeps", [5 * DAY, DAY])
@pytest.mark.parametrize("capacity", [1e6, 2.5e6, 1e9])
def test_full_at_the_same_moment_as_event_by_event(keeps, capacity):
    values = {**MIX.values(), "spool.keeps": keeps}
    ours = full_since([(played(values=values), SIZES)], KEPT, capacity)
    plain = first_full(Plainly(KEPT, MIX, OUT, values).run(DRAWS, MIX.honest), SIZES, BACKUP.id, capacity)
    assert ours.get(BACKUP.id) == (None if plain is None else pytest.approx(plain))


def test_it_grows_while_the_next_hop_is_away_and_is_empty_after():
    at = np.array([-1.0, HOUR, DAY, 4 * DAY, 10 * DAY + 2 * HOUR])
    kept = held([(played(), SIZES)], DOOR, at)
    assert kept[0] == kept[-1] == 0
    assert 0 < kept[1] < kept[2] < kept[3]


def test_what_is_returned_too_late_makes_room():
    at = np.array([DAY, 5 * DAY, 9 * DAY])
    long, short = (held([(played(values={"spool.keeps": keeps}), SIZES)], DOOR, at) for keeps in (20 * DAY, DAY))
    assert short[0] == long[0]
    assert short[2] < long[2] / 5


def test_two_runs_share_a_spool():
    at = np.array([DAY])
    assert held([(played(), SIZES), (played(), SIZES)], DOOR, at) == 2 * held([(played(), SIZES)], DOOR, at)


def test_without_a_spool_nothing_is_full():
    assert full_since([(played(SINGLE), SIZES)], SINGLE, 0.0) == {}
