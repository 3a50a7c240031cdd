"""What is asked at the doors."""

import pytest

from mxlatch.inventory.leave import by_reference
from mxlatch.inventory.model import Block, Domain
from mxlatch.terms.operators import Detect, Provider
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.knock import door_questions, knock, probes
from tests.fakes.example import door, internet, inventory, scope

LEAVE = by_reference("example.com", "ticket 7")
MIMECAST = Provider("mimecast", "Mimecast", "filter", Detect(mx=("*.mimecast.com",)), "2026-01-01", "memory")


def literal(address):
    return ExchangeSeen(address, "literal")


def ask(*addresses, leave=LEAVE, **changes):
    return door_questions("example.com", [literal(a) for a in addresses], leave, scope(**changes))


def test_recipients_are_asked_in_one_session_from_a_real_sender_and_from_the_null_one():
    labels = [(p.label, p.sender) for p in probes("example.com", inventory(), "q7w")]
    assert labels == [
        ("valid", ""),
        ("random", ""),
        ("valid", "me@example.net"),
        ("random", "me@example.net"),
        ("foreign", "me@example.net"),
    ]


def test_the_foreign_recipient_is_the_operators_own_mailbox():
    assert {p.recipient for p in probes("example.com", inventory(), "q7w") if p.label == "foreign"} == {
        "me@example.net"
    }


def test_a_sender_at_the_domain_itself_cannot_ask_for_relaying():
    own = inventory(domains=(Domain("example.com", recipient="p@example.com", sender="me@example.com"),))
    assert "foreign" not in {p.label for p in probes("example.com", own, "q7w")}


@pytest.mark.parametrize(
    ("case", "leave", "listed", "asked"),
    [
        ("leave, block with proof", LEAVE, inventory(), True),
        ("no leave", None, inventory(), False),
        ("block of others", LEAVE, inventory(blocks=(Block("203.0.113.0/24", authorised="x"),)), False),
        ("no recipient named", LEAVE, inventory(domains=(Domain("example.com"),)), False),
    ],
)
def test_recipients_are_asked_only_with_leave_at_what_the_inventory_names(case, leave, listed, asked):
    (question,) = ask("192.0.2.21", leave=leave, inventory=listed)
    assert bool(question.probes) is asked
    assert question.domain == ("example.com" if asked else "")


def test_one_session_an_address_however_many_names_lead_there():
    (question,) = ask("192.0.2.21", "192.0.2.21")
    assert question.host == "192.0.2.21"


def test_a_third_partys_door_bears_its_operator():
    net = internet(resolver="eu.mimecast.com A 198.51.100.9")
    seen = ExchangeSeen("eu.mimecast.com", "host", (("public", net.ask_a("eu.mimecast.com")),))
    (question,) = door_questions("example.com", [seen], LEAVE, scope(providers=(MIMECAST,)))
    assert (question.operator, question.probes) == ("mimecast", ())


def test_a_silent_door_is_knocked_at_twice_an_answering_one_once():
    net = internet(doors={"192.0.2.21": door()})
    exchanges = [literal("192.0.2.21"), literal("192.0.2.22")]
    seen = net.conclude(knock(door_questions("example.com", exchanges, LEAVE, scope())))
    assert [(q.address, q.attempt) for q in net.asked] == [("192.0.2.21", 1), ("192.0.2.22", 1), ("192.0.2.22", 2)]
    assert [(o.question.address, o.status) for o in seen] == [("192.0.2.21", "session"), ("192.0.2.22", "silent")]
