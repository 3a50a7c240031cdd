# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""NS001: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.ns001 import check

CASES = [
    (
        "one server has an old MX at the same serial",
        domain()
        .says("10 mx1.example.com", serial=7)
        .says("10 mx1.example.com", at="192.0.2.54", serial=7)
        .says("10 mx1.example.com", "20 old.example.com", at="192.0.2.55", serial=7),
        [
            "high example.com: example.com has 2 different MX sets at serial 7: 10 mx1.example.com at 192.0.2.53 and 192.0.2.54; 10 mx1.example.com and 20 old.example.com at 192.0.2.55"
        ],
    ),
    (
        "one has none",
        domain().says("10 mx1.example.com").says(at="192.0.2.54", status="nxdomain"),
        [
            "high example.com: example.com has 2 different MX sets at serial 1: no MX at 192.0.2.54; 10 mx1.example.com at 192.0.2.53"
        ],
    ),
    (
        "another preference is another set",
        domain().says("10 mx1.example.com").says("20 mx1.example.com", at="192.0.2.54"),
        [
            "high example.com: example.com has 2 different MX sets at serial 1: 10 mx1.example.com at 192.0.2.53; 20 mx1.example.com at 192.0.2.54"
        ],
    ),
    (
        "another serial: NS002",
        domain().says("10 mx1.example.com").says("20 mx1.example.com", at="192.0.2.54", serial=2),
        [],
    ),
    (
        "no serial known: NS002",
        domain().says("10 mx1.example.com", serial=None).says("20 mx1.example.com", at="192.0.2.54", serial=None),
        [],
    ),
    ("one is silent", domain().says("10 mx1.example.com").says(at="192.0.2.54", status="no-response"), []),
    ("one is lame", domain().says("10 mx1.example.com").says(at="192.0.2.54", status="refused"), []),
    (
        "order is no difference",
        domain()
        .says("10 a.example.com", "10 b.example.com")
        .says("10 b.example.com", "10 a.example.com", at="192.0.2.54"),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_ns001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
