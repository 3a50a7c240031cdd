"""Knocks at doors: holds the polite SMTP sessions of `wire.smtp.probe` over TCP and tells what came of each.

A question takes one connection. There are two reasons for a further one, each of which passes the gate again: the TLS
handshake failed in a way in which old servers fail (once more, with what is old allowed), or it failed and there are
recipients still to be asked (once more, in clear). So three at most, and at a third party's door one. The session then
has the turns of all of them, each connection beginning with its banner.

What Linux makes of a refusal, seen with nftables' `reject with …` at the far side, kernel 6.18:

    tcp reset; icmp port-unreachable, icmpv6 port-unreachable       ECONNREFUSED   RESET
    icmp admin-, host-prohibited                                    EHOSTUNREACH   RESET: the ICMP code tells
    icmp net-prohibited                                             ENETUNREACH    RESET: the same
    icmp prot-unreachable                                           ENOPROTOOPT    RESET
    icmpv6 admin-prohibited, policy-fail, reject-route              EACCES         RESET: the ICMP code tells
    icmp host-unreachable, icmpv6 addr-unreachable, no neighbour    EHOSTUNREACH   UNREACHABLE
    icmp net-unreachable, icmpv6 no-route, no route of our own      ENETUNREACH    UNREACHABLE
    a "prohibit" or "unreachable" route of this machine's own       EACCES, EHOSTUNREACH, and no ICMP: UNREACHABLE
    drop, here or there                                             nothing        SILENT

errno alone cannot tell "prohibited" from "no such host", so the ICMP code is read from the socket's error queue. Our
own packet filter looks like the door's: that is what the positive control is for. Other systems have no such queue:
there only ECONNREFUSED is RESET.
"""

import asyncio
import errno
import ipaddress
import os
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct, structs

from mxlatch.net import tls
from mxlatch.net.gate import Refused, Spent, Unroutable
from mxlatch.terms.door import door_id
from mxlatch.terms.observation import (
    FAILED,
    NOT_ALLOWED,
    RESET,
    SESSION,
    SILENT,
    UNREACHABLE,
    Observation,
)
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Session, Tls
from mxlatch.wire.smtp.dialogue import Command, Send, StartTls
from mxlatch.wire.smtp.probe import Probe, Verb

_CHUNK = 16_384  # octets a read: a whole TLS record, and little of a flood
_LAST_WORDS = 1.0  # seconds for a QUIT that nobody will answer

Manner = Literal["modern", "old", "clear"]


class Patience(Struct, frozen=True):
    """How long and how much we bear; seconds, octets, connections.

    connect: five SYNs of Linux. banner: greet delays of a minute are usual against bots (FACTS 5.5). reply, handshake:
    a minute each, where RFC 5321 section 4.5.3.2 has a sender wait five: a probe keeps no mail waiting. session: all
    steps together, against servers that drip one line a minute. octets: of one connection, the handshake with them.
    at_once: connections in all.
    """

    connect: float = 30.0
    banner: float = 60.0
    reply: float = 60.0
    session: float = 300.0
    octets: int = 1_000_000
    at_once: int = 50


class Gate(Protocol):
    """What is needed of `net.gate.Gate`; `smtp` and `session` raise `Refused`."""

    def smtp(self, address: str, port: int, question: SmtpQuestion) -> tuple[str, int]:
        """Where to connect."""

    def session(self, address: str) -> AbstractAsyncContextManager[None]:
        """One connection an address at a time, and spaced."""

    def remembered(self, question: SmtpQuestion) -> Observation | None:
        """An answer that stands in place of a new one."""

    def remember(self, observation: Observation) -> None:
        """Keep it, if it is to be kept."""

    def is_third_party(self, question: SmtpQuestion) -> bool:
        """True for a door that may be visited once a day only."""


class _Met(Struct, frozen=True):
    """What came of a connection or of several."""

    status: str
    session: Session | None = None
    reason: str = ""


