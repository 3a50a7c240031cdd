"""NS006: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.ns006 import check

CASES = [
    (
        "answers to lower case only",
        domain().says(status="nodata", lower="answer"),
        ["medium 192.0.2.53: 192.0.2.53 says nodata to example.com MX in mixed case, but answer in lower case"],
    ),
    (
        "refuses mixed case",
        domain().says(status="refused", lower="answer"),
        ["medium 192.0.2.53: 192.0.2.53 says refused to example.com MX in mixed case, but answer in lower case"],
    ),
    (
        "another set",
        domain().says("10 mx1.example.com", lower="answer"),
        ["medium 192.0.2.53: 192.0.2.53 gives different MX for example.com in mixed and in lower case"],
    ),
    ("silent to one of them: a lost packet, perhaps", domain().says(status="no-response", lower="answer"), []),
    ("fails at both, differently", domain().says(status="refused", lower="servfail"), []),
    ("no difference", domain().says("10 mx1.example.com"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_ns006(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
