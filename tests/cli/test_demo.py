import json

import pytest

from mxlatch.lab.story import STORIES


@pytest.mark.parametrize("number", STORIES)
def test_each_story_is_open_before_and_closed_after(mxlatch, number):
    said = mxlatch("demo", "--story", str(number), "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert (told["schema"], told["story"]) == ("mxlatch.demo/1", number)
    assert [told[part]["verdict"] for part in ("before", "after")] == ["open", "closed"]
    assert [told[part]["complete"] for part in ("before", "after")] == [True, True]
    assert told["remedy"]["steps"]


def test_the_story_for_people(mxlatch):
    said = mxlatch("demo", "--ascii")
    assert said.code == 0
    assert said.out.isascii()
    assert max(map(len, said.out.splitlines())) <= 80
    parts = ["Story 1", "As it was", "1 of 2 doors", "The remedy", "After it", "No way round", "mxlatch audit"]
    places = [said.out.index(part) for part in parts]
    assert places == sorted(places)
    assert "/tmp/" not in said.out


@pytest.mark.parametrize("number", ["0", "99", "one"])
def test_there_is_no_such_story(mxlatch, number):
    assert mxlatch("demo", "--story", number).code == 2
