"""MISSING001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.missing001 import check

OPEN = two_exchangers().door("192.0.2.1", authorised=True).door("192.0.2.2", authorised=True)

CASES = [
    ("all there", OPEN.lists("192.0.2.1", "192.0.2.2"), []),
    (
        "no record leads to its address",
        OPEN.lists("192.0.2.1", "192.0.2.9"),
        ["info 192.0.2.9:25: 192.0.2.9:25 is listed in the inventory as mailbox: no record leads there"],
    ),
    (
        "no record leads to its name",
        OPEN.lists("192.0.2.1").lists_name("mx9.example.com"),
        ["info mx9.example.com: mx9.example.com is listed in the inventory as mailbox: no record leads there"],
    ),
    ("its name is an exchange", OPEN.lists("192.0.2.1").lists_name("mx2.example.com"), []),
    (
        "it refuses connections",
        OPEN.door("192.0.2.2", "closed", authorised=True)
        .lists("192.0.2.1")
        .lists_name("mx2.example.com", "192.0.2.2", role="backup"),
        [
            "info 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is listed in the inventory as backup: "
            "refuses connections (seen from internet)"
        ],
    ),
    ("silent", OPEN.door("192.0.2.2", "filtered", authorised=True).lists("192.0.2.1", "192.0.2.2"), []),
    ("unknown", OPEN.door("192.0.2.2", "unknown", authorised=True).lists("192.0.2.1", "192.0.2.2"), []),
    ("a trap", OPEN.door("192.0.2.2", "closed", authorised=True).lists("192.0.2.2", role="trap"), []),
    ("behind the filter", OPEN.lists_name("mx1.example.com", next_hop="192.0.2.9").lists_name("", "192.0.2.9"), []),
    ("retired", OPEN.lists("192.0.2.1").retires("192.0.2.9"), []),
    ("a name server kept silent", OPEN.lists("192.0.2.1", "192.0.2.9").gap("ns1.example.com 192.0.2.53"), []),
    (
        "only another door kept silent",
        OPEN.lists("192.0.2.1", "192.0.2.9").gap("192.0.2.2:25", "recipient"),
        ["info 192.0.2.9:25: 192.0.2.9:25 is listed in the inventory as mailbox: no record leads there"],
    ),
    ("no inventory", OPEN, []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_missing001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
