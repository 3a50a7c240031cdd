"""What one session shows of a door's latches (FACTS 5.5)."""

import pytest

from mxlatch.inventory.model import Door as Declared
from mxlatch.inventory.model import Inventory
from mxlatch.terms.latch import Latch
from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.terms.smtp import Certificate, Session, Tls
from mxlatch.world.latches import blinded, content_by_operator, declared_latches, offers_xclient, seen_latches
from tests.fakes.internet import NOW, session

PROBES = (
    RcptProbe("valid", "me@example.net", "v@example.com"),
    RcptProbe("random", "me@example.net", "r@example.com"),
    RcptProbe("foreign", "me@example.net", "me@example.net"),
    RcptProbe("valid", "", "v@example.com"),
    RcptProbe("random", "", "r@example.com"),
)
HELLO = (("", "220 mx"), ("EHLO probe", "250 mx / STARTTLS"))


def latches(*turns, probes=PROBES, tls=None, ended="quit"):
    held = session(*turns, ended=ended)
    held = Session(held.turns, tls, held.ended)
    question = SmtpQuestion("192.0.2.21", 25, "mx1.example.com", domain="example.com", probes=probes)
    return seen_latches(Observation(question, SESSION, held, NOW, "internet", "192.0.2.21:25"), "no leave")


def rcpt(valid, random, foreign="", null_valid="", null_random=""):
    """The replies to the probes, "" where none came."""
    return (
        *HELLO,
        ("MAIL FROM:<me@example.net>", "250 ok"),
        ("RCPT TO:<v@example.com>", valid, "valid"),
        ("RCPT TO:<r@example.com>", random, "random"),
        ("RCPT TO:<me@example.net>", foreign, "foreign"),
        ("RSET", "250 ok"),
        ("MAIL FROM:<>", "250 ok"),
        ("RCPT TO:<v@example.com>", null_valid, "valid"),
        ("RCPT TO:<r@example.com>", null_random, "random"),
    )


@pytest.mark.parametrize(
    ("case", "replies", "state"),
    [
        ("valid taken, random refused", ("250 ok", "550 unknown"), "found"),
        ("valid greylisted, random refused", ("450 later", "550 unknown"), "found"),
        ("both taken", ("250 ok", "250 ok"), "absent"),
        ("random taken, valid not", ("550 no", "250 ok"), "absent"),
        ("both refused: it may judge us", ("550 no", "550 no"), "unknown"),
        ("both greylisted", ("450 later", "450 later"), "unknown"),
        ("no replies", ("", ""), "unknown"),
        ("refused from us, fine from <>", ("550 spf", "550 spf", "", "250 ok", "550 unknown"), "found"),
        ("fine from us, anything from <>", ("250 ok", "550 unknown", "", "250 ok", "250 ok"), "absent"),
    ],
)
def test_recipient_is_found_only_if_the_valid_one_is_taken_and_the_random_one_refused(case, replies, state):
    assert latches(*rcpt(*replies))[Latch.RECIPIENT].state == state


@pytest.mark.parametrize(
    ("reply", "state"), [("250 ok", "absent"), ("554 no", "found"), ("450 later", "unknown"), ("", "unknown")]
)
def test_relaying_is_asked_with_the_operators_own_mailbox(reply, state):
    assert latches(*rcpt("250 ok", "550 no", reply))[Latch.RELAY].state == state


def test_who_refuses_the_valid_recipient_too_tells_nothing_of_relaying():
    state = latches(*rcpt("550 you are listed", "550 you are listed", "550 you are listed"))[Latch.RELAY]
    assert state.state == "unknown"
    assert state.detail == "refuses the valid recipient too: it may judge us, not the recipient"


DENIED = "454 4.7.1 Relay access denied"


@pytest.mark.parametrize(
    ("foreign", "state"), [(DENIED, "found"), ("", "found"), ("250 ok", "absent")], ids=["refused", "no reply", "taken"]
)
def test_a_server_to_which_the_domain_is_foreign_refuses_its_recipients(foreign, state):
    states = latches(*rcpt(DENIED, DENIED, foreign, DENIED, DENIED))
    if state == "found":
        assert states[Latch.RECIPIENT].state == states[Latch.RELAY].state == "found"
        assert "does not relay" in states[Latch.RECIPIENT].detail
    else:
        assert states[Latch.RECIPIENT].state == "unknown"


