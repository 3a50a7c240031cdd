"""The picture: it is well-formed, says in words what it shows, and folds what does not fit."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from mxlatch.audit.result import Audit
from mxlatch.report.escape import shown
from mxlatch.report.markup import written
from mxlatch.report.svg import lanes, svg
from mxlatch.terms.door import DoorVerdict, WayIn
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty

SVG = "{http://www.w3.org/2000/svg}"


def drawn(audit: Audit) -> ElementTree.Element:
    picture = svg(shown(audit), "d1")
    assert picture is not None
    return ElementTree.fromstring(written(picture))


def test_a_way_round_has_colour_line_and_words(story_1: Audit) -> None:
    kinds = {
        g.get("class"): " ".join(t.text or "" for t in g.iter(f"{SVG}text")) for g in drawn(story_1).iter(f"{SVG}g")
    }
    assert "proven way round without recipient, content" in kinds["round proven"]
    assert "meets the baseline" in kinds["met"]
    assert "hands on to 192.0.2.25:25" in kinds["met"]


def test_a_screen_reader_hears_every_lane(story_1: Audit) -> None:
    told = drawn(story_1).findtext(f"{SVG}desc") or ""
    assert "20 mail.example.com, 192.0.2.25:25 (OPEN): proven way round without recipient, content." in told


@pytest.mark.parametrize(
    ("state", "verdict", "words"),
    [
        ("closed", "closed", "nothing gets in"),
        ("filtered", "likely-closed", "likely: nothing gets in"),
        ("filtered", "unknown", "not known"),
        ("unknown", "unknown", "not known"),
        ("open", "unlatched", "not known"),
        ("open", "closed", "meets the baseline"),
    ],
)
def test_a_door_without_a_path(state: str, verdict: str, words: str, story_1: Audit) -> None:
    door = replace(story_1.doors[0], state=state, verdict=DoorVerdict(verdict))
    texts = [t.text for t in drawn(replace(story_1, doors=(door,), paths=())).iter(f"{SVG}text")]
    assert words in texts


def test_of_a_shut_door_nothing_more_is_told(story_1: Audit) -> None:
    shut = replace(story_1.doors[0], state="closed")
    path = replace(story_1.paths[1], unsure=(Latch.TLS,))
    (lane,) = lanes(replace(story_1, doors=(shut,), paths=(path,)))
    assert (lane.latches, lane.next_hop) == ("", "")


def test_doors_without_any_latch_are_never_drawn_as_met(story_1: Audit) -> None:
    door = replace(story_1.doors[0], verdict=DoorVerdict.UNLATCHED)
    (lane,) = lanes(replace(story_1, doors=(door,)))
    assert lane.line is Certainty.CLOSED
    assert "no latch to go round" in written(svg(replace(story_1, doors=(door,)), "d1") or "")


@pytest.mark.parametrize("count", [1, 12, 13, 30, 300])
def test_many_doors_share_lanes_and_none_is_lost(count: int, story_1: Audit) -> None:
    door = story_1.doors[0]
    doors = tuple(
        replace(door, id=f"192.0.2.{n}:25", ways_in=(WayIn("mx", "example.com", n, f"mx{n}.example.com"),))
        for n in range(count)
    )
    found = lanes(replace(story_1, doors=doors, paths=()))
    assert len(found) <= 12
    assert sum(lane.count for lane in found) == count


def test_no_door_no_picture(story_1: Audit) -> None:
    assert svg(replace(story_1, doors=()), "d1") is None


def test_whatever_strangers_wrote_it_stays_well_formed(
    hostile: Audit, story_1: Audit, spoil: Callable[[Audit, str], Audit]
) -> None:
    drawn(hostile)
    drawn(spoil(story_1, "\x00\x1b</svg>\ufffe\ud800"))
