"""What the old articles claim of layouts, each as a run: the sandwich, the duplicate, the deleted secondary, the backup
that hides delay, the spool that spam fills, equal preferences, two lines with two numbers.
"""

import numpy as np
import pytest
from msgspec.structs import replace

from mxlatch.simulate import run
from mxlatch.simulate.draws import drawn
from mxlatch.simulate.layout import Exposure
from mxlatch.simulate.play import EXPOSURES, play
from mxlatch.simulate.run import simulate
from mxlatch.simulate.timeline import NONE, Outage, timeline
from tests.simulate.layouts import BACKUP, BARE, DAY, HOUR, KEPT, PRIMARY, SINGLE, default, door, layout

MIX = default()
HUB = door(9, latched=False)
PAST = 1 + EXPOSURES.index(Exposure.PAST)


def sent(of, outage=NONE, *, honest, each=400, seed=5):
    senders = MIX.honest if honest else MIX.spam
    draws = drawn(len(senders), each * len(senders), outage.seconds or DAY, seed)
    return play(of, MIX, MIX.values(), timeline(of, outage, {}, MIX.when_full), draws, honest=honest)


def row(behaviour, honest=False):
    """The place of the class with this behaviour."""
    senders = MIX.honest if honest else MIX.spam
    return next(n for n, sender in enumerate(senders) if sender.behaviour.id == behaviour)


def past(of, behaviour, each=400):
    """The part of this class's spam that gets in past a latch."""
    n = row(behaviour)
    return float(np.mean(sent(of, honest=False).reached[n * each : (n + 1) * each] == PAST))


# The secondary, the sandwich, the remembered host

SECONDARY = layout((10, PRIMARY), (20, HUB), ("remembered", HUB))
SANDWICH = layout((10, PRIMARY), (20, HUB), (99, door(1)), ("remembered", HUB))
DELETED = layout((10, PRIMARY), ("remembered", HUB))


def test_the_sandwich_moves_those_who_take_the_last_record_only_to_the_first_server():
    assert past(SECONDARY, "last-only") > 0.5
    assert past(SANDWICH, "last-only") == 0
    came = sent(SANDWICH, honest=False).knocks[row("last-only")]
    assert came[2] > 0
    assert came[:2].sum() == 0


def test_the_sandwich_does_nothing_against_the_remembered_address_and_nor_does_deleting_the_record():
    for of in (SECONDARY, SANDWICH, DELETED):
        assert past(of, "remembered") == pytest.approx(0.7, abs=0.1)  # what is not for unknown recipients


def test_the_sandwich_leaves_the_middle_to_who_goes_on_or_takes_any():
    assert past(SANDWICH, "persistent") > 0.5
    assert 0 < past(SANDWICH, "random") < past(SECONDARY, "random")


def test_spam_that_the_filter_refuses_goes_on_to_the_secondary():
    assert past(SECONDARY, "persistent") > 0.5
    assert past(SECONDARY, "rfc5321") == 0
    assert past(DELETED, "persistent") == 0


def test_the_duplicate_under_one_address_is_no_way_in_for_an_exim_sender():
    down = Outage("both", frozenset({PRIMARY.id, HUB.id}), DAY)
    one_address = sent(SANDWICH, down, honest=True)
    assert one_address.knocks[row("exim", honest=True)][2] == 0
    assert one_address.knocks[row("postfix", honest=True)][2] > 0
    own_address = layout((10, PRIMARY), (20, HUB), (99, door(3)))
    assert sent(own_address, down, honest=True).knocks[row("exim", honest=True)][2] > 0


# Outages


@pytest.fixture(scope="module")
def outages():
    """Without the secondary, and with a backup: 24 hours without the first server."""
    result = simulate({"single": SINGLE, "backup": KEPT}, MIX, [DAY], seed=1, messages=20_000, for_ranges=600)
    return {of.title: next(o for o in of.outages if o.scope == "first") for of in result.layouts}


def test_without_the_secondary_a_day_loses_mail_of_those_only_who_give_up_sooner_and_they_are_named(outages):
    named = {loser.sender: loser.gives_up for loser in outages["single"].losers}
    assert set(named) == {
        "devices with one try",
        "impatient providers",
        "Exchange Online",
    }
    assert all(patience <= DAY for patience in named.values())
    silent = [loser.sender for loser in outages["single"].losers if loser.lost.value]
    assert silent == ["devices with one try"]
    stays = 1 - outages["single"].lost.value - outages["single"].bounced.value
    assert stays > 0.9
    exchange = next(loser for loser in outages["single"].losers if loser.sender == "Exchange Online")
    assert exchange.bounced.value < 0.05  # of a patience of a day only the first hour's mail comes too late


