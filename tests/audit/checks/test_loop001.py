# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""LOOP001: cases, each with what is told of it."""

import pytest
from worlds import Described, concluded, judged, told, two_exchangers

from mxlatch.audit.checks.loop001 import check
from mxlatch.world.model import FORWARD

PAIR = two_exchangers().door("192.0.2.1", recipient="found").door("192.0.2.2", recipient="found")
INSIDE = {"role": "backup", "behind_nat": True}
LOST = "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) does not find itself among the exchangers of example.com: behind NAT it knows only its names"

CASES = [
    (
        "a backup behind NAT that bears another name",
        PAIR.lists_name("backup.example.com", "192.0.2.2", **INSIDE).relays_by_mx(),
        [LOST],
    ),
    ("it bears the name of its MX", PAIR.lists_name("mx2.example.com", "192.0.2.2", **INSIDE).relays_by_mx(), []),
    (
        "the public knows it by the name of its MX",
        PAIR.lists_name("backup.example.com", "192.0.2.2", public_names=("mx2.example.com",), **INSIDE).relays_by_mx(),
        [],
    ),
    (
        "it bears its public address",
        PAIR.lists_name("backup.example.com", "192.0.2.2", role="backup").relays_by_mx(),
        [],
    ),
    (
        "the best exchanger has none better to hand on to",
        PAIR.lists_name("mx1.example.com", "192.0.2.1", next_hop="mx").relays_by_mx(),
        [
            "medium 192.0.2.1:25: mx1.example.com (192.0.2.1:25) is itself the best exchanger of example.com that it knows, and hands on by the MX"
        ],
    ),
    (
        "two that hand on to each other, told once",
        PAIR.hands_on("192.0.2.2", "192.0.2.1").hands_on("192.0.2.1", "192.0.2.2"),
        [
            "medium 192.0.2.1:25: what 192.0.2.1:25 hands on comes back to it: 192.0.2.1:25 to 192.0.2.2:25 to 192.0.2.1:25"
        ],
    ),
    (
        "a ring, and one that does not find itself",
        PAIR.door("192.0.2.3")
        .hands_on("192.0.2.3", "192.0.2.1")
        .hands_on("192.0.2.1", "192.0.2.3")
        .lists_name("backup.example.com", "192.0.2.2", **INSIDE)
        .hands_on("192.0.2.2", "192.0.2.2", name="example.com"),
        [
            "medium 192.0.2.1:25: what 192.0.2.1:25 hands on comes back to it: 192.0.2.1:25 to 192.0.2.3:25 to 192.0.2.1:25",
            LOST,
        ],
    ),
    (
        "some of it sent on and handed back may go to another name",
        PAIR.hands_on("192.0.2.2", "192.0.2.1").hands_on("192.0.2.1", "192.0.2.2", kind=FORWARD),
        [],
    ),
    (
        "nor is it told beside one that surely loops",
        PAIR.door("192.0.2.3")
        .hands_on("192.0.2.3", "192.0.2.1")
        .hands_on("192.0.2.1", "192.0.2.3", kind=FORWARD)
        .lists_name("backup.example.com", "192.0.2.2", **INSIDE)
        .hands_on("192.0.2.2", "192.0.2.2", name="example.com"),
        [LOST],
    ),
    (
        "the best, by the name that the public knows",
        PAIR.lists_name("a.example.com", "192.0.2.1", public_names=("mx1.example.com",), **INSIDE).relays_by_mx(),
        [
            "medium 192.0.2.1:25: mx1.example.com (192.0.2.1:25) is itself the best exchanger of example.com that it knows, and hands on by the MX"
        ],
    ),
    ("a chain is no ring", PAIR.hands_on("192.0.2.2", "192.0.2.1"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_loop001(case: Described, lines: list[str]) -> None:
    assert concluded(check, case) == lines


def test_the_evidence_is_every_link_of_the_ring() -> None:
    (finding,) = check(*judged(PAIR.hands_on("192.0.2.2", "192.0.2.1").hands_on("192.0.2.1", "192.0.2.2")))
    assert sorted(e.text for e in finding.evidence) == ["next hop 192.0.2.1", "next hop 192.0.2.2"]


def test_nothing_is_said_where_nobody_judged() -> None:
    assert told(check, PAIR.hands_on("192.0.2.2", "192.0.2.2")) == []
