"""SMTP001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.smtp001 import check

CASES = [
    (
        "XCLIENT",
        two_exchangers().door("192.0.2.1", ehlo=["SIZE 1000", "XCLIENT NAME ADDR"]),
        ["critical 192.0.2.1:25: mx1.example.com (192.0.2.1:25) offers XCLIENT to a stranger"],
    ),
    (
        "both, in any case",
        two_exchangers().door("192.0.2.1", ehlo=["xforward NAME", "xclient NAME"]),
        ["critical 192.0.2.1:25: mx1.example.com (192.0.2.1:25) offers XCLIENT and XFORWARD to a stranger"],
    ),
    ("a greeting that says XCLIENT", two_exchangers().door("192.0.2.1", ehlo=["SIZE 1000"]), []),
    ("another word", two_exchangers().door("192.0.2.1", ehlo=["XCLIENTELE"]), []),
    ("no EHLO", two_exchangers().door("192.0.2.1"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_smtp001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines


def test_the_evidence_is_the_line_of_the_session() -> None:
    case = two_exchangers().door("192.0.2.1", ehlo=["XCLIENT NAME ADDR"])
    (finding,) = check(case.world(), case.paths())
    assert [(e.text, e.source) for e in finding.evidence] == [("250 XCLIENT NAME ADDR", "192.0.2.1:25")]
