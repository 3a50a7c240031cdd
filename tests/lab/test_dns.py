import asyncio
import random

import dns.asyncquery
import dns.flags
import dns.message
import dns.rcode
import pytest

from mxlatch.lab.dns import EDNS_SIZE, Authority, serving
from mxlatch.lab.zones import read

ZONE = """
@        SOA    ns1 hostmaster 7 7200 900 1209600 300
@        NS     ns1
@        NS     ns2.example.net.
@        MX     10 mx1
@        MX     20 mx.example.net.
ns1      A      192.0.2.53
mx1      A      192.0.2.11
mx1      AAAA   2001:db8::11
alias    CNAME  mx1
chain    CNAME  alias
away     CNAME  www.example.net.
loop1    CNAME  loop2
loop2    CNAME  loop1
*.wild   MX     30 mx1
here.wild A     192.0.2.9
a.ent    TXT    "x"
sub      NS     ns.sub
sub      NS     ns1
ns.sub   A      192.0.2.54
sub      DS     1 13 2 AB12CD34AB12CD34AB12CD34AB12CD34AB12CD34AB12CD34AB12CD34AB12CD34
""" + "".join(f'big TXT "{i:0200}"\n' for i in range(20))
SERVER = Authority((read(ZONE, "example.com"),))
BOTH = ["example.com. MX 10 mx1.example.com.", "example.com. MX 20 mx.example.net."]
ALIAS = "alias.example.com. CNAME mx1.example.com."


def ask(server: Authority, name: str, rrtype: str = "MX", tcp: bool = True, **query: object) -> dns.message.Message:
    message = dns.message.make_query(name, rrtype, **query)  # type: ignore[arg-type]
    reply = server.answer(message.to_wire(), tcp)
    assert reply is not None
    parsed = dns.message.from_wire(reply)
    assert message.is_response(parsed)
    return parsed


def texts(section: list[dns.rrset.RRset]) -> list[str]:
    return sorted(f"{r.name} {dns.rdatatype.to_text(r.rdtype)} {value}" for r in section for value in r)


@pytest.mark.parametrize(
    ("name", "rrtype", "rcode", "authoritative", "answer", "authority"),
    [
        ("example.com", "MX", "NOERROR", True, BOTH, []),
        ("mx1.example.com", "MX", "NOERROR", True, [], ["SOA"]),
        ("none.example.com", "MX", "NXDOMAIN", True, [], ["SOA"]),
        ("ent.example.com", "MX", "NOERROR", True, [], ["SOA"]),  # an empty non-terminal exists
        ("x.wild.example.com", "MX", "NOERROR", True, ["x.wild.example.com. MX 30 mx1.example.com."], []),
        ("x.y.wild.example.com", "MX", "NOERROR", True, ["x.y.wild.example.com. MX 30 mx1.example.com."], []),
        ("here.wild.example.com", "MX", "NOERROR", True, [], ["SOA"]),  # the name exists: no wildcard
        ("x.here.wild.example.com", "MX", "NXDOMAIN", True, [], ["SOA"]),  # closest encloser is here.wild
        ("x.wild.example.com", "A", "NOERROR", True, [], ["SOA"]),
        ("wild.example.com", "MX", "NOERROR", True, [], ["SOA"]),
        ("alias.example.com", "A", "NOERROR", True, [ALIAS, "mx1.example.com. A 192.0.2.11"], []),
        ("alias.example.com", "MX", "NOERROR", True, [ALIAS], ["SOA"]),
        ("alias.example.com", "CNAME", "NOERROR", True, [ALIAS], []),
        ("away.example.com", "A", "NOERROR", True, ["away.example.com. CNAME www.example.net."], []),
        ("sub.example.com", "MX", "NOERROR", False, [], ["NS", "NS"]),
        ("deep.sub.example.com", "A", "NOERROR", False, [], ["NS", "NS"]),
        ("ns.sub.example.com", "A", "NOERROR", False, [], ["NS", "NS"]),  # glue is not the server's own word
        ("example.net", "MX", "REFUSED", False, [], []),
        ("example.com", "DS", "NOERROR", True, [], ["SOA"]),
        ("com", "NS", "REFUSED", False, [], []),
    ],
)  # fmt: skip
def test_answers(
    name: str, rrtype: str, rcode: str, authoritative: bool, answer: list[str], authority: list[str]
) -> None:
    reply = ask(SERVER, name, rrtype)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert bool(reply.flags & dns.flags.AA) == authoritative
    assert texts(reply.answer) == answer
    assert [dns.rdatatype.to_text(r.rdtype) for r in reply.authority for _ in r] == authority


def test_negative_answers_live_as_long_as_the_soa_says() -> None:
    assert ask(SERVER, "none.example.com").authority[0].ttl == 300


def test_a_referral_brings_glue_and_the_parent_answers_ds() -> None:
    glue = texts(ask(SERVER, "x.sub.example.com").additional)
    assert glue == ["ns.sub.example.com. A 192.0.2.54", "ns1.example.com. A 192.0.2.53"]
    assert ask(SERVER, "sub.example.com", "DS").answer[0].rdtype == dns.rdatatype.DS


def test_addresses_of_exchanges_come_along() -> None:
    assert "mx1.example.com. AAAA 2001:db8::11" in texts(ask(SERVER, "example.com").additional)


