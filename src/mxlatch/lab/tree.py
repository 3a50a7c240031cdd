"""The tree of the lab's DNS, from the root down: which server address serves which zones, with delegations and glue.

Root and top-level zones are made from the topology's zones: each topmost zone is delegated by its TLD to the NS names
of its `delegation`. A zone below another of the topology is delegated there in the same way, unless the parent's text
has NS for it already. Glue is added for NS names under the parent zone (RFC 1034 section 4.2.1).
"""

import dns.name
import dns.rdataset
import dns.rdatatype
from msgspec import Struct

from mxlatch.lab import zones
from mxlatch.lab.topology import NameServer, Override, Topology, apex_ns, serving
from mxlatch.lab.topology import Zone as Declared
from mxlatch.terms.names import is_below

ROOT_SERVER = "a.root-servers.lab"
_SOA = "{apex} IN SOA {ns}. hostmaster.{ns}. 2026010100 1800 900 604800 300\n"


class Site(Struct, frozen=True):
    """One address of a name server, and the zones it serves there."""

    server: NameServer
    address: str
    zones: tuple[zones.Zone, ...]


def sites(topology: Topology) -> tuple[Site, ...]:
    """Every name-server address of the topology, root and TLD server included."""
    served: dict[str, list[zones.Zone]] = {a: [] for s in topology.nameservers for a in s.addresses}
    for declared in topology.zones:
        base = _with_delegations(topology, declared)
        for server in serving(topology, declared):
            for address in server.addresses:
                served[address].append(_as_served(base, declared.override, server.name, address))
    own = tuple(Site(s, a, tuple(served[a])) for s in topology.nameservers for a in s.addresses)
    return (*_upper(topology), *own)


def truth(topology: Topology) -> tuple[tuple[zones.Zone, ...], ...]:
    """For each zone, the versions that an ordinary resolver may get, best first: only servers that answer for it."""
    every = sites(topology)
    result = []
    for origin in dict.fromkeys(z.origin for s in every for z in s.zones):
        versions = [(s, z) for s in every for z in s.zones if z.origin == origin and s.server.behaviour in _ANSWERING]
        order = _order(topology, origin)
        versions.sort(key=lambda pair: order.index(pair[0].server.name) if pair[0].server.name in order else len(order))
        result.append(tuple(z for _, z in versions))
    return tuple(result)


def addresses(topology: Topology) -> dict[str, str]:
    """Every address that some zone gives to a name, and that name."""
    found: dict[str, str] = {}
    for zone in (zone for site in sites(topology) for zone in site.zones):
        for rrtype in ("A", "AAAA"):
            for owner, _, rdata in zone.iterate_rdatas(rrtype):
                found.setdefault(rdata.to_text(), owner.to_text(omit_final_dot=True))
    return found


def registered(topology: Topology) -> dict[str, tuple[str, ...]]:
    """What the registry lists: each topmost zone with its name servers."""
    return {
        z.name: z.registry if z.registry is not None else delegated_to(z)
        for z in topology.zones
        if _parent(topology, z) is None
    }


def delegated_to(zone: Declared) -> tuple[str, ...]:
    """The NS names that the zone's parent lists."""
    return zone.delegation if zone.delegation is not None else apex_ns(zone)


_ANSWERING = frozenset({"normal", "lower-case-only", "truncating", "not-auth"})


def _order(topology: Topology, origin: dns.name.Name | None) -> list[str]:
    declared = next((z for z in topology.zones if zones.name(z.name) == origin), None)
    return [s.name for s in serving(topology, declared)] if declared else []


def _as_served(zone: zones.Zone, overrides: tuple[Override, ...], server: str, address: str) -> zones.Zone:
    for override in overrides:
        if override.server in (server, address):
            zone = zones.changed(zone, override.records, override.remove)
    return zone


def _with_delegations(topology: Topology, declared: Declared) -> zones.Zone:
    zone = zones.read(declared.text, declared.name)
    for child in topology.zones:
        if _parent(topology, child) is declared and zone.get_rdataset(zones.name(child.name), "NS") is None:
            zone = zones.changed(zone, _delegation(topology, child, declared.name))
    return zone


def _parent(topology: Topology, zone: Declared) -> Declared | None:
    above = [z for z in topology.zones if z is not zone and is_below(zone.name, z.name)]
    return max(above, key=lambda z: z.name.count("."), default=None)


def _delegation(topology: Topology, child: Declared, parent: str) -> str:
    """NS records for the child, with glue for those under the parent."""
    lines = [f"{child.name}. NS {ns}." for ns in delegated_to(child)]
    for ns in delegated_to(child):
        if is_below(ns, parent):
            lines += _addresses(ns, tuple(a for s in topology.nameservers if s.name == ns for a in s.addresses))
    return "\n".join(lines) + "\n"


def _addresses(name: str, addresses: tuple[str, ...]) -> list[str]:
    return [f"{name}. {'AAAA' if ':' in a else 'A'} {a}" for a in addresses]


def _upper(topology: Topology) -> tuple[Site, Site]:
    """The root server, and the one server of all top-level zones."""
    internet = topology.internet
    topmost = [z for z in topology.zones if _parent(topology, z) is None]
    top_zones: dict[str, list[Declared]] = {}
    for zone in topmost:
        top_zones.setdefault(zone.name.rpartition(".")[2], []).append(zone)
    tlds = [_top_zone(topology, tld, below) for tld, below in top_zones.items() if tld not in {z.name for z in topmost}]
    root = NameServer(ROOT_SERVER, (internet.root,))
    return (
        Site(root, internet.root, (_root_zone(topology, top_zones),)),
        Site(NameServer("a.nic.lab", (internet.tld,)), internet.tld, tuple(tlds)),
    )


def _root_zone(topology: Topology, top_zones: dict[str, list[Declared]]) -> zones.Zone:
    lines = [_SOA.format(apex=".", ns=ROOT_SERVER), f". NS {ROOT_SERVER}."]
    lines += _addresses(ROOT_SERVER, (topology.internet.root,))
    for tld, below in top_zones.items():
        if below[0].name == tld:
            lines.append(_delegation(topology, below[0], "."))
        else:
            lines.append(f"{tld}. NS a.nic.{tld}.")
            lines += _addresses(f"a.nic.{tld}", (topology.internet.tld,))
    return zones.read("\n".join(lines), ".")


def _top_zone(topology: Topology, tld: str, below: list[Declared]) -> zones.Zone:
    lines = [_SOA.format(apex=f"{tld}.", ns=f"a.nic.{tld}"), f"{tld}. NS a.nic.{tld}."]
    lines += _addresses(f"a.nic.{tld}", (topology.internet.tld,))
    text = "\n".join(lines) + "\n"
    # Names of servers may repeat between delegations: the zone keeps an address once.
    return zones.read(text + "".join(_delegation(topology, zone, tld) for zone in below), tld)
