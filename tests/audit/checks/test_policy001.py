# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""POLICY001: cases, each with what is told of it."""

import pytest
from worlds import Described, concluded, judged, two_exchangers

from mxlatch.audit.checks.policy001 import check
from mxlatch.inventory.model import Door, Policy
from mxlatch.terms.latch import Latch

CONTENT = Policy((Latch.CONTENT, Latch.RECIPIENT), line=40)
PAIR = two_exchangers().door("192.0.2.1", content="found", recipient="found")
ROUND = PAIR.door("192.0.2.2", content="absent", recipient="found")
DEMAND = "every path from internet passes content and recipient"

CASES = [
    (
        "the secondary goes without the filter",
        ROUND.declares(policies=(CONTENT,)),
        [
            f"high {DEMAND}: mail comes to the mailbox without the content filter by example.com MX 20 mx2.example.com, as 1 server says"
        ],
    ),
    (
        "only likely: one step lower",
        PAIR.door("192.0.2.2", content="likely-absent", recipient="found").declares(policies=(CONTENT,)),
        [
            f"medium {DEMAND}: mail likely comes to the mailbox without the content filter by example.com MX 20 mx2.example.com, as 1 server says"
        ],
    ),
    (
        "what one hop on the way has counts",
        ROUND.hands_on("192.0.2.2", "192.0.2.1").declares(policies=(CONTENT,)),
        [],
    ),
    (
        "unless it is waived",
        ROUND.hands_on("192.0.2.2", "192.0.2.1", waives=(Latch.CONTENT,)).declares(policies=(CONTENT,)),
        [
            f"high {DEMAND}: mail comes to the mailbox without the content filter by example.com MX 20 mx2.example.com, as 1 server says, which hands on to 192.0.2.1:25"
        ],
    ),
    (
        "two policies, one of which holds",
        ROUND.declares(policies=(CONTENT, Policy((Latch.RECIPIENT,), line=44))),
        [
            f"high {DEMAND}: mail comes to the mailbox without the content filter by example.com MX 20 mx2.example.com, as 1 server says"
        ],
    ),
    (
        "not known is no fault",
        PAIR.door("192.0.2.2", content="unknown", recipient="found").declares(policies=(CONTENT,)),
        [],
    ),
    ("of another domain", ROUND.declares(policies=(Policy((Latch.CONTENT,), ("example.net",)),)), []),
    ("of another vantage", ROUND.declares(policies=(Policy((Latch.CONTENT,), source="guest"),)), []),
    ("no policy", ROUND, []),
    ("a shut door breaks nothing", PAIR.door("192.0.2.2", "closed").declares(policies=(CONTENT,)), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_policy001(case: Described, lines: list[str]) -> None:
    assert concluded(check, case) == lines


def test_the_evidence_begins_with_the_line_of_the_inventory() -> None:
    (finding,) = check(*judged(ROUND.declares(policies=(CONTENT,), doors=(Door("mx1.example.com"),))))
    demand, *steps = finding.evidence
    assert (demand.text, demand.source) == (DEMAND, "mxlatch.toml:40")
    assert [e.text for e in steps] == [
        "example.com MX 20 mx2.example.com",
        "220 ready",
        "content absent",
    ]
