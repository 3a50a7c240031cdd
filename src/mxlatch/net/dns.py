"""Asks name servers over UDP, and over TCP where UDP will not do (RFC 1035, RFC 5452, RFC 6891, RFC 7766).

One call asks a whole round of questions through a few sockets on random ports. An answer is believed only if it comes
from the address and port that was asked, to the port and with the id that were drawn for the question, and repeats
the question letter by letter (0x20). No task, timer or future is made for a question: that is what makes it quick.

Limits: datagrams over 4,096 octets are cut, and so count as broken (we offer 1,232); no DNS over TLS, no cookies.
"""

import asyncio
import errno
import heapq
import os
import socket
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from mxlatch.net.gate import Refused
from mxlatch.net.rates import TokenBucket
from mxlatch.terms import dns
from mxlatch.terms.door import door_id
from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.observation import FAILED, NOT_ALLOWED, Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns import header_only_error, pack, question_section, read, read_answer, without_edns
from mxlatch.wire.dns.reading import BADVERS, FORMERR, NOTIMP

Seen = Callable[[Observation], None]
Place = tuple[str, int] | tuple[str, int, int, int]

_LARGEST_DATAGRAM = 4096
_HEADER = 12  # octets
_QR, _TC = 0x80, 0x02  # in the third octet
_TICK = 0.02  # seconds; how late a time-out or a token may be noticed
_MOST_A_WAKE_UP = 256  # datagrams read before the loop's other work has its turn
_RECEIVE_BUFFER = 1 << 20  # asked of the kernel, which may give less
_DATAGRAM_IN_KERNEL = 2304  # octets that it charges for one answer of up to 1,232
_MOST_IN_FLIGHT = 200  # to one server: what its socket's buffer holds with Linux's defaults
_MOST_PENDING = 32768  # ids kept for late answers while their questions wait to be asked again
_TCP_SILENCES = 3  # in a row; a server that takes connections and says nothing would cost `tcp_seconds` a question
_TCP_AT_ONCE = 16  # connections; one a server
_MUTE_AFTER = 4  # questions of one round, none answered in any try: later rounds ask such a server once each
_SPELLING = 32  # octets from a name's end whose letters change case at random: far more than a forger can guess
_LAST_LETTER = 0x20 << 8  # before the root's octet: never drawn all in lower case, which is another question
_DRAWS_A_BLOCK = 256  # drawn from the kernel at once
_EDNS_REFUSED = (FORMERR, NOTIMP, BADVERS)  # RFC 6891 section 7
_SLOW_DOWN = (dns.REFUSED, dns.SERVFAIL)  # FACTS 5.3 rule 4
_SILENT = "no answer"  # how the trouble of a question begins that nothing came back to


class Gate(Protocol):
    """What this module needs of `net.gate.Gate`."""

    def dns(self, address: str, port: int = 53) -> tuple[str, int]:
        """Where to send a query for this server; raises `net.gate.Refused`."""


class Limits(Struct, frozen=True):
    """How hard servers are asked; the defaults are polite (FACTS 5.3 rule 4).

    tries: seconds to wait for an answer to each try by UDP. tcp_seconds: for one exchange by TCP. server_rate,
    server_burst: questions a second to one server address, and at once after a rest; resolver_rate, resolver_burst: to
    a resolver, which is the operator's own; overall_rate, overall_burst: to all servers together. sockets: UDP sockets
    of one address family.
    """

    tries: tuple[float, ...] = (2.0, 3.0, 5.0)
    tcp_seconds: float = 8.0
    server_rate: float = 20.0
    server_burst: float = 20.0
    resolver_rate: float = 200.0
    resolver_burst: float = 100.0
    overall_rate: float = 2000.0
    overall_burst: float = 200.0
    sockets: int = 4


