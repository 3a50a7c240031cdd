import json

import pytest

from mxlatch.lab.story import STORIES


# A record listed once more moves some senders and closes nothing (stories 3 and 4).
@pytest.mark.parametrize(("number", "after"), [(1, "closed"), (2, "closed"), (3, "open"), (4, "open"), (5, "closed")])
def test_each_story_is_open_before_and_its_remedy_is_judged(mxlatch, number, after):
    said = mxlatch("demo", "--story", str(number), "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert (told["schema"], told["story"]) == ("mxlatch.demo/1", number)
    assert [told[part]["verdict"] for part in ("before", "after")] == ["open", after]
    assert [told[part]["complete"] for part in ("before", "after")] == [True, True]
    assert told["plan"]["steps"]
    assert told["plan"]["title"]
    assert told["remedy"] == told["plan"]
    assert told["best"]["verdict"] == told["best"]["after"] == "closed"
    assert told["best"]["schema"] == "mxlatch.plan/1"
    assert told["best"]["steps"]


@pytest.mark.parametrize("number", STORIES)
def test_every_story_fits_a_terminal(mxlatch, number):
    said = mxlatch("demo", "--story", str(number), "--ascii")
    assert (said.code, said.err) == (0, "")
    assert said.out.isascii()
    assert max(map(len, said.out.splitlines())) <= 80
    assert "/tmp/" not in said.out


def test_the_story_for_people(mxlatch):
    said = mxlatch("demo", "--ascii")
    parts = [
        "Story 1",
        "As it was",
        "1 of 2 doors",
        "The remedy",
        "After it",
        "No way round",
        "What mxlatch would do",
        "1 remedy closes every way round",
        "then wait 2 h",
        "mxlatch audit",
    ]
    places = [said.out.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize("number", ["0", "99", "one"])
def test_there_is_no_such_story(mxlatch, number):
    assert mxlatch("demo", "--story", number).code == 2


@pytest.mark.parametrize(("number", "domain"), [(3, "example.net"), (4, "example.com")])
def test_whom_a_record_listed_once_more_keeps_out_and_whom_not(mxlatch, number, domain):
    said = " ".join(mxlatch("demo", "--story", str(number), "--ascii").out.split())
    assert f"No longer gets round: a stranger who goes for the last MX record of {domain}. " in said
    assert f"who tries the MX records of {domain} from the last to the first; " in said.partition("Still gets round")[2]


def test_nobody_gets_round_where_all_is_closed(mxlatch):
    assert "gets round: " not in mxlatch("demo", "--story", "5", "--ascii").out


def simulated(mxlatch, number):
    """By layout: spam past a latch by what its sender does, and what comes of honest mail in a day's outage."""
    layouts = json.loads(mxlatch("demo", "--story", str(number), "--json").out)["simulation"]["layouts"]
    return {each["title"]: each for each in layouts}


def spam(layout, sender):
    return next((each["past"]["value"] for each in layout["by_behaviour"] if each["what"] == sender), 0.0)


@pytest.mark.parametrize("number", [3, 4])
def test_a_record_listed_once_more_takes_away_those_who_go_for_the_last_and_no_other_harm(mxlatch, number):
    told = simulated(mxlatch, number)
    before, after, planned = (told[title] for title in ("as it was", "the remedy", "mxlatch's plan"))
    last, every = "try the last record only", "try every record"
    assert spam(before, last) > 10 * spam(after, last)
    assert spam(after, every) > 0.0
    assert before["reached"]["past"]["value"] > after["reached"]["past"]["value"] > 0.0
    assert planned["reached"]["past"]["value"] == 0.0


def test_the_sceptics_numbers(mxlatch):
    """The backup hides the delay and lets spam in; without it senders are told, and the impatient get a bounce."""
    told = simulated(mxlatch, 5)
    (before, after) = (
        next(each for each in told[title]["outages"] if each["scope"] == "first")
        for title in ("as it was", "the remedy")
    )
    assert told["as it was"]["reached"]["past"]["value"] > told["the remedy"]["reached"]["past"]["value"] == 0.0
    assert before["told"]["value"] < 0.05 < after["told"]["value"]
    assert before["bounced"]["value"] < after["bounced"]["value"]
    assert {each["sender"] for each in after["losers"]} >= {"Exchange Online"}
    assert before["spool_peak"]["value"] > 0
    assert told["as it was"]["backscatter"]["value"] > told["the remedy"]["backscatter"]["value"] == 0.0


@pytest.mark.parametrize("number", [1, 2])
def test_a_story_whose_claim_is_none_of_numbers_is_not_simulated(mxlatch, number):
    assert "simulation" not in json.loads(mxlatch("demo", "--story", str(number), "--json").out)
