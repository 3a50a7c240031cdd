# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""TLS001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.tls001 import check

CASES = [
    (
        "missing at the secondary",
        two_exchangers().door("192.0.2.1", tls_latch="found").door("192.0.2.2", tls_latch="absent"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) does not offer STARTTLS, though another door has it: mx1.example.com (192.0.2.1:25)"
        ],
    ),
    (
        "offered, and fails",
        two_exchangers()
        .door("192.0.2.1", tls_latch="found")
        .door("192.0.2.2", ehlo=["STARTTLS"], tls_latch="likely-absent"),
        [
            "low 192.0.2.2:25: mx2.example.com (192.0.2.2:25) offers STARTTLS but the handshake fails, though another door has it: mx1.example.com (192.0.2.1:25)"
        ],
    ),
    (
        "missing at both",
        two_exchangers().door("192.0.2.1", tls_latch="absent").door("192.0.2.2", tls_latch="absent"),
        [],
    ),
    (
        "unknown at one",
        two_exchangers().door("192.0.2.1", tls_latch="found").door("192.0.2.2", tls_latch="unknown"),
        [],
    ),
    ("at both", two_exchangers().door("192.0.2.1", tls_latch="found").door("192.0.2.2", tls_latch="found"), []),
    (
        "missing at a closed door",
        two_exchangers().door("192.0.2.1", tls_latch="found").door("192.0.2.2", "closed", tls_latch="absent"),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_tls001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
