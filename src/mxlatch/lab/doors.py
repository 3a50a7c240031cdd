"""The sockets of the lab's mail servers: one loopback port a door, the declared misbehaviours, mail handed on.

A connection comes from the address that the lab's own senders registered for its source port, else from a stranger.
"""

import asyncio
import contextlib
import email.utils
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

from msgspec import structs

from mxlatch.lab.authority import CertificateAuthority
from mxlatch.lab.dns import LOOPBACK
from mxlatch.lab.post import Bounce, Message, Post
from mxlatch.lab.sender import Refusal, hand_over
from mxlatch.lab.smtp import LARGEST_MESSAGE, LONGEST_LINE, Answer, Dialogue, Then
from mxlatch.lab.topology import MailHost, Topology, place

LONGEST_SESSION = 300.0  # seconds: RFC 5321 section 4.5.3.2.7
MOST_SESSIONS = 200  # at once in one lab
MOST_HOPS = 20  # doors a message may pass; RFC 5321 section 6.3 speaks of 100 for a whole journey
_CHUNK = 65536
_FLOOD = 10 * 1024 * 1024  # octets of the endless line
_DRIP = 1.0  # seconds between a tarpit's octets
_HALF_A_RECORD = b"\x16\x03\x03\x40\x00\x02"  # a TLS record header that promises 16 KiB, and one octet of it
_GARBAGE = b"\x00\xff\xfe\x1b[31mHELLO\x07 no SMTP here\xc3\x28\r\n" * 4
_END_OF_MESSAGE = b"\r\n.\r\n"
_STUFFED_DOT = re.compile(rb"(?m)^\.")

Listening = dict[tuple[str, int], int]  # (address, port) -> loopback port


