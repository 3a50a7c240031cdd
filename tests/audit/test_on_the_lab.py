"""Whole audits of the odd internets, by the real transports: verdict, findings and gaps, against values by hand.

Each row is an internet of tests/lab/topologies (what is odd there stands in its first line) with what an audit must say
of it. To add one: write the topology, then the row as you would expect it, and only then run it.
"""

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from mxlatch.audit.collect import collect
from mxlatch.audit.log import Log
from mxlatch.audit.result import Audit
from mxlatch.audit.verdict import judge
from mxlatch.data import tables
from mxlatch.inventory import read as inventory_file
from mxlatch.inventory.leave import by_reference
from mxlatch.lab.internet import Running, internet
from mxlatch.lab.topology import Topology, parse
from mxlatch.net.ask import Net
from mxlatch.net.dns import Limits, Transport
from mxlatch.net.gate import Gate, Rates
from mxlatch.net.http import Https
from mxlatch.net.smtp import Doors, Patience
from mxlatch.world.scope import Scope

TOPOLOGIES = Path(__file__).parents[1] / "lab" / "topologies"
# Everybody who answers is in this process. A second less here is a second less for each silent door and server.
LIMITS = Limits(
    tries=(0.3, 0.3, 0.3),
    tcp_seconds=0.5,
    server_rate=5000,
    server_burst=5000,
    overall_rate=50_000,
    overall_burst=50_000,
)
PATIENCE = Patience(connect=0.6, banner=1.2, reply=1.2, session=4.0)
RATES = Rates(address_gap=0, network_gap=0)


async def asked(topology: Topology, *, leave: bool, **changes: object) -> Log:
    async with internet(topology) as running:
        scope = structs.replace(scope_of(running, leave=leave), **changes)
        gate = Gate(
            scope.inventory,
            {domain: by_reference(domain, "ticket 7") for domain in scope.domains} if leave else {},
            given_dns=frozenset([running.resolver[0], *(address for _, address in running.root_hint_pairs)]),
            given_http=frozenset(["127.0.0.1"]),
            table=running.table,
            rates=RATES,
        )
        doors = Doors(gate, "probe.example", "internet", ca_file=running.ca_file, patience=PATIENCE)
        log = Log(scope)
        await collect(log, Net(gate, Transport(gate, "internet", limits=LIMITS), Https(gate, "internet"), doors))
        return log


def scope_of(running: Running, *, leave: bool) -> Scope:
    return Scope(
        inventory=inventory_file.parse(running.inventory_text, "inventory.toml"),
        domains=running.domains,
        vantage="internet",
        time=time.time(),
        nonce="q7w",
        resolvers=(running.resolver,),
        root_hints=running.root_hint_pairs,
        rdap=running.rdap,
        rdap_bootstrap=tables().rdap_bootstrap,
        words=("mail",),
        providers=tables().providers,
        behaviours=tables().behaviours,
        authorised="ticket 7" if leave else "",
    )


def audit(name: str, *, leave: bool = True) -> Audit:
    path = TOPOLOGIES / f"{name}.toml"
    return judge(asyncio.run(asked(parse(path.read_text(), path.name), leave=leave)), "example.com")


class Row(NamedTuple):
    """findings: "ID subject". not_judged, not_asked: "subject: what"."""

    topology: str
    verdict: str
    findings: set[str] = set()
    not_judged: set[str] = set()
    not_asked: set[str] = set()


