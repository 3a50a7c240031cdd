# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""EHLO001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_equals, two_exchangers

from mxlatch.audit.checks.ehlo001 import check

CASES = [
    (
        "of two equals neither hands on to the other",
        two_equals().door("192.0.2.1", ehlo=["SIZE 1000"]).door("192.0.2.2", ehlo=["SIZE 2000", "8BITMIME"]),
        [
            "low example.com: the exchangers of example.com differ: message size is 1000 at mx1.example.com (192.0.2.1:25) and 2000 at mx2.example.com (192.0.2.2:25); 8BITMIME is not offered by mx1.example.com (192.0.2.1:25)"
        ],
    ),
    (
        "the backup takes less, but UTF-8 that the primary does not: the graver decides",
        two_exchangers().door("192.0.2.1", ehlo=["SIZE 2000"]).door("192.0.2.2", ehlo=["SIZE 1000", "SMTPUTF8"]),
        [
            "medium example.com: the exchangers of example.com differ: message size is 2000 at mx1.example.com (192.0.2.1:25) and 1000 at mx2.example.com (192.0.2.2:25); SMTPUTF8 is not offered by mx1.example.com (192.0.2.1:25)"
        ],
    ),
    (
        "the secondary takes larger mail than the primary",
        two_exchangers().door("192.0.2.1", ehlo=["SIZE 10000000"]).door("192.0.2.2", ehlo=["SIZE 50000000"]),
        [
            "medium example.com: the exchangers of example.com differ: message size is 10000000 at mx1.example.com (192.0.2.1:25) and 50000000 at mx2.example.com (192.0.2.2:25)"
        ],
    ),
    (
        "the secondary takes less",
        two_exchangers().door("192.0.2.1", ehlo=["SIZE 0"]).door("192.0.2.2", ehlo=["SIZE 50000000"]),
        [
            "low example.com: the exchangers of example.com differ: message size is without limit at mx1.example.com (192.0.2.1:25) and 50000000 at mx2.example.com (192.0.2.2:25)"
        ],
    ),
    (
        "the secondary takes UTF-8 addresses and the primary does not",
        two_exchangers().door("192.0.2.1", ehlo=["8BITMIME"]).door("192.0.2.2", ehlo=["8BITMIME", "smtputf8"]),
        [
            "medium example.com: the exchangers of example.com differ: SMTPUTF8 is not offered by mx1.example.com (192.0.2.1:25)"
        ],
    ),
    (
        "CHUNKING makes nobody refuse later",
        two_exchangers().door("192.0.2.1", ehlo=["8BITMIME"]).door("192.0.2.2", ehlo=["8BITMIME", "CHUNKING"]),
        [
            "low example.com: the exchangers of example.com differ: CHUNKING is not offered by mx1.example.com (192.0.2.1:25)"
        ],
    ),
    (
        "alike",
        two_exchangers()
        .door("192.0.2.1", ehlo=["SIZE 1000", "8BITMIME", "HELP"])
        .door("192.0.2.2", ehlo=["8BITMIME", "SIZE 1000"]),
        [],
    ),
    ("one tells no size", two_exchangers().door("192.0.2.1", ehlo=["SIZE 1000"]).door("192.0.2.2", ehlo=["ETRN"]), []),
    (
        "a size that is no number",
        two_exchangers().door("192.0.2.1", ehlo=["SIZE 1000"]).door("192.0.2.2", ehlo=["SIZE lots"]),
        [],
    ),
    ("one gave no EHLO", two_exchangers().door("192.0.2.1", ehlo=["8BITMIME"]).door("192.0.2.2"), []),
    ("one is closed", two_exchangers().door("192.0.2.1", ehlo=["8BITMIME"]).door("192.0.2.2", "closed"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_ehlo001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
