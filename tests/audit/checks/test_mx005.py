# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""MX005: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx005 import check

CASES = [
    (
        "an address as target",
        domain().says("10 192.0.2.1").host("192.0.2.1", "192.0.2.1"),
        [
            "medium 192.0.2.1: MX 10 of example.com is the address 192.0.2.1: honest senders may skip it, spammers need not"
        ],
    ),
    (
        "in brackets",
        domain().says("10 [192.0.2.1]").host("[192.0.2.1]", "192.0.2.1"),
        [
            "medium [192.0.2.1]: MX 10 of example.com is the address [192.0.2.1]: honest senders may skip it, spammers need not"
        ],
    ),
    (
        "a name that only looks like one",
        domain().says("10 192-0-2-1.example.com").host("192-0-2-1.example.com", "192.0.2.1"),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx005(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
