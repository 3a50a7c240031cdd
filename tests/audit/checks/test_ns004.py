# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""NS004: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.ns004 import check

CASES = [
    (
        "one behind",
        domain().server("ns1.example.com", "192.0.2.53", serial=7).server("ns2.example.com", "192.0.2.54", serial=9),
        ["low 192.0.2.53: ns1.example.com (192.0.2.53) serves serial 7 of example.com; 1 server address has 9"],
    ),
    (
        "the counter went round",
        domain()
        .server("ns1.example.com", "192.0.2.53", serial=4294967295)
        .server("ns2.example.com", "192.0.2.54", serial=1),
        [
            "low 192.0.2.53: ns1.example.com (192.0.2.53) serves serial 4294967295 of example.com; 1 server address has 1"
        ],
    ),
    (
        "alike",
        domain().server("ns1.example.com", "192.0.2.53", serial=7).server("ns2.example.com", "192.0.2.54", serial=7),
        [],
    ),
    (
        "one is silent",
        domain()
        .server("ns1.example.com", "192.0.2.53", serial=7)
        .server("ns2.example.com", "192.0.2.54", "no-response", None),
        [],
    ),
    (
        "half the circle apart: not ordered",
        domain()
        .server("ns1.example.com", "192.0.2.53", serial=0)
        .server("ns2.example.com", "192.0.2.54", serial=2147483648),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_ns004(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
