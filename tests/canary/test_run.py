"""A run with a clock of its own: what is sent when, how long is waited, and what an interrupt leaves."""

import asyncio
from collections.abc import Collection

import pytest

from mxlatch.canary.arrivals import Reader
from mxlatch.canary.mailboxes import Found, MailboxError
from mxlatch.canary.prepare import Prepared
from mxlatch.canary.run import Flight
from mxlatch.inventory.model import Inventory
from mxlatch.terms.smtp import Reply, Session
from mxlatch.wire.smtp.deliver import Delivery, Handed

SENT = Handed("sent", "message", Reply(250, ("queued",)), "", Session())
REFUSED = Handed("refused", "RCPT", Reply(550, ("no",)), "", Session())
CUT_OFF = Handed("unknown", "message", None, "reset while waiting for the reply to the message", Session())


def prepared(number: int) -> Prepared:
    address = f"192.0.2.{number}"
    return Prepared(f"t{number}", Delivery(address, 25, "mx", "example.com", "p@s.example", "a@example.com", b"x\r\n"))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Courier:
    def __init__(self, *outcomes: Handed) -> None:
        self.outcomes, self.sent = list(outcomes), []

    async def deliver(self, delivery: Delivery) -> Handed:
        self.sent.append(delivery.address)
        return self.outcomes.pop(0)


class Inbox:
    """By look: the tokens of what is new then, or why it cannot be read."""

    def __init__(self, *looks: list[str] | MailboxError) -> None:
        self.looks = list(looks)

    async def look(self, tokens: Collection[str]) -> list[Found]:
        new = self.looks.pop(0) if self.looks else []
        if isinstance(new, MailboxError):
            raise new
        return [Found("INBOX", f"X-Mxlatch-Canary: {token}\n\n".encode()) for token in new]


def fly(courier: Courier, inbox: Inbox, wait: float = 60.0, doors: int = 1) -> tuple[Flight, Clock]:
    clock = Clock()
    flight = Flight(lambda: clock.now, clock.sleep)
    reader = Reader({f"t{n}" for n in range(9)}, Inventory(), ())
    asyncio.run(flight.run([prepared(n) for n in range(doors)], courier, inbox, reader, wait))
    return flight, clock


def test_it_waits_no_longer_than_until_all_are_there() -> None:
    flight, clock = fly(Courier(SENT, SENT), Inbox([], ["t0"], [], ["t1"]), doors=2)
    assert [canary.sent for canary in flight.canaries] == ["sent", "sent"]
    assert {arrival.token for arrival in flight.arrivals} == {"t0", "t1"}
    assert flight.waited == clock.now == 10.0


def test_it_waits_as_long_as_was_said_for_one_that_does_not_come() -> None:
    flight, clock = fly(Courier(SENT), Inbox(), wait=12.0)
    assert (flight.arrivals, flight.waited, clock.now) == ({}, 12.0, 12.0)


@pytest.mark.parametrize(("handed", "waits"), [(REFUSED, False), (CUT_OFF, True)])
def test_what_was_refused_is_not_waited_for_and_what_was_cut_off_is(handed: Handed, waits: bool) -> None:
    flight, clock = fly(Courier(handed), Inbox(), wait=12.0)
    assert bool(clock.now) is waits
    assert flight.canaries[0].sent == handed.state


def test_a_mailbox_that_cannot_be_read_means_that_nothing_is_sent() -> None:
    courier = Courier(SENT)
    with pytest.raises(MailboxError):
        fly(courier, Inbox(MailboxError("no")))
    assert courier.sent == []


def test_one_that_fails_meanwhile_is_asked_again() -> None:
    flight, _ = fly(Courier(SENT), Inbox([], MailboxError("gone"), ["t0"]))
    assert flight.trouble == ""
    assert len(flight.arrivals) == 1
    flight, _ = fly(Courier(SENT), Inbox([], *[MailboxError("gone")] * 30))
    assert flight.trouble == "gone"


def test_an_interrupt_leaves_what_there_is_and_the_one_under_way_unknown() -> None:
    class Hanging(Courier):
        async def deliver(self, delivery: Delivery) -> Handed:
            if self.outcomes:
                return await super().deliver(delivery)
            raise asyncio.CancelledError

    flight = Flight(lambda: 0.0)
    reader = Reader(set(), Inventory(), ())

    async def run() -> None:
        await flight.run([prepared(0), prepared(1), prepared(2)], Hanging(SENT), Inbox(), reader, 60)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert flight.interrupted
    assert [(canary.token, canary.sent) for canary in flight.canaries] == [("t0", "sent"), ("t1", "unknown")]
