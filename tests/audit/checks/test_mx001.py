# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""MX001: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx001 import check

CASES = [
    (
        "no MX, and a mail server at the address",
        domain().without_mx("example.com", "192.0.2.80").door("192.0.2.80"),
        [
            "medium example.com: example.com has no MX, so senders go to its own address: example.com (192.0.2.80:25), and a mail server answers there"
        ],
    ),
    (
        "no MX, nothing listens",
        domain().without_mx("www.example.com", "192.0.2.80").door("192.0.2.80", "closed"),
        [
            "info www.example.com: www.example.com has no MX, so senders go to its own address: www.example.com (192.0.2.80:25), though nothing listens there"
        ],
    ),
    (
        "no MX, silence",
        domain().without_mx("www.example.com", "192.0.2.80").door("192.0.2.80", "filtered"),
        [
            "info www.example.com: www.example.com has no MX, so senders go to its own address: www.example.com (192.0.2.80:25), though nothing answers there"
        ],
    ),
    (
        "no MX, nobody knows who answers",
        domain().without_mx("www.example.com", "192.0.2.80"),
        [
            "low www.example.com: www.example.com has no MX, so senders go to its own address: www.example.com (192.0.2.80:25), and whether a mail server answers there is not known"
        ],
    ),
    ("an MX", domain().says("10 mx1.example.com").host("mx1.example.com", "192.0.2.1").door("192.0.2.1"), []),
    ("no MX and no address", domain().says(), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
