"""Doors that lie, stall, flood and break, on loopback: each ends in a session with a reason, or in a status."""

import asyncio
import errno
import re
import socket
import ssl
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from mxlatch.net import gate as real_gate
from mxlatch.net.smtp import Doors, Icmp, Patience, no_connection
from mxlatch.terms.observation import FAILED, NOT_ALLOWED, RESET, SESSION, SILENT, UNREACHABLE, Observation
from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.wire.smtp.probe import THROWN_AWAY

Door = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HASTY = Patience(connect=0.2, banner=0.3, reply=0.3, session=0.6, octets=200_000)
UNHURRIED = Patience(connect=5, banner=5, reply=5, session=10, octets=200_000)
HOST = "mx.example.com"
PROBES = (RcptProbe("valid", "", "anna@example.com"),)
CA = trustme.CA()
LEAF = CA.issue_cert(HOST)


class OpenGate:
    """Lets everything through; counts, and can send elsewhere or refuse."""

    def __init__(self, refusal: Exception | None = None, *, third_party: bool = False) -> None:
        self.refusal, self.third_party = refusal, third_party
        self.asked: list[str] = []
        self.memory: dict[SmtpQuestion, Observation] = {}
        self.kept: list[Observation] = []

    def smtp(self, address: str, port: int, question: SmtpQuestion) -> tuple[str, int]:
        self.asked.append(f"smtp {address}")
        if self.refusal:
            raise self.refusal
        return "127.0.0.1", port

    @asynccontextmanager
    async def session(self, address: str) -> AsyncIterator[None]:
        self.asked.append(f"session {address}")
        yield

    def remembered(self, question: SmtpQuestion) -> Observation | None:
        return self.memory.get(question)

    def remember(self, observation: Observation) -> None:
        self.kept.append(observation)

    def is_third_party(self, question: SmtpQuestion) -> bool:
        return self.third_party


class Visited:
    """What came of a visit, and how often the door was knocked at."""

    def __init__(self, observation: Observation, connections: int) -> None:
        self.observation, self.connections = observation, connections

    @property
    def session(self) -> Session:
        assert self.observation.status == SESSION
        assert isinstance(self.observation.value, Session)
        return self.observation.value


def visit(
    door: Door,
    *,
    patience: Patience = HASTY,
    probes: tuple[RcptProbe, ...] = (),
    ca_file: Path | None = None,
    gate: OpenGate | None = None,
) -> Visited:
    """Hold a session with this door."""

    async def run() -> Visited:
        knocks = 0

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal knocks
            knocks += 1
            try:
                await door(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            doors = Doors(
                gate or OpenGate(), "us.example", "test", clock=lambda: 1.8e9, ca_file=ca_file, patience=patience
            )
            [seen] = await doors.ask([SmtpQuestion("192.0.2.25", port, HOST, probes=probes)])
            return Visited(seen, knocks)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return asyncio.run(run())


# Doors, by what they do.


def says(*turns: bytes, then: Door | None = None) -> Door:
    """One turn, then another each time a command came; at last `then`, or wait until the client goes."""

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, turn in enumerate(turns):
            if number:
                await reader.readuntil(b"\n")
            writer.write(turn)
            await writer.drain()
        await (then or linger)(reader, writer)

    return door


async def linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1000):
        pass


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    plug = writer.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def drips(octets: bytes) -> Door:
    """A tarpit: so many octets every few milliseconds, for ever."""

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(octets)
            await writer.drain()
            await asyncio.sleep(0.005)

    return door


SENT: list[int] = []


def floods(octets: bytes, start: bytes = b"") -> Door:
    """Ten megabytes at once; how much got through is left in SENT."""

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        SENT[:] = [0]
        writer.write(start)
        while SENT[0] < 10_000_000:
            writer.write(octets)
            await writer.drain()
            SENT[0] += len(octets)

    return door


