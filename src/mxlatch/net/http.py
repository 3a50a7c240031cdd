"""One GET of our own, for RDAP (RFC 9082, RFC 7480) and MTA-STS policies (RFC 8461 section 3.3).

Verified TLS, few redirects or none, small answers, and the gate.

Every address is judged by the gate when it is connected to, also that of a redirect. Plain http, ports other than 443
and addresses that are not globally routable are for what the operator gave (`--rdap`). The host is resolved by this
machine's own resolver, as any program's would be; with a `--net` table only literal addresses and what the operator
gave have a way.
"""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from pathlib import Path

from mxlatch.net.gate import Gate, Refused
from mxlatch.net.scope import parse_address
from mxlatch.terms.door import door_id
from mxlatch.terms.errors import InputError, ProtocolError
from mxlatch.terms.observation import BODY, FAILED, MOVED, NOT_ALLOWED, NOT_FOUND, Observation
from mxlatch.terms.question import HttpQuestion
from mxlatch.wire.http import Response, Url, parse_url, redirected, request

DEADLINE = 15.0  # seconds for a question with all its redirects
CONNECT = 5.0  # seconds for one address, so that a silent one leaves time for the next
MOST_REDIRECTS = 3  # RDAP's own bootstrap services need one, a moved registry another
MOST_ADDRESSES = 4  # of one host that are tried in turn
AT_ONCE = 4  # questions under way together: registries count connections
_READ = 65536
_LONGEST_LOCATION = 200  # characters of a redirect's target that are told

Resolve = Callable[[str, int], Awaitable[list[str]]]


class Https:
    """Asks HTTP questions.

    ca: a PEM file to trust instead of the system's (`--ca`). agent: the User-Agent; it should name the operator.
    deadline: seconds. now: the wall clock, seconds since 1970 UTC. resolve: host and port to addresses.
    """

    def __init__(
        self,
        gate: Gate,
        vantage: str = "internet",
        *,
        ca: Path | None = None,
        agent: str = "mxlatch",
        deadline: float = DEADLINE,
        now: Callable[[], float] = time.time,
        resolve: Resolve | None = None,
    ) -> None:
        """Nothing is opened yet."""
        self._gate, self._vantage, self._ca, self._agent = gate, vantage, ca, agent
        self._deadline, self._now = deadline, now
        self._resolve = resolve or _getaddrinfo

    async def ask(
        self, questions: Sequence[HttpQuestion], seen: Callable[[Observation], None] | None = None
    ) -> list[Observation]:
        """The answers, in the order of the questions; `seen` is told of each as it comes."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(question: HttpQuestion) -> Observation:
            async with places:
                observation = await self._ask(question)
            if seen is not None:
                seen(observation)
            return observation

        return list(await asyncio.gather(*map(one, questions)))

    async def _ask(self, question: HttpQuestion) -> Observation:
        """Every way in which it can go wrong has its status and reason; none raises."""
        try:
            async with asyncio.timeout(self._deadline):
                response, source = await self._follow(question)
        except (Refused, InputError) as refusal:
            return self._observed(question, NOT_ALLOWED, reason=str(refusal))
        except TimeoutError:
            return self._observed(question, FAILED, reason=f"no whole answer within {self._deadline:g} s")
        except ssl.SSLCertVerificationError as error:
            return self._observed(question, FAILED, reason=f"certificate not trusted: {error.verify_message}")
        except (OSError, ProtocolError, UnicodeError) as error:
            return self._observed(question, FAILED, reason=_why(error))
        return self._answer(question, response, source)

    def _answer(self, question: HttpQuestion, response: Response, source: str) -> Observation:
        if response.status == 200:
            return self._observed(question, BODY, source, octets=response.body)
        if response.status == 404:
            return self._observed(question, NOT_FOUND, source)
        if response.status // 100 == 3 and question.redirects == "refused":
            target = response.headers.get("location", "nowhere")[:_LONGEST_LOCATION]
            return self._observed(question, MOVED, source, reason=f"HTTP status {response.status} to {target}")
        return self._observed(question, FAILED, source, reason=f"HTTP status {response.status}")

    async def _follow(self, question: HttpQuestion) -> tuple[Response, str]:
        url = parse_url(question.url)
        for _ in range(MOST_REDIRECTS + 1):
            response, source = await self._get(url)
            if response.location is None or question.redirects == "refused":
                return response, source
            url = redirected(url, response.location)
        raise ProtocolError(f"more than {MOST_REDIRECTS} redirects")

    async def _get(self, url: Url) -> tuple[Response, str]:
        self._judge(url)
        failure: Exception = OSError(f"{url.host} has no address")
        for address in (await self._addresses(url))[:MOST_ADDRESSES]:
            host, port = self._gate.http(url.host, address, url.port)
            try:
                return await self._exchange(url, host, port), f"{door_id(address, url.port)}/{url.scheme}"
            except ssl.SSLCertVerificationError:
                raise
            except OSError as error:  # this address does not answer: the next one may
                failure = error
        raise failure

    def _judge(self, url: Url) -> None:
        if self._gate.is_given_http(url.host):
            return
        if url.scheme != "https":
            raise Refused(f"plain http to {url.host}: only where --rdap gives it")
        if url.port != 443:
            raise Refused(f"port {url.port} at {url.host}: only 443, unless --rdap gives it")

    async def _addresses(self, url: Url) -> list[str]:
        if parse_address(url.host) is not None:
            return [url.host]
        if self._gate.has_table and not self._gate.is_given_http(url.host):
            raise Refused(f"{url.host} is a name outside the --net table: no route")
        return await self._resolve(url.host, url.port)

    async def _exchange(self, url: Url, host: str, port: int) -> Response:
        secure = self._context if url.scheme == "https" else None
        name = url.host if secure else None
        try:
            async with asyncio.timeout(min(CONNECT, self._deadline)):
                reader, writer = await asyncio.open_connection(host, port, ssl=secure, server_hostname=name)
        except TimeoutError:
            raise OSError(f"no connection to {url.host} within {CONNECT:g} s") from None
        try:
            writer.write(request(url, self._agent))
            response = Response()
            while not response.done:
                octets = await reader.read(_READ)
                response.feed(octets) if octets else response.end()
            return response
        finally:
            # No closing handshake: a peer that withholds its part of it must not hold us.
            writer.transport.abort()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=None if self._ca is None else str(self._ca))
        context.hostname_checks_common_name = False  # DNS-IDs only (RFC 8461 section 3.3, RFC 9525)
        return context

    def _observed(
        self, question: HttpQuestion, status: str, source: str = "", *, reason: str = "", octets: bytes = b""
    ) -> Observation:
        return Observation(question, status, None, self._now(), self._vantage, source, reason, octets)


async def _getaddrinfo(host: str, port: int) -> list[str]:
    """By the system's resolver. Its packets are the system's: it goes where every program's look-ups go."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _why(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return f"host not resolved: {error.strerror}"
    if isinstance(error, OSError) and error.errno and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno).lower()  # asyncio puts its own "Connect call failed (…)" into `strerror`
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
