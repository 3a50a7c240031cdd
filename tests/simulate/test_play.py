"""The engine beside the plain simulator, message by message, over layouts of every kind; and small cases by hand."""

import random

import numpy as np
import pytest
from msgspec.structs import replace

from mxlatch.data import tables
from mxlatch.simulate.draws import drawn
from mxlatch.simulate.layout import Exposure, Takes
from mxlatch.simulate.play import play
from mxlatch.simulate.timeline import NONE, Outage, timeline
from mxlatch.terms.latch import Latch
from tests.simulate.layouts import BACKUP, DAY, HOUR, KEPT, PRIMARY, SINGLE, default, door, layout, way
from tests.simulate.plainly import Plainly

MIX = default()
EACH = 40  # messages of a class
EXACT = ("taken", "way", "delivered", "told_delay", "told_failure", "reached", "backscatter")


def outage(of, hours, *doors):
    return Outage("some", frozenset(each.id for each in doors) or frozenset(d.id for d in of.doors), hours * HOUR)


def both(of, out, values=None, full=None, honest=True, mix=MIX, seed=3, each=EACH):
    """What became of the same messages, here and there."""
    values = {**mix.values(), **(values or {})}
    senders = mix.honest if honest else mix.spam
    draws = drawn(len(senders), each * len(senders), out.seconds or DAY, seed)
    ours = play(of, mix, values, timeline(of, out, full or {}, mix.when_full), draws, honest=honest)
    plain = Plainly(of, mix, out, values, full)
    return ours, plain.run(draws, senders), plain


def compare(ours, messages):
    for name in EXACT:
        got, want = getattr(ours, name), np.array([getattr(message, name) for message in messages], dtype=float)
        assert np.allclose(got, want, rtol=0, atol=1e-3, equal_nan=True), name
    assert ours.backscatter_unsure.tolist() == [message.unsure for message in messages]
    assert sorted(ours.spooled.left.tolist()) == pytest.approx(sorted(k[2] for m in messages for k in m.kept))


def test_greylisting_costs_each_message_one_try_at_the_door():
    grey = layout((10, door(1, greylists=True)))
    ours, plain, _ = both(grey, NONE)
    compare(ours, plain)
    assert (ours.taken[ours.taken < np.inf] > 0).all()


def test_a_spool_takes_hands_on_and_returns_too_late():
    out = outage(KEPT, 240, PRIMARY)
    for values in ({}, {"spool.tells-delay": 4 * HOUR}, {"spool.keeps": DAY}):
        compare(*both(KEPT, out, values)[:2])
        compare(*both(KEPT, out, values, honest=False, mix=without_chance(MIX))[:2])


@pytest.mark.parametrize("when_full", ["452", "552"])
def test_a_full_spool_puts_off_or_refuses(when_full):
    mix = replace(MIX, when_full=when_full)
    full = {BACKUP.id: 5 * HOUR}
    out = outage(KEPT, 72, PRIMARY)
    ours, plain, _ = both(KEPT, out, full=full, mix=mix)
    compare(ours, plain)
    taken_when_full = (ours.spooled.came >= 5 * HOUR) & (ours.spooled.came < out.end)
    assert not taken_when_full.any()


def test_a_filter_that_passes_through_says_later_while_the_mailbox_is_down():
    hub = door(9)
    front = door(1, next_doors=(hub.id,), role="filter")
    of = layout((10, front), doors=(hub,))
    ours, plain, _ = both(of, outage(of, 24, hub))
    compare(ours, plain)
    assert not len(ours.spooled.came)


def test_a_relay_behind_a_filter_keeps_for_both():
    hub = door(9)
    spool = door(8, queues=True, next_doors=(hub.id,))
    front = door(1, next_doors=(spool.id,), role="filter")
    of = layout((10, front), doors=(hub, spool))
    ours, plain, _ = both(of, outage(of, 24, hub))
    compare(ours, plain)
    assert set(ours.spooled.door.tolist()) == {of.doors.index(spool)}


def test_what_no_record_leads_to_is_found_by_those_who_know_it_only():
    hub = door(9, latched=False)
    of = layout((10, PRIMARY), ("remembered", hub))
    ours, plain, counted = both(of, NONE, honest=False)
    compare(ours, plain)
    remembered = [n for n, sender in enumerate(MIX.spam) if sender.behaviour.id == "remembered"]
    assert (ours.knocks[remembered, 1] > 0).all()
    assert ours.knocks[:, 1].sum() == ours.knocks[remembered, 1].sum()
    assert {sender for sender, n in counted.knocks if n == 1} == {"remembered"}


def test_mail_to_a_domain_without_a_way_goes_back_at_once():
    of = layout(("scan", door(9)))
    ours, plain, _ = both(of, NONE)
    compare(ours, plain)
    tells = np.array([MIX.honest[n].tells_failure for n in drawn(len(MIX.honest), 440, DAY, 3).sender])
    assert (ours.told_failure[tells] < np.inf).all()


def numbered(senders, behaviour):
    return next(n for n, sender in enumerate(senders) if sender.behaviour.id == behaviour)


@pytest.mark.parametrize(
    ("sender", "before", "answers", "comes"),
    [
        ("postfix", 4, Takes.SHUT, True),  # five addresses an attempt
        ("postfix", 5, Takes.SHUT, False),
        ("exim", 5, Takes.SHUT, False),
        ("rfc5321", 5, Takes.SHUT, True),
        ("postfix", 1, Takes.PUTS_OFF, True),  # two sessions
        ("postfix", 2, Takes.PUTS_OFF, False),
        ("exim", 2, Takes.PUTS_OFF, True),
        ("qmail", 1, Takes.PUTS_OFF, False),  # one, if it answers
        ("qmail", 5, Takes.SHUT, True),
    ],
)
def test_how_many_addresses_and_sessions_an_attempt_has(sender, before, answers, comes):
    doors = [door(number, takes=answers) for number in range(1, before + 1)]
    of = layout(*((10 * n, each) for n, each in enumerate(doors, 1)), (990, door(99)))
    ours, plain, _ = both(of, NONE, each=5)
    compare(ours, plain)
    assert bool(ours.takings[numbered(MIX.honest, sender), before]) is comes


