"""Doors that no MX names: which are knocked at, which are only told, and what it makes of the verdict."""

import pytest

from mxlatch.audit.verdict import judge
from mxlatch.inventory.model import Block, Firewall, Rule
from mxlatch.inventory.model import Door as Declared
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Certificate, Session, Tls
from mxlatch.world.gaps import TLS_FIRST
from tests.fakes.collecting import collected
from tests.fakes.example import ADDRESSES, ZONE, door, internet, inventory, scope
from tests.fakes.internet import session


def secure(held):
    return Session(held.turns, Tls("ok", "TLSv1.3", "AES", trusted=True), held.ended)


FINE, WEAK = secure(door()), secure(door(random="250 ok"))
DOORS = {"192.0.2.21": FINE, "192.0.2.22": FINE}
OLD = "old-mx1.example.com A 192.0.2.77\n"
DECLARED = (Declared("mail.example.com", ("192.0.2.77",)),)
LOCKED = (Firewall("border", (Rule("192.0.2.77/32", 25, ()),)),)


def audit(net, **changes):
    return judge(collected(net, scope(search="all", **changes)), "example.com")


@pytest.mark.parametrize(
    ("case", "doors", "changes", "verdict"),
    [
        ("the remembered host takes anybody", DOORS | {"192.0.2.77": WEAK}, {"doors": DECLARED}, "open"),
        ("it is as strong as the rest", DOORS | {"192.0.2.77": FINE}, {"doors": DECLARED}, "closed"),
        ("it is locked, as declared", DOORS, {"doors": DECLARED, "firewalls": LOCKED}, "closed"),
        ("it is silent, and nothing says that it should be", DOORS, {"doors": DECLARED}, "unknown"),
        ("it refuses connections", DOORS | {"192.0.2.77": "reset"}, {"doors": DECLARED}, "closed"),
        ("there is none", DOORS, {}, "closed"),
    ],
)
def test_the_remembered_host_of_story_1(case, doors, changes, verdict):
    assert audit(internet(doors=doors), inventory=inventory(**changes)).verdict == verdict


def test_a_guessed_name_in_the_owners_block_is_knocked_at_as_a_way_in_of_its_own():
    net = internet(doors=DOORS | {"192.0.2.77": WEAK}, resolver=ADDRESSES + OLD)
    told = audit(net)
    (found,) = (d for d in told.doors if d.address == "192.0.2.77")
    assert [(w.kind, w.exchange, w.name) for w in found.ways_in] == [
        ("host-name", "old-mx1.example.com", "example.com")
    ]
    assert told.paths[0].hops[0].text == "A stranger tries names that mail servers bear"
    assert told.paths[0].hops[1].text == "old-mx1.example.com, to which no MX of example.com leads"


def test_what_nobody_listed_is_told_and_not_knocked_at():
    only = inventory(blocks=(Block("192.0.2.0/26", authorised="ticket 7"),))
    net = internet(doors=DOORS, resolver=ADDRESSES + OLD)
    told = audit(net, inventory=only)
    assert "192.0.2.77" not in {q.address for q in net.asked if isinstance(q, SmtpQuestion)}
    assert [e.reason for e in told.not_asked if e.subject == "192.0.2.77:25"] == [
        "found by a guess; the inventory does not list it"
    ]


def test_a_question_to_a_door_that_no_record_names_says_so():
    net = internet(doors=DOORS | {"192.0.2.77": FINE})
    audit(net, inventory=inventory(doors=DECLARED))
    published = {q.address: q.published for q in net.asked if isinstance(q, SmtpQuestion)}
    assert published == {"192.0.2.21": True, "192.0.2.22": True, "192.0.2.77": False}


def test_without_the_search_nothing_of_this_is_asked():
    net = internet(ZONE, doors=DOORS | {"192.0.2.77": WEAK})
    told = judge(collected(net, scope(inventory=inventory(doors=DECLARED))), "example.com")
    assert told.verdict == "closed"
    assert [e.reason for e in told.not_asked] == ["no MX leads there"]


def test_a_resolver_that_is_silent_leaves_the_search_unjudged():
    told = audit(internet(doors=DOORS), resolvers=(("203.0.113.9", 53),), words=("mail",))
    (gap,) = (gap for gap in told.not_judged if "backup-mx1.example.com A" in gap.what)
    assert gap.subject == "example.com"


def test_a_name_in_a_doors_certificate_is_knocked_at_too():
    leaf = Certificate("CN=mx1", "CN=ca", ("mx1.example.com", "hub.example.com"), 0.0, 4e9, "00", "RSA 2048")
    shows = Session(FINE.turns, Tls("ok", "TLSv1.3", "AES", (leaf,), True), "quit")
    net = internet(
        doors={"192.0.2.21": shows, "192.0.2.22": FINE, "192.0.2.77": WEAK},
        resolver=ADDRESSES + "hub.example.com A 192.0.2.77",
    )
    told = audit(net)
    (hub,) = (d for d in told.doors if d.address == "192.0.2.77")
    assert [(w.kind, w.exchange) for w in hub.ways_in] == [("host-name", "hub.example.com")]
    assert told.verdict == "open"


SUBMISSION = session(
    ("", "220 submit ESMTP"),
    ("EHLO probe.example.net", "250 submit / SIZE 1000"),
    ("MAIL FROM:<me@example.net>", "530 5.7.0 Authentication required"),
    ended="quit",
)


def test_a_listed_submission_server_is_no_way_in_and_no_reason_for_doubt():
    submit = Declared("submit.example.com", ("192.0.2.87",), port=587)
    told = audit(internet(doors=DOORS | {"192.0.2.87": secure(SUBMISSION)}), inventory=inventory(doors=(submit,)))
    (seen,) = (d for d in told.doors if d.port == 587)
    assert (seen.verdict, told.verdict, told.complete) == ("closed", "closed", True), told.not_judged


def test_where_tls_must_come_first_nobody_knocks_which_is_told():
    submit = Declared("submit.example.com", ("192.0.2.87",), port=465)
    net = internet(doors=DOORS)
    told = audit(net, inventory=inventory(doors=(submit,)))
    assert 465 not in {q.port for q in net.asked if isinstance(q, SmtpQuestion)}
    assert [e.reason for e in told.not_asked if e.subject == "192.0.2.87:465"] == [TLS_FIRST]
    assert (told.verdict, told.complete) == ("closed", True)
