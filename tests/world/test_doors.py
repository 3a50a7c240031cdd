"""DESIGN section 2, "What was seen", row by row: what came of knocking, and what may be said of the door."""

import pytest

from mxlatch.terms.door import DoorState
from mxlatch.terms.observation import FAILED, NOT_ALLOWED, RESET, SESSION, SILENT, UNREACHABLE, Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.world.doors import door_state, reached
from tests.fakes.internet import NOW, seen, session

CONTROL = frozenset({(4, 25)})
NO_CONTROL = frozenset()
GREETING = session(("", "220 mx ESMTP"))
BUSY = session(("", "421 too busy"))
REFUSES = session(("", "554 go away"))
MUTE = session(ended="timeout waiting for the banner")


def knocked(status, value=None, *, address="192.0.2.21", attempt=2, reason=""):
    question = SmtpQuestion(address, 25, "mx1.example.com", attempt=attempt)
    return Observation(question, status, value, NOW, "internet", f"{address}:25", reason)


@pytest.mark.parametrize(
    ("case", "observation", "control", "state"),
    [
        ("answers", knocked(SESSION, GREETING), CONTROL, DoorState.OPEN),
        ("answers, and is its own control", knocked(SESSION, GREETING), NO_CONTROL, DoorState.OPEN),
        ("RST or ICMP, with the control", knocked(RESET), CONTROL, DoorState.CLOSED),
        ("RST or ICMP, without", knocked(RESET), NO_CONTROL, DoorState.UNKNOWN),
        ("silent twice, with the control", knocked(SILENT), CONTROL, DoorState.FILTERED),
        ("silent twice, without", knocked(SILENT), NO_CONTROL, DoorState.UNKNOWN),
        ("the control is of IPv4, the door of IPv6", knocked(RESET, address="2001:db8::1"), CONTROL, DoorState.UNKNOWN),
        ("connects and says nothing", knocked(SESSION, MUTE), CONTROL, DoorState.UNKNOWN),
        ("greets with 421", knocked(SESSION, BUSY), CONTROL, DoorState.UNKNOWN),
        ("greets with 554", knocked(SESSION, REFUSES), CONTROL, DoorState.UNKNOWN),
        ("no route from here", knocked(UNREACHABLE, reason="no route"), CONTROL, DoorState.UNKNOWN),
        ("our own gate", knocked(NOT_ALLOWED, reason="private"), CONTROL, DoorState.UNKNOWN),
        ("our own fault", knocked(FAILED, reason="out of sockets"), CONTROL, DoorState.UNKNOWN),
    ],
)
def test_what_may_be_said_of_a_door(case, observation, control, state):
    found, reason = door_state(observation, control)
    assert found is state
    assert bool(reason) is (state is not DoorState.OPEN)


def test_the_control_is_a_greeting_on_the_same_port_by_the_same_family():
    six = knocked(SESSION, GREETING, address="2001:db8::1")
    assert reached([knocked(SESSION, GREETING), six]) == {(4, 25), (6, 25)}


def test_what_is_remembered_from_yesterday_is_no_control():
    assert reached([knocked(SESSION, GREETING)], since=NOW) == {(4, 25)}
    assert reached([knocked(SESSION, GREETING)], since=NOW + 1) == frozenset()


@pytest.mark.parametrize(
    "observation", [knocked(SESSION, MUTE), knocked(RESET), seen(SmtpQuestion("192.0.2.1", 25, "x"), SILENT)]
)
def test_less_than_a_greeting_controls_nothing(observation):
    assert reached([observation]) == frozenset()
