"""What of an audit a case is made from."""

import msgspec
import pytest
from msgspec import structs

from mxlatch.audit.result import Audit, DnsResult, DoorResult
from mxlatch.cases.sighting import NOT_ASKED, Sighting, newest, of_door, unsettled
from mxlatch.terms.door import DoorVerdict, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.verdict import Verdict

DOOR = "192.0.2.9:25"


def door(address="192.0.2.9", state="open", standing="rogue", verdict="open"):
    ways = (WayIn("mx", "example.com", 10, "old.example.com", (Evidence("MX 10 old.example.com"),)),)
    heard = (Evidence("220 hi", f"{address}:25", 1.0),)
    return DoorResult(
        f"{address}:25", address, 25, state, "", ways, {}, False, "", "", "", DoorVerdict(verdict), heard, standing, ""
    )


def audit(*doors, domain="example.com", vantage="internet", time="2026-11-01T12:00:00Z", findings=()):
    return Audit(
        domain=domain,
        vantage=vantage,
        time=time,
        verdict=Verdict.OPEN,
        complete=True,
        sentence="",
        baseline=(),
        baseline_from="",
        doors=doors,
        paths=(),
        findings=findings,
        not_asked=(),
        not_judged=(),
        dns=DnsResult((), ()),
    )


@pytest.mark.parametrize(
    ("standing", "is_one"),
    [
        ("rogue", True),
        ("retired", True),
        ("stray", True),
        ("authorised", False),
        ("missing", False),
        ("gone", False),
        ("unknown", False),
        ("", False),
        ("something new", False),
    ],
)
def test_who_must_be_asked_about(standing, is_one):
    assert bool(unsettled([audit(door(standing=standing))])) is is_one


def test_the_worst_of_a_door_comes_first():
    found = unsettled([audit(door(standing="stray")), audit(door(standing="rogue"), domain="example.net")])
    assert [each.standing for each in found] == ["rogue", "stray"]


def test_the_evidence_is_of_the_way_the_door_and_its_findings():
    about = Finding("DOOR002", Severity.MEDIUM, DOOR, "", (Evidence("certificate issued to X"), Evidence("220 hi")))
    other = Finding("DOOR002", Severity.MEDIUM, "192.0.2.8:25", "", (Evidence("not mine"),))
    (found,) = unsettled([audit(door(), findings=(about, other))])
    assert [line.text for line in found.evidence] == [
        "MX 10 old.example.com",
        "220 hi",
        "certificate issued to X",
        "220 hi",
    ]


@pytest.mark.parametrize(
    ("state", "verdict", "shut"),
    [
        ("closed", "closed", True),
        ("filtered", "closed", True),
        ("filtered", "likely-closed", False),
        ("open", "closed", False),
        ("unknown", "unknown", False),
    ],
)
def test_only_what_is_surely_closed_is_shut(state, verdict, shut):
    (found,) = of_door([audit(door(state=state, verdict=verdict))], DOOR, ["example.com"])
    assert found.shut is shut


def test_an_audit_that_did_not_come_to_the_door_says_so_for_its_own_domain_only():
    other = door("192.0.2.8")
    assert [s.state for s in of_door([audit(other)], DOOR, ["example.com"])] == [NOT_ASKED]
    assert of_door([audit(other, domain="example.net")], DOOR, ["example.com"]) == ()
    (six,) = of_door([audit()], "[2001:db8::1]:2526", ["example.com"])
    assert (six.address, six.port) == ("2001:db8::1", 2526)


def seen(state, time, vantage="internet"):
    return Sighting(DOOR, "192.0.2.9", 25, "example.com", vantage, time, state, state == "closed")


@pytest.mark.parametrize(
    ("sightings", "kept"),
    [
        ([seen("open", "1"), seen("closed", "2")], ["closed"]),
        ([seen("closed", "2"), seen("open", "1")], ["closed"]),
        ([seen("closed", "1"), seen("open", "1")], ["open"]),
        ([seen("open", "1"), seen("closed", "1")], ["open"]),
        ([seen("closed", "1"), seen(NOT_ASKED, "1")], ["closed"]),
        ([seen("open", "1"), seen("closed", "2", "wifi")], ["open", "closed"]),
        ([seen("odd", "1"), seen("unknown", "1")], ["unknown"]),
        ([], []),
    ],
)
def test_the_newest_of_each_vantage(sightings, kept):
    assert [each.state for each in newest(sightings)] == kept


def test_what_an_audit_can_put_into_a_case_is_bounded():
    ways = tuple(WayIn("mx", "example.com", 10, f"{number}" + "x" * 9999) for number in range(999))
    lines = tuple(Evidence(f"{number}" + "x" * 9999, "y" * 9999, 1.0, "z" * 9999) for number in range(999))
    (found,) = unsettled([audit(structs.replace(door(), ways_in=ways, evidence=lines, reason="r" * 9999))])
    assert len(msgspec.json.encode(found)) < 200_000
