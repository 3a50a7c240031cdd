"""The transport against name servers that behave in every way, on the loopback."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from msgspec import structs

from mxlatch.net.dns import Limits, Transport
from mxlatch.net.gate import Refused
from mxlatch.terms.observation import FAILED, NOT_ALLOWED, Observation
from mxlatch.terms.question import DnsQuestion

QUICK = Limits(
    tries=(0.1, 0.1, 0.1),
    tcp_seconds=0.5,
    server_rate=1e6,
    server_burst=1e6,
    overall_rate=1e6,
    overall_burst=1e6,
    resolver_rate=1e6,
    resolver_burst=1e6,
)
SILENCE = "no answer to 3 tries by UDP and 1 by TCP"


class OpenGate:
    """Lets everything through, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def dns(self, address: str, port: int = 53) -> tuple[str, int]:
        self.asked.append((address, port))
        return address, port


Sent = list[bytes]
Behaviour = Callable[[bytes], Sent]


def answer(query: bytes) -> dns.message.Message:
    """A good answer: one MX."""
    asked = dns.message.from_wire(query)
    made = dns.message.make_response(asked)
    made.flags |= dns.flags.AA
    made.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "MX", "10 mx.example.com."))
    return made


def good(query: bytes) -> Sent:
    return [answer(query).to_wire()]


def silent(query: bytes) -> Sent:
    return []


def cut(query: bytes) -> Sent:
    made = answer(query)
    made.answer.clear()
    made.flags |= dns.flags.TC
    return [made.to_wire()]


def changes_case(query: bytes) -> Sent:
    return [made[:12] + made[12:].lower() for made in good(query)]


def garbage(query: bytes) -> Sent:
    return [made[: 12 + len(query) - 23] + b"\xc0" * 40 for made in good(query)]


def refuses(rcode: dns.rcode.Rcode) -> Behaviour:
    def behave(query: bytes) -> Sent:
        made = answer(query)
        made.answer.clear()
        made.set_rcode(rcode)
        return [made.to_wire()]

    return behave


def refuses_edns(rcode: dns.rcode.Rcode) -> Behaviour:
    return lambda query: (refuses(rcode) if dns.message.from_wire(query).edns >= 0 else good)(query)


def bare_formerr_to_edns(query: bytes) -> Sent:
    return [query[:2] + b"\x80\1" + bytes(8)] if dns.message.from_wire(query).edns >= 0 else good(query)


def forged(query: bytes) -> Sent:
    """What an attacker, who does not see the query, could send; and then the truth."""
    made = good(query)[0]
    evil = made.replace(b"\2mx", b"\2ev")
    wrong_id = bytes((evil[0] ^ 1,)) + evil[1:]
    wrong_name = evil.replace(query[13:20], b"another", 1)
    not_an_answer = evil[:2] + b"\0" + evil[3:]
    return [b"", b"\0", wrong_id, wrong_name, not_an_answer[:12], evil[:12], made]


def twice(query: bytes) -> Sent:
    return good(query) * 2


class Server(asyncio.DatagramProtocol):
    """A name server: how it behaves by UDP, and by TCP."""

    def __init__(self, udp: Behaviour, tcp: Behaviour | None) -> None:
        self.udp, self.tcp = udp, tcp
        self.queries: list[bytes] = []
        self.by_tcp: list[bytes] = []
        self.port = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.queries.append(data)
        for sent in self.udp(data):
            self.transport.sendto(sent, addr)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(EOFError, ConnectionError):
            query = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            self.by_tcp.append(query)
            assert self.tcp is not None
            for sent in self.tcp(query):
                writer.write(len(sent).to_bytes(2, "big") + sent)
        writer.close()


@asynccontextmanager
async def serving(
    udp: Behaviour, tcp: Behaviour | None = good, host: str = "127.0.0.1", kind: type[Server] = Server
) -> AsyncIterator[Server]:
    server = kind(udp, tcp)
    loop = asyncio.get_running_loop()
    listener = await asyncio.start_server(server.connected, host, 0)
    server.port = listener.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=(host, server.port))
    if tcp is None:
        listener.close()
        await listener.wait_closed()
    try:
        yield server
    finally:
        transport.close()
        listener.close()


