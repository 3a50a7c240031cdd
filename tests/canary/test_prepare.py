import itertools

import pytest

from mxlatch.canary.message import GTUBE, Text
from mxlatch.canary.prepare import left_out, prepare
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.smtp import Session, Tls

TEXT = Text("example.com", "probe@sender.example", "anna@example.com", "Thu, 01 Jan 2026 00:00:00 +0000")
WAY = WayIn("mx", "example.com", 10, "mx.example.com")
ONE = Door("192.0.2.25", 25, DoorState.OPEN, ways_in=(WAY,), session=Session(tls=Tls("ok")))
TWO = Door("2001:db8::25", 2525, DoorState.OPEN)
SHUT = Door("192.0.2.26", 25, DoorState.CLOSED, "refuses the connection")


def tokens() -> "itertools.count[int]":
    return itertools.count()


@pytest.mark.parametrize(
    ("gtube", "expected"),
    [
        (False, [("192.0.2.25", "plain"), ("2001:db8::25", "plain")]),
        (
            True,
            [("192.0.2.25", "plain"), ("2001:db8::25", "plain"), ("192.0.2.25", "gtube"), ("2001:db8::25", "gtube")],
        ),
    ],
)
def test_one_message_a_door_each_with_a_token_of_its_own(gtube: bool, expected: list[tuple[str, str]]) -> None:
    numbers = tokens()
    ready = prepare((ONE, SHUT, TWO), TEXT, lambda: f"token{next(numbers)}", gtube=gtube)
    assert [(each.delivery.address, each.delivery.kind) for each in ready] == expected
    assert len({each.token for each in ready}) == len(ready)
    for each in ready:
        assert f"X-Mxlatch-Canary: {each.token}\r\n".encode() in each.delivery.message
        assert (GTUBE.encode() in each.delivery.message) is (each.delivery.kind == "gtube")


def test_a_door_is_met_as_it_was_met_before() -> None:
    for state, manner in (("ok", "modern"), ("old", "old"), ("failed", "clear")):
        door = Door("192.0.2.25", 25, DoorState.OPEN, ways_in=(WAY,), session=Session(tls=Tls(state)))
        (ready,) = prepare((door,), TEXT, lambda: "t", gtube=False)
        assert (ready.delivery.tls, ready.delivery.host) == (manner, "mx.example.com")
    (ready,) = prepare((TWO,), TEXT, lambda: "t", gtube=False)
    assert (ready.delivery.tls, ready.delivery.host) == ("modern", "2001:db8::25")


def test_who_gets_none_is_told() -> None:
    assert left_out((ONE, SHUT)) == (("192.0.2.26:25", "closed: refuses the connection"),)
