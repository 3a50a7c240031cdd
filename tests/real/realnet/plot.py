"""The world of a plan that is carried out: a domain whose owner may change its zone; its mail servers are a test's.

    ns1   198.51.100.1   BIND   primary of example.com, or
    ns2   198.51.100.2   Knot   primary of example.com
    ns3   198.51.100.3   BIND   secondary of ns1, if that is the primary

Root, com, registry, resolver and probe are as in `world`. One TSIG key opens the zone. Beside the world stands `Desk`:
a folder with inventory, plan and journal, and mxlatch as its user runs it, here or there, now or later.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mxlatch.plan import saved
from mxlatch.plan.result import Plan
from realnet import dns, smtp
from realnet.auditor import INVENTORY, LAB_PACE, LEAVE, PATIENCE, PROGRAM, Run
from realnet.estate import Estate
from realnet.network import Host, Net
from realnet.rdap import domain, rdap
from realnet.server import Server
from realnet.world import ADDRESSES, DOMAIN, NEW, OLD, com_zone, root_hints, root_zone

BIND, KNOT = "ns1", "ns2"
SERVERS = {BIND: ("ns1", "ns3"), KNOT: ("ns2",)}
TTL = 300
BASELINE = 'baseline = ["recipient", "relay", "tls"]\n'  # as INVENTORY has it


class Plot(Estate):
    """The domain. zone: the lines of its zone, without SOA, NS and the name servers' addresses."""

    def __init__(
        self, net: Net, folder: Path, primary: str, zone: Sequence[str], astray: Sequence[str] | None = None
    ) -> None:
        """astray: lines of the zone as ns5 serves it, to which com delegates too; None if it does not."""
        self.primary = primary
        self._texts = {"right": zone_text(SERVERS[primary], zone)}
        if astray is not None:
            self._texts["astray"] = zone_text((*SERVERS[primary], "ns5"), astray, OLD)
        super().__init__(net, folder)

    def _name_servers(self) -> dict[str, Server]:
        on, right = self.hosts, {DOMAIN: self._texts["right"]}
        delegated = (*SERVERS[self.primary], *(["ns5"] if "astray" in self._texts else []))
        made = {
            "root": dns.nsd(on["root"], {".": root_zone()}),
            "com": dns.nsd(on["com"], {"com": com_zone(delegated)}),
            "resolver": dns.unbound(on["resolver"], root_hints()),
            "rdap": rdap(on["registry"], {f"/domain/{DOMAIN}": domain(DOMAIN, [f"{ns}.{DOMAIN}" for ns in delegated])}),
        }
        if self.primary == BIND:
            made["ns1"] = dns.bind(on["ns1"], right, self.secret)
            made["ns3"] = dns.bind(on["ns3"], {}, secondary={DOMAIN: on["ns1"].v4})
        else:
            made["ns2"] = dns.knot(on["ns2"], right, self.secret)
        if "astray" in self._texts:
            made["ns5"] = dns.nsd(on["ns5"], {DOMAIN: self._texts["astray"]})
        return made

    def delegate(self, *servers: str) -> None:
        """What the registrar does: com delegates to these from now on, and the registry lists them."""
        self.servers["com"].stop()
        self.servers["com"] = dns.nsd(self.hosts["com"], {"com": com_zone(servers)})
        self.servers["rdap"].stop()
        listed = {f"/domain/{DOMAIN}": domain(DOMAIN, [f"{ns}.{DOMAIN}" for ns in servers])}
        (self.hosts["registry"].folder / "rdap" / "answers.json").write_text(json.dumps(listed))
        self.servers["rdap"].start()

    def records(self) -> dict[str, list[str]]:
        """By server: every record of the zone but the SOA. A secondary gives none away, and shall serve the same MX."""
        second = {ns: self.answers(ns, DOMAIN, "MX") for ns in SERVERS[self.primary][1:]}
        return {self.primary: self.contents(self.primary, DOMAIN)} | second

    def postfix(self, host: str, name: str, recipients: Sequence[str] | None, **more: object) -> None:
        """A mail server with STARTTLS on a host; in place of the one that runs there. Its fellow is `servers[host]`."""
        if host in self.servers:
            self.servers[host].stop()
        full = f"{name}.{DOMAIN}"
        of = str(more.pop("of", DOMAIN))
        made = smtp.Exchanger(full, of, recipients, self.certificate(full), **more)  # type: ignore[arg-type]
        self.servers[host] = smtp.postfix(self.hosts[host], made)