def question(server: Server, name: str = "longname.example.com", host: str = "127.0.0.1", **rest: Any) -> DnsQuestion:
    return DnsQuestion(host, name, "MX", port=server.port, **rest)  # type: ignore[arg-type]


def ask_one(udp: Behaviour, tcp: Behaviour | None = good) -> tuple[Observation, Server]:
    async def ask() -> tuple[Observation, Server]:
        async with serving(udp, tcp) as server:
            (seen,) = await Transport(OpenGate(), "here", limits=QUICK, clock=lambda: 1700000000.0).ask(
                [question(server)]
            )
            return seen, server

    return asyncio.run(ask())


# How a server behaves by UDP and by TCP: status, transport, queries by UDP and by TCP, reason.
BEHAVIOURS = {
    "answers": (good, None, "answer", "udp", 1, 0, ""),
    "answers twice": (twice, None, "answer", "udp", 1, 0, ""),
    "cuts": (cut, good, "answer", "tcp", 1, 1, ""),
    "cuts, and no TCP": (cut, None, "no-response", "", 1, 0, "cut short by UDP, and no answer by TCP"),
    "changes the case": (changes_case, changes_case, "answer", "tcp", 1, 1, ""),
    "silent by UDP": (silent, good, "answer", "tcp", 3, 1, ""),
    "silent": (silent, silent, "no-response", "", 3, 1, SILENCE),
    "silent, and no TCP": (silent, None, "no-response", "", 3, 0, SILENCE),
    "broken by UDP": (garbage, good, "answer", "tcp", 1, 1, ""),
    "refuses EDNS by FORMERR": (refuses_edns(dns.rcode.FORMERR), None, "answer", "udp", 2, 0, ""),
    "refuses EDNS by NOTIMP": (refuses_edns(dns.rcode.NOTIMP), None, "answer", "udp", 2, 0, ""),
    "refuses EDNS by BADVERS": (refuses_edns(dns.rcode.BADVERS), None, "answer", "udp", 2, 0, ""),
    "refuses EDNS without the question": (bare_formerr_to_edns, None, "answer", "udp", 2, 0, ""),
    "refuses EDNS by TCP too": (cut, refuses_edns(dns.rcode.FORMERR), "answer", "tcp", 1, 2, ""),
    "refuses": (refuses(dns.rcode.REFUSED), None, "refused", "udp", 1, 0, "REFUSED"),
    "fails": (refuses(dns.rcode.SERVFAIL), None, "servfail", "udp", 1, 0, "SERVFAIL"),
    "understands nothing": (refuses(dns.rcode.FORMERR), None, "servfail", "udp", 2, 0, "FORMERR"),
    "is imitated by a forger": (forged, None, "answer", "udp", 1, 0, ""),
}


