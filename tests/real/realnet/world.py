"""The world of the audit: example.com, whose name servers disagree and whose exchangers are not latched alike.

    a.root-servers.net  192.0.2.1   NSD       the root
    a.nic.com           192.0.2.2   Knot      com: delegates example.com to ns1, ns2, ns3, ns4
    registry            192.0.2.3   RDAP      lists ns1, ns2, ns3, ns4 and ns6
    resolver            192.0.2.4   Unbound   the public resolver
    probe               192.0.2.10            where we look from
    ns1                 198.51.100.1  NSD     MX 10 mx1, 20 mx2
    ns2                 198.51.100.2  Knot    the same and 30 mx0: an old serial with an old record
    ns3                 198.51.100.3  BIND    the MX of ns1; its NS name ns5 too
    ns4                 198.51.100.4          silent: a firewall drops what comes
    ns5                 198.51.100.5  NSD     the serial of ns1, but 30 mx3 too; only ns3 and ns5 name it
    ns6                 198.51.100.6  NSD     REFUSED: knows other zones only; only the registry names it
    mx0                 203.0.113.4           a machine where no mail server is left: port 25 refuses
    mx1                 203.0.113.1  Postfix    STARTTLS, refuses unknown recipients
    mx2                 203.0.113.2  Exim       STARTTLS, takes any recipient
    mx3                 203.0.113.3  OpenSMTPD  no STARTTLS, refuses unknown recipients

Each host has an IPv6 address beside that ends like its IPv4 address. Host names have the same addresses in every copy
of the zone, so that whoever the resolver asks says the same. One recipient exists: info@example.com.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from realnet import dns, smtp
from realnet.network import Host, Net, wait_until
from realnet.rdap import domain, rdap
from realnet.server import Server

DOMAIN = "example.com"
RECIPIENT = f"info@{DOMAIN}"
ADDRESSES = {
    "root": ("192.0.2.1", "2001:db8:1::1"),
    "com": ("192.0.2.2", "2001:db8:1::2"),
    "registry": ("192.0.2.3", "2001:db8:1::3"),
    "resolver": ("192.0.2.4", "2001:db8:1::4"),
    "probe": ("192.0.2.10", "2001:db8:1::10"),
    "ns1": ("198.51.100.1", "2001:db8:2::1"),
    "ns2": ("198.51.100.2", "2001:db8:2::2"),
    "ns3": ("198.51.100.3", "2001:db8:2::3"),
    "ns4": ("198.51.100.4", "2001:db8:2::4"),
    "ns5": ("198.51.100.5", "2001:db8:2::5"),
    "ns6": ("198.51.100.6", "2001:db8:2::6"),
    "mx0": ("203.0.113.4", "2001:db8:3::4"),
    "mx1": ("203.0.113.1", "2001:db8:3::1"),
    "mx2": ("203.0.113.2", "2001:db8:3::2"),
    "mx3": ("203.0.113.3", "2001:db8:3::3"),
}
BLOCKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
DELEGATED = ("ns1", "ns2", "ns3", "ns4")
CERTIFICATE_LASTS = timedelta(days=90)
SILENT = ("udp dport 53 drop", "tcp dport 53 drop")


def _hosts(names: dict[str, str]) -> list[str]:
    return [
        f"{name} {'AAAA' if ':' in address else 'A'} {address}"
        for name, host in names.items()
        for address in ADDRESSES[host]
    ]


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def root_zone(more: tuple[str, ...] = ()) -> str:
    """The root: com, and whatever a test adds."""
    lines = [
        "$ORIGIN .",
        "$TTL 3600",
        ". SOA a.root-servers.net. hostmaster.example.com. 1 1800 900 604800 300",
        ". NS a.root-servers.net.",
        *_hosts({"a.root-servers.net.": "root", "a.nic.com.": "com"}),
        "com. NS a.nic.com.",
        *more,
    ]
    return _text(lines)


def com_zone(delegated: tuple[str, ...] = DELEGATED, more: tuple[str, ...] = ()) -> str:
    """com: example.com is delegated to these name servers, with glue; and whatever a test adds."""
    lines = [
        "$ORIGIN com.",
        "$TTL 3600",
        "@ SOA a.nic.com. hostmaster.example.com. 1 1800 900 604800 300",
        "@ NS a.nic.com.",
        *_hosts({"a.nic.com.": "com"}),
        *(f"{DOMAIN}. NS {server}.{DOMAIN}." for server in delegated),
        *_hosts({f"{server}.{DOMAIN}.": server for server in delegated}),
        *more,
    ]
    return _text(lines)


def example_zone(serial: int, servers: tuple[str, ...], exchangers: tuple[tuple[int, str], ...]) -> str:
    """One copy of example.com. Only serial, NS and MX differ between copies."""
    named = [name for name in ADDRESSES if name.startswith(("ns", "mx"))]
    lines = [
        f"$ORIGIN {DOMAIN}.",
        "$TTL 300",
        f"@ SOA ns1 hostmaster {serial} 3600 600 86400 300",
        *(f"@ NS {server}" for server in servers),
        *(f"@ MX {preference} {exchange}" for preference, exchange in exchangers),
        *_hosts({name: name for name in named}),
    ]
    return _text(lines)


NEW, OLD = 2026010105, 2025120101  # serials
ZONES = {
    "ns1": example_zone(NEW, DELEGATED, ((10, "mx1"), (20, "mx2"))),
    "ns2": example_zone(OLD, DELEGATED, ((10, "mx1"), (20, "mx2"), (30, "mx0"))),
    "ns3": example_zone(NEW, (*DELEGATED, "ns5"), ((10, "mx1"), (20, "mx2"))),
    "ns5": example_zone(NEW, (*DELEGATED, "ns5"), ((10, "mx1"), (20, "mx2"), (30, "mx3"))),
}


def root_hints() -> str:
    """The hints that lead to this world's root, as the IANA's file has them."""
    v4, v6 = ADDRESSES["root"]
    return _text(
        [
            ". 3600000 NS a.root-servers.net.",
            f"a.root-servers.net. 3600000 A {v4}",
            f"a.root-servers.net. 3600000 AAAA {v6}",
        ]
    )


class World:
    """The hosts and servers of this world by name, and the files that lead a program into it."""

    def __init__(self, net: Net, folder: Path, down: str = "") -> None:
        """down: the server that is stopped from the start."""
        self.net, self.folder = net, folder
        self.hosts: dict[str, Host] = {name: net.host(name, *addresses) for name, addresses in ADDRESSES.items()}
        self.authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        self.hints_file = folder / "root.hints"
        self.hints_file.write_text(root_hints())
        self.servers: dict[str, Server] = {**self._name_servers(), **self._exchangers()}
        if down:
            self.servers[down].stop()

    @property
    def probe(self) -> Host:
        """Where we look from: a host of the internet."""
        return self.hosts["probe"]

    @property
    def rdap_url(self) -> str:
        """The registry's service."""
        return f"http://{self.hosts['registry'].v4}/"

    @property
    def resolver(self) -> str:
        """The public resolver's address."""
        return self.hosts["resolver"].v4

    @contextlib.contextmanager
    def without(self, name: str) -> Iterator[None]:
        """That server is down for a while: its host stays up and refuses what comes."""
        self.servers[name].stop()
        try:
            yield
        finally:
            self.servers[name].start()

    def until_logged(self, server: str, words: str, since: int = 0) -> None:
        """Wait until a server's log has these words, counted from a length that the log had before."""
        wait_until(lambda: words in self.servers[server].log()[since:], f"{words!r} in the log of {server}")

    def certificate(self, *names: str) -> tuple[str, str]:
        """A certificate from this world's authority for so long as `CERTIFICATE_LASTS`: chain and key as PEM text."""
        issued = self.authority.issue_cert(*names, not_after=datetime.now(UTC) + CERTIFICATE_LASTS)
        chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
        return chain.decode(), issued.private_key_pem.bytes().decode()

    def _name_servers(self) -> dict[str, Server]:
        on = self.hosts
        on["ns4"].firewall(*SILENT)
        listed = domain(DOMAIN, [f"{server}.{DOMAIN}" for server in (*DELEGATED, "ns6")])
        return {
            "root": dns.nsd(on["root"], {".": root_zone()}),
            "com": dns.knot(on["com"], {"com": com_zone()}),
            "ns1": dns.nsd(on["ns1"], {DOMAIN: ZONES["ns1"]}),
            "ns2": dns.knot(on["ns2"], {DOMAIN: ZONES["ns2"]}),
            "ns3": dns.bind(on["ns3"], {DOMAIN: ZONES["ns3"]}),
            "ns5": dns.nsd(on["ns5"], {DOMAIN: ZONES["ns5"]}),
            "ns6": dns.nsd(on["ns6"], {"other.example": _other_zone()}),
            "resolver": dns.unbound(on["resolver"], root_hints()),
            "rdap": rdap(on["registry"], {f"/domain/{DOMAIN}": listed}),
        }

    def _exchangers(self) -> dict[str, Server]:
        def exchanger(name: str, recipients: tuple[str, ...] | None, tls: bool) -> smtp.Exchanger:
            full = f"{name}.{DOMAIN}"
            return smtp.Exchanger(full, DOMAIN, recipients, self.certificate(full) if tls else None)

        known = (RECIPIENT.partition("@")[0],)
        return {
            "mx1": smtp.postfix(self.hosts["mx1"], exchanger("mx1", known, tls=True)),
            "mx2": smtp.exim(self.hosts["mx2"], exchanger("mx2", None, tls=True)),
            "mx3": smtp.opensmtpd(self.hosts["mx3"], exchanger("mx3", known, tls=False)),
        }


def _other_zone() -> str:
    soa = "@ SOA ns hostmaster 1 3600 600 86400 300"
    return _text(["$ORIGIN other.example.", "$TTL 300", soa, "@ NS ns", "ns A 198.51.100.6"])
