# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""LATCH001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.latch001 import check

CASES = [
    (
        "the secondary takes unknown recipients: the back door of story 1",
        two_exchangers()
        .demand("recipient", "tls")
        .door("192.0.2.1", recipient="found", tls_latch="found")
        .door("192.0.2.2", recipient="absent", tls_latch="found"),
        [
            "high 192.0.2.2:25: mx2.example.com (192.0.2.2:25) takes mail without 1 of 2 latches of the baseline: the recipient check"
        ],
    ),
    (
        "only STARTTLS is missing",
        two_exchangers()
        .demand("recipient", "tls")
        .door("192.0.2.1")
        .door("192.0.2.2", recipient="found", tls_latch="absent"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) takes mail without 1 of 2 latches of the baseline: STARTTLS"
        ],
    ),
    (
        "likely is one step lower",
        two_exchangers().demand("content").door("192.0.2.1").door("192.0.2.2", content="likely-absent"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) very likely takes mail without 1 of 1 latch of the baseline: the content filter (likely)"
        ],
    ),
    (
        "several latches: the worst decides",
        two_exchangers()
        .demand("recipient", "order", "tls")
        .door("192.0.2.1")
        .door("192.0.2.2", recipient="likely-absent", order="absent", tls_latch="found"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) takes mail without 2 of 3 latches of the baseline: the recipient check (likely) and the order test"
        ],
    ),
    (
        "it hands on to a door that has the latch: a step lower",
        two_exchangers()
        .demand("recipient")
        .door("192.0.2.1", recipient="found")
        .door("192.0.2.2", recipient="absent")
        .hands_on("192.0.2.2", "192.0.2.1")
        .path("192.0.2.2", "192.0.2.1"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) takes mail without 1 of 1 latch of the baseline: the recipient check; 192.0.2.1:25 behind it has the recipient check"
        ],
    ),
    (
        "it hands on, but one path goes without the latch all the same",
        two_exchangers()
        .demand("recipient")
        .door("192.0.2.1", recipient="found")
        .door("192.0.2.2", recipient="absent")
        .path("192.0.2.2", "192.0.2.1")
        .path("192.0.2.2", missing=["recipient"]),
        [
            "high 192.0.2.2:25: mx2.example.com (192.0.2.2:25) takes mail without 1 of 1 latch of the baseline: the recipient check"
        ],
    ),
    (
        "unknown and not asked are no fault",
        two_exchangers()
        .demand("recipient", "tls")
        .door("192.0.2.1")
        .door("192.0.2.2", recipient="unknown", tls_latch="not-asked"),
        [],
    ),
    (
        "a latch that nobody demands",
        two_exchangers().demand("tls").door("192.0.2.2", recipient="absent", tls_latch="found"),
        [],
    ),
    (
        "a trap takes nothing",
        two_exchangers().demand("recipient").door("192.0.2.2", recipient="absent", role="trap"),
        [],
    ),
    (
        "a closed door lets nothing in",
        two_exchangers().demand("recipient").door("192.0.2.2", "closed", recipient="absent"),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_latch001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines


def test_the_evidence_is_the_transcript_of_the_latch() -> None:
    case = two_exchangers().demand("recipient").door("192.0.2.2", recipient="absent")
    (finding,) = check(case.world(), case.paths())
    assert [(e.text, e.source) for e in finding.evidence] == [("recipient absent", "192.0.2.2:25")]


def test_a_latch_behind_is_shown_by_the_hop_behind() -> None:
    case = (
        two_exchangers()
        .demand("recipient")
        .door("192.0.2.1", recipient="found")
        .door("192.0.2.2", recipient="absent")
        .hands_on("192.0.2.2", "192.0.2.1")
        .hands_on("192.0.2.9", "192.0.2.1")
    )
    (behind,) = check(case.world(), case.path("192.0.2.2", "192.0.2.1").paths())
    assert [e.text for e in behind.evidence] == ["recipient absent", "next hop 192.0.2.1"]
    (round_it,) = check(case.world(), case.paths())
    assert [e.text for e in round_it.evidence] == ["recipient absent"]


def test_a_latch_behind_counts_only_if_it_is_there() -> None:
    case = (
        two_exchangers()
        .demand("recipient")
        .door("192.0.2.1", recipient="unknown")
        .door("192.0.2.2", recipient="absent")
    )
    (finding,) = check(case.world(), case.path("192.0.2.2", "192.0.2.1").paths())
    assert "behind it" not in finding.message
