"""TLS006: cases, each with what is told of it."""

import pytest
from worlds import Described, handshake, told, two_exchangers

from mxlatch.audit.checks.tls006 import check

MX1, MX2 = "mx1.example.com", "mx2.example.com"
UNFIT = "the certificate of mx2.example.com (192.0.2.2:25) fits none of its TLSA records"


def pair() -> Described:
    return two_exchangers().door("192.0.2.1", tls=handshake(MX1)).door("192.0.2.2", tls=handshake(MX2))


CASES = [
    ("nobody asked", pair(), []),
    ("both fit", pair().tlsa(MX1, MX2), []),
    ("a new key at the second", pair().tlsa(MX1, of_other_keys=(MX2,)), [f"high 192.0.2.2:25: {UNFIT}"]),
    (
        "whether they validate is not known",
        pair().tlsa(MX1, of_other_keys=(MX2,), secure=None),
        [f"medium 192.0.2.2:25: {UNFIT}, if they validate: no resolver that validates was asked"],
    ),
    ("they do not validate: nobody heeds them", pair().tlsa(MX1, of_other_keys=(MX2,), secure=False), []),
    ("usage 1: nobody heeds them", pair().tlsa(MX1, of_authorities=(MX2,)), []),
    ("no certificate was seen", two_exchangers().tlsa(of_other_keys=(MX2,)), []),
    (
        "one machine with two names, and a certificate for one of them",
        two_exchangers().host(MX2, "192.0.2.1").door("192.0.2.1", tls=handshake(MX1)).tlsa(MX1, of_other_keys=(MX2,)),
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_tls006(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
