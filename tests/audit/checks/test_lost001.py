# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""LOST001: cases, each with what is told of it."""

import pytest
from worlds import Described, concluded, domain, judged, told, two_exchangers

from mxlatch.audit.checks.lost001 import check
from mxlatch.inventory.model import Domain, Inventory
from mxlatch.terms.finding import NotJudged

SHUT = two_exchangers().door("192.0.2.1", "closed").door("192.0.2.2", "closed")
NONE = "high example.com: no exchanger of example.com takes mail: mx1.example.com (192.0.2.1:25) and mx2.example.com (192.0.2.2:25)"
FIVE = [f"192.0.2.{n}" for n in range(11, 16)]
SIXTH = (
    domain()
    .says("10 mx1.example.com", "20 mx2.example.com")
    .host("mx1.example.com", *FIVE)
    .host("mx2.example.com", "192.0.2.2")
    .door("192.0.2.2", recipient="found")
)
for address in FIVE:
    SIXTH = SIXTH.door(address, "closed")

CASES = [
    ("every exchanger refuses connections", SHUT, [NONE]),
    ("one of them takes mail", SHUT.door("192.0.2.2"), []),
    ("one of them may", SHUT.door("192.0.2.2", "filtered"), []),
    (
        "none relays to the domain, though both take another's",
        two_exchangers()
        .door("192.0.2.1", valid="554 relay access denied")
        .door("192.0.2.2", valid="554 relay access denied")
        .door("192.0.2.3", valid="250 ok"),
        [NONE],
    ),
    (
        "they refuse us, and may take it from others",
        two_exchangers().door("192.0.2.1", valid="550 no").door("192.0.2.2", valid="550 no"),
        [],
    ),
    (
        "a subdomain's only exchanger",
        two_exchangers()
        .door("192.0.2.1")
        .says("10 mx3.example.com", name="lab.example.com")
        .host("mx3.example.com", "192.0.2.3")
        .door("192.0.2.3", "closed"),
        ["high lab.example.com: no exchanger of lab.example.com takes mail: mx3.example.com (192.0.2.3:25)"],
    ),
    (
        "accepted, and nothing behind lets it in",
        two_exchangers().door("192.0.2.1", role="filter").cut_off("192.0.2.1", "192.0.2.2"),
        [
            "high example.com: example.com MX 10 mx1.example.com, as 1 server says: honest mail is accepted there and ends nowhere: 192.0.2.2:25 lets nothing in from 192.0.2.1:25"
        ],
    ),
    (
        "accepted, and one of two behind lets it in",
        two_exchangers()
        .door("192.0.2.1", role="filter")
        .cut_off("192.0.2.1", "192.0.2.2")
        .hands_on("192.0.2.1", "192.0.2.3")
        .door("192.0.2.3"),
        [],
    ),
    (
        "a loop is another rule's",
        two_exchangers().door("192.0.2.1").hands_on("192.0.2.1", "192.0.2.1"),
        [],
    ),
    (
        "five dead addresses, and Postfix tries no sixth",
        SIXTH,
        [
            "medium example.com: A mail server of honest people delivers to example.com (one that does as postfix and exim), and comes to no exchanger that takes it: it gives up before"
        ],
    ),
    ("no record leads anywhere", domain().says("0 ."), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_lost001(case: Described, lines: list[str]) -> None:
    assert concluded(check, case) == lines


def test_what_is_not_seen_from_the_internet_or_not_whole_is_no_fault() -> None:
    assert concluded(check, SHUT, vantage="guest-wifi") == []
    assert concluded(check, SHUT, not_judged=(NotJudged("192.0.2.53", "MX of example.com", "no answer"),)) == []
    assert concluded(check, SHUT, interrupted=True) == []


def test_a_name_that_shall_take_no_mail_loses_none() -> None:
    assert concluded(check, SHUT, inventory=Inventory((Domain("example.com", mail=False),))) == []
    assert concluded(check, SHUT, inventory=Inventory((Domain("example.com"),))) == [NONE]


def test_the_evidence_is_the_records_and_what_the_doors_did() -> None:
    (finding,) = check(*judged(SHUT))
    assert [e.text for e in finding.evidence] == [
        "example.com MX 10 mx1.example.com",
        "example.com MX 20 mx2.example.com",
        "closed",
        "closed",
    ]


def test_nothing_is_said_where_nobody_judged() -> None:
    assert told(check, SHUT) == []
