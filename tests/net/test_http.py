"""GETs against servers on the loopback: verified TLS, redirects through the gate, deadlines, broken servers."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trustme

from mxlatch.net import table
from mxlatch.net.gate import Gate
from mxlatch.net.http import Https
from mxlatch.terms.observation import BODY, FAILED, MOVED, NOT_ALLOWED, NOT_FOUND, Observation
from mxlatch.terms.question import HttpQuestion

GIVEN = frozenset({"127.0.0.1"})
NOW = 1_800_000_000.0

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def says(octets: bytes) -> Answer:
    """A server that answers every request with these octets and closes."""

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)

    return answer


def found(body: bytes = b"{}") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


class Server:
    """An HTTP server on a port of its own; `requests` are the heads that came."""

    def __init__(self, answer: Answer, secure: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._answer, self._secure = answer, secure

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._secure)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head)
            await self._answer(head, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def get(answer: Answer, path: str = "/", **options: object) -> tuple[Observation, Server]:
    """Ask a plain server for one URL, as if --rdap had given it."""

    async def run() -> tuple[Observation, Server]:
        async with Server(answer) as server:
            asker = Https(Gate(given_http=GIVEN), now=lambda: NOW, **options)  # type: ignore[arg-type]
            return (await asker.ask([HttpQuestion(f"http://127.0.0.1:{server.port}{path}")]))[0], server

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("octets", "status", "reason"),
    [
        (found(b'{"a": 1}'), BODY, ""),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", NOT_FOUND, ""),
        (b"HTTP/1.1 429 Slow Down\r\n\r\n", FAILED, "HTTP status 429"),
        (b"HTTP/1.1 503 Busy\r\n\r\n", FAILED, "HTTP status 503"),
        (b"HTTP/1.1 302 Found\r\n\r\n", FAILED, "HTTP status 302"),  # without a Location
        (b"220 mx.example.com ESMTP\r\n\r\n", FAILED, "not HTTP: '220 mx.example.com ESMTP'"),
        (b"", FAILED, "the connection ended before the response did"),
        (found()[:-1], FAILED, "the connection ended before the response did"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", FAILED, "HTTP body over 1048576 octets"),
        (moved("http://10.0.0.5/"), NOT_ALLOWED, "plain http to 10.0.0.5: only where --rdap gives it"),
        (moved("https://10.0.0.5/"), NOT_ALLOWED, "10.0.0.5 is not globally routable (private), and the inv"),
        (moved("https://8.8.8.8:25/"), NOT_ALLOWED, "port 25 at 8.8.8.8: only 443, unless --rdap gives it"),
        (moved("file:///etc/passwd"), FAILED, "redirected to what is no URL"),
        (moved("/again"), FAILED, "more than 3 redirects"),
    ],
)
def test_answers(octets: bytes, status: str, reason: str) -> None:
    observation, _ = get(says(octets))
    assert observation.status == status
    assert observation.reason.startswith(reason)
    assert (observation.reason == "") is (reason == "")
    assert observation.time == NOW


def test_the_body_is_kept_as_it_came_and_the_source_is_named() -> None:
    observation, server = get(says(found(b"\xff{}")), "/domain/example.com")
    assert observation.bytes == b"\xff{}"
    assert observation.source == f"127.0.0.1:{server.port}/http"
    assert server.requests[0].startswith(b"GET /domain/example.com HTTP/1.1\r\n")


def test_three_redirects_are_followed() -> None:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        hops = head.split()[1].count(b"x")
        writer.write(moved("/" + "x" * (hops + 1)) if hops < 3 else found(b"there"))

    observation, server = get(answer)
    assert observation.bytes == b"there"
    assert len(server.requests) == 4


async def _nothing(_: bytes, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _for_ever(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [(_nothing, "no whole answer within 0.2 s"), (_for_ever, "")],  # the second ends by time or by size
)
def test_a_server_that_does_not_end(answer: Answer, said: str) -> None:
    observation, _ = get(answer, deadline=0.2)
    assert observation.status == FAILED
    assert said in observation.reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://rdap.example/", "plain http to rdap.example: only where --rdap gives it"),
        ("https://rdap.example:444/", "port 444 at rdap.example"),
        ("https://127.0.0.2/", "127.0.0.2 is not globally routable (loopback)"),
        ("https://[::ffff:10.0.0.5]/", "not globally routable (IPv4-mapped 10.0.0.5)"),
        ("https://inside.example/", "10.0.0.5 is not globally routable (private)"),  # by its name
        ("ftp://rdap.example/", "is no http or https URL"),
    ],
)
def test_what_is_not_asked(url: str, reason: str) -> None:
    async def resolve(_: str, __: int) -> list[str]:
        return ["10.0.0.5"]

    observation = asyncio.run(Https(Gate(given_http=GIVEN), resolve=resolve).ask([HttpQuestion(url)]))[0]
    assert observation.status == NOT_ALLOWED
    assert reason in observation.reason


def test_a_name_outside_the_table_is_not_even_resolved() -> None:
    async def resolve(host: str, _: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    gate = Gate(table=table.parse("8.8.8.8:25 = 127.0.0.1:2525", "lab.net"))
    observation = asyncio.run(Https(gate, resolve=resolve).ask([HttpQuestion("https://rdap.example/")]))[0]
    assert observation.status == NOT_ALLOWED
    assert "no route" in observation.reason


SAFE = says(found(b"safe"))
REGISTRY = HttpQuestion("https://rdap.example/")


def secure_get(
    authority: trustme.CA,
    name: str,
    ca: Path | None,
    says_what: Answer = SAFE,
    question: HttpQuestion = REGISTRY,
) -> Observation:
    """Ask `question` at 8.8.8.8, which the table leads to a server with a certificate for `name` ("CN=…": as such)."""

    async def resolve(_: str, __: int) -> list[str]:
        return ["8.8.4.4", "8.8.8.8"]  # nobody listens at the first

    async def run() -> Observation:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        common = name.removeprefix("CN=") if name.startswith("CN=") else None
        authority.issue_cert(*([] if common else [name]), common_name=common).configure_cert(context)
        async with Server(says_what, context) as server, Server(says(b"")) as gone:
            gone._server.close()
            await gone._server.wait_closed()
            rows = f"8.8.4.4:443 = 127.0.0.1:{gone.port}\n8.8.8.8:443 = 127.0.0.1:{server.port}"
            given = frozenset({"rdap.example", "mta-sts.example.com"})
            gate = Gate(given_http=given, table=table.parse(rows, "lab.net"))
            return (await Https(gate, ca=ca, resolve=resolve).ask([question]))[0]

    return asyncio.run(run())


def test_nobody_there_is_said_in_the_systems_words() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refused
        question = HttpQuestion(f"http://127.0.0.1:{unused.getsockname()[1]}/")
        (observation,) = asyncio.run(Https(Gate(given_http=GIVEN), now=lambda: NOW).ask([question]))
    assert (observation.status, observation.reason) == (FAILED, "connection refused")


def test_tls_is_verified(authority: trustme.CA, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    good = secure_get(authority, "rdap.example", ca)
    assert (good.status, good.bytes, good.source) == (BODY, b"safe", "8.8.8.8:443/https")
    for bad in (secure_get(authority, "other.example", ca), secure_get(authority, "rdap.example", None)):
        assert bad.status == FAILED
        assert bad.reason.startswith("certificate not trusted: ")


POLICY = HttpQuestion("https://mta-sts.example.com/.well-known/mta-sts.txt", redirects="refused")
ELSEWHERE = "https://mta-sts.example.com/elsewhere"


@pytest.mark.parametrize(
    ("octets", "name", "status", "reason"),
    [
        (found(b"version: STSv1\n"), "mta-sts.example.com", BODY, ""),
        (moved(ELSEWHERE), "mta-sts.example.com", MOVED, f"HTTP status 302 to {ELSEWHERE}"),
        (moved("/elsewhere"), "mta-sts.example.com", MOVED, "HTTP status 302 to /elsewhere"),
        (moved("x" * 5000), "mta-sts.example.com", MOVED, f"HTTP status 302 to {'x' * 200}"),
        (b"HTTP/1.1 308 Moved\r\n\r\n", "mta-sts.example.com", MOVED, "HTTP status 308 to nowhere"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "mta-sts.example.com", MOVED, "HTTP status 304 to nowhere"),
        (b"HTTP/1.1 203 Altered\r\n\r\n", "mta-sts.example.com", FAILED, "HTTP status 203"),  # 200 only
        (moved(ELSEWHERE), "example.com", FAILED, "certificate not trusted: Hostname mismatch"),
        (found(b"version: STSv1\n"), "*.example.com", BODY, ""),
        (found(b"version: STSv1\n"), "CN=mta-sts.example.com", FAILED, "certificate not trusted: Hostname mismatch"),
        (found(b"version: STSv1\n"), "*.example.net", FAILED, "certificate not trusted: Hostname mismatch"),
    ],
)
def test_a_policy_is_never_fetched_through_a_redirect(
    octets: bytes, name: str, status: str, reason: str, authority: trustme.CA, tmp_path: Path
) -> None:
    """RFC 8461 section 3.3. The server would give a policy to whoever follows."""

    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        first = head.startswith(b"GET /.well-known/mta-sts.txt ")
        writer.write(octets if first else found(b"version: STSv1\n"))

    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    observation = secure_get(authority, name, ca, answer, POLICY)
    assert observation.status == status
    assert observation.reason.startswith(reason)
    assert len(observation.reason) <= len(reason) or status == FAILED


def test_many_questions_are_answered_in_order_and_each_is_told_as_it_comes() -> None:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(found(head.split()[1]))

    async def run() -> tuple[list[Observation], list[Observation]]:
        async with Server(answer) as server:
            told: list[Observation] = []
            questions = [HttpQuestion(f"http://127.0.0.1:{server.port}/{i}") for i in range(9)]
            return await Https(Gate(given_http=GIVEN)).ask(questions, told.append), told

    observations, told = asyncio.run(run())
    assert [o.bytes for o in observations] == [f"/{i}".encode() for i in range(9)]
    assert sorted(o.question for o in told) == [o.question for o in observations]
