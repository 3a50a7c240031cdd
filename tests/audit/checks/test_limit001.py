# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""LIMIT001: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.limit001 import check

CASES = [
    (
        "cut short",
        domain().cut_short("only 64 of 90 name server addresses were asked"),
        [
            "info example.com: not every name server of example.com was asked: only 64 of 90 name server addresses were asked"
        ],
    ),
    ("whole", domain(), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_limit001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
