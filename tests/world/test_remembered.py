"""What a log of an earlier run remembers."""

import pytest

from mxlatch.terms.observation import RESET, SESSION, Observation
from mxlatch.terms.question import DnsQuestion, SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.world.remembered import MOST, remembered_in
from mxlatch.world.scope import Remembered
from tests.fakes.internet import NOW, FakeInternet

RECORDS = """
    example.com MX 10 mx1.example.com
    example.com MX 20 mx.filter.example
    example.com A 203.0.113.80
    sub.example.com MX 10 .
    mx1.example.com A 203.0.113.9
    mx.filter.example A 198.51.100.25
    www.example.com A 203.0.113.81
    other.example MX 10 mx.other.example
    mx.other.example A 203.0.113.99
"""


def log(*asked, records=RECORDS):
    net = FakeInternet({"192.0.2.1": {"example.com": records, "other.example": records, "filter.example": records}})
    return [net.ask(DnsQuestion("192.0.2.1", *each.split())) for each in asked]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["example.com MX"], [("mx.filter.example", ""), ("mx1.example.com", "")]),
        (["example.com MX", "mx1.example.com A"],
         [("mx.filter.example", ""), ("mx1.example.com", ""), ("mx1.example.com", "203.0.113.9")]),
        (["mx1.example.com A", "example.com MX"],
         [("mx.filter.example", ""), ("mx1.example.com", ""), ("mx1.example.com", "203.0.113.9")]),
        (["example.com A"], [("example.com", "203.0.113.80")]),
        (["www.example.com A", "mx1.example.com A"], []),
        (["other.example MX", "mx.other.example A"], []),
        (["sub.example.com MX"], []),
        ([], []),
    ],
)  # fmt: skip
def test_exchanges_and_their_addresses(asked, found):
    assert [(each.name, each.address) for each in remembered_in(log(*asked), "example.com", "old.json")] == found


@pytest.mark.parametrize(
    ("host", "status", "found"),
    [
        ("mx1.example.com", SESSION, 1),
        ("hub.example.com", SESSION, 1),
        ("mx.filter.example", SESSION, 1),
        ("mx.other.example", SESSION, 0),
        ("mx1.example.com", RESET, 0),
    ],
)
def test_a_door_that_spoke(host, status, found):
    door = Observation(SmtpQuestion("203.0.113.7", 25, host), status, Session(), NOW + 60, "internet")
    held = Remembered("example.com", host, "203.0.113.7", NOW + 60, "old.json")
    assert remembered_in([*log("example.com MX"), door], "example.com", "old.json").count(held) == found


def test_the_last_time_counts():
    first, again = log("example.com A"), log("example.com A")
    later = Observation(
        DnsQuestion("192.0.2.2", "example.com", "A"), again[0].status, again[0].value, NOW + 99, "internet"
    )
    assert [each.when for each in remembered_in([later, *first], "example.com", "")] == [NOW + 99]


def test_names_that_no_host_has_and_endless_sets_are_left_out():
    odd = "example.com MX 10 a\\046b.example.com\n" + "\n".join(f"example.com MX 1 m{n}.example" for n in range(999))
    found = remembered_in(log("example.com MX", records=odd), "example.com", "")
    assert len(found) == MOST
    assert not any("\\" in each.name for each in found)
