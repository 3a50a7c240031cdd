# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""RETIRED001: cases, each with what is told of it."""

import pytest
from worlds import Described, told, two_exchangers

from mxlatch.audit.checks.retired001 import check

CASES = [
    (
        "still there",
        two_exchangers().lists("192.0.2.1").retires("192.0.2.2").door("192.0.2.2", authorised=False),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is retired by the inventory (authorised = false) and still answers"
        ],
    ),
    ("switched off", two_exchangers().retires("192.0.2.2").door("192.0.2.2", "closed", authorised=False), []),
    ("nobody knows", two_exchangers().retires("192.0.2.2").door("192.0.2.2", "unknown", authorised=False), []),
    ("filtered", two_exchangers().retires("192.0.2.2").door("192.0.2.2", "filtered", authorised=False), []),
    ("authorised", two_exchangers().lists("192.0.2.1").door("192.0.2.1", authorised=True), []),
    ("not listed at all", two_exchangers().lists("192.0.2.1").door("192.0.2.2", authorised=False), []),
    ("no inventory", two_exchangers().door("192.0.2.2"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_retired001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines


def test_the_declaration_is_evidence() -> None:
    case = two_exchangers().lists("192.0.2.1").retires("192.0.2.2").door("192.0.2.2", authorised=False)
    (finding,) = check(case.world(), case.paths())
    assert (finding.evidence[0].text, finding.evidence[0].source) == (
        "door 192.0.2.2: authorised = false",
        "mxlatch.toml:9",
    )
