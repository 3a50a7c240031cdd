"""MX002: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx002 import check

CASES = [
    ("the null MX", domain().says("0 ."), ["info example.com: example.com takes no mail: its only MX is the null MX"]),
    (
        "one server silent",
        domain().says("0 .").says(at="192.0.2.54", status="no-response"),
        ["info example.com: example.com takes no mail: its only MX is the null MX"],
    ),
    ("beside others: MX003 tells", domain().says("0 .", "10 mx1.example.com"), []),
    ("only one server says so: NS001 tells", domain().says("0 .").says("10 mx1.example.com", at="192.0.2.54"), []),
    ("an MX", domain().says("10 mx1.example.com"), []),
    ("no MX", domain().says(), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx002(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
