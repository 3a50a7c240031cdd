# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""BOUNCE001: cases, each with what is told of it."""

import pytest
from worlds import Described, concluded, judged, told, two_exchangers

from mxlatch.audit.checks import run_all
from mxlatch.audit.checks.bounce001 import check
from mxlatch.terms.latch import Latch

PAIR = two_exchangers().door("192.0.2.1", recipient="found")
BACK = PAIR.door("192.0.2.2", recipient="absent").hands_on("192.0.2.2", "192.0.2.1")
TOLD = "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) accepts what 192.0.2.1:25 behind it will refuse by the recipient check, and must return it"

LOWER = TOLD.replace("medium", "low").replace("will refuse", "may refuse")

CASES = [
    ("a backup that knows no recipients", BACK, [TOLD]),
    (
        "likely is one step lower",
        PAIR.door("192.0.2.2", recipient="likely-absent").hands_on("192.0.2.2", "192.0.2.1"),
        [LOWER],
    ),
    (
        "a filter behind may put aside what it finds",
        two_exchangers()
        .door("192.0.2.1", content="found", recipient="found")
        .door("192.0.2.2", content="absent", recipient="found")
        .hands_on("192.0.2.2", "192.0.2.1"),
        [LOWER.replace("recipient check", "content filter")],
    ),
    (
        "several behind, several latches: one finding",
        two_exchangers()
        .door("192.0.2.1", recipient="found", content="found")
        .door("192.0.2.3", recipient="found")
        .door("192.0.2.2", recipient="absent", content="absent")
        .hands_on("192.0.2.2", "192.0.2.1")
        .hands_on("192.0.2.2", "192.0.2.3"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) accepts what 192.0.2.1:25 and 192.0.2.3:25 behind it will refuse by the recipient check and the content filter, and must return it"
        ],
    ),
    (
        "what judges by the client is blind behind a relay, and refuses nothing",
        two_exchangers()
        .door("192.0.2.1", dnsbl="found", recipient="found")
        .door("192.0.2.2", dnsbl="absent", recipient="found")
        .hands_on("192.0.2.2", "192.0.2.1"),
        [],
    ),
    (
        "unless the relay hands the client on",
        two_exchangers()
        .door("192.0.2.1", dnsbl="found")
        .door("192.0.2.2", dnsbl="absent")
        .hands_on("192.0.2.2", "192.0.2.1", hands_on_client="xclient"),
        [LOWER.replace("recipient check", "block list")],
    ),
    (
        "the next hop waives it for this door",
        PAIR.door("192.0.2.2", recipient="absent").hands_on("192.0.2.2", "192.0.2.1", waives=(Latch.RECIPIENT,)),
        [],
    ),
    ("both refuse", PAIR.door("192.0.2.2", recipient="found").hands_on("192.0.2.2", "192.0.2.1"), []),
    ("not known is no fault", PAIR.door("192.0.2.2", recipient="unknown").hands_on("192.0.2.2", "192.0.2.1"), []),
    (
        "a filter may pass the answer through",
        PAIR.door("192.0.2.2", recipient="absent", role="filter").hands_on("192.0.2.2", "192.0.2.1"),
        [],
    ),
    (
        "a door that takes nothing returns nothing",
        PAIR.door("192.0.2.2", "closed", recipient="absent").hands_on("192.0.2.2", "192.0.2.1"),
        [],
    ),
    ("it hands on to nobody", PAIR.door("192.0.2.2", recipient="absent"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_bounce001(case: Described, lines: list[str]) -> None:
    assert concluded(check, case) == lines


def test_the_evidence_is_of_both_hops() -> None:
    (finding,) = check(*judged(BACK))
    assert [(e.text, e.source) for e in finding.evidence] == [
        ("recipient absent", "192.0.2.2:25"),
        ("recipient found", "192.0.2.1:25"),
        ("next hop 192.0.2.1", "inventory:7"),
    ]


def test_backscatter_is_told_by_this_rule_alone() -> None:
    found = [each for each in run_all(*judged(BACK.demand("recipient"))) if each.id != "MX006"]
    assert [finding.id for finding in found] == ["BOUNCE001", "LATCH001"]
    assert [finding.id for finding in found if "return" in finding.message] == ["BOUNCE001"]


def test_nothing_is_said_where_nobody_judged() -> None:
    assert told(check, BACK) == []