class Transport:
    """Asks DNS questions. One transport a run: it keeps the rates across rounds."""

    def __init__(
        self,
        gate: Gate,
        vantage: str = "internet",
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """vantage: where we look from; clock: seconds since 1970 UTC for the observations."""
        self.gate = gate
        self.vantage = vantage
        self.limits = limits or Limits()
        self.clock = clock
        self.overall = TokenBucket(self.limits.overall_rate, self.limits.overall_burst, time.monotonic())
        self.tcp_slots = asyncio.Semaphore(_TCP_AT_ONCE)
        self.spoke: set[tuple[str, int]] = set()  # servers of which anything ever came, by UDP or TCP
        self.mute: set[tuple[str, int]] = set()  # servers that were asked, and of which nothing ever came
        self.tcp_silences: dict[tuple[str, int], int] = {}  # of servers that take connections, in a row
        self._buckets: dict[str, TokenBucket] = {}

    async def ask(self, questions: Sequence[DnsQuestion], seen: Seen | None = None) -> list[Observation]:
        """Ask all the questions; return one observation for each, in their order.

        seen: is told each observation as it comes, so that who is interrupted has what there was until then.
        """
        if not questions:
            return []
        asking = _Round(self, questions, seen)
        try:
            return await asking.run()
        finally:
            await asking.close()

    def bucket(self, address: str, *, resolver: bool = False) -> TokenBucket:
        """The bucket of a server address."""
        bucket, limits = self._buckets.get(address), self.limits
        if bucket is None:
            rate, burst = limits.server_rate, limits.server_burst
            if resolver:
                rate, burst = limits.resolver_rate, limits.resolver_burst
            bucket = self._buckets[address] = TokenBucket(rate, burst, time.monotonic())
        return bucket


class _Server:
    """One address and port, for one round."""

    __slots__ = (
        "by_tcp",
        "by_udp",
        "family",
        "heard",
        "in_flight",
        "mute",
        "name",
        "place",
        "rate",
        "refused",
        "silent",
        "tcp_silences",
        "tcp_worker",
        "waiting",
    )

    def __init__(self, address: str, port: int, transport: Transport, *, resolver: bool) -> None:
        self.waiting: deque[_Asked] = deque()  # for a token
        self.by_tcp: deque[_Asked] = deque()
        self.tcp_worker: asyncio.Task[None] | None = None
        self.in_flight = 0
        self.heard = False  # anything in this round
        self.silent = 0  # questions of the round without any answer by UDP
        # One below the bound at most: by one question a round it may show that all is well again.
        self.tcp_silences = min(transport.tcp_silences.get((address, port), 0), _TCP_SILENCES - 1)
        self.mute = (address, port) in transport.mute
        self.rate = transport.bucket(address, resolver=resolver)
        self.name = door_id(address, port)
        self.by_udp = f"{self.name}/udp"
        self.refused = ""
        self.place: Place = ("", 0)
        try:
            self.place = transport.gate.dns(address, port)
        except Refused as refusal:
            self.refused = refusal.reason
        self.family = socket.AF_INET6 if ":" in self.place[0] else socket.AF_INET
        if self.family == socket.AF_INET6:
            self.place = (self.place[0], self.place[1], 0, 0)  # as recvfrom gives it

    def room(self, now: float) -> int:
        """How many more questions may be sent now."""
        return min(len(self.waiting), _MOST_IN_FLIGHT - self.in_flight, self.rate.available(now))


class _Asked(Struct, gc=False):
    """One question on its way. key: its socket's number and its id. section: the question as sent."""

    index: int
    question: DnsQuestion
    server: _Server
    packet: bytes = b""
    section: bytes = b""
    key: int = -1
    tries: int = 0
    flying: bool = False
    edns: bool = True
    trouble: str = ""  # why TCP is tried


def _draws() -> Iterator[int]:
    """Random integers of 32 bits: for the socket and the id of a question."""
    while True:
        yield from array("I", os.urandom(4 * _DRAWS_A_BLOCK))


def _spellings() -> Iterator[int]:
    """Random integers of `_SPELLING` octets: for the case of a name's letters."""
    while True:
        block = os.urandom(_SPELLING * _DRAWS_A_BLOCK)
        for at in range(0, len(block), _SPELLING):
            yield int.from_bytes(block[at : at + _SPELLING], "big") | _LAST_LETTER


class _Round:
    """One call of `ask`."""

    def __init__(self, transport: Transport, questions: Sequence[DnsQuestion], seen: Seen | None) -> None:
        self._transport = transport
        self._limits = transport.limits
        self._questions = questions
        self._seen = seen
        self._results: list[Observation | None] = [None] * len(questions)
        self._left = len(questions)
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._sockets: list[socket.socket] = []
        self._keys: dict[int, range] = {}  # that questions of an address family can have
        self._window = 0
        self._in_flight = 0
        self._pending: dict[int, _Asked] = {}
        self._ready: deque[_Server] = deque()  # have questions, and may have tokens
        self._resting: list[tuple[float, int, _Server]] = []  # have questions and no token until then: a heap
        self._waves: list[deque[tuple[float, list[_Asked]]]] = [deque() for _ in self._limits.tries]
        self._draws = _draws()
        self._spellings = _spellings()
        self._servers: dict[tuple[str, int], _Server] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> list[Observation]:
        """Ask everything, wait, return the answers in order."""
        self._enlist()
        if self._left:
            self._tick()
            await self._done
        self._note_the_mute()
        return [observation for observation in self._results if observation is not None]

    async def close(self) -> None:
        """Give back what was opened, also when interrupted."""
        if self._timer is not None:
            self._timer.cancel()
        for channel in self._sockets:
            self._loop.remove_reader(channel)
            channel.close()
        workers = [server.tcp_worker for server in self._servers.values() if server.tcp_worker is not None]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    # Before the first packet

    def _enlist(self) -> None:
        """Put each question before its server; the gate is asked once for each server."""
        for index, question in enumerate(self._questions):
            place = (question.server, question.port)
            server = self._servers.get(place)
            if server is None:
                server = self._servers[place] = _Server(*place, self._transport, resolver=question.recursion)
            server.waiting.append(_Asked(index, question, server))
        for server in self._servers.values():
            if server.refused:
                self._refuse(server, NOT_ALLOWED, server.refused)
            elif not self._opened(server.family):
                self._refuse(server, dns.NO_RESPONSE, "this machine has no IPv6")
            else:
                self._ready.append(server)

    def _note_the_mute(self) -> None:
        """Servers that never said anything are asked once a question from now on: hundreds of time-outs tell no more.

        One that has ever spoken keeps its tries: a resolver may be silent about some names, and a server busy.
        """
        transport = self._transport
        for place, server in self._servers.items():
            if server.heard:
                transport.spoke.add(place)
                transport.mute.discard(place)
            elif server.silent >= _MUTE_AFTER and place not in transport.spoke:
                transport.mute.add(place)
            transport.tcp_silences[place] = server.tcp_silences

    def _refuse(self, server: _Server, status: str, reason: str) -> None:
        while server.waiting:
            self._finish(server.waiting.popleft(), status, reason)

    def _opened(self, family: int) -> bool:
        """Open this family's sockets, once. False: the machine does not have the family."""
        if family not in self._keys:
            first = len(self._sockets)
            try:
                self._sockets.extend(self._open(family, first + n) for n in range(self._limits.sockets))
            except OSError as fault:
                if fault.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                    raise
            self._keys[family] = range(first << 16, len(self._sockets) << 16)
        return bool(self._keys[family])

    def _open(self, family: int, number: int) -> socket.socket:
        channel = socket.socket(family, socket.SOCK_DGRAM)
        channel.setblocking(False)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            channel.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        channel.bind(("", 0))  # the kernel draws the port
        # Half of what fits, since chance does not spread the answers evenly.
        self._window += channel.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // _DATAGRAM_IN_KERNEL // 2
        self._loop.add_reader(channel, self._readable, number << 16, channel.recvfrom)
        return channel

    # Sending

    def _tick(self) -> None:
        """What time brings: time-outs and tokens."""
        try:
            self._take_time()
        except Exception as fault:
            self._fail(fault)

    def _take_time(self) -> None:
        now = time.monotonic()
        for number, wave in enumerate(self._waves):
            while wave and wave[0][0] <= now:
                for asked in wave.popleft()[1]:
                    if asked.flying and asked.tries == number + 1:
                        self._silent(asked, now)
        while self._resting and self._resting[0][0] <= now:
            self._ready.append(heapq.heappop(self._resting)[2])
        self._send(now)
        if self._left:
            self._timer = self._loop.call_later(_TICK, self._tick)

    def _send(self, now: float) -> None:
        """Send what the window, the overall rate and each server's rate allow."""
        ready, overall = self._ready, self._transport.overall
        allowed = min(self._window - self._in_flight, overall.available(now)) if ready else 0
        waves: list[list[_Asked]] = [[] for _ in self._waves]
        for _ in range(len(ready)):
            if allowed <= 0:
                break
            server = ready.popleft()
            count = min(allowed, server.room(now))
            if count > 0:
                count = self._send_to(server, count, waves)
                server.rate.take(count)
                overall.take(count)
                allowed -= count
            self._queue(server, now)
        for wave, seconds, sent in zip(self._waves, self._limits.tries, waves, strict=True):
            if sent:
                wave.append((now + seconds, sent))

    def _queue(self, server: _Server, now: float) -> None:
        if server.waiting:
            if server.rate.available(now):
                self._ready.append(server)
            else:
                heapq.heappush(self._resting, (server.rate.next_at(), id(server), server))

    def _send_to(self, server: _Server, count: int, waves: list[list[_Asked]]) -> int:
        """Send up to `count` of the server's questions; return how many went."""
        waiting, place, sockets = server.waiting, server.place, self._sockets
        sent = 0
        while sent < count and waiting:
            asked = waiting.popleft()
            if asked.key < 0:
                if not self._pack(asked):
                    continue
            elif self._pending.get(asked.key) is not asked:
                continue  # answered late, while it waited to be asked again
            try:
                sockets[asked.key >> 16].sendto(asked.packet, place)
            except BlockingIOError:
                waiting.appendleft(asked)
                break
            except OSError as fault:  # no route, or a firewall of ours: to try again would say the same
                self._finish(asked, dns.NO_RESPONSE, f"no way there from here: {fault.strerror or fault}")
                continue
            sent += 1
            waves[asked.tries].append(asked)
            asked.tries += 1
            asked.flying = True
        server.in_flight += sent
        self._in_flight += sent
        return sent

    def _pack(self, asked: _Asked) -> bool:
        """Draw the question's socket, id and spelling. False: it cannot be written, and is done with."""
        numbers = self._keys[asked.server.family]
        pending = self._pending
        while True:
            draw = next(self._draws)
            key = numbers.start + draw % len(numbers)
            if key not in pending:
                break
        asked.key = key
        try:
            asked.packet = pack(asked.question, key & 0xFFFF, next(self._spellings))
        except ValueError as fault:
            asked.key = -1
            self._finish(asked, FAILED, str(fault))
            return False
        asked.section = question_section(asked.packet)
        if not asked.edns:
            asked.packet = without_edns(asked.packet)
        pending[asked.key] = asked
        return True

    def _silent(self, asked: _Asked, now: float) -> None:
        """No answer in time to the last try."""
        self._land(asked)
        server = asked.server
        server.rate.slow_down(now)
        if server.mute and not server.heard:
            self._finish(asked, dns.NO_RESPONSE, "no answer to 1 try by UDP, as to all that it was asked before")
            return
        if asked.tries >= len(self._limits.tries):
            server.silent += 1
            self._ask_by_tcp(asked, f"no answer to {asked.tries} tries by UDP")
            return
        if len(self._pending) > _MOST_PENDING:
            del self._pending[asked.key]
            asked.key = -1
        self._again(asked)

    def _land(self, asked: _Asked) -> None:
        if asked.flying:
            asked.flying = False
            asked.server.in_flight -= 1
            self._in_flight -= 1

    def _again(self, asked: _Asked) -> None:
        """Ask again by UDP as soon as the rate allows."""
        server = asked.server
        if not server.waiting:
            self._ready.append(server)
        server.waiting.append(asked)

    # Answers by UDP

    def _readable(self, base: int, recvfrom: Callable[[int], tuple[bytes, Place]]) -> None:
        """Take the datagrams that have come to a socket, then send what that made room for."""
        try:
            self._drain(base, recvfrom)
            self._send(time.monotonic())
        except Exception as fault:
            self._fail(fault)

    def _drain(self, base: int, recvfrom: Callable[[int], tuple[bytes, Place]]) -> None:
        """Long, against the rule: here every call is paid once a question."""
        pending, results, seen, vantage = self._pending, self._results, self._seen, self._transport.vantage
        time_of_answer = self._transport.clock()
        for _ in range(_MOST_A_WAKE_UP):
            try:
                message, source = recvfrom(_LARGEST_DATAGRAM)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error for something sent before; which, it does not say
                continue
            if len(message) < _HEADER:
                continue
            key = base | message[0] << 8 | message[1]
            asked = pending.get(key)
            if asked is None:
                continue
            question, server, section = asked.question, asked.server, asked.section
            if source != server.place:
                continue
            server.heard = True
            if message[2] & _TC or not message.startswith(section, _HEADER):
                self._odd_answer(asked, message)
                continue
            try:
                status, reply, reason = read_answer(message, question, _HEADER + len(section))
            except ProtocolError as fault:
                self._ask_by_tcp(asked, f"a broken answer by UDP ({fault})")
                continue
            if reply.rcode and self._is_error(asked, status, reply.rcode):
                continue
            del pending[key]
            if asked.flying:
                asked.flying = False
                server.in_flight -= 1
                self._in_flight -= 1
            observation = Observation(question, status, reply, time_of_answer, vantage, server.by_udp, reason, message)
            results[asked.index] = observation
            self._left -= 1
            if seen is not None:
                seen(observation)
        self._check_done()

    def _is_error(self, asked: _Asked, status: str, rcode: int) -> bool:
        """Slow down for a server in trouble; True if the question is asked again, in a form that it may like more."""
        if asked.edns and rcode in _EDNS_REFUSED:
            self._without_edns(asked)
            return True
        self._note_trouble(asked, status)
        return False

    def _note_trouble(self, asked: _Asked, status: str) -> None:
        """Slow down for a server in trouble. A resolver's SERVFAIL tells of trouble at somebody else's server."""
        if status in _SLOW_DOWN and not (status == dns.SERVFAIL and asked.question.recursion):
            asked.server.rate.slow_down(time.monotonic())

    def _odd_answer(self, asked: _Asked, message: bytes) -> None:
        """From the right place with the right id, but cut, or its question is not letter by letter ours."""
        if not message[2] & _QR:
            return
        section = message[_HEADER : _HEADER + len(asked.section)]
        if section == asked.section:
            self._ask_by_tcp(asked, "cut short by UDP")
        elif section.lower() == asked.section.lower():
            self._ask_by_tcp(asked, "the case of letters changed by UDP")
        elif header_only_error(message):
            if asked.edns:
                self._without_edns(asked)
            else:
                self._ask_by_tcp(asked, "an error without our question by UDP")

    def _without_edns(self, asked: _Asked) -> None:
        self._land(asked)
        asked.edns = False
        asked.packet = without_edns(asked.packet)
        if asked.tries < len(self._limits.tries):
            self._again(asked)
        else:
            self._ask_by_tcp(asked, "EDNS refused by UDP")

    # Answers by TCP

    def _ask_by_tcp(self, asked: _Asked, trouble: str) -> None:
        """Ask over TCP, once. trouble: why UDP will not do."""
        self._land(asked)
        del self._pending[asked.key]
        asked.trouble = trouble
        server = asked.server
        server.by_tcp.append(asked)
        if server.tcp_silences >= _TCP_SILENCES:
            self._give_up_tcp(server)
        elif server.tcp_worker is None or server.tcp_worker.done():
            server.tcp_worker = self._loop.create_task(self._tcp(server))

    async def _tcp(self, server: _Server) -> None:
        """Ask what waits for TCP at this server, one question after the other, each over its own connection."""
        try:
            async with self._transport.tcp_slots:
                while server.by_tcp:
                    await self._exchange(server, server.by_tcp.popleft())
        except Exception as fault:
            self._fail(fault)

    async def _exchange(self, server: _Server, asked: _Asked) -> None:
        self._transport.overall.take(1)
        writer = None
        try:
            async with asyncio.timeout(self._limits.tcp_seconds):
                reader, writer = await asyncio.open_connection(*server.place[:2])
                message = await _over_stream(reader, writer, asked.packet)
        except (OSError, EOFError):  # TimeoutError is an OSError
            self._finish(asked, dns.NO_RESPONSE, _no_answer(asked))
            if writer is None:  # nobody takes connections: to knock for each would not change it
                while server.by_tcp:
                    asked = server.by_tcp.popleft()
                    self._finish(asked, dns.NO_RESPONSE, _no_answer(asked))
                return
            server.tcp_silences += 1
            if server.tcp_silences >= _TCP_SILENCES:
                self._give_up_tcp(server)
        else:
            server.heard = True
            server.tcp_silences = 0
            self._answer_by_tcp(asked, message)
        finally:
            if writer is not None:
                writer.close()

    def _give_up_tcp(self, server: _Server) -> None:
        """Done with all that waits: each more would cost a time-out, and tell no more."""
        while server.by_tcp:
            asked = server.by_tcp.popleft()
            how = "nor" if asked.trouble.startswith(_SILENT) else "and no answer"
            self._finish(asked, dns.NO_RESPONSE, f"{asked.trouble}, {how} by TCP to others before")

    def _answer_by_tcp(self, asked: _Asked, message: bytes) -> None:
        try:
            if message[:2] != asked.packet[:2]:
                raise ProtocolError("an answer with another id")
            status, reply, reason = read(message, asked.question)
        except ProtocolError as fault:
            self._finish(asked, FAILED, f"a broken answer by TCP ({fault}), after {asked.trouble}")
            return
        if asked.edns and reply.rcode in _EDNS_REFUSED:
            asked.edns = False
            asked.packet = without_edns(asked.packet)
            asked.server.by_tcp.append(asked)
            return
        self._note_trouble(asked, status)
        source = f"{asked.server.name}/tcp"
        vantage, now = self._transport.vantage, self._transport.clock()
        self._record(asked, Observation(asked.question, status, reply, now, vantage, source, reason, message))

    # Results

    def _finish(self, asked: _Asked, status: str, reason: str) -> None:
        """Done, without a word from the server."""
        vantage, now = self._transport.vantage, self._transport.clock()
        self._record(asked, Observation(asked.question, status, None, now, vantage, "", reason))

    def _record(self, asked: _Asked, observation: Observation) -> None:
        self._pending.pop(asked.key, None)
        self._land(asked)
        self._results[asked.index] = observation
        self._left -= 1
        if self._seen is not None:
            self._seen(observation)
        self._check_done()

    def _check_done(self) -> None:
        if not self._left and not self._done.done():
            self._done.set_result(None)

    def _fail(self, fault: Exception) -> None:
        """A fault of ours, in a callback: to `ask`'s caller with it."""
        if not self._done.done():
            self._done.set_exception(fault)


def _no_answer(asked: _Asked) -> str:
    if asked.trouble.startswith(_SILENT):
        return f"{asked.trouble} and 1 by TCP"
    return f"{asked.trouble}, and no answer by TCP"


async def _over_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, packet: bytes) -> bytes:
    """One query and its answer (RFC 1035 section 4.2.2)."""
    writer.write(len(packet).to_bytes(2, "big") + packet)
    length = int.from_bytes(await reader.readexactly(2), "big")
    return await reader.readexactly(length)
