"""SMTP002: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.smtp002 import check
from mxlatch.terms.smtp import Tls
from mxlatch.wire.smtp.probe import THROWN_AWAY

CASES = [
    (
        "answers ahead",
        two_exchangers().door("192.0.2.1", early=True),
        ["low 192.0.2.1:25: mx1.example.com (192.0.2.1:25) answers before it is asked"],
    ),
    (
        "injects after STARTTLS",
        two_exchangers().door("192.0.2.1", early=True, tls=Tls("ok", reason=f"odd; {THROWN_AWAY}")),
        ["medium 192.0.2.1:25: mx1.example.com (192.0.2.1:25) sends plain text after STARTTLS, before the handshake"],
    ),
    ("keeps its turn", two_exchangers().door("192.0.2.1", tls=Tls("ok")), []),
    ("closed", two_exchangers().door("192.0.2.1", "closed"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_smtp002(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
