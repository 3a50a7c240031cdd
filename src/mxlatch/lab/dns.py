"""The lab's authoritative name servers: a loopback port each, UDP and TCP, as real ones answer (RFC 1034, 1035).

`Authority.answer` is pure: octets in, octets out. It gives AA, referrals with glue, NXDOMAIN and NODATA with the SOA
(RFC 2308), wildcards (RFC 4592), CNAMEs within its zones, the question in its own spelling (0x20), EDNS (RFC 6891) and
TC where the answer does not fit. No DNSSEC.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset

from mxlatch.lab.zones import Zone

Answerer = Callable[[bytes, bool], bytes | None]  # (query, by TCP) -> reply; None: silence

LOOPBACK = "127.0.0.1"
EDNS_SIZE = 1232  # octets: the DNS flag day 2020 value, what today's servers send at most
_PLAIN_SIZE = 512  # RFC 1035 section 4.2.1
_LARGEST = 65535
_LONGEST_CHAIN = 8  # CNAMEs followed in one answer
_PORT_TRIES = 20  # ports tried until one is free for both UDP and TCP
_IDLE = 10.0  # seconds a TCP connection may say nothing
_TRANSFERS = (dns.rdatatype.AXFR, dns.rdatatype.IXFR)  # for nobody, as servers are set up today
_GARBAGE = b"\x00this is no DNS message\xff\xff"


class Authority:
    """What one server address answers."""

    def __init__(self, zones: tuple[Zone, ...], behaviour: str = "normal") -> None:
        """`zones`: those it serves; `behaviour`: see `topology.DnsBehaviour`."""
        # Longest first: the deepest zone that holds a name is the one to ask.
        self._zones = sorted(zones, key=lambda z: -len(z.origin or ()))
        self._behaviour = behaviour

    def answer(self, query: bytes, by_tcp: bool) -> bytes | None:
        """The reply to one query; None for silence."""
        if self._behaviour == "silent":
            return None
        if self._behaviour == "garbage":
            return _GARBAGE
        return respond(query, by_tcp, self._fill, truncating=self._behaviour == "truncating")

    def _fill(self, request: dns.message.Message, response: dns.message.Message) -> None:
        question = request.question[0]
        match self._behaviour:
            case "refused":
                response.set_rcode(dns.rcode.REFUSED)
            case "servfail":
                response.set_rcode(dns.rcode.SERVFAIL)
            case "lame":
                response.authority.append(dns.rrset.from_text(".", 3600, "IN", "NS", "a.root-servers.lab."))
            case _:
                self._answer(question, response)
                if self._behaviour == "not-auth":
                    response.flags &= ~dns.flags.AA

    def _answer(self, question: dns.rrset.RRset, response: dns.message.Message) -> None:
        zone = self._zone_for(question.name, question.rdtype)
        if zone is None:
            response.set_rcode(dns.rcode.REFUSED)
        elif self._behaviour == "lower-case-only" and str(question.name) != str(question.name).lower():
            response.flags |= dns.flags.AA
            _deny(zone, response)
        else:
            self._follow(zone, question.name, question.rdtype, response)

    def _follow(
        self, zone: Zone, name: dns.name.Name, rdtype: dns.rdatatype.RdataType, response: dns.message.Message
    ) -> None:
        for _ in range(_LONGEST_CHAIN):
            alias = look_up(zone, name, rdtype, response)
            following = None if alias is None else self._zone_for(alias, rdtype)
            if alias is None or following is None:
                return
            zone, name = following, alias

    def _zone_for(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> Zone | None:
        # DS stands at the parent's side of the cut; who has the child only says NODATA (RFC 4035 section 3.1.4.1).
        wanted = [name.parent(), name] if rdtype == dns.rdatatype.DS and len(name) > 1 else [name]
        holds = (z for n in wanted for z in self._zones if z.origin is not None and n.is_subdomain(z.origin))
        return next(holds, None)


Fill = Callable[[dns.message.Message, dns.message.Message], None]


def respond(query: bytes, by_tcp: bool, fill: Fill, *, truncating: bool = False) -> bytes | None:
    """Read a query, let `fill` answer it, and write the reply in the size that the client can take."""
    try:
        request = dns.message.from_wire(query)
    except (dns.exception.DNSException, ValueError):
        return _form_error(query)
    if request.flags & dns.flags.QR:
        return None
    response = dns.message.make_response(request, our_payload=EDNS_SIZE)
    if request.opcode() != dns.opcode.QUERY:
        response.set_rcode(dns.rcode.NOTIMP)
    elif len(request.question) != 1:
        response.set_rcode(dns.rcode.FORMERR)
    elif request.edns > 0:
        response.set_rcode(dns.rcode.BADVERS)
    elif request.question[0].rdclass != dns.rdataclass.IN or request.question[0].rdtype in _TRANSFERS:
        response.set_rcode(dns.rcode.REFUSED)
    else:
        fill(request, response)
    payload = max(_PLAIN_SIZE, min(request.payload, EDNS_SIZE)) if request.edns >= 0 else _PLAIN_SIZE
    return _wire(request, response, _LARGEST if by_tcp else payload, truncating and not by_tcp)


def look_up(
    zone: Zone, name: dns.name.Name, rdtype: dns.rdatatype.RdataType, response: dns.message.Message
) -> dns.name.Name | None:
    """Answer from one zone (RFC 1034 section 4.3.2). Returns the target of a CNAME that is still to be looked up."""
    cut = _cut(zone, name, rdtype)
    if cut is not None:
        _refer(zone, cut, response)
        return None
    response.flags |= dns.flags.AA
    node = zone.get_node(name) or zone.get_node(_wildcard(zone, name))
    if node is None:
        if not _exists(zone, name):
            response.set_rcode(dns.rcode.NXDOMAIN)
        _deny(zone, response)
        return None
    alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
    if alias is not None and rdtype not in (dns.rdatatype.CNAME, dns.rdatatype.ANY):
        response.answer.append(_rrset(name, alias))
        target: dns.name.Name = alias[0].target
        return target
    found = [r for r in node if rdtype in (r.rdtype, dns.rdatatype.ANY)]
    response.answer.extend(_rrset(name, r) for r in found)
    if found:
        _add_addresses(zone, found, response)
    else:
        _deny(zone, response)
    return None


def _cut(zone: Zone, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> dns.name.Name | None:
    """The delegation that stands between the zone's apex and the name."""
    assert zone.origin is not None
    for depth in range(len(zone.origin) + 1, len(name) + 1):
        at = name.split(depth)[1]
        if zone.get_rdataset(at, "NS") is not None:
            return None if at == name and rdtype == dns.rdatatype.DS else at
    return None


