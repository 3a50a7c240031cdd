# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""TLS002: cases, each with what is told of it."""

import pytest
from worlds import DAY, NOW, Described, handshake, told, two_exchangers

from mxlatch.audit.checks.tls002 import check
from mxlatch.terms.smtp import Tls

CASES = [
    (
        "no chain was kept, and it is not trusted",
        two_exchangers().door("192.0.2.1", tls=Tls("ok", trusted=False)),
        [
            "low 192.0.2.1:25: the certificate of mx1.example.com (192.0.2.1:25) does not hold: its chain leads to no root that this run trusts"
        ],
    ),
    (
        "one TLS without a certificate to judge does not soften the other",
        two_exchangers().door("192.0.2.1", tls=Tls("failed")).door("192.0.2.2", tls=handshake(trusted=True)),
        [
            "low 192.0.2.2:25: the certificate of mx2.example.com (192.0.2.2:25) does not hold: it is not made out to mx2.example.com but to no DNS name"
        ],
    ),
    ("runs out this very second", two_exchangers().door("192.0.2.1", tls=handshake("mx1.example.com", ends=NOW)), []),
    (
        "ran out at one exchanger",
        two_exchangers()
        .door("192.0.2.1", tls=handshake("mx1.example.com"))
        .door("192.0.2.2", tls=handshake("mx2.example.com", ends=NOW - 3 * DAY)),
        [
            "medium 192.0.2.2:25: the certificate of mx2.example.com (192.0.2.2:25) does not hold: it ran out 3 days before this run"
        ],
    ),
    (
        "fails at both alike: low",
        two_exchangers()
        .door("192.0.2.1", tls=handshake("mail.example.com"))
        .door("192.0.2.2", tls=handshake("*.example.com", trusted=False)),
        [
            "low 192.0.2.1:25: the certificate of mx1.example.com (192.0.2.1:25) does not hold: it is not made out to mx1.example.com but to mail.example.com",
            "low 192.0.2.2:25: the certificate of mx2.example.com (192.0.2.2:25) does not hold: its chain leads to no root that this run trusts",
        ],
    ),
    (
        "fails at both alike, and a policy is enforced",
        two_exchangers()
        .sts("*.example.com")
        .door("192.0.2.1", tls=handshake("mail.example.com"))
        .door("192.0.2.2", tls=handshake("mail.example.com")),
        [
            f"medium 192.0.2.{n}:25: the certificate of mx{n}.example.com (192.0.2.{n}:25) does not hold: it is not made out to mx{n}.example.com but to mail.example.com"
            for n in (1, 2)
        ],
    ),
    (
        "not begun",
        two_exchangers().door("192.0.2.1", tls=handshake("mx1.example.com", begins=NOW + DAY)),
        [
            "low 192.0.2.1:25: the certificate of mx1.example.com (192.0.2.1:25) does not hold: it begins only 1 day after this run"
        ],
    ),
    (
        "no DNS name at all",
        two_exchangers().door("192.0.2.1", tls=handshake()),
        [
            "low 192.0.2.1:25: the certificate of mx1.example.com (192.0.2.1:25) does not hold: it is not made out to mx1.example.com but to no DNS name"
        ],
    ),
    (
        "one door under two names, and a certificate for one of them",
        two_exchangers().host("mx2.example.com", "192.0.2.1").door("192.0.2.1", tls=handshake("mx1.example.com")),
        [
            "low 192.0.2.1:25: the certificate of mx1.example.com and mx2.example.com (192.0.2.1:25) does not hold: it is not made out to mx2.example.com but to mx1.example.com"
        ],
    ),
    (
        "both hold",
        two_exchangers()
        .door("192.0.2.1", tls=handshake("*.example.com"))
        .door("192.0.2.2", tls=handshake("MX2.example.com")),
        [],
    ),
    ("no TLS", two_exchangers().door("192.0.2.1").door("192.0.2.2", tls=handshake("mx2.example.com")), []),
    (
        "an address as MX bears no name",
        two_exchangers()
        .says("30 192.0.2.1")
        .host("192.0.2.1", "192.0.2.1")
        .door("192.0.2.1", tls=handshake("mx1.example.com")),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_tls002(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
