# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""LATCH003: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.latch003 import check

CASES = [
    (
        "an open relay",
        two_exchangers().door("192.0.2.1", relay="absent"),
        ["critical 192.0.2.1:25: mx1.example.com (192.0.2.1:25) takes mail from strangers for other people's domains"],
    ),
    (
        "likely an open relay",
        two_exchangers().door("192.0.2.1", relay="likely-absent"),
        [
            "high 192.0.2.1:25: mx1.example.com (192.0.2.1:25) likely takes mail from strangers for other people's domains"
        ],
    ),
    ("refuses to relay", two_exchangers().door("192.0.2.1", relay="found"), []),
    ("not asked", two_exchangers().door("192.0.2.1", relay="not-asked"), []),
    ("greylisted", two_exchangers().door("192.0.2.1", relay="unknown"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_latch003(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