def test_without_leave_recipients_are_not_asked_which_is_no_failure():
    states = latches(*HELLO, probes=())
    assert states[Latch.RECIPIENT].state == states[Latch.RELAY].state == "not-asked"
    assert states[Latch.RECIPIENT].detail == "no leave"


def test_a_latch_that_was_told_bears_its_transcript_and_a_command_that_shows_the_same():
    state = latches(*rcpt("250 ok", "250 ok"))[Latch.RECIPIENT]
    assert state.evidence[0].text == "RCPT TO:<r@example.com> -> 250 ok"
    assert state.evidence[0].command.startswith("swaks --server 192.0.2.21 --port 25")


@pytest.mark.parametrize(
    ("case", "turns", "tls", "ended", "state"),
    [
        ("handshake done", HELLO, Tls("ok", "TLSv1.3", "AES"), "quit", "found"),
        ("only old TLS", HELLO, Tls("old", "TLSv1", "DES"), "quit", "found"),
        ("handshake failed", HELLO, Tls("failed", reason="alert 40"), "closed", "unknown"),
        ("not offered", (("", "220 mx"), ("EHLO probe", "250 mx / SIZE 1")), None, "quit", "absent"),
        ("offered, then refused", (*HELLO, ("STARTTLS", "454 no")), None, "quit", "unknown"),
        ("knows no EHLO", (("", "220 mx"), ("EHLO p", "500 what"), ("HELO p", "250 mx")), None, "quit", "absent"),
        ("gone before EHLO", (("", "220 mx"), ("EHLO probe", "")), None, "timeout waiting for EHLO", "unknown"),
    ],
)
def test_tls(case, turns, tls, ended, state):
    assert latches(*turns, tls=tls, ended=ended)[Latch.TLS].state == state


def test_what_the_inventory_declares_stands_beside_with_file_and_line():
    door = Declared("mx1.example.com", ("192.0.2.21",), latches={Latch.DNSBL: True, Latch.SPF: False}, line=7)
    states = declared_latches(door, Inventory(doors=(door,), path="inventory.toml"))
    assert {latch: state.state for latch, state in states.items()} == {Latch.DNSBL: "found", Latch.SPF: "absent"}
    assert states[Latch.DNSBL].evidence[0].source == "inventory.toml:7"


@pytest.mark.parametrize(
    ("filters", "others", "state"),
    [(True, False, "likely-found"), (True, True, "likely-found"), (False, True, "likely-absent"), (False, False, None)],
)
def test_content_by_whose_door_it_is(filters, others, state):
    found = content_by_operator("x", "X", filters, others)
    assert (found.state if found else None) == state


@pytest.mark.parametrize(
    ("not_after", "day"), [(1_790_000_000.0, "until 2026-09-21"), (1e300, "until no date that exists")]
)
def test_the_certificate_stands_in_the_evidence(not_after, day):
    leaf = Certificate("CN=mx", "CN=ca", ("mx1.example.com", "*.example.net"), 0.0, not_after, "00", "RSA 2048")
    state = latches(*HELLO, tls=Tls("ok", "TLSv1.3", "AES", (leaf,), True))[Latch.TLS]
    assert state.evidence[1].text == f"certificate for mx1.example.com, *.example.net, {day}, chain to a trusted root"


@pytest.mark.parametrize(
    ("offers", "relay"), [("STARTTLS / XCLIENT NAME ADDR", "likely-absent"), ("STARTTLS", "found")]
)
def test_where_a_stranger_may_say_who_it_is_latches_that_judge_by_that_are_worth_little(offers, relay):
    turns = (("", "220 mx"), ("EHLO probe", f"250 mx / {offers}"), *rcpt("250 ok", "550 no", "554 no")[2:])
    held = session(*turns)
    states = latches(*turns)
    states |= blinded(states) if offers_xclient(held) else {}
    assert (states[Latch.RELAY].state, states[Latch.RECIPIENT].state) == (relay, "found")
