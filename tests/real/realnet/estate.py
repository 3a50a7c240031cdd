"""The world of `mxlatch apply`: two zones whose owner may change them by DNS update, and who serves them.

    ns1   198.51.100.1   BIND   primary of example.com
    ns3   198.51.100.3   BIND   secondary of example.com, notified by ns1
    ns2   198.51.100.2   Knot   primary of example.net, and the only server

Root, com (with net), resolver and probe are as in `world`. One TSIG key opens both zones.
"""

import base64
import secrets
from pathlib import Path

from realnet import dns
from realnet.network import Net
from realnet.server import Server
from realnet.world import ADDRESSES, DOMAIN, World, com_zone, root_hints, root_zone

OTHER = "example.net"
SERVERS = {DOMAIN: ("ns1", "ns3"), OTHER: ("ns2",)}
RECORDS = {
    DOMAIN: ("@ NS ns1", "@ NS ns3", "@ MX 10 mx1", "@ MX 20 mx2", '@ TXT "v=spf1 mx -all"'),
    OTHER: ("@ NS ns2.example.com.", "@ MX 10 mx1.example.com.", "@ MX 99 old", "old A 203.0.113.4"),
}


class Estate(World):
    """The estate; `key_file` opens it."""

    def __init__(self, net: Net, folder: Path) -> None:
        self.secret = base64.b64encode(secrets.token_bytes(32)).decode()
        super().__init__(net, folder)
        self.key_file = folder / "owner.key"
        self.key_file.write_text(f'key "{dns.KEY}" {{\n\talgorithm hmac-sha256;\n\tsecret "{self.secret}";\n}};\n')
        self.key_file.chmod(0o600)

    def _name_servers(self) -> dict[str, Server]:
        on = self.hosts
        net_zone = com_zone(()).replace("$ORIGIN com.", "$ORIGIN net.") + f"{OTHER}. NS ns2.{DOMAIN}.\n"
        return {
            "root": dns.nsd(on["root"], {".": root_zone(("net. NS a.nic.com.",))}),
            "com": dns.knot(on["com"], {"com": com_zone(SERVERS[DOMAIN]), "net": net_zone}),
            "ns1": dns.bind(on["ns1"], {DOMAIN: zone(DOMAIN)}, self.secret),
            "ns3": dns.bind(on["ns3"], {}, secondary={DOMAIN: on["ns1"].v4}),
            "ns2": dns.knot(on["ns2"], {OTHER: zone(OTHER)}, self.secret),
            "resolver": dns.unbound(on["resolver"], root_hints()),
        }

    def _exchangers(self) -> dict[str, Server]:
        return {}

    @property
    def lab(self) -> tuple[str, ...]:
        """The options that lead a program into this world."""
        return ("--root-hints", str(self.hints_file), "--resolver", self.resolver, "--rate", "1000")

    def answers(self, server: str, name: str, rrtype: str) -> list[str]:
        """What dig gets there: TTL and RDATA, sorted."""
        at = f"@{self.hosts[server].v4}"
        done = self.probe.run("dig", "+noall", "+answer", "+norecurse", at, name, rrtype)
        lines = [line.split() for line in done.stdout.splitlines()]
        return sorted(
            " ".join([words[1], *words[4:]]) for words in lines if words[0] == f"{name}." and words[3] == rrtype
        )

    def contents(self, server: str, of: str) -> list[str]:
        """Every record of a zone as dig transfers it, but the SOA."""
        at, key = f"@{self.hosts[server].v4}", f"hmac-sha256:{dns.KEY}:{self.secret}"
        done = self.probe.run("dig", "+noall", "+answer", "+onesoa", "-y", key, at, of, "AXFR")
        lines = [line.split() for line in done.stdout.splitlines()]
        assert len(lines) > 3, done.stdout
        return sorted(" ".join(words) for words in lines if words[3] != "SOA" and words[3] != "TSIG")


def zone(name: str, serial: int = 2026010105) -> str:
    """The zone at the beginning."""
    hosts = [n for n in ADDRESSES if n.startswith(("ns", "mx"))] if name == DOMAIN else []
    lines = [
        f"$ORIGIN {name}.",
        "$TTL 300",
        f"@ SOA {SERVERS[name][0]}.{DOMAIN}. hostmaster {serial} 3600 600 86400 300",
    ]
    lines += [*RECORDS[name], *(f"{host} A {ADDRESSES[host][0]}" for host in hosts)]
    return "\n".join(lines) + "\n"
