# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""FAIL001: cases, each with what is told of it."""

import time

import pytest
from worlds import Described, concluded, domain, judged, told, two_exchangers

from mxlatch.audit.checks.fail001 import MOST_FAILURES, check
from mxlatch.inventory.model import Door as Listed
from mxlatch.inventory.model import Policy
from mxlatch.terms.latch import Latch

# mx3 hands on to mx1, and to mx2 while that is down; a firewall lets nobody but mx3 come to mx2.
THREE = (
    domain()
    .says("10 mx1.example.com", "30 mx3.example.com")
    .host("mx1.example.com", "192.0.2.1")
    .host("mx3.example.com", "192.0.2.3")
    .demand("content")
    .door("192.0.2.1", content="found", recipient="found")
    .door("192.0.2.2", content="absent", recipient="found")
    .door("192.0.2.3", content="absent", recipient="found")
    .hands_on("192.0.2.3", "192.0.2.1")
    .hands_on("192.0.2.3", "192.0.2.2", before=["192.0.2.1"])
)
OPENS = "medium mx1.example.com: while mx1.example.com is down, mx3.example.com (192.0.2.3:25) hands on to 192.0.2.2:25: mail comes in without the content filter"
ONE = domain().says("10 mx1.example.com").host("mx1.example.com", "192.0.2.1")
MANY_ADDRESSES = tuple(f"192.0.2.{n}" for n in range(11, 17))
SIX = (
    domain()
    .says("10 mx1.example.com", "20 mx2.example.com")
    .host("mx1.example.com", *MANY_ADDRESSES)
    .host("mx2.example.com", "192.0.2.2")
    .door("192.0.2.2", recipient="found")
)
for address in MANY_ADDRESSES:
    SIX = SIX.door(address, recipient="found")

CASES = [
    ("a relay goes on to one that has no filter", THREE, [OPENS]),
    (
        "only likely: one step lower",
        THREE.door("192.0.2.2", content="likely-absent").door("192.0.2.3", content="likely-absent"),
        [OPENS.replace("medium", "low")],
    ),
    ("what it goes on to is as strong", THREE.door("192.0.2.2", content="found"), []),
    ("what it goes on to is not known", THREE.door("192.0.2.2", content="unknown"), []),
    (
        "a way round that stands open without any failure is not the failure's",
        two_exchangers().demand("content").door("192.0.2.1", content="found").door("192.0.2.2", content="absent"),
        [],
    ),
    (
        "nobody demands the latch but a policy",
        THREE.demand().declares(policies=(Policy((Latch.CONTENT,), line=40),)),
        [
            "medium mx1.example.com: while mx1.example.com is down, a policy does not hold: every path from internet passes content"
        ],
    ),
    (
        "a policy that is broken already is not broken by the failure",
        two_exchangers()
        .door("192.0.2.1", content="found")
        .door("192.0.2.2", content="absent")
        .declares(policies=(Policy((Latch.CONTENT,), line=40),)),
        [],
    ),
    (
        "the backup cannot hand on: on the day it is needed",
        two_exchangers()
        .door("192.0.2.1", recipient="found")
        .door("192.0.2.2", recipient="found")
        .cut_off("192.0.2.2", "192.0.2.1"),
        [
            "medium mx1.example.com: while mx1.example.com is down, honest mail is accepted by example.com MX 20 mx2.example.com, as 1 server says, and ends nowhere"
        ],
    ),
    (
        "a backup that loops is another rule's",
        two_exchangers()
        .door("192.0.2.1", recipient="found")
        .door("192.0.2.2", recipient="found")
        .hands_on("192.0.2.2", "192.0.2.2"),
        [],
    ),
    ("one exchanger: mail waits, and that is no fault", ONE.door("192.0.2.1", recipient="found"), []),
    (
        "two as strong as one another",
        two_exchangers().door("192.0.2.1", recipient="found").door("192.0.2.2", recipient="found"),
        [],
    ),
    (
        "Postfix tries five addresses, and the sixth is the second exchanger",
        SIX,
        [
            "info mx1.example.com: while mx1.example.com is down, some senders' mail waits although mx2.example.com (192.0.2.2:25) would take it: they give up before they come to it"
        ],
    ),
    (
        "another name's exchanger stands: no help, and no fault",
        ONE.says("10 mx2.example.com", name="lab.example.com")
        .host("mx2.example.com", "192.0.2.2")
        .door("192.0.2.1", recipient="found")
        .door("192.0.2.2", recipient="found"),
        [],
    ),
    (
        "the second refuses the domain's recipient, perhaps ours only",
        two_exchangers().door("192.0.2.1", valid="250 ok").door("192.0.2.2", valid="550 no"),
        [],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_fail001(case: Described, lines: list[str]) -> None:
    assert concluded(check, case) == lines


def test_delivery_is_a_matter_of_the_internet() -> None:
    assert concluded(check, SIX, vantage="guest-wifi") == []
    assert concluded(check, THREE, vantage="guest-wifi") == [OPENS], "a way round is one from anywhere"


def test_the_steps_are_the_evidence() -> None:
    (finding,) = check(*judged(THREE))
    assert [e.text for e in finding.evidence] == [
        "example.com MX 30 mx3.example.com",
        "220 ready",
        "next hop 192.0.2.2",
        "content absent",
    ]


def test_nothing_is_said_of_a_world_that_nobody_judged() -> None:
    assert told(check, THREE) == []


def test_very_many_servers_stay_quick_and_what_was_left_out_is_told() -> None:
    hosts = [f"mx{n}.example.com" for n in range(1, 401)]
    case = domain().says(*(f"{n} {host}" for n, host in enumerate(hosts, 1))).demand("recipient")
    for n, host in enumerate(hosts):
        address = f"10.0.{n >> 8}.{n & 255}"
        case.exchanges |= domain().host(host, address).exchanges
        case.doors |= domain().door(address, recipient="found").doors
    world, paths = judged(case)
    begun = time.process_time()
    found = list(check(world, paths))
    assert time.process_time() - begun < 5
    assert [f.message for f in found if f.subject == "example.com"] == [
        f"the failure of {400 - MOST_FAILURES} servers of 400 was not tried, the last in order: they are too many"
    ]
    assert all(f.severity == "info" for f in found)


def test_servers_that_all_hand_on_by_the_mx_stay_quick() -> None:
    hosts = [f"mx{n}.example.com" for n in range(1, 201)]
    case = domain().says(*(f"{n} {host}" for n, host in enumerate(hosts, 1)))
    for n, host in enumerate(hosts):
        case.exchanges |= domain().host(host, f"10.0.0.{n}").exchanges
        case.doors |= domain().door(f"10.0.0.{n}", recipient="found").doors
    doors = tuple(Listed(host, (f"10.0.0.{n}",), role="backup") for n, host in enumerate(hosts))
    world, paths = judged(case.declares(doors=doors).relays_by_mx())
    assert len(world.relays) > 15_000
    begun = time.process_time()
    (left,) = (f.message for f in check(world, paths) if f.severity == "info")
    assert time.process_time() - begun < 10
    assert left.startswith("the failure of 198 servers of 200 was not tried")


def test_those_that_a_relay_tries_first_are_never_left_out() -> None:
    case = THREE
    for n in range(2 * MOST_FAILURES):
        case.exchanges |= domain().host(f"a{n}.example.com", f"10.0.0.{n}").exchanges
        case.doors |= domain().door(f"10.0.0.{n}", content="found").doors
    case = case.says("10 mx1.example.com", *(f"5 a{n}.example.com" for n in range(2 * MOST_FAILURES)), at="192.0.2.54")
    assert OPENS in concluded(check, case)
