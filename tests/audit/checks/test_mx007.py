# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""MX007: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.mx007 import check

CASES = [
    (
        "spare for the domain, the only one for a subdomain",
        domain()
        .says("10 mx1.example.com", "20 old.example.com")
        .says("10 old.example.com", name="b.example.com")
        .host("mx1.example.com", "192.0.2.1")
        .host("old.example.com", lost="no such name"),
        [
            "high old.example.com: old.example.com (MX 10 of b.example.com and MX 20 of example.com) does not resolve: no such name"
        ],
    ),
    (
        "one of two does not resolve",
        domain()
        .says("10 mx1.example.com", "20 old.example.com")
        .host("mx1.example.com", "192.0.2.1")
        .host("old.example.com", lost="no such name"),
        ["medium old.example.com: old.example.com (MX 20 of example.com) does not resolve: no such name"],
    ),
    (
        "the only one does not resolve",
        domain().says("10 mx1.example.com").host("mx1.example.com", lost="the name has no address"),
        ["high mx1.example.com: mx1.example.com (MX 10 of example.com) does not resolve: the name has no address"],
    ),
    (
        "its domain is free: anybody can take it over",
        domain()
        .says("10 mx1.example.com", "50 mail.exmaple.com")
        .host("mx1.example.com", "192.0.2.1")
        .host("mail.exmaple.com", lost="no such name", free="exmaple.com"),
        [
            "high mail.exmaple.com: mail.exmaple.com (MX 50 of example.com) does not resolve: no such name; exmaple.com is not registered: whoever registers it gets mail meant for you"
        ],
    ),
    ("nobody knows", domain().says("10 mx1.example.com").host("mx1.example.com", unknown="resolver: timeout"), []),
    ("localhost is MX006's", domain().says("10 localhost").host("localhost", lost="no such name"), []),
    ("lost, but no MX names it", domain().says().host("mx1.example.com", lost="no such name"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mx007(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
