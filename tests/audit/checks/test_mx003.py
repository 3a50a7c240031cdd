"""MX003: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx003 import check

CASES = [
    (
        "beside one",
        domain().says("0 .", "10 mx1.example.com"),
        ["medium example.com: example.com has a null MX beside 1 other exchange: mx1.example.com"],
    ),
    (
        "beside two",
        domain().says("0 .", "10 mx1.example.com", "20 mx2.example.com"),
        ["medium example.com: example.com has a null MX beside 2 other exchanges: mx1.example.com and mx2.example.com"],
    ),
    ("alone", domain().says("0 ."), []),
    ("at another server", domain().says("0 .").says("10 mx1.example.com", at="192.0.2.54"), []),
    ("no answer", domain().says(status="servfail"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx003(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
