# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""LATCH002: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.latch002 import check

CASES = [
    (
        "likely missing is missing too",
        two_exchangers().door("192.0.2.1", content="likely-absent").verdict("192.0.2.1", "unlatched"),
        [
            "high example.com: no latch was found at 1 door (mx1.example.com (192.0.2.1:25)); missing for sure or likely: the content filter"
        ],
    ),
    (
        "two equal doors without any latch",
        two_exchangers()
        .door("192.0.2.1", recipient="absent", tls_latch="absent")
        .door("192.0.2.2", recipient="absent", tls_latch="absent")
        .verdict("192.0.2.1", "unlatched")
        .verdict("192.0.2.2", "unlatched"),
        [
            "high example.com: no latch was found at 2 doors (mx1.example.com (192.0.2.1:25) and mx2.example.com (192.0.2.2:25)); missing for sure or likely: the recipient check and STARTTLS"
        ],
    ),
    (
        "without leave only STARTTLS could be judged",
        two_exchangers().door("192.0.2.1", recipient="not-asked", tls_latch="absent").verdict("192.0.2.1", "unlatched"),
        [
            "medium example.com: no latch was found at 1 door (mx1.example.com (192.0.2.1:25)); missing for sure or likely: STARTTLS"
        ],
    ),
    ("equal and latched", two_exchangers().door("192.0.2.1", recipient="found").verdict("192.0.2.1", "closed"), []),
    (
        "nothing could be judged",
        two_exchangers().door("192.0.2.1", recipient="unknown").verdict("192.0.2.1", "unlatched"),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_latch002(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
