"""The matrix of vantages and doors: what each word stands for, and that it fits."""

import pytest
from msgspec import structs

from mxlatch.audit.result import Audit, PortOutResult, SeenDoorResult, VantageResult
from mxlatch.report.layout import Style, columns
from mxlatch.report.vantages import PORT_OUT, about, legend, rows, vantage_table

FIRST, SECOND, ELSEWHERE = "192.0.2.10:25", "192.0.2.25:25", "198.51.100.9:2525"


def saw(name: str, out: str = "not-asked", **doors: str) -> VantageResult:
    """A vantage and what it saw of the first door, the second and another one."""
    ids = {"first": FIRST, "second": SECOND, "elsewhere": ELSEWHERE}
    seen = tuple(SeenDoorResult(ids[door], state, "", state == "open", ()) for door, state in doors.items())
    return VantageResult(name, "other", "", "2026-11-01T12:00:00Z", seen, (), PortOutResult(out, "", ()))


def seen_from(audit: Audit, *views: VantageResult) -> Audit:
    return structs.replace(audit, vantages=views)


def test_every_door_has_a_row_the_reports_own_first(story_1: Audit) -> None:
    audit = seen_from(story_1, saw("a", first="open", second="filtered"), saw("b", second="closed", elsewhere="open"))
    assert [(row.label.split()[0], row.words) for row in rows(audit)] == [
        (FIRST, ("open", "-")),
        (SECOND, ("silent", "closed")),
        (ELSEWHERE, ("-", "open")),
    ]


@pytest.mark.parametrize(
    ("here", "there", "differs"),
    [
        ("open", "open", False),
        ("open", "filtered", True),
        ("closed", "open", True),
        ("unknown", "open", True),
        ("closed", "filtered", False),
    ],
)
def test_what_one_lets_in_and_another_does_not_is_marked(story_1: Audit, here: str, there: str, differs: bool) -> None:
    (row, *_) = rows(seen_from(story_1, saw("a", first=here), saw("b", first=there)))
    assert row.differs is differs


def test_a_vantage_that_did_not_try_a_door_says_nothing_of_it(story_1: Audit) -> None:
    assert not rows(seen_from(story_1, saw("a", first="open"), saw("b")))[0].differs


def test_the_way_out_has_a_row_where_anybody_tried(story_1: Audit) -> None:
    assert PORT_OUT not in [row.label for row in rows(seen_from(story_1, saw("a"), saw("b")))]
    found = rows(seen_from(story_1, saw("a"), saw("b", "closed"), saw("c", "unknown")))
    assert (found[-1].label, found[-1].words) == (PORT_OUT, ("-", "closed", "?"))


def test_only_the_words_that_occur_are_explained(story_1: Audit) -> None:
    assert legend(rows(seen_from(story_1, saw("a", first="open", second="open")))) == ""
    assert legend(rows(seen_from(story_1, saw("a", first="filtered")))) == (
        "silent: nothing came back   - not tried from there"
    )


def test_a_look_of_another_time_says_when(story_1: Audit) -> None:
    late = structs.replace(saw("a"), what="guest Wi-Fi", time="2026-10-30T08:00:00Z")
    assert about(late, story_1) == "guest Wi-Fi; 2026-10-30 08:00:00 UTC"
    assert about(saw("a"), story_1) == ""


@pytest.mark.parametrize("width", [40, 80])
def test_many_vantages_fit_all_the_same(story_1: Audit, width: int) -> None:
    audit = seen_from(story_1, *(saw(f"vantage-{n}", first="open", second="filtered") for n in range(12)))
    lines = list(vantage_table(audit, Style(width=width)))
    assert max(map(columns, lines)) <= width
    assert all(any(f"vantage-{n}" in line for line in lines) for n in range(12))


def test_of_many_doors_those_that_differ_come_first(story_1: Audit) -> None:
    def wide(name: str, *states: str) -> VantageResult:
        seen = tuple(SeenDoorResult(f"198.51.100.{n}:25", s, "", False, ()) for n, s in enumerate(states, 1))
        return structs.replace(saw(name), doors=seen)

    audit = seen_from(story_1, wide("a", *["open"] * 30), wide("b", *["open"] * 29, "closed"))
    lines = list(vantage_table(audit, Style()))
    assert "198.51.100.30:25" in lines[1]
    assert "  and 12 more: see --json" in lines
