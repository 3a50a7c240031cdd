"""The lab's servers beside the real ones, word for word: where they differ, the lab is wrong (DESIGN section 9)."""

import re
import socket
from collections.abc import Callable

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from realnet import dns as name_servers
from realnet import smtp
from realnet.network import Host, Net
from realnet.server import Server

from mxlatch.lab.dns import Authority
from mxlatch.lab.post import Post
from mxlatch.lab.smtp import Dialogue
from mxlatch.lab.topology import MailHost
from mxlatch.lab.zones import read

PROBE, SERVER = "192.0.2.1", "198.51.100.1"
ZONE = """$TTL 3600
@         SOA    ns1 hostmaster 7 7200 900 1209600 300
@         NS     ns1
@         NS     ns2.example.net.
@         MX     10 mx1
@         MX     20 mx.example.net.
ns1       A      198.51.100.1
mx1       A      192.0.2.11
mx1       AAAA   2001:db8::11
alias     CNAME  mx1
chain     CNAME  alias
away      CNAME  www.example.net.
*.wild    MX     30 mx1
here.wild A      192.0.2.9
a.ent     TXT    "x"
sub       NS     ns.sub
ns.sub    A      192.0.2.54
"""
NAMES = (
    "example.com", "EXAMPLE.com", "mx1.example.com", "x.mx1.example.com", "none.example.com", "ent.example.com",
    "wild.example.com", "x.wild.example.com", "x.y.wild.example.com", "here.wild.example.com", "alias.example.com",
    "x.here.wild.example.com", "chain.example.com", "away.example.com", "sub.example.com", "deep.sub.example.com",
    "ns.sub.example.com", "example.net", "com",
)  # fmt: skip
TYPES = ("MX", "A", "AAAA", "NS", "SOA", "CNAME", "TXT", "DS")


@pytest.fixture
def ends(net: Net) -> tuple[Host, Host]:
    """Where we look from, and where the server stands."""
    return net.host("probe", PROBE, "2001:db8:1::1"), net.host("server", SERVER, "2001:db8:2::1")


def told(reply: dns.message.Message) -> tuple[str, ...]:
    """What an audit reads out of a reply: rcode, AA, TC, the answer, and what the authority section means."""

    def lines(section: list[dns.rrset.RRset], *rrtypes: str) -> list[str]:
        every = ((r, dns.rdatatype.to_text(r.rdtype), value) for r in section for value in r)
        return sorted(f"{r.name} {r.ttl} {t} {v}".lower() for r, t, v in every if not rrtypes or t in rrtypes)

    # A server may add the apex NS to an answer, or leave them out (minimal responses): they say nothing new there.
    authority = lines(reply.authority, "SOA") if reply.answer else lines(reply.authority)
    flags = reply.flags & (dns.flags.AA | dns.flags.TC | dns.flags.RA)
    return dns.rcode.to_text(reply.rcode()), dns.flags.to_text(flags), *lines(reply.answer), "|", *authority


@pytest.mark.parametrize("start", [name_servers.nsd, name_servers.knot])
def test_the_lab_s_name_server_says_what_a_real_one_says(
    ends: tuple[Host, Host], start: Callable[[Host, dict[str, str]], Server]
) -> None:
    probe, server = ends
    start(server, {"example.com": ZONE})
    lab = Authority((read(ZONE, "example.com"),))
    differing = []
    with probe.new_socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for query in (dns.message.make_query(name, rrtype, flags=0) for name in NAMES for rrtype in TYPES):
            dns.query.send_udp(sock, query, (SERVER, 53))
            real, _ = dns.query.receive_udp(sock, (SERVER, 53), expiration=None, query=query)
            ours = lab.answer(query.to_wire(), False)
            assert ours is not None
            if told(real) != told(dns.message.from_wire(ours)):
                differing.append((query.question[0].to_text(), told(real), told(dns.message.from_wire(ours))))
    assert not differing, "\n" + "\n".join(map(str, differing))


# Each a session of its own: Exim hangs up after three errors of protocol.
SESSIONS = (
    ("EHLO probe.example", "MAIL FROM:<>", "RCPT TO:<info@example.com>", "RCPT TO:<INFO@Example.COM>", "RSET", "QUIT"),
    ("EHLO probe.example", "MAIL FROM:<a@b.example>", "RCPT TO:<none@example.com>", "RCPT TO:<x@else.example>", "QUIT"),
    ("EHLO probe.example", "RCPT TO:<info@example.com>", "QUIT"),
    ("EHLO probe.example", "DATA", "QUIT"),
    ("EHLO probe.example", "MAIL FROM:<>", "MAIL FROM:<a@b.example>", "DATA", "QUIT"),
    ("EHLO probe.example", "MAIL FROM:<>", "RCPT TO:<x@else.example>", "DATA", "QUIT"),
    ("EHLO", "EHLO probe.example", "MAIL", "QUIT"),
    ("HELO probe.example", "FOO bar", "QUIT"),
)
# What changes with every session, or with what a machine is built with.
VARYING = re.compile(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d{4} [\d:]+ [+-]\d{4}|Postfix \(Debian/GNU\)|(?<=SIZE )\d+")


# Debian's settings for Exim offer PRDR and no SMTPUTF8, and so does the lab; these tests' own settings are bare.
BARE_EXIM = ("SIZE 52428800", "8BITMIME", "PIPELINING", "PIPECONNECT", "CHUNKING", "SMTPUTF8", "HELP")


@pytest.mark.parametrize(
    ("start", "software", "extensions"),
    [(smtp.postfix, "postfix", None), (smtp.exim, "exim", BARE_EXIM), (smtp.opensmtpd, "opensmtpd", None)],
)
def test_the_lab_s_doors_say_what_the_real_ones_say(
    ends: tuple[Host, Host],
    start: Callable[[Host, smtp.Exchanger], Server],
    software: str,
    extensions: tuple[str, ...] | None,
) -> None:
    probe, server = ends
    start(server, smtp.Exchanger("mx.example.com", "example.com", ("info",)))
    host = MailHost(
        name="mx.example.com",
        addresses=(SERVER,),
        software=software,  # type: ignore[arg-type]
        domains=("example.com",),
        recipients=("info@example.com",),
        recipient_check=True,
        tls="none",
        extensions=extensions,
    )
    differing = []
    for commands in SESSIONS:
        dialogue = Dialogue(host, PROBE, Post(), lambda: "Thu, 01 Jan 2026 00:00:00 +0000")
        with probe.connect(SERVER, 25) as connection, connection.makefile("rwb") as file:
            pairs = [("", reply(file), dialogue.greeting().lines)]
            for command in commands:
                file.write(f"{command}\r\n".encode())
                file.flush()
                pairs.append((command, reply(file), dialogue.command(command).lines))
        differing += [(c, real, ours) for c, real, ours in pairs if plain(real) != plain(ours)]
    assert not differing, "\n" + "\n".join(map(str, differing))


def reply(file) -> tuple[str, ...]:  # type: ignore[no-untyped-def]
    """One whole reply."""
    lines = [file.readline().decode().rstrip("\r\n")]
    while lines[-1][3:4] == "-":
        lines.append(file.readline().decode().rstrip("\r\n"))
    return tuple(lines)


def plain(lines: tuple[str, ...]) -> list[str]:
    """The lines less what varies."""
    return [VARYING.sub("*", line) for line in lines]