def test_a_backup_hides_the_delay_notice(outages):
    assert outages["single"].told.value > 0.2
    assert outages["backup"].told.value == 0
    assert outages["backup"].late.value > 0.8  # and the mail is as late as ever
    assert outages["backup"].delay_median.value == pytest.approx(outages["single"].delay_median.value, rel=0.15)


def test_a_backup_that_tells_of_delay_hides_nothing():
    tells = replace(MIX, numbers=tuple(_with(n, "spool.tells-delay", 4 * HOUR) for n in MIX.numbers))
    result = simulate({"backup": KEPT}, tells, [DAY], messages=20_000, for_ranges=600)
    first = result.layouts[0].outages[0]
    assert first.told.value > 0.7
    assert first.told_after.value == 4 * HOUR


@pytest.mark.parametrize(("when_full", "loses"), [("552", True), ("452", False)])
def test_a_small_spool_that_spam_fills_loses_mail_when_it_says_5xx_and_none_when_it_says_452(when_full, loses):
    small = replace(MIX, when_full=when_full, numbers=tuple(_with(n, "spool.size", 50e6) for n in MIX.numbers))
    result = simulate({"backup": KEPT}, small, [8 * HOUR], messages=20_000, for_ranges=600)
    first = result.layouts[0].outages[0]
    assert 0 < first.spool_full.value < 8 * HOUR
    assert first.spool_peak.value == pytest.approx(50e6, rel=0.02)
    patient = {"Gmail", "Exchange Online", "Postfix", "Exim", "Exchange Server", "sendmail", "qmail", "OpenSMTPD"}
    hurt = {loser.sender for loser in first.losers if (loser.lost.value + loser.bounced.value) > 0}
    assert bool(hurt & patient) is loses
    if loses:
        assert patient <= hurt
        assert first.bounced.value > 0.3


def test_without_the_spam_the_same_spool_would_last_longer():
    small = tuple(_with(n, "spool.size", 200e6) for n in MIX.numbers)
    quiet = tuple(_with(n, "volume.spam", 0.0) for n in small)
    full = [
        simulate({"b": KEPT}, replace(MIX, numbers=numbers), [DAY], messages=20_000, for_ranges=600)
        .layouts[0]
        .outages[0]
        .spool_full.value
        for numbers in (small, quiet)
    ]
    assert full[0] < full[1]


# Numbers


def test_equal_preferences_split_within_sampling_error():
    of = layout((10, PRIMARY), (10, door(2)), (10, door(3)))
    takings = sent(of, honest=True).takings.sum(axis=0)
    total = takings.sum()
    assert np.abs(takings - total / 3).max() < 4 * np.sqrt(total * (1 / 3) * (2 / 3))


def test_two_lines_with_two_numbers_use_the_dear_one_only_when_the_cheap_one_is_down():
    cheap, dear = door(1), door(2)
    of = layout((10, cheap), (20, dear))
    assert sent(of, honest=True).takings[:, 1].sum() == 0
    down = sent(of, Outage("cheap", frozenset({cheap.id}), DAY), honest=True)
    by_line = down.takings.sum(axis=0)
    assert by_line[1] > 0.9 * by_line.sum()
    assert down.takings[row("first-only", honest=True)].sum() == 0  # a device tries one record


def test_the_numbers_say_the_same_of_the_lines_in_the_report():
    result = simulate({"two": layout((10, door(1)), (20, door(2)))}, MIX, [HOUR], messages=2_000, for_ranges=400)
    assert [use.part.value for use in result.layouts[0].use] == pytest.approx([1, 0])


def test_a_dumb_backup_sends_bounces_to_strangers_and_a_single_server_sends_none():
    result = simulate({"single": SINGLE, "backup": KEPT}, MIX, [], messages=20_000, for_ranges=600)
    single, backup = (of.backscatter for of in result.layouts)
    assert single.value == 0
    assert backup.value > 50  # of a thousand
    assert backup.low < backup.value < backup.high


def test_a_bare_backup_and_a_bare_secondary_are_told_apart_from_equal_ones():
    for bare in (BACKUP, BARE):
        assert past(layout((10, PRIMARY), (20, bare)), "last-only") > 0.5
    assert past(layout((10, PRIMARY), (20, door(2))), "last-only") == 0


def _with(number, name, value):
    if number.id != name:
        return number
    return replace(number, value=value, low=value, high=value)


def test_the_outages_of_the_issue_are_the_default():
    assert [seconds / HOUR for seconds in run.OUTAGES] == [1, 4, 24, 72, 240]
