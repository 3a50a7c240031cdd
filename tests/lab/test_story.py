import pytest

from mxlatch.lab.story import STORIES, shipped, story, topology
from mxlatch.terms.errors import InputError


@pytest.mark.parametrize("number", STORIES)
def test_each_story_has_its_topology_and_remedy(number: int) -> None:
    told = story(number)
    assert told.number == number
    remedy = next(r for r in topology(told.topology).remedies if r.name == told.remedy)
    assert remedy.title
    assert remedy.steps
    for text in (told.title, told.retelling, told.moral):
        assert text.isascii()
        assert "\n" not in text


def test_what_does_not_exist_is_said_with_what_does() -> None:
    with pytest.raises(InputError, match="no story 9: there are 1, 2"):
        story(9)
    with pytest.raises(InputError, match=r"'\.\./story1' comes with mxlatch: there are plain, story1, story2"):
        topology("../story1")
    assert shipped() == ("plain", "story1", "story2")
