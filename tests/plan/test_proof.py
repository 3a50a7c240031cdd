"""Proofs: what is open, and whose honest mail is lost, for no failure and for every single one."""

import pytest

from mxlatch.paths.assume import down
from mxlatch.paths.find import find
from mxlatch.plan.change import Harden, Listen
from mxlatch.plan.effect import changed
from mxlatch.plan.proof import LOST, NONE, UNSURE, endless, every_case, failures, losing, proofs
from mxlatch.plan.proposal import Proposal, Record
from mxlatch.terms.latch import Latch
from tests.plan.small_worlds import SUB, fallback, host, knows, small, world_of

ONE, TWO = "192.0.2.1:25", "192.0.2.2:25"
HONEST = {"rfc5321", "postfix", "exim", "qmail"}
BACKUP = {"role": "backup", "next": "mx"}
LOOPING = small(host(1), host(2, **BACKUP), mx="20 mx1, 10 mx2")
RING = small(host(1, next="mx2.example.com", role="relay"), host(2, next="mx1.example.com", role="relay"))
# The hub hands on by the MX, and no record leads to it.
HUB = small(host(1, role="filter", next="mx2.example.com"), host(2, ways=knows("remembered mx2"), **BACKUP))
REFUSED = {("example.com", LOST), ("example.com", UNSURE)}  # refused, nobody comes to the others either


def lost(world, names=("example.com",), gone=()):
    world = down(world, gone) if gone else world
    return {(name, word) for _, name, word in losing(world, find(world), names, gone)}


@pytest.mark.parametrize(
    ("case", "world", "expected"),
    [
        ("all is well", small(host(1), host(2, **BACKUP), mx="10 mx1, 20 mx2"), set()),
        ("nobody takes it", small(host(1, state="closed")), {("example.com", LOST), ("example.com", UNSURE)}),
        ("only one of which nothing is known", small(host(1, state="unknown")), {("example.com", UNSURE)}),
        ("the first refuses for good", small(host(1, state="refuses"), host(2), mx="10 mx1, 20 mx2"), REFUSED),
        ("the backup is the best: it loops", LOOPING, {("example.com", LOST)}),
    ],
)
def test_whose_mail_is_lost(case, world, expected):
    assert lost(world_of(world)) == expected


def test_a_name_without_any_record_is_lost_too():
    assert lost(world_of(small(host(1))), names=("example.com", SUB)) == {(SUB, LOST), (SUB, UNSURE)}


def test_while_the_only_exchanger_is_down_mail_waits():
    assert lost(world_of(small(host(1))), gone=("192.0.2.1:25",)) == set()


def test_every_conforming_sender_counts():
    world = world_of(small(host(1, state="closed")))
    assert {sender for sender, _, _ in losing(world, find(world), ("example.com",))} == HONEST


@pytest.mark.parametrize(
    ("case", "world", "doors"),
    [
        ("a chain ends", fallback(), set()),
        ("a ring does not", RING, {ONE, TWO}),
        ("a backup that is first loops back", LOOPING, {TWO}),
        ("who is no exchanger tries all of them, the one that hands on to it too", HUB, {ONE, TWO}),
    ],
)
def test_what_never_arrives(case, world, doors):
    assert endless(world_of(world)) == {(door, "example.com") for door in doors}


def test_a_server_fails_with_all_its_addresses_the_new_ones_too():
    world = world_of(small(host(1, spare=("192.0.2.201",)), host(2), mx="10 mx1, 20 mx2"))
    sandwich = Proposal(
        "sandwich",
        "",
        1,
        (),
        add=(Record("example.com", 30, "mx3.example.com", "192.0.2.201:25"),),
        changes=(Listen("mx1.example.com", ONE, "192.0.2.201"),),
    )
    found = dict(failures(world, changed(world, [sandwich])))
    assert found == {"mx1.example.com": [ONE, "192.0.2.201:25"], "mx2.example.com": [TWO]}


def test_one_proof_for_no_failure_and_one_for_each():
    world = world_of(fallback())
    cases = tuple(every_case(world, world, find(world)))
    assert [case.failure for case in cases] == [NONE, "mx1.example.com", "mx2.example.com"]
    none, first, second = proofs(cases, cases)
    assert (none.failure, none.before, none.after) == ("none", "open", "open")
    assert none.round[-1].startswith("192.0.2.1:25 takes the mail")
    assert (first.failure, first.after) == ("down mx1.example.com", "open")
    assert (second.failure, second.after, second.round, second.lost) == ("down mx2.example.com", "closed", (), ())


def after(case, *changes, **more):
    """What the proof says of a plan of these changes, as the world is."""
    world = world_of(case)
    now = changed(world, [Proposal("test", "a test", 1, (), changes=changes, **more)])
    cases = (every_case(world, made, find(made)) for made in (world, now))
    return next(proofs(*cases))


def to(name: str, number: int) -> tuple[Record, ...]:
    return (Record(name, 30, f"mx{number}.example.com", f"192.0.2.{number}:25"),)


@pytest.mark.parametrize(
    ("case", "add", "unsure"),
    [
        ("the subdomain goes to a server that was never asked about it", to(SUB, 1), (SUB,)),
        ("to the one that had its mail before", to(SUB, 2), ()),
        ("the domain itself was asked about", to("example.com", 2), ()),
    ],
)
def test_a_server_that_was_never_asked_about_a_name_is_not_taken_to_take_it(case, add, unsure):
    assert after(small(host(1), host(2), mx="10 mx1", sub="10 mx2"), add=add).unsure == unsure


def test_a_server_that_refused_the_name_is_not_taken_to_take_it():
    assert after(small(host(1), host(2, state="foreign"), mx="10 mx1"), add=to("example.com", 2)).unsure


@pytest.mark.parametrize(
    ("case", "lacks", "worse"),
    [
        ("the backup has accepted it", "recipient", ['"no backscatter" held, and does not after the plan: ']),
        ("the backup refuses it itself", "", []),
    ],
)
def test_what_held_and_holds_no_more_is_told(case, lacks, worse):
    backup = host(2, lacks, role="backup", next="mx1.example.com")
    told = after(small(host(1, "recipient"), backup, mx="10 mx1, 20 mx2"), Harden(ONE, "", "", Latch.RECIPIENT)).worse
    assert [each.partition("192.0.2.1:25 refuses")[0] for each in told] == worse
