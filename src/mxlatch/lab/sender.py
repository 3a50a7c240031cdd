"""Hands one message to one door, as an honest sending server does: all recipients, one transaction (RFC 5321)."""

import asyncio
import re

from mxlatch.lab.post import Message

_PATIENCE = 30.0  # seconds for the whole transaction: everything is on this machine
_LONGEST_REPLY = 100  # lines
_LINE_START_DOT = re.compile(rb"(?m)^\.")


class Refusal(Exception):
    """The door refused; `reply` is its last line, `stage` the command that got it."""

    def __init__(self, stage: str, reply: str) -> None:
        """Both are for people."""
        super().__init__(f"{stage}: {reply}")
        self.stage, self.reply = stage, reply


async def hand_over(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, helo: str, message: Message, client: str = ""
) -> dict[str, str]:
    """Send a message and close the connection; gives each recipient's reply at RCPT.

    client: the address to pass on by XCLIENT, where the door offers it; "" for none.

    Raises:
        Refusal: the door took it for no recipient. EOFError, OSError: the connection broke.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _transaction(reader, writer, helo, message, client)
    finally:
        writer.close()


async def _transaction(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, helo: str, message: Message, client: str
) -> dict[str, str]:
    async def say(command: str, *, must: str = "2") -> str:
        if command:
            writer.write(f"{command}\r\n".encode("latin-1"))
        reply = await _reply(reader)
        if not reply.startswith(must):
            raise Refusal(command or "banner", reply.splitlines()[-1])
        return reply

    await say("")
    offered = await say(f"EHLO {helo}")
    if client and "XCLIENT" in offered:
        await say(f"XCLIENT ADDR={'IPV6:' if ':' in client else ''}{client}")
        await say(f"EHLO {helo}")
    await say(f"MAIL FROM:<{message.sender}>")
    replies = {r: await say(f"RCPT TO:<{r}>", must="") for r in message.recipients}
    if not any(reply.startswith("2") for reply in replies.values()):
        raise Refusal("RCPT", next(iter(replies.values())).splitlines()[-1])
    await say("DATA", must="3")
    writer.write(_LINE_START_DOT.sub(b"..", message.content).removesuffix(b"\r\n") + b"\r\n.\r\n")
    try:
        await say("")
    except Refusal as refusal:
        raise Refusal("DATA", refusal.reply) from None
    writer.write(b"QUIT\r\n")
    return replies


async def _reply(reader: asyncio.StreamReader) -> str:
    lines = []
    for _ in range(_LONGEST_REPLY):
        line = (await reader.readline()).decode("latin-1")
        if not line.endswith("\n"):
            raise EOFError("the door closed the connection")
        lines.append(line.rstrip("\r\n"))
        if line[3:4] != "-":
            break
    return "\n".join(lines)
