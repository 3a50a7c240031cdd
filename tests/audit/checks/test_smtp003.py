"""SMTP003: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.smtp003 import check

SECOND = "high 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is published as an exchanger of example.com, and "
CASES = [
    (
        "does not relay",
        two_exchangers().door("192.0.2.2", valid="454 4.7.1 Relay access denied"),
        [f"{SECOND}does not relay to it"],
    ),
    (
        "a submission server",
        two_exchangers().door("192.0.2.2", valid="530 5.7.0 Authentication required"),
        [f"{SECOND}takes mail only from who logs in"],
    ),
    ("refuses, perhaps us", two_exchangers().door("192.0.2.2", valid="550 5.7.1 no"), []),
    ("takes it", two_exchangers().door("192.0.2.2", valid="250 ok"), []),
    ("not asked", two_exchangers().door("192.0.2.2"), []),
    ("of another name only", two_exchangers().door("192.0.2.9", valid="554 relay not permitted"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_smtp003(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
