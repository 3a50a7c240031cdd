"""Handing over at real sockets: what a door does, and what is then known of the message."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from mxlatch.net.canary import Courier, Patience
from mxlatch.net.gate import Refused
from mxlatch.wire.smtp.deliver import Delivery, Handed, stuffed

MESSAGE = b"Subject: x\r\n\r\n.hello\r\n"
QUICK = Patience(connect=5, banner=0.2, reply=0.2, message=0.2, session=5)
GOOD = ["220 x", "250 x", "250 ok", "250 ok", "354 go", "250 2.0.0 queued as 7", "221 bye"]

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class OpenGate:
    """Lets everything through to one place."""

    def __init__(self, place: tuple[str, int]) -> None:
        self.place = place

    @asynccontextmanager
    async def canary(self, delivery: Delivery) -> AsyncIterator[tuple[str, int]]:
        yield self.place


class ShutGate:
    @asynccontextmanager
    async def canary(self, delivery: Delivery) -> AsyncIterator[tuple[str, int]]:
        raise Refused("no leave to send a canary to example.com")
        yield "", 0


def delivery(message: bytes = MESSAGE) -> Delivery:
    return Delivery("192.0.2.25", 25, "mx.example.com", "example.com", "p@sender.example", "a@example.com", message)


def says(replies: list[str], heard: list[bytes] | None = None, last: str = "close") -> Serve:
    """A door that says these in turn, a line or a message read before each but the first; then `last`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got: list[bytes] = [] if heard is None else heard
        for number, reply in enumerate(replies):
            if number:
                end = b"\r\n.\r\n" if replies[number - 1].startswith("354") else b"\r\n"
                got.append(await reader.readuntil(end))
            writer.write(f"{reply}\r\n".encode())
        if replies and replies[-1].startswith("354"):
            got.append(await reader.readuntil(b"\r\n.\r\n"))
        if last == "hang":
            await reader.read()
        elif last == "reset":
            writer.transport.abort()

    return serve


def hand(serve: Serve, what: Delivery | None = None) -> Handed:
    async def run() -> Handed:
        async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        async with await asyncio.start_server(serve_and_close, "127.0.0.1", 0) as server:
            gate = OpenGate(server.sockets[0].getsockname()[:2])
            return await Courier(gate, "probe.example", patience=QUICK).deliver(what or delivery())

    return asyncio.run(run())


def test_a_message_goes_out_once_and_as_it_is() -> None:
    heard: list[bytes] = []
    handed = hand(says(GOOD, heard))
    assert (handed.state, handed.stage, handed.reason) == ("sent", "message", "")
    assert heard[4:] == [stuffed(MESSAGE), b"QUIT\r\n"]


@pytest.mark.parametrize("last", ["close", "reset", "hang"])
@pytest.mark.parametrize(
    ("upto", "state"), [(0, "not-sent"), (1, "not-sent"), (4, "not-sent"), (5, "unknown"), (6, "sent")]
)
def test_a_connection_that_breaks_off(upto: int, state: str, last: str) -> None:
    handed = hand(says(GOOD[:upto], last=last))
    assert handed.state == state
    assert bool(handed.reason) is (state != "sent")


def test_a_door_that_defers_at_the_final_dot_has_not_taken_it() -> None:
    handed = hand(says([*GOOD[:5], "451 4.3.0 later", "221 bye"]))
    assert (handed.state, handed.stage) == ("deferred", "message")


def test_garbage_and_floods() -> None:
    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2000):
            writer.write(b"220-" + b"A" * 1000 + b"\r\n")
            await writer.drain()

    assert hand(floods).state == "not-sent"
    assert hand(says(["\x00\x01\x02"])).state == "not-sent"


def test_who_is_refused_by_the_gate_is_not_contacted() -> None:
    handed = asyncio.run(Courier(ShutGate(), "probe.example").deliver(delivery()))
    assert (handed.state, handed.reason) == ("not-sent", "not allowed: no leave to send a canary to example.com")


def test_a_message_that_must_not_be_sent_is_not() -> None:
    handed = asyncio.run(Courier(OpenGate(("127.0.0.1", 1)), "probe.example").deliver(delivery(b"bare\n\r\n")))
    assert handed.state == "not-sent"
    assert "bare CR or LF" in handed.reason


def test_a_closed_door() -> None:
    async def run() -> Handed:
        async with await asyncio.start_server(says([]), "127.0.0.1", 0) as server:
            place = server.sockets[0].getsockname()[:2]
        return await Courier(OpenGate(place), "probe.example").deliver(delivery())

    handed = asyncio.run(run())
    assert (handed.state, handed.stage) == ("not-sent", "connection")
    assert "refused" in handed.reason
