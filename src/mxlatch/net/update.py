"""One DNS message to one server and its answer, over TCP (RFC 1035 section 4.2.2): for updates (RFC 2136).

Over TCP only, which every server that takes updates speaks (RFC 7766): where no connection came about, nothing was
sent, and that is surely known; a datagram without an answer leaves it open. Nothing is tried twice here: who sent an
update and heard nothing asks the server what it serves.
"""

import asyncio
import os
from typing import Protocol

from mxlatch.net.gate import Refused

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 15.0  # a server that writes its journal to a slow disk first takes seconds
_LARGEST = 65535  # two octets of length


class Gate(Protocol):
    """The part of `net.gate.Gate` that is asked here."""

    def dns(self, address: str, port: int = 53) -> tuple[str, int]:
        """Where to send, or `Refused`."""


class NotSent(Exception):
    """Nothing left this machine; the message says why."""


class NoAnswer(Exception):
    """It was sent, or a part of it, and no answer came: nobody knows what the server did."""


async def exchange(
    gate: Gate,
    address: str,
    port: int,
    message: bytes,
    *,
    connect_seconds: float = CONNECT_SECONDS,
    answer_seconds: float = ANSWER_SECONDS,
) -> bytes:
    """Send the message and wait for the answer.

    Raises:
        NotSent, NoAnswer.
    """
    if len(message) > _LARGEST:
        raise NotSent(f"{len(message)} octets: a DNS message has at most {_LARGEST}")
    reader, writer = await _connected(gate, address, port, connect_seconds)
    try:
        async with asyncio.timeout(answer_seconds):
            writer.write(len(message).to_bytes(2, "big") + message)
            await writer.drain()
            length = int.from_bytes(await reader.readexactly(2), "big")
            return await reader.readexactly(length)
    except TimeoutError:
        raise NoAnswer(f"{address} port {port} gave no answer within {answer_seconds:g} s") from None
    except (OSError, EOFError):
        raise NoAnswer(f"{address} port {port} closed the connection without an answer") from None
    finally:
        writer.close()


async def _connected(
    gate: Gate, address: str, port: int, seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        place = gate.dns(address, port)
        async with asyncio.timeout(seconds):
            return await asyncio.open_connection(*place)
    except Refused as refused:
        raise NotSent(refused.reason) from None
    except TimeoutError:
        raise NotSent(f"{address} port {port} takes no connection within {seconds:g} s") from None
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else str(error)  # asyncio puts its own words there
        raise NotSent(f"{address} port {port}: {why}") from None