def _refer(zone: Zone, cut: dns.name.Name, response: dns.message.Message) -> None:
    servers = zone.get_rdataset(cut, "NS")
    assert servers is not None
    response.authority.append(_rrset(cut, servers))
    _add_addresses(zone, [servers], response)


def _deny(zone: Zone, response: dns.message.Message) -> None:
    """The SOA, its TTL as RFC 2308 section 3 has it."""
    assert zone.origin is not None
    soa = zone.find_rdataset(zone.origin, "SOA")
    ttl = min(soa.ttl, soa[0].minimum)
    response.authority.append(dns.rrset.from_rdata_list(zone.origin, ttl, list(soa)))


def _add_addresses(zone: Zone, found: list[dns.rdataset.Rdataset], response: dns.message.Message) -> None:
    targets = [getattr(r, "target", getattr(r, "exchange", None)) for rdataset in found for r in rdataset]
    for target in dict.fromkeys(t for t in targets if isinstance(t, dns.name.Name)):
        for rdtype in ("A", "AAAA"):
            addresses = zone.get_rdataset(target, rdtype)
            if addresses is not None:
                response.additional.append(_rrset(target, addresses))


def _exists(zone: Zone, name: dns.name.Name) -> bool:
    """True for a name with records, and for an empty one with names below it (RFC 4592 section 2.2.2)."""
    return any(node.is_subdomain(name) for node in zone)


def _wildcard(zone: Zone, name: dns.name.Name) -> dns.name.Name:
    """The wildcard that may stand for a name: below its closest encloser only (RFC 4592 section 3.3.1)."""
    if _exists(zone, name):
        return name
    encloser = name.parent()
    while not _exists(zone, encloser):
        encloser = encloser.parent()
    return dns.name.Name((b"*", *encloser.labels))


def _rrset(name: dns.name.Name, rdataset: dns.rdataset.Rdataset) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))


def _wire(request: dns.message.Message, response: dns.message.Message, size: int, truncating: bool) -> bytes:
    if not truncating:
        return response.to_wire(max_size=size, prefer_truncation=True)
    short = dns.message.make_response(request, our_payload=EDNS_SIZE)
    short.flags |= response.flags & dns.flags.AA | dns.flags.TC
    return short.to_wire(max_size=size)


def _form_error(query: bytes) -> bytes | None:
    """FORMERR with the id of a message that cannot be read; nothing to one without a header, or to a reply."""
    if len(query) < 12 or query[2] & 0x80:
        return None
    return query[:2] + struct.pack("!HHHHH", 0x8000 | dns.rcode.FORMERR, 0, 0, 0, 0)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Answerer) -> None:
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._answer(data, False)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


@contextlib.asynccontextmanager
async def serving(answer: Answerer) -> AsyncIterator[int]:
    """Serve on one loopback port, UDP and TCP; gives the port."""
    loop = asyncio.get_running_loop()
    datagrams, listener = bound_pair()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(answer), sock=datagrams)
    server = await asyncio.start_server(lambda r, w: _converse(answer, r, w), sock=listener)
    try:
        port: int = listener.getsockname()[1]
        yield port
    finally:
        server.close()
        transport.close()


def bound_pair() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on one free port number of the loopback interface."""
    for _ in range(_PORT_TRIES):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((LOOPBACK, 0))
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            datagrams.bind(listener.getsockname())
        except OSError:
            listener.close()
            datagrams.close()
            continue
        listener.setblocking(False)
        datagrams.setblocking(False)
        return datagrams, listener
    raise OSError(f"no port free for both UDP and TCP in {_PORT_TRIES} tries")


async def _converse(answer: Answerer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Queries by TCP, each with its length before it (RFC 1035 section 4.2.2)."""
    try:
        async with asyncio.timeout(_IDLE):
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = answer(await reader.readexactly(length), True)
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
                    await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
        pass
    finally:
        writer.close()
