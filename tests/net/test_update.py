"""One message and one answer over TCP: what was surely not sent, and what nobody knows."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mxlatch.net import table
from mxlatch.net.gate import Gate
from mxlatch.net.update import NoAnswer, NotSent, exchange

ADDRESS = "192.0.2.1"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def framed(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    message = await framed(reader)
    for octet in len(message).to_bytes(2, "big") + message[::-1]:  # in the smallest pieces
        writer.write(bytes([octet]))
        await writer.drain()
    writer.close()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await framed(reader)
    writer.close()


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await framed(reader)
    writer.write(b"\0\x10half")
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(2)
    writer.transport.abort()


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    writer.close()


def sent_to(serve: Serve | None, message: bytes = b"hello", given: frozenset[str] = frozenset({ADDRESS})) -> bytes:
    async def both() -> bytes:
        server = await asyncio.start_server(serve or hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        if serve is None:
            server.close()
            await server.wait_closed()
        lab = table.parse(f"{ADDRESS}:53 = 127.0.0.1:{port}\n", "lab")
        gate = Gate(given_dns=given, table=lab)
        try:
            return await exchange(gate, ADDRESS, 53, message, connect_seconds=5, answer_seconds=0.3)
        finally:
            server.close()

    return asyncio.run(both())


def test_an_answer_comes_whole() -> None:
    assert sent_to(echo) == b"olleh"
    assert sent_to(echo, bytes(60_000)) == bytes(60_000)


@pytest.mark.parametrize("serve", [hang_up, half, reset, mute])
def test_without_a_whole_answer_nobody_knows(serve: Serve) -> None:
    with pytest.raises(NoAnswer, match=ADDRESS):
        sent_to(serve)


def test_where_nobody_listens_nothing_was_sent() -> None:
    with pytest.raises(NotSent, match="refused"):
        sent_to(None)


def test_what_the_gate_refuses_is_not_sent() -> None:
    with pytest.raises(NotSent, match="not globally routable"):
        sent_to(echo, given=frozenset())


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(NotSent, match="at most 65535"):
        sent_to(echo, bytes(65_536))