def zone_text(servers: Sequence[str], lines: Sequence[str], serial: int = NEW) -> str:
    """The zone at the beginning."""
    head = [f"$ORIGIN {DOMAIN}.", f"$TTL {TTL}", f"@ SOA {servers[0]} hostmaster {serial} 3600 600 86400 {TTL}"]
    hosts = [f"{ns} A {ADDRESSES[ns][0]}" for ns in servers]
    return "\n".join([*head, *(f"@ NS {ns}" for ns in servers), *hosts, *lines]) + "\n"


class Desk:
    """Inventory, plan and journal, and mxlatch."""

    def __init__(self, plot: Plot, baseline: Sequence[str], doors: str, of_domain: str = "") -> None:
        """baseline: the latches that count; doors: their part of the inventory; of_domain: more lines of the domain."""
        self.plot, self.folder = plot, plot.folder
        self.inventory, self.plan = self.folder / "inventory.toml", self.folder / "plan.json"
        latches = f"baseline = {list(baseline)}\n{of_domain}"
        assert BASELINE in INVENTORY
        self._accepted: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self.inventory.write_text(INVENTORY.replace(BASELINE, latches) + doors)

    def mxlatch(self, *words: str, at: Host | None = None, later: str = "") -> Run:
        """Run the program on a host (the probe); later: with a clock that is ahead, "+2h"."""
        lab = (*self.plot.lab[:-1], LAB_PACE, "--inventory", str(self.inventory))
        clock = ("faketime", "-f", later) if later else ()
        host = at or self.plot.probe
        done = host.run(*clock, str(PROGRAM), *words, *lab, check=False, patience=PATIENCE)
        return Run(done.returncode, done.stdout, done.stderr)

    def audit(self) -> Any:
        """The audit's JSON."""
        return self.mxlatch("audit", DOMAIN, *self._look, *self._names, "--json").json

    def remember(self) -> str:
        """The verdict of an audit whose names all later ones know, as senders do."""
        bundle = str(self.folder / "earlier.mxlatch")
        verdict = self.mxlatch("audit", DOMAIN, *self._look, "--save", bundle, "--json").json["verdict"]
        self._names = ("--names-from", bundle)
        return str(verdict)

    @property
    def verdict(self) -> str:
        """What an audit says of the domain now."""
        return str(self.audit()["verdict"])

    def make_plan(self, *options: str) -> Plan:
        """Look, and write the plan."""
        done = self.mxlatch("plan", DOMAIN, *self._look, *options, "-o", str(self.plan))
        assert done.code == 0, done
        made = saved.from_text(self.plan.read_text(), str(self.plan))
        self._accepted = tuple(word for hazard in made.hazards for word in ("--accept", hazard.name))
        return made

    def script(self, name: str) -> str:
        """The plan's settings for Postfix on a host, as a script of a server's `settings`."""
        made = self.folder / "scripts"
        made.mkdir(exist_ok=True)
        self.plot.probe.run(str(PROGRAM), "plan", str(self.plan), "--as", "postfix", "-o", str(made))
        (file,) = (each for each in made.glob(f"*postfix-{name}-for-{DOMAIN}.sh"))
        return f"cat >/srv/step.sh <<'THE_SCRIPT'\n{file.read_text()}THE_SCRIPT\nsh /srv/step.sh\n"

    def apply(self, *options: str, at: Host | None = None, later: str = "") -> Run:
        """Go on with the plan; its hazards are accepted."""
        key = ("--tsig-file", str(self.plot.key_file))
        return self.mxlatch("apply", str(self.plan), *key, *self._accepted, *options, at=at, later=later)

    def has_waited(self, hours: float) -> None:
        """As if all that the journal tells had been so much earlier."""
        file = self.plan.with_name(self.plan.name + ".journal")
        told = json.loads(file.read_text())
        for each in (*told["acts"], *told["marks"]):
            for moment in ("when", "served"):
                if each.get(moment) is not None:
                    each[moment] -= hours * 3600
        file.write_text(json.dumps(told))

    @property
    def _look(self) -> tuple[str, ...]:
        return (*LEAVE, "--rdap", self.plot.rdap_url, "--ca", str(self.plot.ca_file))
