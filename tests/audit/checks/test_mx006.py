"""MX006: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx006 import check

CASES = [
    (
        "private",
        domain().says("10 mx1.example.com").host("mx1.example.com", "10.0.0.5"),
        ["medium mx1.example.com: mx1.example.com (MX 10 of example.com) leads to 10.0.0.5 (private)"],
    ),
    (
        "one of two",
        domain().says("10 mx1.example.com").host("mx1.example.com", "8.8.8.8", "fd00::1"),
        ["medium mx1.example.com: mx1.example.com (MX 10 of example.com) leads to fd00::1 (unique local)"],
    ),
    (
        "localhost",
        domain().says("10 localhost").host("localhost"),
        ["medium localhost: localhost (MX 10 of example.com) leads to the sender's own host (localhost)"],
    ),
    (
        "localhost with its address",
        domain().says("10 localhost").host("localhost", "127.0.0.1"),
        ["medium localhost: localhost (MX 10 of example.com) leads to 127.0.0.1 (loopback)"],
    ),
    (
        "private space that the inventory lists",
        domain().says("10 mx1.example.com").host("mx1.example.com", "10.0.0.5").lists("10.0.0.5"),
        [],
    ),
    ("global", domain().says("10 mx1.example.com").host("mx1.example.com", "8.8.8.8", "2001:4860:4860::8888"), []),
    ("nobody knows where it leads", domain().says("10 mx1.example.com").host("mx1.example.com", unknown="timeout"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx006(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