class Doors:
    """Asks SMTP questions."""

    def __init__(
        self,
        gate: Gate,
        ehlo_name: str,
        vantage: str,
        *,
        clock: Callable[[], float] = time.time,
        ca_file: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        """ehlo_name: our own name. clock: seconds since 1970 UTC. ca_file: roots (PEM) in place of the system's."""
        self._gate = gate
        self._ehlo_name = ehlo_name
        self._vantage = vantage
        self._clock = clock
        self._roots = tls.Roots(ca_file)
        self._patience = patience or Patience()
        self._slots = asyncio.Semaphore(self._patience.at_once)

    async def ask(
        self, questions: Sequence[SmtpQuestion], seen: Callable[[Observation], None] | None = None
    ) -> list[Observation]:
        """The answers, in the order asked; `seen` gets each as it comes. An equal question is asked once."""
        answers: dict[SmtpQuestion, Observation] = {}

        async def one(question: SmtpQuestion) -> None:
            answers[question] = await self._observe(question)
            if seen is not None:
                seen(answers[question])

        async with asyncio.TaskGroup() as group:
            for question in dict.fromkeys(questions):
                group.create_task(one(question))
        return [answers[question] for question in questions]

    async def _observe(self, question: SmtpQuestion) -> Observation:
        earlier = self._gate.remembered(question)
        if earlier is not None:
            return earlier
        met = await self._visit(question)
        source = f"{door_id(question.address, question.port)}/tcp"
        observation = Observation(
            question, met.status, met.session, self._clock(), self._vantage, source=source, reason=met.reason
        )
        self._gate.remember(observation)
        return observation

    async def _visit(self, question: SmtpQuestion) -> _Met:
        """One connection, or the further ones that the module's first lines allow."""
        met = await self._connection(question, "modern")
        if self._gate.is_third_party(question):
            return met  # DESIGN 6: one session a domain a day, and a second connection would be a second session
        if (failure := _failed_handshake(met)) and tls.smells_old(failure):
            met = _joined(met, await self._connection(question, "old"))
        if _failed_handshake(met) and question.probes:
            met = _joined(met, await self._connection(question, "clear"))
        return met

    async def _connection(self, question: SmtpQuestion, manner: Manner) -> _Met:
        try:
            probe = Probe(question, self._ehlo_name, leave_out=_IN_CLEAR if manner == "clear" else frozenset())
        except ValueError as wrong:
            return _Met(FAILED, reason=str(wrong))
        try:
            # Judged before the wait, so that who is refused spends no turn, and again at connect time.
            self._gate.smtp(question.address, question.port, question)
            async with self._gate.session(question.address), self._slots:
                place = self._gate.smtp(question.address, question.port, question)
                connection = await connect(place, self._patience.connect)
                with Link(connection, self._patience.octets) as link:
                    await self._hold(link, probe, manner)
        except Unroutable as refused:
            return _Met(UNREACHABLE, reason=refused.reason)
        except Spent as spent:
            return _Met(FAILED, reason=spent.reason)
        except Refused as refused:
            return _Met(NOT_ALLOWED, reason=refused.reason)
        except NoConnection as none:
            return _Met(none.status, reason=none.reason)
        return _Met(SESSION, probe.session)

    async def _hold(self, link: "Link", probe: Probe, manner: Manner) -> None:
        """One session, to its end."""
        now = asyncio.get_running_loop().time
        session_ends = now() + self._patience.session
        commands: list[Command] = []
        while not probe.over:
            step = self._patience.banner if probe.awaits_banner else self._patience.reply
            try:
                async with asyncio.timeout_at(min(now() + step, session_ends)):
                    commands = await self._step(link, probe, commands, manner)
            except TimeoutError:
                late = f"{self._patience.session:g} s for one session were over"
                commands = probe.abandon(late) if now() >= session_ends else probe.timed_out()
            except ssl.SSLError as error:
                commands = probe.closed(f"TLS broke ({tls.refusal(error)})")
            except OSError as error:
                commands = probe.closed(errno.errorcode.get(error.errno or 0, "closed"))
            except TooMuch:
                commands = probe.abandon(f"more than {self._patience.octets} octets")
        await _say_last(link, commands)

    async def _step(self, link: "Link", probe: Probe, commands: Sequence[Command], manner: Manner) -> list[Command]:
        """Carry out the commands, and wait for what comes of them."""
        for command in commands:
            match command:
                case Send(data=data):
                    await link.send(data)
                case StartTls(host=host):
                    return await self._secure(link, probe, host, "old" if manner == "old" else "modern")
        while not probe.over:
            data = await link.receive()
            if more := probe.receive(data) if data else probe.closed():
                return more
        return []

    async def _secure(self, link: "Link", probe: Probe, host: str, strictness: tls.Strictness) -> list[Command]:
        try:
            connection = await link.secure(tls.context(strictness), tls.server_name(host))
        except ssl.SSLError as error:
            return probe.tls_done(tls.failed(tls.refusal(error)))
        if early := link.already():
            probe.receive(early)
        return probe.tls_done(tls.agreed(connection, self._roots, self._clock()))


_IN_CLEAR = frozenset({Verb.STARTTLS})


def _failed_handshake(met: _Met) -> Tls | None:
    """The handshake that ended this session, if one did; a refused STARTTLS command does not."""
    session = met.session
    if session is None or session.tls is None or session.tls.state != "failed":
        return None
    return session.tls if session.turns[-1].command == Verb.STARTTLS else None


def _joined(first: _Met, further: _Met) -> _Met:
    """Two connections as one session; a second handshake that went well is told with the reason of the first."""
    one, two = first.session, further.session
    assert one is not None
    if two is None:
        why = f"{further.status}: {further.reason}" if further.reason else further.status
        return _Met(SESSION, structs.replace(one, ended=f"{one.ended}; a further connection: {why}"))
    agreed = one.tls
    if one.tls is not None and two.tls is not None and two.tls.state == "ok":
        agreed = tls.second_try(one.tls, two.tls)
    return _Met(SESSION, Session(one.turns + two.turns, agreed, two.ended, one.spoke_early or two.spoke_early))


async def _say_last(link: "Link", commands: Sequence[Command]) -> None:
    with suppress(OSError):
        async with asyncio.timeout(_LAST_WORDS):
            for command in commands:
                if isinstance(command, Send):
                    await link.send(command.data)


class TooMuch(Exception):
    """The peer sent more octets than we bear."""


class Link:
    """A connection that stands: octets in clear, or through TLS in memory once `secure` is done.

    TLS is kept in memory, and not left to asyncio, so that octets which the peer sends at the wrong moment are
    seen as what they are.
    """

    def __init__(self, connection: socket.socket, most_octets: int) -> None:
        """connection: connected and not blocking; it is closed at the end. most_octets: from the peer, else TooMuch."""
        self._socket = connection
        self._octets_left = most_octets
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    def __enter__(self) -> "Link":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection, without the closing handshake of TLS: a peer that withholds it must not hold us."""
        self._socket.close()

    async def send(self, data: bytes) -> None:
        """Send octets, enciphered if TLS is up."""
        if self._tls is None:
            await self._push(data)
            return
        self._tls.write(data)
        await self._push(self._out.read())

    async def receive(self) -> bytes:
        """The next octets, deciphered if TLS is up; b"" if the peer closed."""
        if self._tls is None:
            return await self._pull()
        while True:
            try:
                return self._tls.read(_CHUNK)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLWantReadError:
                await self._push(self._out.read())
                if not await self._fill():
                    return b""

    async def secure(self, context: ssl.SSLContext, host: str | None) -> ssl.SSLObject:
        """Take the client's part in a TLS handshake. Raises `ssl.SSLError`, or `OSError` if it breaks off."""
        started = context.wrap_bio(self._in, self._out, server_side=False, server_hostname=host)
        while True:
            try:
                started.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._push(self._out.read())
                if not await self._fill():
                    raise ConnectionAbortedError from None
            except ssl.SSLError:
                with suppress(OSError):
                    await self._push(self._out.read())  # the alert
                raise
        await self._push(self._out.read())
        self._tls = started
        return started

    def already(self) -> bytes:
        """What the peer sent through TLS before we said a word."""
        with suppress(ssl.SSLError):
            if self._tls is not None:
                return self._tls.read(_CHUNK)
        return b""

    async def _fill(self) -> bool:
        data = await self._pull()
        self._in.write(data)
        return bool(data)

    async def _pull(self) -> bytes:
        data = await asyncio.get_running_loop().sock_recv(self._socket, _CHUNK)
        self._octets_left -= len(data)
        if self._octets_left < 0:
            raise TooMuch
        return data

    async def _push(self, data: bytes) -> None:
        if data:
            await asyncio.get_running_loop().sock_sendall(self._socket, data)


# How an attempt to connect can fail.


class NoConnection(Exception):
    """No connection came about; `status` is that of the observation, `reason` for people."""

    def __init__(self, status: str, reason: str) -> None:
        """status: RESET, SILENT, UNREACHABLE or FAILED."""
        super().__init__(reason)
        self.status, self.reason = status, reason


async def connect(place: tuple[str, int], patience: float) -> socket.socket:
    """A connected socket. The place is an address: nothing is looked up between the gate and here."""
    version = ipaddress.ip_address(place[0]).version
    try:
        made = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise no_connection(error, None) from error
    try:
        made.setblocking(False)
        queue_errors(made, version, "on")
        async with asyncio.timeout(patience):
            await asyncio.get_running_loop().sock_connect(made, place)
        queue_errors(made, version, "off")
    except OSError as error:
        failure = no_connection(error, icmp_of(made))
        made.close()
        raise failure from error
    except BaseException:
        made.close()
        raise
    return made


class Icmp(Struct, frozen=True):
    """An ICMP "destination unreachable" (RFC 792, RFC 4443): origin as in Linux's errqueue.h, and its code."""

    origin: int
    code: int


_ICMP, _ICMP6 = 2, 3
# What a packet filter says, by its own will; the other codes tell of a network in which something is missing.
_REFUSALS = {
    Icmp(_ICMP, 2): "ICMP protocol unreachable",
    Icmp(_ICMP, 3): "ICMP port unreachable",
    Icmp(_ICMP, 9): "ICMP network administratively prohibited",
    Icmp(_ICMP, 10): "ICMP host administratively prohibited",
    Icmp(_ICMP, 13): "ICMP communication administratively prohibited",
    Icmp(_ICMP6, 1): "ICMPv6 administratively prohibited",
    Icmp(_ICMP6, 4): "ICMPv6 port unreachable",
    Icmp(_ICMP6, 5): "ICMPv6 failed ingress/egress policy",
    Icmp(_ICMP6, 6): "ICMPv6 reject route",
}
_OURS = frozenset(
    {
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EACCES,
        errno.EPERM,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
        errno.ENETDOWN,
        errno.EHOSTDOWN,
    }
)


def no_connection(error: OSError, icmp: Icmp | None) -> NoConnection:
    """What a failed attempt means; icmp: what the socket's error queue held. The table is at the head of the module."""
    if isinstance(error, TimeoutError):
        return NoConnection(SILENT, "no answer to the connection attempt")
    if icmp in _REFUSALS:
        return NoConnection(RESET, _REFUSALS[icmp])
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in (errno.ECONNREFUSED, errno.ECONNRESET):
        return NoConnection(RESET, reason)
    return NoConnection(UNREACHABLE if error.errno in _OURS else FAILED, reason)


# Linux's numbers, which Python's socket module names from 3.14 on (ip(7), ipv6(7)).
_RECVERR = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}
_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # errno, origin, type, code, pad, info, data (linux/errqueue.h)


def queue_errors(connection: socket.SocketType, version: int, switch: Literal["on", "off"]) -> None:
    """Keep ICMP errors to be read; off again once connected, or they would break what stands (RFC 5927)."""
    if sys.platform == "linux":
        connection.setsockopt(*_RECVERR[version], int(switch == "on"))


def icmp_of(connection: socket.SocketType) -> Icmp | None:
    """The ICMP message behind a failed connect, if there was one."""
    if sys.platform != "linux":
        return None
    try:
        _, ancillary, _, _ = connection.recvmsg(512, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, value in ancillary:
        if (level, kind) in _RECVERR.values() and len(value) >= _EXTENDED_ERROR.size:
            _, origin, _, code, *_ = _EXTENDED_ERROR.unpack_from(value)
            return Icmp(origin, code)
    return None