@pytest.mark.parametrize("case", BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_what_comes_of_each_server(case: tuple[Behaviour, Behaviour | None, str, str, int, int, str]) -> None:
    udp, tcp, status, by, by_udp, by_tcp, reason = case
    seen, server = ask_one(udp, tcp)
    assert (seen.status, seen.reason) == (status, reason)
    assert seen.source == (f"127.0.0.1:{server.port}/{by}" if by else "")
    assert (len(server.queries), len(server.by_tcp)) == (by_udp, by_tcp)
    assert (seen.time, seen.vantage) == (1700000000.0, "here")
    if status == "answer":
        assert seen.value is not None
        assert seen.value.answer[0].value == (10, "mx.example.com")  # type: ignore[union-attr]
        assert b"\2mx" in seen.bytes


def test_broken_by_udp_and_by_tcp_is_failed_and_says_how() -> None:
    seen, _ = ask_one(garbage, garbage)
    assert seen.status == FAILED
    assert "broken answer by TCP" in seen.reason
    assert seen.outcome.reason  # type: ignore[union-attr]


def test_an_answer_from_another_port_is_not_believed() -> None:
    """It has the right id and question, as from somebody who sees the query but cannot speak as the server."""

    class Overheard(Server):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.bind(("127.0.0.1", 0))
                other.sendto(good(data)[0].replace(b"\2mx", b"\2ev"), addr)
            super().datagram_received(data, addr)

    async def ask() -> Observation:
        async with serving(good, kind=Overheard) as server:
            (seen,) = await Transport(OpenGate(), limits=QUICK).ask([question(server)])
            return seen

    seen = asyncio.run(ask())
    assert b"\2mx" in seen.bytes


def test_it_runs_on_uvloop_too() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def ask() -> list[str]:
        async with serving(good) as one, serving(cut) as two, serving(silent) as three:
            got = await Transport(OpenGate(), limits=QUICK).ask([question(each) for each in (one, two, three)])
            return [seen.source.rpartition("/")[2] for seen in got]

    assert uvloop.run(ask()) == ["udp", "tcp", "tcp"]


def test_every_try_is_the_same_query() -> None:
    _, server = ask_one(silent, None)
    assert len(set(server.queries)) == 1


def test_a_round_is_answered_in_the_order_asked_and_seen_as_it_comes() -> None:
    async def ask() -> None:
        gate, heard = OpenGate(), list[Observation]()
        async with serving(good) as one, serving(silent, None) as two, serving(good, None, "::1") as three:
            asked = [question(one, f"a{n}.example.com") for n in range(500)]
            asked[250:250] = [question(two), question(three, host="::1")]
            got = await Transport(gate, limits=QUICK).ask(asked, heard.append)
        assert [seen.question for seen in got] == asked
        assert [seen.status for seen in got].count("answer") == 501
        assert got[251].source == f"[::1]:{three.port}/udp"
        assert sorted(heard, key=lambda seen: seen.question) == sorted(got, key=lambda seen: seen.question)
        assert heard.index(got[250]) > 250  # who says nothing keeps nobody waiting
        assert sorted(gate.asked) == sorted({("127.0.0.1", one.port), ("127.0.0.1", two.port), ("::1", three.port)})

    asyncio.run(ask())


def test_ports_ids_and_spellings_are_drawn() -> None:
    async def ask() -> Server:
        async with serving(good) as server:
            await Transport(OpenGate(), limits=QUICK).ask([question(server)] * 200)
            await Transport(OpenGate(), limits=QUICK).ask([question(server, spelling="lower")])
            return server

    queries = asyncio.run(ask()).queries
    mixed, lower = queries[:-1], queries[-1]
    assert len({query[:2] for query in mixed}) > 190
    assert len({query[12:] for query in mixed}) > 190
    assert b"\x08longname\x07example\x03com\0" in lower


def test_a_mixed_spelling_is_never_all_in_lower_case() -> None:
    """Else a server that knows lower case only would now and then seem sound: one time in eight for x.de."""

    async def asked() -> list[bytes]:
        async with serving(good) as server:
            transport = Transport(OpenGate(), limits=QUICK)
            for _ in range(100):
                await transport.ask([question(server, "x.de")])
            return server.queries

    spelt = {query[12:18] for query in asyncio.run(asked())}
    assert spelt == {b"\x01" + a + b"\x02" + d + b"E\x00" for a in (b"x", b"X") for d in (b"d", b"D")}


def test_what_the_gate_refuses_is_not_sent() -> None:
    class ShutGate:
        def dns(self, address: str, port: int = 53) -> tuple[str, int]:
            raise Refused("10.0.0.5 is private")

    async def ask() -> tuple[list[Observation], Server]:
        async with serving(good) as server:
            return await Transport(ShutGate(), limits=QUICK).ask([question(server)] * 2), server

    seen, server = asyncio.run(ask())
    assert [(one.status, one.reason) for one in seen] == [(NOT_ALLOWED, "10.0.0.5 is private")] * 2
    assert not server.queries


def test_a_mapped_server_is_reported_by_its_real_address() -> None:
    async def ask() -> Observation:
        async with serving(good) as server:

            class MappingGate:
                def dns(self, address: str, port: int = 53) -> tuple[str, int]:
                    return "127.0.0.1", server.port

            (seen,) = await Transport(MappingGate(), limits=QUICK).ask([DnsQuestion("192.0.2.53", "example.com", "MX")])
            return seen

    assert asyncio.run(ask()).source == "192.0.2.53:53/udp"


@pytest.mark.parametrize(("name", "rrtype"), [("a..b", "MX"), ("UPPER.example", "MX"), ("a" * 64, "MX"), ("a", "CAA")])
def test_a_question_that_cannot_be_written_fails_alone(name: str, rrtype: str) -> None:
    async def ask() -> list[Observation]:
        async with serving(good) as server:
            wrong = DnsQuestion("127.0.0.1", name, rrtype, port=server.port)
            return await Transport(OpenGate(), limits=QUICK).ask([wrong, question(server)])

    assert [seen.status for seen in asyncio.run(ask())] == [FAILED, "answer"]


MANY = tuple(f"n{n}.example.com" for n in range(4))


def rounds(*speaks: Behaviour, tcp: Behaviour | None = None, count: int = 4) -> tuple[list[set[str]], list[int]]:
    """The reasons and the number of queries of each round, the server behaving so in each."""

    async def asked() -> tuple[list[set[str]], list[int]]:
        behaviour: list[Behaviour] = [silent]
        async with serving(lambda query: behaviour[0](query), tcp) as server:
            transport = Transport(OpenGate(), limits=QUICK)
            reasons, counts = [], []
            for each in speaks:
                behaviour[0] = each
                before = len(server.queries)
                seen = await transport.ask([question(server, name) for name in MANY[:count]])
                reasons.append({o.reason for o in seen})
                counts.append(len(server.queries) - before)
            return reasons, counts

    return asyncio.run(asked())


MUTE = "no answer to 1 try by UDP, as to all that it was asked before"


def test_who_never_said_anything_is_asked_once_a_question() -> None:
    assert rounds(silent, silent) == ([{SILENCE}, {MUTE}], [12, 4])


def test_who_has_ever_spoken_keeps_all_its_tries() -> None:
    assert rounds(good, silent, silent) == ([{""}, {SILENCE}, {SILENCE}], [4, 12, 12])
    assert rounds(silent, good, silent) == ([{SILENCE}, {""}, {SILENCE}], [12, 4, 12])


def test_one_lost_question_makes_nobody_mute() -> None:
    assert rounds(silent, silent, count=1) == ([{SILENCE}, {SILENCE}], [3, 3])


def test_who_cuts_its_answers_short_is_not_mute() -> None:
    cut_short = "cut short by UDP, and no answer by TCP"
    assert rounds(cut, cut, silent) == ([{cut_short}, {cut_short}, {SILENCE}], [4, 4, 12])


def test_who_answers_by_tcp_alone_is_not_mute() -> None:
    assert rounds(silent, silent, tcp=good) == ([{""}, {""}], [12, 12])


def test_who_answers_only_that_it_wants_no_edns_is_not_mute() -> None:
    def wants_no_edns(query: bytes) -> Sent:
        return bare_formerr_to_edns(query) if dns.message.from_wire(query).edns >= 0 else []

    reasons, counts = rounds(wants_no_edns, wants_no_edns, silent)
    assert MUTE not in set.union(*reasons)
    assert counts == [12, 12, 12]


def test_a_question_that_was_never_sent_is_no_sign_of_life() -> None:
    async def asked() -> tuple[set[str], int]:
        async with serving(silent, None) as server:
            transport = Transport(OpenGate(), limits=QUICK)
            await transport.ask([question(server, name) for name in (*MANY, "a..b")])
            before = len(server.queries)
            seen = await transport.ask([question(server, name) for name in MANY])
            return {o.reason for o in seen}, len(server.queries) - before

    assert asyncio.run(asked()) == ({MUTE}, 4)


def test_who_speaks_again_has_all_its_tries_in_the_same_round() -> None:
    """The fifth question is answered; the others are silent, and no longer as all before."""

    async def asked() -> list[str]:
        behaviour: list[Behaviour] = [silent]
        async with serving(lambda query: behaviour[0](query), None) as server:
            transport = Transport(OpenGate(), limits=QUICK)
            await transport.ask([question(server, name) for name in MANY])
            behaviour[0] = lambda query: good(query) if b"alive" in query.lower() else []
            seen = await transport.ask([question(server, name) for name in (*MANY, "alive.example.com")])
            return [o.reason for o in seen]

    assert asyncio.run(asked()) == [SILENCE] * 4 + [""]


def test_a_later_round_waits_for_tcp_once_however_its_answers_are_spread() -> None:
    async def asked() -> tuple[list[str], list[int]]:
        behaviour: list[Behaviour] = [cut]
        async with serving(lambda query: behaviour[0](query), silent) as server:
            limits = structs.replace(QUICK, tcp_seconds=0.1, server_rate=10, server_burst=3)
            transport, counts = Transport(OpenGate(), limits=limits), []
            for count in (3, 8):
                seen = await transport.ask([question(server, f"n{n}.example.com") for n in range(count)])
                counts.append(len(server.by_tcp))
            return [o.reason for o in seen], counts

    reasons, connections = asyncio.run(asked())
    assert connections == [3, 4]
    assert sorted(set(reasons)) == [
        "cut short by UDP, and no answer by TCP",
        "cut short by UDP, and no answer by TCP to others before",
    ]


def test_silences_by_tcp_add_up_over_small_rounds() -> None:
    async def asked() -> list[int]:
        async with serving(cut, silent) as server:
            transport, counts = Transport(OpenGate(), limits=QUICK), []
            for _ in range(3):
                await transport.ask([question(server, name) for name in MANY[:2]])
                counts.append(len(server.by_tcp))
            return counts

    assert asyncio.run(asked()) == [2, 3, 4]


def test_who_takes_connections_and_says_nothing_is_not_waited_for_again_and_again() -> None:
    async def asked() -> tuple[list[list[str]], list[int]]:
        names = tuple(f"n{n}.example.com" for n in range(10))
        async with serving(cut, silent) as server:
            transport, reasons, counts = Transport(OpenGate(), limits=QUICK), [], []
            for _ in range(2):
                seen = await transport.ask([question(server, name) for name in names])
                reasons.append(sorted(o.reason for o in seen))
                counts.append(len(server.by_tcp))
            return reasons, counts

    reasons, connections = asyncio.run(asked())
    tried, left = "cut short by UDP, and no answer by TCP", "cut short by UDP, and no answer by TCP to others before"
    assert reasons == [[tried] * 3 + [left] * 7, [tried] + [left] * 9]
    assert connections == [3, 4]


@pytest.mark.parametrize(
    ("rcode", "recursion", "slower"),
    [
        (dns.rcode.SERVFAIL, False, True),
        (dns.rcode.SERVFAIL, True, False),  # the trouble is somebody else's
        (dns.rcode.REFUSED, True, True),  # as dnsmasq does at its bound
        (dns.rcode.REFUSED, False, True),
    ],
)
@pytest.mark.parametrize("by_udp", [None, cut], ids=["udp", "tcp"])
def test_for_whose_trouble_it_slows_down(
    by_udp: Behaviour | None, rcode: dns.rcode.Rcode, recursion: bool, slower: bool
) -> None:
    async def asked() -> float:
        async with serving(by_udp or refuses(rcode), refuses(rcode)) as server:
            transport = Transport(OpenGate(), limits=QUICK)
            await transport.ask([question(server, recursion=recursion)])
            bucket = transport.bucket("127.0.0.1")
            bucket.available(time.monotonic())
            bucket.take(bucket.available(time.monotonic()))
            return bucket.next_at() - bucket._filled

    assert (asyncio.run(asked()) > 1.5 / QUICK.resolver_rate) is slower


def test_a_resolver_has_a_rate_of_its_own() -> None:
    slow = Limits(server_rate=1e-6, server_burst=3.0, resolver_rate=1e-6, resolver_burst=7.0)
    transport = Transport(OpenGate(), limits=slow)
    assert transport.bucket("192.0.2.1").available(time.monotonic()) == 3
    assert transport.bucket("192.0.2.2", resolver=True).available(time.monotonic()) == 7


def test_an_interrupted_round_leaves_what_was_seen_and_no_socket() -> None:
    heard: list[Observation] = []

    async def ask() -> int:
        async with serving(good) as one, serving(silent) as two:
            transport = Transport(OpenGate(), limits=Limits(tries=(60.0,), server_rate=1e6, server_burst=1e6))
            arrived = asyncio.Event()

            def hear(seen: Observation) -> None:
                heard.append(seen)
                arrived.set()

            asking = asyncio.create_task(transport.ask([question(two), question(one)], hear))
            await arrived.wait()
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            return len([task for task in asyncio.all_tasks() if task is not asyncio.current_task()])

    assert asyncio.run(ask()) == 0
    assert [seen.status for seen in heard] == ["answer"]


def test_a_fault_in_who_listens_is_raised_and_does_not_hang() -> None:
    def hear(seen: Observation) -> None:
        raise ValueError("ours")

    async def ask() -> None:
        async with serving(good) as server:
            await Transport(OpenGate(), limits=QUICK).ask([question(server)], hear)

    with pytest.raises(ValueError, match="ours"):
        asyncio.run(ask())


@pytest.mark.parametrize("limits", [Limits(server_rate=100, server_burst=5), Limits(overall_rate=100, overall_burst=5)])
def test_the_rates_hold(limits: Limits) -> None:
    async def ask() -> float:
        async with serving(good) as server:
            start = asyncio.get_running_loop().time()
            got = await Transport(OpenGate(), limits=limits).ask([question(server)] * 25)
            assert {seen.status for seen in got} == {"answer"}
            return asyncio.get_running_loop().time() - start

    # 5 at once and 20 at the rate: 0.2 s. The server's default burst of 20 leaves 5 to its rate of 20 a second.
    assert asyncio.run(ask()) >= 0.19


def test_the_rates_hold_across_rounds() -> None:
    async def ask() -> float:
        async with serving(good) as server:
            transport = Transport(OpenGate(), limits=Limits(server_rate=50, server_burst=1))
            start = asyncio.get_running_loop().time()
            for _ in range(5):
                await transport.ask([question(server)])
            return asyncio.get_running_loop().time() - start

    assert asyncio.run(ask()) >= 0.079


def test_no_route_is_said_at_once() -> None:
    async def ask() -> Observation:
        # Port 0 cannot be sent to: the kernel refuses as it does without a route.
        (seen,) = await Transport(OpenGate(), limits=QUICK).ask([DnsQuestion("127.0.0.1", "example.com", "MX", port=0)])
        return seen

    seen = asyncio.run(ask())
    assert seen.status == "no-response"
    assert seen.reason.startswith("no way there from here")


def test_a_round_of_no_questions() -> None:
    async def ask() -> list[Observation]:
        return await Transport(OpenGate()).ask([])

    assert asyncio.run(ask()) == []


def test_a_closed_port_does_not_stop_the_others() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def ask() -> list[Observation]:
        async with serving(good) as server:
            closed = DnsQuestion("127.0.0.1", "example.com", "MX", port=port)
            return await Transport(OpenGate(), limits=QUICK).ask([closed, question(server)] * 3)

    assert [seen.status for seen in asyncio.run(ask())] == ["no-response", "answer"] * 3
