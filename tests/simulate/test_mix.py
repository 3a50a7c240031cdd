"""The mix: what is shipped is whole, and each fault of a user's file is told with its line."""

import re

import pytest

from mxlatch.data import mix_text, tables
from mxlatch.simulate.mix import parse
from mxlatch.terms.errors import InputError
from tests.simulate.layouts import default

TEXT = mix_text()
BEHAVIOURS = tables().behaviours


def line(words):
    """The first line of the shipped file with these words, from 1."""
    return TEXT[: TEXT.index(words)].count("\n") + 1


def test_the_shipped_mix_has_what_the_facts_say():
    mix, values = default(), default().values()
    assert sum(values[s.number("share")] for s in mix.honest) == 100
    assert sum(values[s.number("share")] for s in mix.spam) == pytest.approx(100)
    assert values["sender.exchange-online.gives-up"] == 86400
    assert values["sender.postfix.tells-delay"] == 0
    assert values["sender.qmail.gives-up"] == 7 * 86400
    last_only = next(n for n in mix.numbers if n.id == "spam.last-only.share")
    assert (last_only.low, last_only.value, last_only.high) == (5, 15, 40)


def test_every_share_is_marked_as_assumed_and_every_patience_has_a_range_or_a_source():
    for number in default().numbers:
        assert number.low <= number.value <= number.high
        assert number.source or number.low < number.high or number.value == 0, number.id


def test_every_behaviour_of_the_shipped_table_that_is_no_honest_server_sends_spam():
    used = {sender.behaviour.id for sender in default().spam}
    assert {each.id for each in BEHAVIOURS if not each.conforming} <= used


def test_the_honest_are_conforming_but_for_those_with_one_try():
    assert [s.id for s in default().honest if not s.behaviour.conforming] == ["one-try"]


@pytest.mark.parametrize(
    ("old", "new", "at", "told"),
    [
        ('behaviour = "rfc5321"', 'behaviour = "rfc"', 'behaviour = "rfc5321"', "there is no behaviour 'rfc'"),
        ('gives_up = { value = "3d"', 'gives_up = { value = "3"', "gives_up = {", "is not a duration"),
        (
            'low = "1d", high = "5d" }\ntells',
            'low = "4d", high = "5d" }\ntells',
            "gives_up = {",
            "between low and high",
        ),
        ("share = { value = 30, low", "share = { value = -1, low", "share = {", "is not between 0"),
        (
            "share = { value = 30, low",
            "share = { val = 30, low",
            "share = {",
            "no key 'val' here: choose from value, low, high, source",
        ),
        ('id = "exim"', 'id = "postfix"', 'id = "exim"', "an id of its own"),
        ('id = "exim"', 'id = "Ex im"', 'id = "exim"', "an id of its own"),
        ("retries = { value = 0.2", "retries = { value = 20", "[bots]", "no part of a whole"),
        ("content = { value", "tnetnoc = { value", "content = { value", "no latch"),
        ("content = { value", "recipient = { value", "content = { value", "no latch that judges"),
        ('when_full = "452"', 'when_full = "550"', 'when_full = "452"', "452 or 552"),
        ('size = { value = "10GB"', 'size = { value = "10"', 'size = { value = "10GB"', "is not a size"),
        ("times = 2, longest", "times = 0.5, longest", 'retry = [{ every = "300s"', "waits grow or stay"),
        ('{ every = "10m" }', '{ every = "10m", at = ["1m"] }', '{ every = "10m" }', "needs one of at, every"),
        ('{ every = "10m" }', '{ every = "0s" }', '{ every = "10m" }', "less than a second"),
        ('{ every = "15m" }]', '{ every = "2s" }]', '{ every = "15m" }]', "tries of one message"),
        ('["5m", "30m", "2h", "6h"]', '["30m", "5m"]', 'retry = [{ at = ["5m"', "must rise"),
        (
            'retry = [{ at = ["5m", "30m", "2h", "6h"] }]',
            'retry = [{ every = "1m" }]',
            'retry = [{ at = ["5m"',
            "tries",
        ),
        ("[volume]", "[volumes]", "", "volume"),
        ("title = ", "titel = ", "title = ", "there is no key 'titel' here: choose from title, sender, spam, bots,"),
        ("title = ", "title = 7 #", "title = ", "Expected `str`"),
        (
            "gives_up = {",
            "gives_upp = {",
            "gives_up = {",
            "no key 'gives_upp' here: choose from id, name, behaviour, share, ",
        ),
        ('{ every = "10m" }', '{ evry = "10m" }', '{ every = "10m" }', "'evry' here: choose from at, every, times,"),
        ("[spool]", "[spool]\nsice = 1", 'size = { value = "10GB"', "choose from size, keeps,"),
        (
            'low = "1d", high = "5d" }\ntells',
            'low = "4d" }\ntells',
            "gives_up = {",
            "the value is not between low and high: 3d, with low 4d",
        ),
        ("title = ", "title == ", "", "not TOML"),
        ('name = "Gmail"', "name = 7", 'name = "Gmail"', "Expected `str`"),
        ('name = "Gmail"', f'name = "{"G" * 500}"', 'name = "Gmail"', "shorten it"),
    ],
)
def test_a_fault_is_told_with_its_line(old, new, at, told):
    assert old in TEXT
    with pytest.raises(InputError) as error:
        parse(TEXT.replace(old, new, 1), "mine.toml", BEHAVIOURS)
    assert told in str(error.value)
    assert str(error.value).startswith("mine.toml:")
    if at:
        assert str(error.value).startswith(f"mine.toml:{line(at)}:"), (str(error.value), line(at))


