"""DELAY001: cases, each with what is told of it."""

import pytest
from worlds import Described, concluded, judged, told, two_exchangers

from mxlatch.audit.checks.delay001 import check

PAIR = two_exchangers().door("192.0.2.1").door("192.0.2.2", role="backup")
SILENT = PAIR.lists_name("mx2.example.com", "192.0.2.2", role="backup", tells_delay=False).relays_by_mx()
TOLD = "low 192.0.2.2:25: mx2.example.com (192.0.2.2:25) holds mail that waits for 192.0.2.1:25, and tells no sender"

CASES = [
    ("a backup that tells nobody", SILENT, [TOLD]),
    (
        "one that tells",
        PAIR.lists_name("mx2.example.com", "192.0.2.2", role="backup", tells_delay=True).relays_by_mx(),
        [],
    ),
    (
        "nobody says: no fault",
        PAIR.lists_name("mx2.example.com", "192.0.2.2", role="backup").relays_by_mx(),
        [],
    ),
    (
        "a mailbox holds nothing back",
        PAIR.door("192.0.2.2", role="mailbox")
        .lists_name("mx2.example.com", "192.0.2.2", tells_delay=False)
        .relays_by_mx(),
        [],
    ),
    (
        "several to hand on to: one finding",
        PAIR.says("5 mx0.example.com")
        .host("mx0.example.com", "192.0.2.9")
        .lists_name("mx2.example.com", "192.0.2.2", role="backup", tells_delay=False)
        .relays_by_mx(),
        [TOLD.replace("192.0.2.1:25", "192.0.2.9:25 and 192.0.2.1:25")],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_delay001(case: Described, lines: list[str]) -> None:
    assert concluded(check, case) == lines


def test_the_evidence_is_the_line_of_the_inventory() -> None:
    (finding,) = check(*judged(SILENT))
    assert [(e.text, e.source) for e in finding.evidence] == [("192.0.2.2:25 tells_delay = false", "inventory:8")]


def test_nothing_is_said_where_nobody_judged() -> None:
    assert told(check, SILENT) == []