def test_a_door_is_away_from_the_moment_of_the_outage_and_back_at_its_end():
    out = outage(SINGLE, 1)
    draws = drawn(len(MIX.honest), 22, HOUR, 1)
    at_edges = replace(draws, written=np.tile([0.0, HOUR], len(MIX.honest)))
    ours = play(SINGLE, MIX, MIX.values(), timeline(SINGLE, out, {}, "452"), at_edges, honest=True)
    assert (ours.taken[::2] >= HOUR).all()
    assert (ours.taken[1::2] == HOUR).all()


def test_who_has_given_up_tells_of_no_delay():
    values = {"sender.one-try.tells-delay": 4 * HOUR}
    ours, plain, _ = both(SINGLE, outage(SINGLE, 24), values)
    compare(ours, plain)
    n = next(n for n, sender in enumerate(MIX.honest) if sender.id == "one-try")
    assert (ours.told_delay[n * EACH : (n + 1) * EACH] == np.inf).all()


# --- any layout -----------------------------------------------------------------------------------------------------

KINDS = ["mx", "mx", "mx", "mx", "remembered", "host-name", "apex-address", "endpoint", "scan"]


def any_layout(chance, distinct):
    """A layout with doors, relays and records of every kind; distinct: no two equal preferences, so no chance."""
    doors = []
    for number in range(1, chance.randint(2, 6)):
        next_doors = tuple(each.id for each in doors if chance.random() < 0.3)
        doors.append(
            door(
                number,
                latched=chance.random() < 0.5,
                takes=chance.choice([Takes.TAKES] * 5 + list(Takes)),
                greylists=chance.random() < 0.2,
                queues=bool(next_doors) and chance.random() < 0.6,
                next_doors=next_doors,
                recipients=chance.choice(["found", "absent", "unknown"]),
                later=(Latch.CONTENT,) if next_doors and chance.random() < 0.5 else (),
            )
        )
    preferences = chance.sample(range(0, 90, 10), 7) if distinct else [chance.choice([10, 20]) for _ in range(7)]
    ways = [
        way(
            preference if kind == "mx" else 65536 + (number if distinct else 0),
            chance.choice(doors),
            kind,
            chance.choice(list(Exposure)),
        )
        for number, preference in enumerate(preferences[: chance.randint(1, 7)])
        for kind in [chance.choice(KINDS)]
    ]
    return replace(layout(*((10, each) for each in doors)), ways=tuple(sorted(ways, key=lambda w: w.preference)))


def without_chance(mix):
    """Senders that take records in order only: those that draw lots are compared by their shares."""
    keep = tuple(bot for bot in mix.spam if bot.behaviour.order != "random")
    return replace(mix, spam=keep)


@pytest.mark.parametrize("seed", range(60))
def test_every_layout_ends_as_the_plain_simulator_has_it(seed):
    chance = random.Random(seed)
    of = any_layout(chance, distinct=True)
    down = [each for each in of.doors if chance.random() < 0.5]
    out = outage(of, chance.choice([1, 24, 72, 240]), *down) if down else NONE
    full = {each.id: chance.uniform(0, out.seconds) for each in of.spools if chance.random() < 0.4 and out.seconds}
    mix = replace(without_chance(MIX), when_full=chance.choice(["452", "552"]))
    for honest in (True, False):
        compare(*both(of, out, full=full, honest=honest, mix=mix, seed=seed, each=12)[:2])


@pytest.mark.parametrize("seed", range(6))
def test_where_lots_are_drawn_the_shares_agree(seed):
    chance = random.Random(seed)
    of = any_layout(chance, distinct=False)
    down = [each for each in of.doors if chance.random() < 0.4]
    out = outage(of, 24, *down) if down else NONE
    for honest in (True, False):
        ours, plain, counted = both(of, out, honest=honest, each=300)
        senders = MIX.honest if honest else MIX.spam
        for n, sender in enumerate(senders):
            mine = slice(n * 300, (n + 1) * 300)
            got = np.mean(ours.taken[mine] < np.inf)
            want = np.mean([message.taken < np.inf for message in plain[mine]])
            assert got == pytest.approx(want, abs=0.13), sender.id  # 4.5 standard errors of a difference of halves
            for place in range(len(of.ways)):
                each = ours.takings[n, place] / 300, counted.takings.get((sender.id, place), 0) / 300
                assert each[0] == pytest.approx(each[1], abs=0.13), (sender.id, place)


def test_no_outcome_is_forgotten():
    ours, _, _ = both(SINGLE, outage(SINGLE, 24))
    tells = np.array(
        [MIX.honest[n].tells_failure for n in drawn(len(MIX.honest), EACH * len(MIX.honest), DAY, 3).sender]
    )
    assert ((ours.delivered < np.inf) | (ours.told_failure < np.inf) | ~tells).all()


def test_every_behaviour_of_the_table_can_be_played():
    bots = tuple(replace(MIX.spam[0], behaviour=each) for each in tables().behaviours)
    mix = replace(MIX, spam=bots)
    of = layout((10, PRIMARY), (20, BACKUP))
    ours, _, _ = both(of, NONE, honest=False, mix=mix, each=5)
    assert len(ours.taken) == 5 * len(bots)
