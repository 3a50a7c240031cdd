# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""NS003: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.ns003 import check

CASES = [
    (
        "parent and registry name it",
        domain().server("ns1.example.com", "192.0.2.53", "refused", None, by=("parent 192.0.2.100", "registry")),
        [
            "medium 192.0.2.53: ns1.example.com (192.0.2.53) refuses to answer for example.com, though it is named by parent 192.0.2.100 and registry"
        ],
    ),
    (
        "delegated, and refuses",
        domain().server("ns1.example.com", "192.0.2.53", "refused", None),
        [
            "medium 192.0.2.53: ns1.example.com (192.0.2.53) refuses to answer for example.com, though it is named by parent 192.0.2.100"
        ],
    ),
    (
        "delegated, no authority",
        domain().server("ns1.example.com", "192.0.2.53", "not-auth", None),
        [
            "medium 192.0.2.53: ns1.example.com (192.0.2.53) answers without authority for example.com, though it is named by parent 192.0.2.100"
        ],
    ),
    (
        "delegated, fails",
        domain().server("ns1.example.com", "192.0.2.53", "servfail", None),
        [
            "low 192.0.2.53: ns1.example.com (192.0.2.53) fails to answer for example.com, though it is named by parent 192.0.2.100"
        ],
    ),
    (
        "delegated, knows no such zone",
        domain().server("ns1.example.com", "192.0.2.53", "nxdomain", None),
        [
            "medium 192.0.2.53: ns1.example.com (192.0.2.53) says that there is no example.com, though it is named by parent 192.0.2.100"
        ],
    ),
    (
        "only the registry names it",
        domain().server("ns6.example.com", "192.0.2.58", "refused", None, by=("registry",)),
        [
            "low 192.0.2.58: ns6.example.com (192.0.2.58) refuses to answer for example.com, though it is named by registry"
        ],
    ),
    (
        "only the inventory names it",
        domain().server("ns6.example.com", "192.0.2.58", "refused", None, by=("inventory",)),
        [],
    ),
    ("silent: unknown, no fault", domain().server("ns1.example.com", "192.0.2.53", "no-response", None), []),
    ("answers", domain().server("ns1.example.com", "192.0.2.53"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_ns003(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
