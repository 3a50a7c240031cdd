# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""DOOR001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.door001 import check
from mxlatch.paths.assume import down

CASES = [
    (
        "first for one name, second for another",
        two_exchangers().says("10 mx2.example.com", name="b.example.com").door("192.0.2.1").door("192.0.2.2", "closed"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is published as an exchanger and refuses connections (seen from internet)"
        ],
    ),
    (
        "the secondary is dead",
        two_exchangers().door("192.0.2.1").door("192.0.2.2", "closed"),
        [
            "low 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is published as an exchanger and refuses connections (seen from internet)"
        ],
    ),
    (
        "the primary is dead",
        two_exchangers().door("192.0.2.1", "closed").door("192.0.2.2"),
        [
            "medium 192.0.2.1:25: mx1.example.com (192.0.2.1:25) is published as an exchanger and refuses connections (seen from internet)"
        ],
    ),
    (
        "its other address answers",
        two_exchangers()
        .host("mx1.example.com", "192.0.2.1", "2001:db8::1")
        .door("192.0.2.1")
        .door("2001:db8::1", "closed"),
        [
            "low [2001:db8::1]:25: mx1.example.com ([2001:db8::1]:25) is published as an exchanger and refuses connections (seen from internet)"
        ],
    ),
    (
        "a declared firewall",
        two_exchangers().shuts("192.0.2.1").door("192.0.2.1", "closed").door("192.0.2.2"),
        [
            "info 192.0.2.1:25: mx1.example.com (192.0.2.1:25) is published as an exchanger and refuses connections (seen from internet), as the inventory declares"
        ],
    ),
    ("a declared trap", two_exchangers().door("192.0.2.1", "closed", role="trap").door("192.0.2.2"), []),
    ("silent: likely closed, not told here", two_exchangers().door("192.0.2.1", "filtered").door("192.0.2.2"), []),
    ("unknown", two_exchangers().door("192.0.2.2"), []),
    ("closed, and no MX names it", two_exchangers().door("192.0.2.9", "closed"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_door001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines


def test_a_door_that_is_only_assumed_to_be_down_was_not_seen_to_refuse() -> None:
    case = two_exchangers().door("192.0.2.1").door("192.0.2.2")
    assert list(check(down(case.world(), ["192.0.2.1:25"]), case.paths())) == []
