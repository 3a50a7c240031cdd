# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""TLS005: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.tls005 import check

MX1, MX2 = "mx1.example.com", "mx2.example.com"
CASES = [
    ("nobody asked", two_exchangers(), []),
    ("both have them", two_exchangers().tlsa(MX1, MX2), []),
    ("none has any", two_exchangers().tlsa(none_at=(MX1, MX2)), []),
    ("the secondary has none", two_exchangers().tlsa(MX1, none_at=(MX2,)), ["medium mx2.example.com: mx2.example.com has no TLSA record that counts, though mx1.example.com has"]),
    ("the secondary has some that no mail server heeds", two_exchangers().tlsa(MX1, of_authorities=(MX2,)), ["medium mx2.example.com: mx2.example.com has no TLSA record that counts, though mx1.example.com has"]),
    ("of the secondary it is not known", two_exchangers().tlsa(MX1), []),
    (
        "whether they validate is not known",
        two_exchangers().tlsa(MX1, none_at=(MX2,), secure=None),
        ["low mx2.example.com: mx2.example.com has no TLSA record that counts, though mx1.example.com has, if its records validate: no resolver that validates was asked"],
    ),
    ("they do not validate: nobody heeds them", two_exchangers().tlsa(MX1, none_at=(MX2,), secure=False), []),
]  # fmt: skip


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_tls005(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
