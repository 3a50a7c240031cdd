"""How findings relate and name doors, exchanges and mail names."""

import pytest
from worlds import domain, two_exchangers

from mxlatch.audit.subjects import keywords, ranked, said, targets, title, together
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.smtp import Reply


def test_a_door_bears_the_names_that_lead_to_it() -> None:
    world = two_exchangers().host("mx2.example.com", "192.0.2.1").door("192.0.2.9").world()
    assert [title(door) for door in world.doors] == [
        "mx1.example.com and mx2.example.com (192.0.2.1:25)",
        "192.0.2.9:25",
    ]


def test_exchangers_are_ranked_by_preference() -> None:
    world = two_exchangers().says("5 mx2.example.com", at="192.0.2.54").world()
    assert [(preference, exchange, door.id) for preference, exchange, door in ranked(world, "example.com")] == [
        (5, "mx2.example.com", "192.0.2.2:25"),
        (10, "mx1.example.com", "192.0.2.1:25"),
        (20, "mx2.example.com", "192.0.2.2:25"),
    ]


def test_the_null_mx_is_no_target() -> None:
    world = domain().says("0 .").says("10 mx1.example.com", name="b.example.com").world()
    assert targets(world) == {"mx1.example.com": [("b.example.com", 10)]}


def test_what_holds_for_many_names_is_told_once_and_first_of_the_domain() -> None:
    world = domain("example.com").world()
    told = {"a.example.com": "x", "example.com": "x", "b.example.com": "y"}
    assert together(world, told) == [
        ("example.com", "x", ["example.com", "a.example.com"]),
        ("b.example.com", "y", ["b.example.com"]),
    ]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("mx1 hello",), {}),
        (("XCLIENT is my name",), {}),  # the first line is the greeting
        (("hello", "SIZE 1000", "8bitmime"), {"SIZE": ("1000", "250 SIZE 1000"), "8BITMIME": ("", "250 8bitmime")}),
        (("hello", "", "  "), {}),
        (("hello", "SIZE 1", "SIZE 2"), {"SIZE": ("1", "250 SIZE 1")}),
    ],
)
def test_keywords_of_an_ehlo(lines: tuple[str, ...], found: dict[str, tuple[str, str]]) -> None:
    assert keywords([Reply(250, lines)]) == found


def test_a_line_of_a_session_has_its_time() -> None:
    world = two_exchangers().door("192.0.2.1").world()
    door = world.door("192.0.2.1:25")
    assert said(world, door, ["250 XCLIENT"]) == [Evidence("250 XCLIENT", "192.0.2.1:25", world.time)]
