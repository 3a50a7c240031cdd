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
