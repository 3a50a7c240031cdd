# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""NS002: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.ns002 import check

CASES = [
    (
        "a change on its way",
        domain().says("10 mx1.example.com", serial=8).says("10 old.example.com", at="192.0.2.54", serial=7),
        [
            "low example.com: example.com has 2 different MX sets at serials 7 and 8: 10 mx1.example.com at 192.0.2.53; 10 old.example.com at 192.0.2.54"
        ],
    ),
    (
        "serials that nobody told",
        domain().says("10 mx1.example.com", serial=8).says("10 old.example.com", at="192.0.2.54", serial=None),
        [
            "low example.com: example.com has 2 different MX sets at serials that are not all known: 10 mx1.example.com at 192.0.2.53; 10 old.example.com at 192.0.2.54"
        ],
    ),
    ("split brain: NS001", domain().says("10 mx1.example.com").says("10 old.example.com", at="192.0.2.54"), []),
    (
        "split brain, and an old record beside it",
        domain()
        .says("10 mx1.example.com", serial=8)
        .says("10 mx3.example.com", at="192.0.2.54", serial=8)
        .says("10 old.example.com", at="192.0.2.55", serial=7),
        [
            "low example.com: example.com has 3 different MX sets at serials 7 and 8: 10 mx1.example.com at 192.0.2.53; 10 mx3.example.com at 192.0.2.54; 10 old.example.com at 192.0.2.55"
        ],
    ),
    (
        "split brain, of which the old serial has one side",
        domain()
        .says("10 mx1.example.com", serial=8)
        .says("10 mx3.example.com", at="192.0.2.54", serial=8)
        .says("10 mx1.example.com", at="192.0.2.55", serial=7),
        [],
    ),
    (
        "other serial, same MX",
        domain().says("10 mx1.example.com", serial=8).says("10 mx1.example.com", at="192.0.2.54", serial=7),
        [],
    ),
    ("one is silent", domain().says("10 mx1.example.com").says(at="192.0.2.54", status="no-response", serial=None), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_ns002(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