def test_the_question_comes_back_in_its_own_spelling() -> None:
    reply = ask(SERVER, "eXaMpLe.CoM")
    assert str(reply.question[0].name) == "eXaMpLe.CoM."
    assert str(reply.answer[0].name) == "eXaMpLe.CoM."


def test_an_alias_that_loops_ends() -> None:
    assert 2 <= len(ask(SERVER, "loop1.example.com", "A").answer) <= 8


@pytest.mark.parametrize(
    ("query", "tcp", "truncated", "largest"),
    [
        ({}, False, True, 512),
        ({"use_edns": 0, "payload": 4096}, False, True, EDNS_SIZE),
        ({"use_edns": 0, "payload": 100}, False, True, 512),
        ({}, True, False, 65535),
    ],
)
def test_what_does_not_fit_is_cut_and_says_so(query: dict[str, int], tcp: bool, truncated: bool, largest: int) -> None:
    message = dns.message.make_query("big.example.com", "TXT", **query)  # type: ignore[arg-type]
    wire = SERVER.answer(message.to_wire(), tcp)
    assert wire is not None
    assert len(wire) <= largest
    reply = dns.message.from_wire(wire)
    assert bool(reply.flags & dns.flags.TC) == truncated
    assert (reply.edns >= 0) == bool(query)


@pytest.mark.parametrize(
    ("make", "rcode"),
    [
        (lambda q: q.set_opcode(dns.opcode.NOTIFY), "NOTIMP"),
        (lambda q: q.question.clear(), "FORMERR"),
        (lambda q: q.use_edns(1), "BADVERS"),
    ],
)
def test_what_it_does_not_do_it_says(make, rcode: str) -> None:  # type: ignore[no-untyped-def]
    query = dns.message.make_query("example.com", "MX")
    make(query)
    reply = SERVER.answer(query.to_wire(), False)
    assert reply is not None
    assert dns.rcode.to_text(dns.message.from_wire(reply).rcode()) == rcode


@pytest.mark.parametrize("rrtype", ["AXFR", "IXFR"])
def test_zones_are_transferred_to_nobody(rrtype: str) -> None:
    reply = SERVER.answer(dns.message.make_query("example.com", rrtype).to_wire(), True)
    assert reply is not None
    assert dns.message.from_wire(reply, one_rr_per_rrset=True).rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize(
    ("behaviour", "name", "rcode", "authoritative", "answers"),
    [
        ("refused", "example.com", "REFUSED", False, 0),
        ("servfail", "example.com", "SERVFAIL", False, 0),
        ("not-auth", "example.com", "NOERROR", False, 1),
        ("lame", "example.com", "NOERROR", False, 0),
        ("lower-case-only", "example.com", "NOERROR", True, 1),
        ("lower-case-only", "Example.com", "NOERROR", True, 0),
    ],
)
def test_misbehaviour(behaviour: str, name: str, rcode: str, authoritative: bool, answers: int) -> None:
    reply = ask(Authority((read(ZONE, "example.com"),), behaviour), name)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert bool(reply.flags & dns.flags.AA) == authoritative
    assert len(reply.answer) == answers


def test_a_lame_server_refers_to_the_root() -> None:
    assert texts(ask(Authority((), "lame"), "example.com").authority) == [". NS a.root-servers.lab."]


def test_silence_garbage_and_truncation() -> None:
    query = dns.message.make_query("example.com", "MX").to_wire()
    zones = (read(ZONE, "example.com"),)
    assert Authority(zones, "silent").answer(query, False) is None
    with pytest.raises(dns.exception.DNSException):
        dns.message.from_wire(Authority(zones, "garbage").answer(query, False) or b"")
    assert ask(Authority(zones, "truncating"), "example.com", tcp=False).flags & dns.flags.TC
    assert len(ask(Authority(zones, "truncating"), "example.com", tcp=True).answer) == 1


def test_no_octets_raise_and_a_reply_gets_no_reply() -> None:
    chance = random.Random(7)
    query = dns.message.make_query("example.com", "MX", use_edns=0).to_wire()
    for _ in range(2000):
        broken = bytearray(query)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        SERVER.answer(bytes(broken[: chance.randrange(len(broken) + 1)]), False)
    assert SERVER.answer(query[:2] + b"\x80" + query[3:], False) is None
    assert SERVER.answer(b"", False) is None


def test_both_transports_stand_on_one_port() -> None:
    async def run() -> None:
        query = dns.message.make_query("example.com", "MX")
        async with serving(SERVER.answer) as port:
            for transport in (dns.asyncquery.udp, dns.asyncquery.tcp):
                reply = await transport(query, "127.0.0.1", port=port, timeout=5)  # type: ignore[operator]
                assert len(reply.answer[0]) == 2

    asyncio.run(run())


def test_two_queries_in_one_tcp_connection_are_both_answered() -> None:
    async def run() -> None:
        query = dns.message.make_query("example.com", "MX").to_wire(prepend_length=True)
        async with serving(SERVER.answer) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(query + query)
            for _ in range(2):
                length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 5), "big")
                dns.message.from_wire(await asyncio.wait_for(reader.readexactly(length), 5))
            writer.close()

    asyncio.run(run())
