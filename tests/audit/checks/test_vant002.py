"""VANT002: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.vant002 import check

CASES = [
    (
        "the guests' network",
        domain().from_elsewhere("guest-wifi", "guest", "open"),
        ["medium guest-wifi: from guest-wifi port 25 goes out to servers elsewhere"],
    ),
    (
        "the partners' network",
        domain().from_elsewhere("partners", "extranet", "open"),
        ["medium partners: from partners port 25 goes out to servers elsewhere"],
    ),
    (
        "inside, where servers send too",
        domain().from_elsewhere("office", "inside", "open"),
        ["info office: from office port 25 goes out to servers elsewhere"],
    ),
    ("the internet", domain().from_elsewhere("vps", "internet", "open"), []),
    ("closed", domain().from_elsewhere("guest-wifi", "guest", "closed"), []),
    ("unknown", domain().from_elsewhere("guest-wifi", "guest", "unknown"), []),
    ("not asked", domain().from_elsewhere("guest-wifi", "guest"), []),
    ("no other vantage", domain(), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_vant002(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
