"""A run of canaries: one message through each door, one door after the other, and then the wait for what arrives.

The mailbox is read before anything is sent: a canary that nobody could find would be sent for nothing. Whatever
happens, an interrupt included, what was sent until then is told; a message on its way when that happens is unknown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from mxlatch.canary.arrivals import Reader
from mxlatch.canary.mailboxes import Mailbox, MailboxError
from mxlatch.canary.prepare import Prepared
from mxlatch.canary.result import Arrival, Canary
from mxlatch.terms.door import door_id
from mxlatch.wire.smtp.deliver import Delivery, Handed

POLL = 5.0  # seconds between two looks into the mailbox


class Sends(Protocol):
    """Hands messages over (`net.canary.Courier`)."""

    async def deliver(self, delivery: Delivery) -> Handed:
        """Hand one over; never raises for what a door does."""


class Flight:
    """What is known so far; it grows as the run goes on.

    canaries: in the order sent, without what became of them. trouble: why the mailbox could not be read, last time.
    """

    def __init__(
        self,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """now: seconds since 1970 UTC; sleep: waits so many of them. tell: gets one line for people at each step."""
        self.canaries: list[Canary] = []
        self.arrivals: dict[Arrival, None] = {}
        self.trouble = ""
        self.interrupted = False
        self.waited = 0.0
        self._now, self._sleep, self._tell = now, sleep, tell

    async def run(
        self, prepared: Sequence[Prepared], courier: Sends, mailbox: Mailbox, reader: Reader, wait: float
    ) -> None:
        """Send all of them, then look for what arrives until everything is there or `wait` seconds are over.

        Raises:
            MailboxError: the mailbox cannot be read, and so nothing was sent.
        """
        tokens = {each.token for each in prepared}
        await mailbox.look(tokens)
        try:
            for each in prepared:
                await self._send(each, courier)
            await self._wait(tokens, mailbox, reader, wait)
        except asyncio.CancelledError:
            self.interrupted = True
            raise

    async def _send(self, each: Prepared, courier: Sends) -> None:
        try:
            handed = await courier.deliver(each.delivery)
        except asyncio.CancelledError:
            self.canaries.append(self._told(each, "unknown", reason="interrupted while it was being sent"))
            raise
        reply = "" if handed.reply is None else f"{handed.reply.code} {handed.reply.text}"
        self.canaries.append(self._told(each, handed.state, handed.stage, reply, handed.reason))

    def _told(self, each: Prepared, sent: str, stage: str = "", reply: str = "", reason: str = "") -> Canary:
        door = door_id(each.delivery.address, each.delivery.port)
        return Canary(door, each.token, each.delivery.kind, sent, stage, reply, reason, self._now())  # type: ignore[arg-type]

    async def _wait(self, tokens: set[str], mailbox: Mailbox, reader: Reader, wait: float) -> None:
        began = self._now()
        under_way = sum(canary.sent in ("sent", "unknown") for canary in self.canaries)
        if under_way:
            self._tell(f"{under_way} of {len(self.canaries)} canaries sent; looking for them for up to {wait:g} s")
        while any(canary.sent in ("sent", "unknown") for canary in self.canaries):
            await self._look(tokens, mailbox, reader)
            self.waited = max(0.0, self._now() - began)
            if self._all_there() or self.waited >= wait:
                return
            await self._sleep(min(POLL, wait - self.waited))

    async def _look(self, tokens: set[str], mailbox: Mailbox, reader: Reader) -> None:
        try:
            found = await mailbox.look(tokens)
        except MailboxError as error:  # it could be read before: it may be again
            self.trouble = str(error)
            return
        self.trouble = ""
        for message in found:
            arrival = reader.read(message.content, message.where)
            if arrival is not None:
                self.arrivals[arrival] = None

    def _all_there(self) -> bool:
        arrived = {arrival.token for arrival in self.arrivals}
        return all(canary.token in arrived for canary in self.canaries if canary.sent in ("sent", "unknown"))
