"""Hands canaries over: holds the one session of `wire.smtp.deliver` with a door, and never a second one.

What is cut off is never tried again, on no other address and not in clear: a message that may have been taken must not
be sent twice (RFC 5321 section 6.1). So a door gets its canary once, or the report says why not.
"""

import asyncio
import errno
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from mxlatch.net import tls
from mxlatch.net.gate import Refused
from mxlatch.net.smtp import Link, NoConnection, TooMuch, connect
from mxlatch.terms.smtp import Session
from mxlatch.wire.smtp.deliver import BANNER, MESSAGE, Delivery, Handed, Handover
from mxlatch.wire.smtp.dialogue import Command, Send, StartTls

NOT_ALLOWED = "not allowed"  # how a reason begins where the gate refused


class Patience(Struct, frozen=True):
    """How long and how much we bear; seconds, octets.

    As for a probe, but for the final dot: filters read the message before they answer, and to leave early is to not
    know. RFC 5321 section 4.5.3.2.6 has a sender wait ten minutes there.
    """

    connect: float = 30.0
    banner: float = 60.0
    reply: float = 60.0
    message: float = 600.0
    session: float = 1200.0
    octets: int = 500_000


class Gate(Protocol):
    """What is needed of `net.gate.Gate`; raises `Refused`."""

    def canary(self, delivery: Delivery) -> AbstractAsyncContextManager[tuple[str, int]]:
        """The one session, and where to connect."""


class Courier:
    """Hands messages over, one at a time."""

    def __init__(
        self,
        gate: Gate,
        ehlo_name: str,
        *,
        clock: Callable[[], float] = time.time,
        ca_file: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        """ehlo_name: our own name. clock: seconds since 1970 UTC. ca_file: roots (PEM) in place of the system's."""
        self._gate, self._ehlo_name, self._clock = gate, ehlo_name, clock
        self._roots = tls.Roots(ca_file)
        self._patience = patience or Patience()

    async def deliver(self, delivery: Delivery) -> Handed:
        """Hand it over, or tell why not. Nothing that a door or a network does raises."""
        try:
            handover = Handover(delivery, self._ehlo_name)
        except ValueError as wrong:
            return _nothing(str(wrong))
        try:
            async with self._gate.canary(delivery) as place:
                connection = await connect(place, self._patience.connect)
                with Link(connection, self._patience.octets) as link:
                    await self._hold(link, handover, delivery)
        except Refused as refused:
            return _nothing(f"{NOT_ALLOWED}: {refused.reason}")
        except NoConnection as none:
            return _nothing(f"no connection: {none.reason}")
        return handover.handed

    async def _hold(self, link: Link, handover: Handover, delivery: Delivery) -> None:
        now = asyncio.get_running_loop().time
        ends = now() + self._patience.session
        commands: list[Command] = []
        while not handover.over:
            try:
                async with asyncio.timeout_at(min(now() + self._step_may_take(handover), ends)):
                    commands = await self._step(link, handover, commands, delivery)
            except TimeoutError:
                commands = handover.timed_out()
            except ssl.SSLError as error:
                commands = handover.closed(f"TLS broke ({tls.refusal(error)})")
            except OSError as error:
                commands = handover.closed(errno.errorcode.get(error.errno or 0, "closed"))
            except TooMuch:
                commands = handover.abandon(f"more than {self._patience.octets} octets")

    def _step_may_take(self, handover: Handover) -> float:
        waits = {BANNER: self._patience.banner, MESSAGE: self._patience.message}
        return waits.get(handover.stage, self._patience.reply)

    async def _step(
        self, link: Link, handover: Handover, commands: Sequence[Command], delivery: Delivery
    ) -> list[Command]:
        """Carry out the commands, and wait for what comes of them."""
        for command in commands:
            match command:
                case Send(data=data):
                    await link.send(data)
                case StartTls(host=host):
                    return await self._secure(link, handover, host, delivery)
        while not handover.over:
            data = await link.receive()
            if more := handover.receive(data) if data else handover.closed():
                return more
        return []

    async def _secure(self, link: Link, handover: Handover, host: str, delivery: Delivery) -> list[Command]:
        strictness: tls.Strictness = "old" if delivery.tls == "old" else "modern"
        try:
            connection = await link.secure(tls.context(strictness), tls.server_name(host))
        except ssl.SSLError as error:
            return handover.tls_done(tls.failed(tls.refusal(error)))
        if early := link.already():
            handover.receive(early)
        return handover.tls_done(tls.agreed(connection, self._roots, self._clock()))


def _nothing(reason: str) -> Handed:
    """Nothing was said to the door."""
    return Handed("not-sent", "connection", None, reason, Session())
