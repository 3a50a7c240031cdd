"""MX009: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx009 import check

CASES = [
    (
        "any name gets an MX",
        domain().says("10 mx1.example.com").says("10 mx1.example.com", name="mxlatch-x.example.com", wildcard=True),
        ["low *.example.com: any name below example.com without records of its own gets 10 mx1.example.com"],
    ),
    ("any name gets a null MX", domain().says("0 .", name="mxlatch-x.example.com", wildcard=True), []),
    (
        "told once a zone",
        domain()
        .says("10 mx1.example.com", name="a.example.com", wildcard=True)
        .says("10 mx1.example.com", name="b.example.com", wildcard=True),
        ["low *.example.com: any name below example.com without records of its own gets 10 mx1.example.com"],
    ),
    ("no wildcard", domain().says("10 mx1.example.com"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx009(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