COMPLETE: set[str] = set()
ROWS = [
    # Where the MX leads.
    Row("null-mx", "no-mail", {"MX002 example.com"}),
    Row("null-mx-beside", "closed", {"MX003 example.com"}),
    Row("implicit-mx", "closed", {"MX001 example.com", "TLS002 192.0.2.80:25"}),
    Row("mx-to-cname", "closed", {"MX004 mail.example.com", "TLS002 192.0.2.11:25"}),
    Row("mx-to-literal", "closed", {"MX005 192.0.2.11", "MX008 example.com"}),
    Row(
        "mx-to-localhost",
        "unknown",  # mail to the sender's own host does not reach the mailbox, but nobody looked
        {"MX006 localhost", "MX006 self.example.com"},
        not_asked={"127.0.0.1:25: session"},
    ),
    Row("mx-to-private", "unknown", {"MX006 inside.example.com"}, not_asked={"10.0.0.5:25: session"}),
    Row("mx-unresolvable", "closed", {"MX007 gone.example.com", "MX007 mx.nowhere.example"}),
    Row("wildcard-mx", "closed", {"MX009 *.example.com"}),
    Row("address-twice", "closed", {"MX008 example.com", "TLS002 192.0.2.11:25"}),
    Row("no-such-domain", "no-mail"),
    Row("no-mail-at-all", "no-mail"),
    Row("alias-abroad", "unknown", not_judged={"shop.example.com: MX"}),
    # Who serves the zone.
    Row(
        "split-brain",
        "open",
        {"NS001 example.com", "LATCH001 192.0.2.12:25", "EHLO001 example.com"},
    ),
    Row(
        "propagation",
        "open",  # the old MX is a way in for as long as one server gives it
        {"NS002 example.com", "NS004 198.51.100.53", "LATCH001 192.0.2.12:25", "EHLO001 example.com"},
    ),
    Row("dangling-delegation", "closed", {"NS003 198.51.100.53", "NS005 example.com"}),
    Row("delegated-subdomain", "open", {"LATCH001 192.0.2.66:25"}),
    Row("hidden-hub", "closed"),  # the hub is found only by the search: test_hidden_hub.py
    Row("server-of-the-inventory", "open", {"NS001 example.com", "LATCH001 192.0.2.19:25"}),
    Row(
        "one-spelling",
        "open",
        {"NS006 198.51.100.53", "NS002 example.com", "LATCH001 192.0.2.19:25"},
    ),
    Row(
        "odd-name-servers",
        "unknown",
        {
            "NS003 198.51.100.62",  # refused
            "NS003 198.51.100.63",  # SERVFAIL
            "NS003 198.51.100.64",  # not authoritative
            "NS003 198.51.100.65",  # refers upward
            "NS006 198.51.100.66",  # lower case only
        },
        {
            "ns-silent.example.com 198.51.100.60: example.com SOA, NS, MX",
            "ns-closed.example.com 198.51.100.61: example.com SOA, NS, MX",
            "ns-servfail.example.com 198.51.100.63: example.com SOA, NS, MX",
            "ns-garbage.example.com 198.51.100.67: example.com SOA, NS, MX",
        },
    ),
    Row(
        "all-refuse",
        "unknown",
        {"NS003 192.0.2.53", "NS003 198.51.100.53"},
        {
            "example.com: MX",
            "ns1.example.com: address of the name server",
            "ns2.example.com: address of the name server",
        },
    ),
    Row("registry-silent", "unknown", not_judged={"registry: name servers of example.com"}),
    # Latches.
    Row("unlatched", "open", {"LATCH002 example.com", "LATCH003 192.0.2.11:25", "LATCH003 192.0.2.12:25"}),
    Row("open-relay", "open", {"LATCH001 192.0.2.12:25", "LATCH003 192.0.2.12:25"}),
    Row("mixed-operators", "open", {"LATCH001 192.0.2.11:25", "MIX001 example.com"}),
    Row("greylisting", "closed"),
    Row("order", "closed"),
    Row(
        "chain",
        "unknown",
        {"DOOR001 192.0.2.11:25", "DOOR001 192.0.2.12:25"},
        not_judged={"example.com: baseline"},
    ),
    Row("xclient-offered", "open", {"LATCH001 192.0.2.12:25", "LATCH003 192.0.2.12:25", "SMTP001 192.0.2.12:25"}),
    Row("ehlo-sets", "closed", {"EHLO001 example.com"}),
    Row("ipv6", "open", {"LATCH001 [2001:db8::12]:25", "TLS002 [2001:db8::12]:25"}),
    Row(
        "certificates",
        "open",  # by the one door that has no STARTTLS at all
        {
            "LATCH001 192.0.2.15:25",
            "TLS001 192.0.2.15:25",
            "TLS002 192.0.2.12:25",  # expired
            "TLS002 192.0.2.13:25",  # another name
            "TLS002 192.0.2.14:25",  # self-signed
            "TLS003 192.0.2.16:25",  # old
        },
    ),
    # Doors that do not answer as they should.
    Row("firewalled", "unknown", {"DOOR001 192.0.2.13:25"}, {"192.0.2.12:25: door"}),
    Row("firewalled-declared", "closed", {"DOOR001 192.0.2.13:25"}),
    Row("all-firewalled", "unknown", not_judged={"192.0.2.11:25: door", "192.0.2.12:25: door"}),
    Row("all-rejected", "unknown", not_judged={"192.0.2.11:25: door"}),
    Row(
        "odd-doors",
        "open",
        {"LATCH001 192.0.2.30:25", "DOOR001 192.0.2.20:25", "SMTP002 192.0.2.26:25"},
        {
            "192.0.2.21:25: door",  # dropped
            "192.0.2.22:25: door",  # takes the connection, says nothing
            "192.0.2.23:25: door",  # resets it
            "192.0.2.24:25: door",  # tarpit
            "192.0.2.25:25: door",  # garbage
            "192.0.2.26:25: recipient",  # talks early, then in no order
            "192.0.2.26:25: relay",
            "192.0.2.26:25: tls",
            "192.0.2.27:25: door",  # a line of 10 MB
            "192.0.2.28:25: door",  # 421
            "192.0.2.29:25: door",  # 554
            "192.0.2.30:25: tls",  # 220 to STARTTLS, then silence
        },
    ),
]
NO_LEAVE = [
    Row(
        "greylisting",
        "closed",
        not_asked={f"192.0.2.{door}:25: {latch}" for door in (11, 12) for latch in ("recipient", "relay")},
    ),
    Row(
        "unlatched",
        "unknown",  # STARTTLS is missing everywhere, of the rest nobody may ask
        {"LATCH002 example.com"},
        not_asked={f"192.0.2.{door}:25: {latch}" for door in (11, 12) for latch in ("recipient", "relay")},
    ),
    Row(
        "mixed-operators",
        "open",  # a likely way round, from the DNS alone
        {"LATCH001 192.0.2.11:25", "MIX001 example.com"},
        not_asked={
            f"{door}:25: {latch}" for door in ("192.0.2.11", "198.51.100.25") for latch in ("recipient", "relay")
        },
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.topology)
def test_with_leave(row: Row) -> None:
    holds(row, audit(row.topology))


@pytest.mark.parametrize("row", NO_LEAVE, ids=lambda row: row.topology)
def test_without_leave(row: Row) -> None:
    told = audit(row.topology, leave=False)
    holds(row, told)
    assert told.sentence.rstrip(".").endswith("recipients and relaying not asked: no leave")


def holds(row: Row, told: Audit) -> None:
    assert told.verdict == row.verdict, told.sentence
    assert {f"{finding.id} {finding.subject}" for finding in told.findings} == row.findings
    assert {f"{gap.subject}: {gap.what}" for gap in told.not_judged} == row.not_judged
    assert {f"{gap.subject}: {gap.what}" for gap in told.not_asked} == row.not_asked
    assert told.complete is (row.not_judged == COMPLETE)


def test_every_internet_has_its_row() -> None:
    assert {path.stem for path in TOPOLOGIES.glob("*.toml")} == {row.topology for row in ROWS}