class Doors:
    """All doors of one lab, and the mail that passes between them."""

    def __init__(self, topology: Topology, post: Post, authority: CertificateAuthority) -> None:
        """Nothing listens before `listening`."""
        self.post = post
        self.listeners: Listening = {}
        self._topology, self._authority = topology, authority
        self._clients: dict[tuple[str, int], str] = {}  # loopback source -> the address it plays
        self._sessions: set[asyncio.Task[None]] = set()
        self._errands: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Listening]:
        """Open every door; close them, and end what still runs, at the end."""
        servers = []
        try:
            for host in self._topology.mailhosts:
                for here in ((a, p) for a in host.addresses for p in host.ports):
                    server = await asyncio.start_server(self._receptionist(host), LOOPBACK, 0)
                    servers.append(server)
                    self.listeners[here] = server.sockets[0].getsockname()[1]
            yield self.listeners
        finally:
            for server in servers:
                server.close()
            for task in (*self._sessions, *self._errands):
                task.cancel()
            await asyncio.gather(*self._sessions, *self._errands, return_exceptions=True)

    async def connect(self, source: str, address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to a door as this source address, through the firewall.

        Raises:
            ConnectionRefusedError: closed or rejected. TimeoutError: dropped; said at once, as nobody gains by waiting.
        """
        match shut(self._topology, source, address, port):
            case "drop":
                raise TimeoutError(f"{address} port {port} is silent to {source}")
            case "reject":
                raise ConnectionRefusedError(f"{address} port {port} refuses {source}")
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.bind((LOOPBACK, 0))
        own = connection.getsockname()
        self._clients[own] = source
        try:
            await asyncio.get_running_loop().sock_connect(connection, (LOOPBACK, self.listeners[address, port]))
        except BaseException:
            del self._clients[own]
            connection.close()
            raise
        return await asyncio.open_connection(sock=connection)

    async def settled(self) -> None:
        """Wait until no message is on its way between doors."""
        while self._errands:
            await asyncio.gather(*self._errands, return_exceptions=True)

    def _receptionist(self, host: MailHost) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._sessions.add(task)
            try:
                async with asyncio.timeout(LONGEST_SESSION):
                    await self._receive(host, reader, writer)
            except (ConnectionError, TimeoutError, ssl.SSLError, asyncio.CancelledError):
                pass  # the peer went away, or the lab is closing
            finally:
                self._sessions.discard(task)
                writer.close()

        return serve

    async def _receive(self, host: MailHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = self._clients.pop(writer.get_extra_info("peername"), self._topology.internet.stranger)
        if len(self._sessions) > MOST_SESSIONS:
            writer.write(b"421 4.3.2 Too many sessions\r\n")
            return
        if await _misbehaves(host, reader, writer):
            return
        dialogue = Dialogue(host, client, self.post, email.utils.formatdate)
        await _Session(self, host, dialogue, reader, writer).run()

    def context(self, host: MailHost) -> ssl.SSLContext:
        """The host's TLS settings."""
        return self._authority.context(host.name, host.tls, host.names)

    def take(self, host: MailHost, message: Message) -> None:
        """A host accepted a message: into its mailboxes, or on its way to the next hop."""
        if host.next_hop:
            task = asyncio.get_running_loop().create_task(self._hand_on(host, message))
            self._errands.add(task)
            task.add_done_callback(self._errands.discard)
            return
        valid = {r.lower() for r in host.recipients}
        ours = [r for r in message.recipients if r.rpartition("@")[2].lower() in host.domains or "@" not in r]
        if len(ours) < len(message.recipients):
            self.post.relayed.append(message)
        known = tuple(r for r in ours if not valid or r.lower() in valid or r.lower().startswith("postmaster"))
        unknown = [r for r in ours if r not in known]
        if known:
            self.post.deliver(structs.replace(message, recipients=known))
        if unknown:
            self.post.bounces.append(Bounce(message, host.name, f"unknown user {unknown[0]}"))

    async def _hand_on(self, host: MailHost, message: Message) -> None:
        if len(message.doors) >= MOST_HOPS:
            self.post.bounces.append(Bounce(message, host.name, "too many hops"))
            return
        reason = "no next hop"
        for address, port in self._next_places(host):
            try:
                reader, writer = await self.connect(host.addresses[0], address, port)
                client = message.client if host.hands_on_client else ""
                await hand_over(reader, writer, host.name, message, client)
            except Refusal as refusal:
                self.post.bounces.append(Bounce(message, host.name, str(refusal)))
            except (OSError, EOFError) as error:
                reason = str(error)
                continue
            return
        self.post.bounces.append(Bounce(message, host.name, reason))

    def _next_places(self, host: MailHost) -> list[tuple[str, int]]:
        literal = place(host.next_hop)
        if literal is not None:
            return [literal]
        following = self._topology.mailhost(host.next_hop)
        return [(a, following.ports[0]) for a in following.addresses]


def shut(topology: Topology, source: str, address: str, port: int) -> str | None:
    """ "drop" or "reject" if a connection from this source to this place gets no further; None if it does."""
    blocked = topology.blocked(source, address, port)
    if blocked is not None:
        return blocked
    host = next((h for h in topology.mailhosts if address in h.addresses and port in h.ports), None)
    if host is None or host.behaviour == "closed":
        return "reject"
    return "drop" if host.behaviour == "dropped" else None


class _Session:
    """One connection: octets to lines, lines to the dialogue, its answers back."""

    def __init__(
        self,
        doors: Doors,
        host: MailHost,
        dialogue: Dialogue,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.doors, self.host, self.dialogue = doors, host, dialogue
        self.reader, self.writer = reader, writer
        self._rest = b""

    async def run(self) -> None:
        then = await self._say(self.dialogue.greeting())
        while then is not Then.CLOSE:
            if then is Then.DATA:
                content = await self._message()
                answer = Answer((), Then.CLOSE) if content is None else self.dialogue.message(content)
                if answer.message is not None:
                    self.doors.take(self.host, answer.message)
            elif then is Then.TLS:
                if not await self._secure():
                    return
                answer = Answer(())
            else:
                answer = await self._command()
            then = await self._say(answer)

    async def _say(self, answer: Answer) -> Then:
        self.writer.write(answer.wire)
        await self.writer.drain()
        return answer.then

    async def _command(self) -> Answer:
        line = await self._until(b"\n", LONGEST_LINE)
        if line is None:
            return Answer(("500 5.5.2 Error: line too long",) if self._rest else (), Then.CLOSE)
        return self.dialogue.command(line.rstrip(b"\r\n").decode("latin-1"))

    async def _message(self) -> bytes | None:
        """A message up to its final dot; a CRLF is put first, so that an empty message ends at once."""
        self._rest = b"\r\n" + self._rest
        raw = await self._until(_END_OF_MESSAGE, 2 * LARGEST_MESSAGE)
        return None if raw is None else _STUFFED_DOT.sub(b"", raw[2:-3])

    async def _until(self, end: bytes, most: int) -> bytes | None:
        """What comes up to and with `end`; None where the peer stopped, or went on for too long."""
        searched = 0
        while (found := self._rest.find(end, searched)) < 0:
            if len(self._rest) > most:
                return None
            searched = max(0, len(self._rest) - len(end))
            more = await self.reader.read(_CHUNK)
            if not more:
                return None
            self._rest += more
        whole, self._rest = self._rest[: found + len(end)], self._rest[found + len(end) :]
        return whole

    async def _secure(self) -> bool:
        # What came before the handshake was not protected and is not to be acted upon (CVE-2011-0411).
        self._rest = b""
        if self.host.behaviour == "half-tls":
            await self.reader.read(_CHUNK)  # the ClientHello
            self.writer.write(_HALF_A_RECORD)
            await self._wait_for_end()
            return False
        await self.writer.start_tls(self.doors.context(self.host))
        self.dialogue.secured()
        return True

    async def _wait_for_end(self) -> None:
        while await self.reader.read(_CHUNK):
            pass


async def _misbehaves(host: MailHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Do what a broken server does, if that is this host's part; True if it was."""
    match host.behaviour:
        case "silent":
            pass
        case "reset":
            _reset(writer)
            return True
        case "garbage":
            writer.write(_GARBAGE)
        case "early":
            writer.write(f"220 {host.name} ESMTP\r\n250 {host.name}\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n".encode())
        case "flood":
            await _flood(writer)
        case "tarpit":
            await _drip(f"220 {host.name} ESMTP\r\n".encode(), writer)
        case _:
            return False
    while await reader.read(_CHUNK):
        pass
    return True


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    # Linger of zero seconds: close sends RST.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 ")
    for _ in range(_FLOOD // _CHUNK):
        writer.write(b"A" * _CHUNK)
        await writer.drain()
    writer.write(b"\r\n")


async def _drip(text: bytes, writer: asyncio.StreamWriter) -> None:
    for octet in text:
        writer.write(bytes([octet]))
        await writer.drain()
        await asyncio.sleep(_DRIP)
