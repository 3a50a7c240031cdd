# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""MX008: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx008 import check

CASES = [
    (
        "a sandwich of one address: Exim drops the second slice",
        domain()
        .says("10 mx1.example.com", "20 mx2.example.com", "99 mx3.example.com")
        .host("mx1.example.com", "192.0.2.1")
        .host("mx2.example.com", "192.0.2.2")
        .host("mx3.example.com", "192.0.2.1"),
        [
            "low example.com: 1 address more than once in the MX of example.com: 192.0.2.1 as 10 mx1.example.com and 99 mx3.example.com"
        ],
    ),
    (
        "the same name twice",
        domain().says("10 mx1.example.com", "99 mx1.example.com").host("mx1.example.com", "192.0.2.1"),
        [
            "low example.com: 1 address more than once in the MX of example.com: 192.0.2.1 as 10 mx1.example.com and 99 mx1.example.com"
        ],
    ),
    (
        "a sandwich with addresses of its own",
        domain()
        .says("10 mx1.example.com", "99 mx3.example.com")
        .host("mx1.example.com", "192.0.2.1")
        .host("mx3.example.com", "192.0.2.3"),
        [],
    ),
    (
        "one name server has the old number",
        domain()
        .says("10 mx1.example.com")
        .says("20 mx1.example.com", at="192.0.2.54")
        .host("mx1.example.com", "192.0.2.1"),
        [],
    ),
    (
        "two names of one host for two mail names",
        domain()
        .says("10 mx1.example.com")
        .says("10 mx2.example.com", name="b.example.com")
        .host("mx1.example.com", "192.0.2.1")
        .host("mx2.example.com", "192.0.2.1"),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx008(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
