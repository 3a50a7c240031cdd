# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""TLS003: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.tls003 import check
from mxlatch.terms.smtp import Tls

CASES = [
    (
        "only what OpenSSL refuses",
        two_exchangers().door("192.0.2.1", tls=Tls("old", "TLSv1", "AES128-SHA", reason="unsupported protocol")),
        [
            "low 192.0.2.1:25: mx1.example.com (192.0.2.1:25) agrees to TLSv1 AES128-SHA only, which current software refuses by default (unsupported protocol)"
        ],
    ),
    (
        "a lenient library agreed",
        two_exchangers().door("192.0.2.1", tls=Tls("ok", "TLSv1.1")),
        ["low 192.0.2.1:25: mx1.example.com (192.0.2.1:25) agrees to TLSv1.1 only"],
    ),
    ("today's TLS", two_exchangers().door("192.0.2.1", tls=Tls("ok", "TLSv1.2")), []),
    ("a failed handshake tells nothing", two_exchangers().door("192.0.2.1", tls=Tls("failed", reason="reset")), []),
    ("no TLS", two_exchangers().door("192.0.2.1"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_tls003(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
