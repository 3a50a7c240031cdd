"""The whole run: ranges round their figures, the same for the same seed, and nothing said that cannot be."""

import msgspec
import pytest
from msgspec.structs import replace

from mxlatch.simulate.layout import Takes
from mxlatch.simulate.result import Figure
from mxlatch.simulate.run import simulate
from tests.simulate.layouts import BACKUP, DAY, HOUR, KEPT, PAIR, PRIMARY, SINGLE, default, door, layout

MIX = default()


def run(layouts, outages=(DAY,), seed=1, mix=MIX):
    return simulate(layouts, mix, outages, seed, messages=6_000, for_ranges=1_200)


@pytest.fixture(scope="module")
def result():
    return run({"today": KEPT, "single": SINGLE})


def figures(value):
    """Every figure in a result, however deep."""
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from figures(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from figures(each)


def test_no_figure_stands_without_its_range(result):
    every = list(figures(result))
    assert len(every) > 300
    for figure in every:
        assert (figure.value is None) == (figure.low is None) == (figure.high is None)
        if figure.value is not None:
            assert figure.low <= figure.value <= figure.high
            assert bool(figure.moved_by) == (figure.high - figure.low > 1e-6) or figure.high - figure.low < 1e-3


def test_the_range_is_what_the_assumptions_make_of_it(result):
    past = result.layouts[0].reached.past
    assert past.low < past.value < past.high
    assert past.moved_by in {each.what for each in result.assumptions}
    fixed = replace(MIX, numbers=tuple(replace(n, low=n.value, high=n.value) for n in MIX.numbers))
    past = run({"today": KEPT}, (), mix=fixed).layouts[0].reached.past
    assert past.low == past.value == past.high
    assert past.moved_by == ""


def test_the_same_seed_gives_the_same_result_and_another_nearly(result):
    assert run({"today": KEPT, "single": SINGLE}) == result
    other = run({"today": KEPT, "single": SINGLE}, seed=9)
    assert other != result
    lost = [each.layouts[0].outages[0].late.value for each in (result, other)]
    assert lost[0] == pytest.approx(lost[1], abs=0.03)


def test_every_assumption_and_every_rule_is_told(result):
    assert [each.id for each in result.assumptions] == [number.id for number in MIX.numbers]
    assert len(result.rules) >= 5


def test_the_outages_of_each_scope_stand_once():
    hub = door(9)
    front = door(1, next_doors=(hub.id,), role="filter")
    filtered = layout((10, front), doors=(hub,))
    layouts = {"single": SINGLE, "pair": PAIR, "filtered": filtered}
    scopes = {of.title: [outage.scope for outage in of.outages] for of in run(layouts).layouts}
    assert scopes == {
        "single": ["first"],
        "pair": ["first", "first", "mailboxes"],
        "filtered": ["first", "mailboxes", "everything"],
    }


def test_half_of_a_pair_may_fail_and_only_those_with_one_try_lose_mail():
    first = run({"pair": PAIR}).layouts[0].outages[0]
    assert {loser.sender for loser in first.losers} == {"devices with one try"}
    assert first.losers[0].lost.value == pytest.approx(0.5, abs=0.07)
    assert first.delay_99.value == 0


@pytest.mark.parametrize("filters_name", ["a", "z"])
def test_of_equal_exchanges_each_fails_by_itself_whatever_its_name(filters_name):
    box = door(1, host="mail")
    front = door(2, host=filters_name, next_doors=(box.id,), role="filter")
    pair = layout(*sorted([(10, front), (10, box)], key=lambda each: each[1].host))
    with_box, with_front = run({"pair": pair}).layouts[0].outages[:2]
    assert (with_box.scope, with_box.doors, with_front.doors) == ("first", (box.id,), (front.id,))
    assert with_box.late.value > 0.8
    assert with_box.bounced.value > 0
    assert (with_front.late.value, with_front.bounced.value) == (pytest.approx(0, abs=0.05), 0)


def test_of_many_equal_exchanges_some_are_played_and_the_rest_is_told():
    many = layout(*((10, door(number)) for number in range(1, 8)))
    (of,) = run({"many": many}).layouts
    assert [outage.scope for outage in of.outages].count("first") == 4
    assert of.left_out == ("the outage of 3 more exchanges of the same preference",)


def test_of_honest_mail_nothing_is_said_where_no_door_is_known_to_take_it():
    unknown = layout((10, door(1, takes=Takes.UNKNOWN)))
    made = run({"today": unknown}).layouts[0]
    assert not made.honest_known
    assert made.outages == made.use == ()
    assert made.reached.past.value == 0


def test_a_spool_is_told_only_where_there_is_one(result):
    kept, single = (of.outages[0] for of in result.layouts)
    assert kept.spool_peak.value > 0
    assert len(kept.spool) > 20
    assert single.spool_peak.value is None
    assert single.spool == ()


def test_spam_past_a_latch_in_an_outage_fills_the_spool_of_two_backups():
    second = replace(BACKUP, id="192.0.2.3:25", host="host3")
    both = layout((10, PRIMARY), (20, BACKUP), (30, second))
    small = replace(
        MIX, numbers=tuple(replace(n, value=20e6, low=20e6) if n.id == "spool.size" else n for n in MIX.numbers)
    )
    first = run({"two": both}, (8 * HOUR,), mix=small).layouts[0].outages[0]
    assert 0 < first.spool_full.value < 8 * HOUR
    assert first.spool_peak.value == pytest.approx(20e6, rel=0.05)