@pytest.mark.parametrize(
    ("phases", "told"),
    [
        (
            '{ every = "15m", until = "2h" }, { every = "1h", until = "1h" }',
            "lasts until 1h, and comes after one that lasts until 2h",
        ),
        ('{ every = "15m", until = "2h" }, { every = "1h", until = "120m" }', "lasts until 120m, and comes after"),
        (
            '{ every = "1h" }, { every = "4h", until = "2d" }',
            "lasts until 2d, and comes after one that has no end (until)",
        ),
        ('{ every = "1h" }, { every = "4h" }', "has no end (until), and comes after one that has no end"),
        (
            '{ every = "1h", until = "5h" }, { at = ["4h", "9h"] }',
            "tries at 4h, 9h, and comes after one that lasts until 5h",
        ),
        (
            '{ at = ["1h", "4h"] }, { every = "1h", until = "2h" }',
            "lasts until 2h, and comes after one that tries at 1h, 4h",
        ),
    ],
)
def test_phases_that_are_not_in_their_order_are_refused_as_they_are_written(phases, told):
    text = TEXT.replace('{ every = "10m" }', phases, 1)
    with pytest.raises(InputError) as error:
        parse(text, "mine.toml", BEHAVIOURS)
    where = line('{ every = "10m" }')
    assert str(error.value).startswith(f"mine.toml:{where}: ")
    assert told in str(error.value)


@pytest.mark.parametrize(
    "phases",
    [
        '{ at = ["5m"] }, { every = "1h" }',
        '{ every = "15m", until = "2h" }, { every = "1h", times = 1.5, until = "16h" }, { every = "6h" }',
        '{ every = "15m", until = "2h" }, { at = ["2h", "4h"] }, { quadratic = "400s" }',
    ],
)
def test_phases_in_their_order_are_taken(phases):
    assert parse(TEXT.replace('{ every = "10m" }', phases, 1), "mine.toml", BEHAVIOURS)


def test_shares_that_sum_up_to_nothing_are_refused():
    text = re.sub(r"share = .*", "share = 0", TEXT)
    with pytest.raises(InputError, match="sum up to nothing"):
        parse(text, "mine.toml", BEHAVIOURS)


def test_no_class_and_too_many_are_refused():
    extra = "".join(f'[[spam]]\nid = "x{n}"\nname = "x"\nbehaviour = "all"\nshare = 1\n' for n in range(70))
    with pytest.raises(InputError, match="classes"):
        parse(TEXT.replace("[bots]", extra + "[bots]"), "mine.toml", BEHAVIOURS)


def test_a_plain_number_has_no_range():
    mix = parse(TEXT.replace("share = { value = 30, low = 20, high = 40 }", "share = 30"), "m", BEHAVIOURS)
    gmail = next(n for n in mix.numbers if n.id == "sender.gmail.share")
    assert (gmail.low, gmail.value, gmail.high) == (30, 30, 30)
