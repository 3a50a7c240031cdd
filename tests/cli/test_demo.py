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
    assert told["remedy"]["steps"]


@pytest.mark.parametrize("number", STORIES)
def test_every_story_fits_a_terminal(mxlatch, number):
    said = mxlatch("demo", "--story", str(number), "--ascii")
    assert (said.code, said.err) == (0, "")
    assert said.out.isascii()
    assert max(map(len, said.out.splitlines())) <= 80
    assert "/tmp/" not in said.out


def test_the_story_for_people(mxlatch):
    said = mxlatch("demo", "--ascii")
    parts = ["Story 1", "As it was", "1 of 2 doors", "The remedy", "After it", "No way round", "mxlatch audit"]
    places = [said.out.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize("number", ["0", "99", "one"])
def test_there_is_no_such_story(mxlatch, number):
    assert mxlatch("demo", "--story", number).code == 2