def encrypts(context: ssl.SSLContext, *turns: bytes, ahead: bytes = b"") -> Door:
    """Offers STARTTLS, sends `ahead` in clear behind its 220, shakes hands and says the turns, as `says` does."""

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def shake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\n")
            writer.write(b"220 go\r\n" + ahead)
            await writer.start_tls(context)
            await reader.readuntil(b"\n")
            await says(*turns)(reader, writer)

        await says(b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", then=shake)(reader, writer)

    return door


def first_then(first: Door, then: Door) -> Door:
    """The first connection meets one door, the next ones another."""
    doors = [first]

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (doors.pop() if doors else then)(reader, writer)

    return door


def serving(leaf: trustme.LeafCert = LEAF, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    if newest:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


POLITE = (b"250 mx\r\n", b"250 ok\r\n", b"550 unknown\r\n", b"250 ok\r\n", b"221 bye\r\n")
GREET = (b"220 mx\r\n", b"250 mx\r\n")
OFFER = (b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n")
CLIENT_HELLO_IS = b"\x16\x03\x01"

# What a door does, and how the session is told to have ended.
HOSTILE = [
    ("says nothing", says(b""), "timeout waiting for the banner"),
    ("closes at once", hang_up, "closed while waiting for the banner"),
    ("resets at once", reset, "ECONNRESET while waiting for the banner"),
    ("drips single octets", drips(b"2"), "timeout waiting for the banner"),
    ("drips a greeting without end", drips(b"220-wait\r\n"), "timeout|broken reply|128 lines"),
    ("a line of ten megabytes", floods(b"x" * 100_000, b"220 "), "broken reply .* longer than 2048"),
    ("a greeting of ten megabytes", floods(b"220-x\r\n" * 10_000), "broken reply .* more than 128 lines"),
    ("garbage", says(bytes(range(256)) * 10), "broken reply"),
    ("another protocol", says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "broken reply"),
    (
        "closes after the banner",
        says(b"220 mx\r\n", then=hang_up),
        "(closed|ECONNRESET) while waiting for the reply to",
    ),
    (
        "resets after EHLO",
        says(b"220 mx\r\n", b"250-half", then=reset),
        "ECONNRESET while waiting for the reply to EHLO",
    ),
    ("no answer to EHLO", says(b"220 mx\r\n"), "timeout waiting for the reply to EHLO"),
    ("half an answer to EHLO", says(b"220 mx\r\n", b"250-mx\r\n250-SI"), "timeout waiting for the reply to EHLO"),
    ("broken answer to EHLO", says(b"220 mx\r\n", b"250-mx\r\n251 SIZE\r\n"), "broken reply .* code 251 within"),
    ("no answer to QUIT", says(*GREET), "quit"),
    ("closes at QUIT", says(*GREET, then=hang_up), "quit"),
    ("no handshake", says(*OFFER), "timeout waiting for the TLS handshake"),
    ("closes in the handshake", says(*OFFER, then=hang_up), "(closed|ECONNRESET) while waiting for the TLS handshake"),
    ("resets in the handshake", says(*OFFER, then=reset), "ECONNRESET while waiting for the TLS handshake"),
    ("half a record", says(*OFFER, b"\x16\x03\x03\x40\x00\x02"), "timeout waiting for the TLS handshake"),
    ("garbage for TLS", says(*OFFER, b"\xff" * 5000), "the TLS handshake failed"),
    ("plain text for TLS", says(*OFFER, b"250 mx\r\n" * 100), "the TLS handshake failed"),
    ("a flood of records", says(*OFFER, then=floods(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384)), "handshake"),
]


@pytest.mark.parametrize(("name", "door", "ended"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_a_hostile_door_ends_in_a_session_with_a_reason(name: str, door: Door, ended: str) -> None:
    SENT[:] = [0]
    session = visit(door).session
    assert re.search(ended, session.ended), session.ended
    assert SENT[0] < 9_000_000
    if "handshake" in ended:
        assert session.tls is not None
        assert session.tls.state == "failed"
        assert session.tls.reason


def test_a_session_has_a_deadline_of_its_own() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx\r\n")
        while await reader.readuntil(b"\n"):
            await asyncio.sleep(0.1)
            writer.write(b"250 ok\r\n")

    probes = tuple(RcptProbe("random", "", f"q{number}@example.com") for number in range(8))
    session = visit(slow, probes=probes).session
    assert session.ended.startswith("0.6 s for one session were over")
    assert session.ehlo(encrypted=False) is not None


def test_the_octets_of_the_handshake_count_too() -> None:
    few = Patience(banner=5, reply=5, session=10, octets=500)
    session = visit(encrypts(serving(), *POLITE), patience=few).session
    assert session.ended == "more than 500 octets while waiting for the TLS handshake"


def test_a_flood_through_tls_is_cut_off() -> None:
    session = visit(encrypts(serving(), b"250-mx\r\n" + b"x" * 300_000), patience=UNHURRIED).session
    assert session.ended.startswith("broken reply while waiting for the reply to EHLO")


def test_an_early_talker_is_noted() -> None:
    session = visit(says(b"220 mx\r\n250 already here\r\n", b"250 mx\r\n", b"221 bye\r\n"), patience=UNHURRIED).session
    assert session.spoke_early
    assert session.ended == "quit"


def test_everything_in_one_connection(tmp_path: Path) -> None:
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    visited = visit(encrypts(serving(), *POLITE), probes=PROBES, ca_file=tmp_path / "ca.pem", patience=UNHURRIED)
    session = visited.session
    assert visited.connections == 1
    assert session.ended == "quit"
    assert session.tls is not None
    assert (session.tls.state, session.tls.trusted, session.tls.chain[0].names) == ("ok", True, (HOST,))
    assert [turn.reply and turn.reply.code for turn in session.turns if turn.label == "valid"] == [550]
    assert (visited.observation.time, visited.observation.vantage) == (1.8e9, "test")
    assert visited.observation.source.startswith("192.0.2.25:")


def test_a_certificate_nobody_trusts_does_not_end_the_session() -> None:
    session = visit(encrypts(serving(), *POLITE), probes=PROBES, patience=UNHURRIED).session
    assert session.tls is not None
    assert session.tls.trusted is not True
    assert session.ended == "quit"


def test_a_certificate_that_cannot_be_read_does_not_end_the_session(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "\x1b[31m\x00")])
    start = datetime(2026, 1, 1)
    rubbish = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x05\x82\x03\xff\xfe\xfd")
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=9))
        .add_extension(rubbish, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "absurd.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(plain + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    session = visit(encrypts(context, *POLITE), probes=PROBES, patience=UNHURRIED).session
    assert session.ended == "quit"
    assert session.tls is not None
    assert (session.tls.state, session.tls.chain, session.tls.trusted) == ("ok", (), None)
    assert session.tls.reason.startswith("certificate 1 is not readable")
    assert not session.tls.whole


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_spoilt_handshake_is_a_failed_one(newest: ssl.TLSVersion) -> None:
    """The server's half of a true handshake, with some octets of it changed."""
    chance = Random(25)
    context = serving()
    context.maximum_version = newest

    async def spoilt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_us, from_us = ssl.MemoryBIO(), ssl.MemoryBIO()
        to_us.write(await reader.read(4000))
        with suppress(ssl.SSLError):
            context.wrap_bio(to_us, from_us, server_side=True).do_handshake()
        flight = bytearray(from_us.read())
        for _ in range(chance.choice((1, 2, 5, 50))):
            flight[chance.randrange(len(flight))] ^= chance.randrange(1, 256)
        writer.write(bytes(flight))
        await writer.drain()

    for _ in range(25):
        session = visit(says(*OFFER, then=spoilt)).session
        assert session.tls is not None
        assert (session.tls.state, bool(session.tls.reason)) == ("failed", True)


def test_plain_text_injected_before_the_handshake_never_counts() -> None:
    door = encrypts(serving(), b"250 honest\r\n", b"221 bye\r\n", ahead=b"250-evil\r\n250 XCLIENT NAME ADDR\r\n")
    session = visit(door, patience=UNHURRIED).session
    assert session.tls is not None
    if session.tls.state == "ok":  # it came in one segment with the 220: seen, and thrown away
        assert session.spoke_early
        assert THROWN_AWAY in session.tls.reason
    assert all("evil" not in turn.reply.text for turn in session.turns if turn.reply)


def test_an_old_server_is_found_and_old() -> None:
    door = encrypts(serving(newest=ssl.TLSVersion.TLSv1_1), *POLITE)
    visited = visit(door, probes=PROBES, patience=UNHURRIED)
    session = visited.session
    assert visited.connections == 2
    assert session.tls is not None
    assert (session.tls.state, session.tls.version) == ("old", "TLSv1.1")
    assert session.tls.reason.startswith("refused by a modern client: ")
    assert [turn.encrypted for turn in session.turns if turn.label] == [True]


def test_a_server_that_hangs_up_once_is_not_old() -> None:
    visited = visit(first_then(says(*OFFER, then=hang_up), encrypts(serving(), *POLITE)), patience=UNHURRIED)
    assert visited.connections == 2
    assert visited.session.tls is not None
    assert (visited.session.tls.state, visited.session.tls.version) == ("ok", "TLSv1.3")
    assert visited.session.tls.reason.startswith("the first handshake failed: ")


def test_a_third_partys_door_gets_one_session_even_if_it_seems_old() -> None:
    door = encrypts(serving(newest=ssl.TLSVersion.TLSv1_1), *POLITE)
    visited = visit(door, patience=UNHURRIED, gate=OpenGate(third_party=True))
    assert visited.connections == 1
    assert visited.session.tls is not None
    assert visited.session.tls.state == "failed"


BROKEN_TLS = says(*OFFER, b"\xff" * 100)


def test_after_a_failed_handshake_the_recipients_are_asked_in_clear() -> None:
    door = first_then(BROKEN_TLS, says(b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", *POLITE[1:]))
    visited = visit(door, probes=PROBES, patience=UNHURRIED)
    assert visited.connections == 2
    assert visited.session.tls is not None
    assert visited.session.tls.state == "failed"
    assert [(turn.reply and turn.reply.code, turn.encrypted) for turn in visited.session.turns if turn.label] == [
        (550, False)
    ]
    assert visited.session.ended == "quit"


def test_with_nothing_to_ask_a_failed_handshake_is_the_end() -> None:
    assert visit(BROKEN_TLS).connections == 1


def test_a_failed_handshake_and_then_nobody_there() -> None:
    visited = visit(first_then(BROKEN_TLS, says(b"")), probes=PROBES)
    assert visited.session.ended == "timeout waiting for the banner"


# What comes of the attempt to connect.


def ask(gate: OpenGate | real_gate.Gate, *questions: SmtpQuestion, name: str = "us.example") -> list[Observation]:
    return asyncio.run(Doors(gate, name, "test", patience=HASTY).ask(questions))


def unused_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def test_a_refused_connection_is_a_reset() -> None:
    [seen] = ask(OpenGate(), SmtpQuestion("192.0.2.25", unused_port(), HOST))
    assert (seen.status, seen.value) == (RESET, None)


def test_no_answer_is_silence() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())  # the queue is full now: a SYN more is dropped
            [seen] = ask(OpenGate(), SmtpQuestion("192.0.2.25", full.getsockname()[1], HOST))
    assert (seen.status, seen.value) == (SILENT, None)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(real_gate.Refused("not yours"), NOT_ALLOWED), (real_gate.Unroutable("not in the table"), UNREACHABLE)],
)
def test_what_the_gate_refuses_is_not_contacted(refusal: real_gate.Refused, status: str) -> None:
    gate = OpenGate(refusal)
    [seen] = ask(gate, SmtpQuestion("192.0.2.25", 25, HOST))
    assert (seen.status, seen.reason) == (status, refusal.reason)
    assert gate.asked == ["smtp 192.0.2.25"]  # refused before it takes a turn and waits for it


def test_who_is_let_through_is_judged_again_after_the_wait() -> None:
    gate = OpenGate()
    ask(gate, SmtpQuestion("192.0.2.25", unused_port(), HOST))
    assert gate.asked == ["smtp 192.0.2.25", "session 192.0.2.25", "smtp 192.0.2.25"]


def test_the_real_gate_keeps_us_from_our_own_network() -> None:
    [seen] = ask(real_gate.Gate(), SmtpQuestion("10.0.0.5", 25, HOST))
    assert seen.status == NOT_ALLOWED
    assert "not globally routable" in seen.reason


def test_a_name_that_cannot_be_said_is_not_asked_with() -> None:
    gate = OpenGate()
    [seen] = ask(gate, SmtpQuestion("192.0.2.25", 25, HOST), name="us\r\nDATA")
    assert seen.status == FAILED
    assert not gate.asked


# How Linux tells of it: errno, the ICMP origin and code from the error queue, and what it means.
ANSWERS = [
    ("tcp reset", errno.ECONNREFUSED, None, RESET),
    ("icmp port-unreachable", errno.ECONNREFUSED, (2, 3), RESET),
    ("icmp admin-prohibited", errno.EHOSTUNREACH, (2, 13), RESET),
    ("icmp host-prohibited", errno.EHOSTUNREACH, (2, 10), RESET),
    ("icmp net-prohibited", errno.ENETUNREACH, (2, 9), RESET),
    ("icmp prot-unreachable", errno.ENOPROTOOPT, (2, 2), RESET),
    ("icmpv6 port-unreachable", errno.ECONNREFUSED, (3, 4), RESET),
    ("icmpv6 admin-prohibited", errno.EACCES, (3, 1), RESET),
    ("icmpv6 policy-fail", errno.EACCES, (3, 5), RESET),
    ("icmpv6 reject-route", errno.EACCES, (3, 6), RESET),
    ("icmp host-unreachable, or no neighbour", errno.EHOSTUNREACH, (2, 1), UNREACHABLE),
    ("icmp net-unreachable", errno.ENETUNREACH, (2, 0), UNREACHABLE),
    ("icmpv6 addr-unreachable", errno.EHOSTUNREACH, (3, 3), UNREACHABLE),
    ("icmpv6 no-route", errno.ENETUNREACH, (3, 0), UNREACHABLE),
    ("no route of our own", errno.ENETUNREACH, None, UNREACHABLE),
    ("our own prohibit route", errno.EACCES, None, UNREACHABLE),
    ("no IPv6 here", errno.EAFNOSUPPORT, None, UNREACHABLE),
    ("no IPv6 address", errno.EADDRNOTAVAIL, None, UNREACHABLE),
    ("the kernel gave up", errno.ETIMEDOUT, None, SILENT),
    ("out of descriptors", errno.EMFILE, None, FAILED),
]


@pytest.mark.parametrize(("name", "number", "icmp", "status"), ANSWERS, ids=[case[0] for case in ANSWERS])
def test_what_a_refusal_means(name: str, number: int, icmp: tuple[int, int] | None, status: str) -> None:
    told = no_connection(OSError(number, "x"), Icmp(*icmp) if icmp else None)
    assert told.status == status
    assert told.reason


# Many at once.


def ask_many(count: int, patience: Patience) -> tuple[list[Observation], list[Observation], int]:
    """Ask so many doors; the answers, those told while it ran, and the most connections at one time."""

    async def run() -> tuple[list[Observation], list[Observation], int]:
        open_now, most, told = 0, 0, list[Observation]()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal open_now, most
            open_now += 1
            most = max(most, open_now)
            await asyncio.sleep(0)
            writer.write(b"554 no\r\n")
            await reader.readuntil(b"\n")
            open_now -= 1
            writer.write(b"221 bye\r\n")
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            questions = [SmtpQuestion(f"192.0.2.{number}", port, HOST) for number in range(count)]
            doors = Doors(OpenGate(), "us.example", "test", patience=patience)
            seen = await doors.ask([*questions, questions[0]], told.append)
            return seen, told, most

    return asyncio.run(run())


def test_answers_come_in_the_order_asked_and_no_more_connections_than_allowed() -> None:
    seen, told, most = ask_many(12, Patience(banner=5, reply=5, session=5, at_once=3))
    assert [observation.question.address for observation in seen[:12]] == [f"192.0.2.{number}" for number in range(12)]
    assert seen[12] is seen[0]
    assert len(told) == 12
    assert most <= 3


def test_what_is_remembered_is_not_asked_again() -> None:
    gate, question = OpenGate(), SmtpQuestion("192.0.2.25", unused_port(), HOST)
    [first] = ask(gate, question)
    assert gate.kept == [first]
    gate.memory[question] = first
    assert ask(gate, question) == [first]
    assert gate.asked.count("session 192.0.2.25") == 1


def test_an_interrupted_session_leaves_nothing_open() -> None:
    async def run() -> None:
        knocked, left = asyncio.Event(), asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            knocked.set()
            await reader.read()
            left.set()
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            question = SmtpQuestion("192.0.2.25", server.sockets[0].getsockname()[1], HOST)
            doors = Doors(OpenGate(), "us.example", "test", patience=UNHURRIED)
            asking = asyncio.create_task(doors.ask([question]))
            await knocked.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await left.wait()

    asyncio.run(asyncio.wait_for(run(), 5))
