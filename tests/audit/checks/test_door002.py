# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""DOOR002: cases, each with what is told of it."""

import pytest
from msgspec import structs
from worlds import Described, certificate, handshake, told, two_exchangers

from mxlatch.audit.checks.door002 import check

CASES = [
    (
        "a rogue exchanger",
        two_exchangers().lists("192.0.2.1").door("192.0.2.1", authorised=True).door("192.0.2.2", authorised=False),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is not among the authorised doors of the inventory, and takes connections"
        ],
    ),
    (
        "nobody knows whether it answers",
        two_exchangers().lists("192.0.2.1").door("192.0.2.2", "unknown", authorised=False),
        ["low 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is not among the authorised doors of the inventory"],
    ),
    (
        "it takes the valid recipient",
        two_exchangers().lists("192.0.2.1").door("192.0.2.2", authorised=False, valid="250 ok"),
        [
            "medium 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is not among the authorised doors of the inventory, and takes the valid recipient"
        ],
    ),
    (
        "it refuses the valid recipient",
        two_exchangers().lists("192.0.2.1").door("192.0.2.2", authorised=False, valid="550 relaying denied"),
        [
            "low 192.0.2.2:25: mx2.example.com (192.0.2.2:25) is not among the authorised doors of the inventory; it answers, and refuses the valid recipient: it does not relay to the domain"
        ],
    ),
    ("retired", two_exchangers().retires("192.0.2.2").door("192.0.2.2", authorised=False), []),
    ("closed", two_exchangers().lists("192.0.2.1").door("192.0.2.2", "closed", authorised=False), []),
    ("authorised", two_exchangers().lists("192.0.2.1").door("192.0.2.1", authorised=True), []),
    ("no inventory", two_exchangers().door("192.0.2.2", authorised=False), []),
    ("the inventory does not say", two_exchangers().lists("192.0.2.1").door("192.0.2.2"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_door002(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines


def test_what_it_said_to_the_valid_recipient_is_told() -> None:
    case = two_exchangers().lists("192.0.2.1").door("192.0.2.2", authorised=False, valid="250 ok")
    (finding,) = check(case.world(), case.paths())
    assert "RCPT TO:<postmaster@example.com> -> 250 ok" in [line.text for line in finding.evidence]


def test_the_organisation_of_its_certificate_is_told() -> None:
    tls = structs.replace(handshake(), chain=(certificate(subject="CN=mail,O=Physics Dept"),))
    case = two_exchangers().lists("192.0.2.1").door("192.0.2.2", authorised=False, tls=tls)
    (finding,) = check(case.world(), case.paths())
    assert finding.evidence[-1].text == "certificate issued to the organisation Physics Dept"
