"""MX004: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx004 import check

CASES = [
    (
        "an alias",
        domain().says("10 mail.example.com").host("mail.example.com", "192.0.2.1", alias="web.example.net"),
        ["medium mail.example.com: mail.example.com (MX 10 of example.com) is an alias for web.example.net"],
    ),
    (
        "an alias that leads nowhere known",
        domain().says("10 mail.example.com").host("mail.example.com", alias="web.example.net", unknown="timeout"),
        ["medium mail.example.com: mail.example.com (MX 10 of example.com) is an alias for web.example.net"],
    ),
    ("a host", domain().says("10 mail.example.com").host("mail.example.com", "192.0.2.1"), []),
    ("an alias that no MX names", domain().says().host("mail.example.com", "192.0.2.1", alias="web.example.net"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx004(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
