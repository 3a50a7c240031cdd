# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""MIX001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.mix001 import check

CASES = [
    (
        "a filter in front, the old server left as secondary",
        two_exchangers().filters("proofpoint").door("192.0.2.1", operator="proofpoint").door("192.0.2.2"),
        [
            "medium example.com: mail to MX 20 mx2.example.com of example.com likely goes round the filter (proofpoint) of the other exchangers"
        ],
    ),
    (
        "a mailbox provider beside the filter",
        two_exchangers()
        .filters("proofpoint")
        .door("192.0.2.1", operator="proofpoint")
        .door("192.0.2.2", operator="zoho"),
        [
            "medium example.com: mail to MX 20 mx2.example.com of example.com likely goes round the filter (proofpoint) of the other exchangers"
        ],
    ),
    (
        "nobody looked at port 25: the names alone say so",
        two_exchangers().filters("proofpoint").door("192.0.2.1", "unknown", operator="proofpoint"),
        [
            "medium example.com: mail to MX 20 mx2.example.com of example.com likely goes round the filter (proofpoint) of the other exchangers"
        ],
    ),
    (
        "two filters",
        two_exchangers()
        .filters("proofpoint", "mimecast")
        .door("192.0.2.1", operator="proofpoint")
        .door("192.0.2.2", operator="mimecast"),
        [],
    ),
    (
        "a known operator that does not filter",
        two_exchangers().filters("proofpoint").door("192.0.2.1", operator="zoho").door("192.0.2.2"),
        [],
    ),
    (
        "the other one is closed",
        two_exchangers().filters("proofpoint").door("192.0.2.1", operator="proofpoint").door("192.0.2.2", "closed"),
        [],
    ),
    (
        "the other one is silent",
        two_exchangers().filters("proofpoint").door("192.0.2.1", operator="proofpoint").door("192.0.2.2", "filtered"),
        [],
    ),
    (
        "a subdomain with the same exchangers is told of together",
        two_exchangers()
        .says("10 mx1.example.com", "20 mx2.example.com", name="b.example.com")
        .filters("proofpoint")
        .door("192.0.2.1", operator="proofpoint")
        .door("192.0.2.2"),
        [
            "medium example.com: mail to MX 20 mx2.example.com of example.com and b.example.com likely goes round the filter (proofpoint) of the other exchangers"
        ],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mix001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
