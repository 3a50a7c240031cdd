"""What a lab's internet is made of: name servers, zones, mail hosts, a firewall, an inventory, remedies; from TOML.

`parse` is pure: text in, a checked `Topology` out. Zone contents are plain zone-file text; root and top-level zones are
made from the zones' delegations (`lab.tree`). A remedy is a change to the topology that its author declares: the
topology after it comes from `Topology.remedied`, checked in the same way.
"""

import ipaddress
import tomllib
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct, field, structs

from mxlatch.inventory.lines import Path, line_of, scan
from mxlatch.inventory.read import parse as read_inventory
from mxlatch.lab import zones
from mxlatch.terms.errors import InputError
from mxlatch.terms.names import BadName, domain_name

DnsBehaviour = Literal[
    "normal",
    "silent",  # takes queries, never answers
    "closed",  # port unreachable
    "refused",
    "servfail",
    "not-auth",  # right data, AA bit not set
    "lame",  # refers upward, to the root
    "lower-case-only",  # NODATA to a name with a capital in it (FACTS 5.4, zonemaster#921)
    "garbage",  # octets that are no DNS message
    "truncating",  # TC to everything over UDP
]
SmtpBehaviour = Literal[
    "normal",
    "closed",  # RST to the SYN
    "dropped",  # nothing to the SYN
    "silent",  # takes the connection, says nothing
    "reset",  # takes the connection, then resets it
    "tarpit",  # one octet at a time
    "garbage",  # octets that are no SMTP
    "early",  # says its replies before it was asked
    "flood",  # a line of 10 MB
    "busy",  # 421 as banner
    "refuses",  # 554 as banner
    "half-tls",  # 220 to STARTTLS, then nothing that TLS would say
]
TlsKind = Literal["lab", "none", "expired", "wrong-name", "self-signed", "old"]
Software = Literal["postfix", "exim", "opensmtpd", "sendmail", "exchange", "qmail"]
Action = Literal["drop", "reject"]
DNS_PORT = 53
SMTP_PORT = 25
_LARGEST_PORT = 65535
MOST_ENTRIES = 2000  # of one kind in one topology: far over any test's need, far under what hurts this machine


class _Checked(Struct, frozen=True, forbid_unknown_fields=True):
    """What all tables share: a key that nobody knows is a typing error, and is said to be one."""


class NameServer(_Checked, frozen=True):
    """A name server. One whose addresses behave differently is declared once for each behaviour."""

    name: str
    addresses: tuple[str, ...]
    behaviour: DnsBehaviour = "normal"


class Override(_Checked, frozen=True):
    """What one server (its name or one of its addresses) has in place of, or without, the zone's records."""

    server: str
    records: str = ""
    remove: tuple[str, ...] = ()


class Zone(_Checked, frozen=True):
    """A zone.

    delegation: the NS names its parent lists (default: the NS at its apex). registry: those that RDAP lists (default:
    the delegation). servers: the names of the servers that serve it (default: every server of the topology that the
    delegation, the zone or an override names), the first of which is the truth for the recursive resolver.
    """

    name: str
    text: str
    delegation: tuple[str, ...] | None = None
    registry: tuple[str, ...] | None = None
    servers: tuple[str, ...] | None = None
    override: tuple[Override, ...] = ()


class MailHost(_Checked, frozen=True):
    """A mail server and its latches.

    names: further names that its certificate bears. domains: recipient domains that it takes mail for. recipients: its
    valid addresses. recipient_check: refuses all others at RCPT. open_relay: takes mail for any domain. content: what
    happens to a message with the lab's spam marker. listed: client addresses that it refuses, as if a DNSBL listed
    them. spf: sender domains and the networks that may send for them, as if their SPF records said so and ended in
    -all. own_relays: clients that SPF is not asked about, since all that they hand on would fail. greylist: 450 to whom
    it sees for the first time. after: host names of which the client must have tried one before (the order latch),
    else 450. next_hop: host name or ADDRESS:PORT to hand on to; "" keeps the mail. trusts: client addresses exempt from
    content, listed, spf, greylist and order. xclient: networks that are offered XCLIENT. banner: replaces the
    software's own greeting text. extensions: replaces the software's EHLO set (STARTTLS comes with `tls`).
    """

    name: str
    addresses: tuple[str, ...]
    names: tuple[str, ...] = ()
    ports: tuple[int, ...] = (SMTP_PORT,)
    software: Software = "postfix"
    banner: str = ""
    hide_banner: bool = False
    extensions: tuple[str, ...] | None = None
    domains: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    recipient_check: bool = False
    open_relay: bool = False
    content: Literal["none", "refuse", "quarantine"] = "none"
    tls: TlsKind = "lab"
    listed: tuple[str, ...] = ()
    spf: dict[str, tuple[str, ...]] = {}
    own_relays: tuple[str, ...] = ()
    greylist: bool = False
    after: tuple[str, ...] = ()
    next_hop: str = ""
    hands_on_client: bool = False
    trusts: tuple[str, ...] = ()
    xclient: tuple[str, ...] = ()
    behaviour: SmtpBehaviour = "normal"


class Rule(_Checked, frozen=True):
    """A line of the firewall: who is not in `allow` is dropped or rejected at this address or CIDR and port.

    The first rule that covers a place decides; what no rule covers is let through.
    """

    to: str
    action: Action
    port: int | Literal["any"] = SMTP_PORT
    allow: tuple[str, ...] = ()


class Internet(_Checked, frozen=True):
    """The addresses of what every internet has. stranger: where whoever looks from outside comes from."""

    root: str = "203.0.113.2"
    tld: str = "203.0.113.3"
    resolver: str = "203.0.113.1"
    stranger: str = "203.0.113.99"
    rdap: Literal["normal", "silent", "error", "closed"] = "normal"


class ZoneChange(_Checked, frozen=True):
    """A remedy's change to one zone: RRsets replaced and removed at every server that serves it.

    agree: drop the overrides, so that all servers serve the same. The rest replaces the zone's own, where given.
    """

    name: str
    records: str = ""
    remove: tuple[str, ...] = ()
    agree: bool = False
    delegation: tuple[str, ...] | None = None
    registry: tuple[str, ...] | None = None
    servers: tuple[str, ...] | None = None


class Rewrite(_Checked, frozen=True):
    """A change to the inventory's text: `old` stands there exactly once, and `new` takes its place."""

    old: str
    new: str


class Remedy(_Checked, frozen=True):
    """A declared change. steps: for people. mailhost: tables with `name` and the fields to replace. firewall: rules
    that go before the others. rewrite, inventory: changes to the inventory, and text added to its end."""

    name: str
    title: str = ""
    steps: tuple[str, ...] = ()
    zones: tuple[ZoneChange, ...] = field(name="zone", default=())
    mailhosts: tuple[dict[str, Any], ...] = field(name="mailhost", default=())
    firewall: tuple[Rule, ...] = ()
    rewrite: tuple[Rewrite, ...] = ()
    inventory: str = ""


class Topology(_Checked, frozen=True, kw_only=True):
    """An internet. domains: those to audit. inventory: the text of the owner's inventory file, "" for none."""

    title: str = ""
    about: str = ""
    domains: tuple[str, ...]
    internet: Internet = Internet()
    nameservers: tuple[NameServer, ...] = field(name="nameserver", default=())
    zones: tuple[Zone, ...] = field(name="zone", default=())
    mailhosts: tuple[MailHost, ...] = field(name="mailhost", default=())
    firewall: tuple[Rule, ...] = ()
    inventory: str = ""
    remedies: tuple[Remedy, ...] = field(name="remedy", default=())
    path: str = ""

    def remedied(self, name: str) -> "Topology":
        """The topology after the remedy of that name.

        Raises:
            InputError: there is no such remedy, or the result would not be a sound topology.
        """
        remedy = next((r for r in self.remedies if r.name == name), None)
        if remedy is None:
            known = ", ".join(r.name for r in self.remedies) or "none"
            raise InputError(f"{self.path}: no remedy {name!r}: it has {known}")
        return _apply(self, remedy)

    def zone(self, name: str) -> Zone:
        """The zone of that name."""
        return next(z for z in self.zones if z.name == name)

    def mailhost(self, name: str) -> MailHost:
        """The mail host of that name."""
        return next(h for h in self.mailhosts if h.name == name)

    def blocked(self, source: str, address: str, port: int) -> Action | None:
        """What the firewall does to a packet from `source` to this place; None if it lets it through."""
        for rule in self.firewall:
            if rule.port in ("any", port) and covers(rule.to, address):
                return None if any(covers(allowed, source) for allowed in rule.allow) else rule.action
        return None


def covers(network: str, address: str) -> bool:
    """True if the address is the network's, or in it."""
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


def parse(text: str, path: str) -> Topology:
    """Parse a topology.

    Raises:
        InputError: names the file, the line and the remedy of everything that cannot be used.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    lines = scan(text)
    topology = structs.replace(_Reader(path, lines).topology(tree), path=path)
    _Auditor(topology, lines).check()
    return topology


_ARRAYS: dict[str, type[Struct]] = {
    "nameserver": NameServer,
    "zone": Zone,
    "mailhost": MailHost,
    "firewall": Rule,
    "remedy": Remedy,
}
T = TypeVar("T")


class _Reader:
    """From TOML's tables to structs, one table at a time, so that an error can name the table's line."""

    def __init__(self, path: str, lines: dict[Path, int]) -> None:
        self.path, self.lines = path, lines

    def topology(self, tree: dict[str, Any]) -> Topology:
        tree = dict(tree)
        if "path" in tree:
            raise InputError(f"{self.path}:{line_of(('path',), self.lines)}: unknown key 'path': delete it")
        for key, kind in _ARRAYS.items():
            elements = tree.get(key, [])
            if not isinstance(elements, list) or len(elements) > MOST_ENTRIES:
                line = line_of((key,), self.lines)
                raise InputError(f"{self.path}:{line}: {key}: write each as [[{key}]], at most {MOST_ENTRIES}")
            tree[key] = [self._converted(e, kind, (key, i)) for i, e in enumerate(elements)]
        if "internet" in tree:
            tree["internet"] = self._converted(tree["internet"], Internet, ("internet",))
        return self._converted(tree, Topology, ())

    def _converted(self, raw: Any, kind: type[T], where: Path) -> T:
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            reason, _, place = str(error).partition(" - at `")
            key = place.strip("`$.").partition(".")[0].partition("[")[0] or _quoted(reason)
            line = line_of((*where, key), self.lines)
            at = f"[[{where[0]}]] {key}".strip() if where else key
            raise InputError(f"{self.path}:{line}: {at}: {reason}{_known(kind, reason)}") from None


def _quoted(reason: str) -> str:
    return reason.split("`")[1] if reason.count("`") >= 2 else ""


def _known(kind: type, reason: str) -> str:
    """The keys that there are, where an unknown one was the fault."""
    if "unknown field" not in reason or not issubclass(kind, Struct):
        return ""
    return ": write one of " + ", ".join(kind.__struct_encode_fields__)


class _Auditor:
    """What types cannot say: names that must exist, addresses that must be free, zones that must parse."""

    def __init__(self, topology: Topology, lines: dict[Path, int]) -> None:
        self.topology, self.lines = topology, lines
        self.server_names = {s.name for s in topology.nameservers}
        self.server_addresses = {a for s in topology.nameservers for a in s.addresses}

    def check(self) -> None:
        """Raises InputError for the first fault."""
        topology = self.topology
        self._names(topology.domains, ("domains",))
        if not topology.domains:
            raise self.fault('no domain to audit: write domains = ["example.com"]', ("domains",))
        self._check_nameservers()
        self._unique([z.name for z in topology.zones], "zone")
        for index, zone in enumerate(topology.zones):
            self._check_zone(zone, ("zone", index))
        self._check_mailhosts()
        for index, rule in enumerate(topology.firewall):
            self._check_rule(rule, ("firewall", index))
        self._check_inventory()
        self._check_remedies()

    def fault(self, reason: str, where: Path, below: int = 0) -> InputError:
        """The error for this place; `below` counts lines within the text that stands there."""
        return InputError(f"{self.topology.path}:{line_of(where, self.lines) + below}: {reason}")

    def _check_nameservers(self) -> None:
        internet = self.topology.internet
        for key in ("root", "tld", "resolver", "stranger"):
            self._addresses((getattr(internet, key),), ("internet", key))
        seen = {internet.root: "the root server", internet.tld: "the TLD server", internet.resolver: "the resolver"}
        for index, server in enumerate(self.topology.nameservers):
            where: Path = ("nameserver", index)
            self._names((server.name,), (*where, "name"))
            self._addresses(server.addresses, (*where, "addresses"))
            for address in server.addresses:
                if address in seen:
                    raise self.fault(f"{address} is {seen[address]} already: give it another", (*where, "addresses"))
                seen[address] = server.name

    def _check_zone(self, zone: Zone, where: Path) -> None:
        self._names((zone.name,), (*where, "name"))
        try:
            base = zones.read(zone.text, zone.name)
        except zones.BadZone as error:
            reason = f"zone {zone.name}: {error.reason}"
            raise self.fault(reason, (*where, "text"), _below(zone.text, error)) from None
        for key in ("delegation", "registry", "servers"):
            self._names(getattr(zone, key) or (), (*where, key))
        for number, override in enumerate(zone.override):
            self._check_override(base, override, (*where, "override", number))
        for server in zone.servers or ():
            if server not in self.server_names:
                reason = f"no name server {server!r}: declare it as [[nameserver]]"
                raise self.fault(reason, (*where, "servers"))
        if not serving(self.topology, zone):
            raise self.fault(f"zone {zone.name}: no server serves it: declare one as [[nameserver]]", where)

    def _check_override(self, base: zones.Zone, override: Override, where: Path) -> None:
        if override.server not in self.server_names | self.server_addresses:
            reason = f"no name server {override.server!r}: declare it as [[nameserver]]"
            raise self.fault(reason, (*where, "server"))
        try:
            zones.changed(base, override.records, override.remove)
        except zones.BadZone as error:
            key = "records" if error.line else "remove"
            raise self.fault(error.reason, (*where, key), _below(override.records, error)) from None

    def _check_mailhosts(self) -> None:
        hosts = self.topology.mailhosts
        self._unique([h.name for h in hosts], "mailhost")
        taken: dict[tuple[str, int], str] = {}
        for index, host in enumerate(hosts):
            self._check_mailhost(host, ("mailhost", index))
            for here in ((a, p) for a in host.addresses for p in host.ports):
                if here in taken:
                    raise self.fault(f"{here[0]} port {here[1]} is {taken[here]}'s already", ("mailhost", index))
                taken[here] = host.name
        for index, host in enumerate(hosts):
            self._check_hops(host, ("mailhost", index), taken)

    def _check_mailhost(self, host: MailHost, where: Path) -> None:
        self._names((host.name,), (*where, "name"))
        self._names(host.names, (*where, "names"))
        self._names(host.domains, (*where, "domains"))
        self._names(tuple(host.spf), (*where, "spf"))
        self._addresses(host.addresses, (*where, "addresses"))
        for key in ("listed", "own_relays", "trusts", "xclient"):
            self._networks(getattr(host, key), (*where, key))
        for networks in host.spf.values():
            self._networks(networks, (*where, "spf"))
        for port in host.ports:
            if not 0 < port <= _LARGEST_PORT:
                raise self.fault(f"{port} is no port: write 1 to {_LARGEST_PORT}", (*where, "ports"))
        for text in (host.name, host.banner, *host.recipients, *(host.extensions or ())):
            if not (text.isprintable() and text.isascii()):
                raise self.fault(f"{text!r}: write printable ASCII only", where)

    def _check_hops(self, host: MailHost, where: Path, taken: dict[tuple[str, int], str]) -> None:
        for name in host.after:
            if name not in taken.values():
                raise self.fault(f"after: no mail host {name!r}: declare it as [[mailhost]]", (*where, "after"))
        if host.next_hop and host.next_hop not in taken.values() and place(host.next_hop) not in taken:
            reason = f"next_hop: no mail host {host.next_hop!r}: write the name or ADDRESS:PORT of one"
            raise self.fault(reason, (*where, "next_hop"))

    def _check_rule(self, rule: Rule, where: Path) -> None:
        self._networks((rule.to,), (*where, "to"))
        self._networks(rule.allow, (*where, "allow"))

    def _check_inventory(self) -> None:
        if self.topology.inventory:
            try:
                read_inventory(self.topology.inventory, "inventory")
            except InputError as error:
                raise self.fault(str(error), ("inventory",)) from None

    def _check_remedies(self) -> None:
        self._unique([r.name for r in self.topology.remedies], "remedy")
        for index, remedy in enumerate(self.topology.remedies):
            for number, rule in enumerate(remedy.firewall):
                self._check_rule(rule, ("remedy", index, "firewall", number))
            try:
                _apply(self.topology, remedy)
            except InputError as error:
                raise self.fault(f"remedy {remedy.name}: {error}", ("remedy", index)) from None

    def _names(self, names: tuple[str, ...], where: Path) -> None:
        for name in names:
            try:
                if domain_name(name) != name:
                    raise BadName(f"{name!r}: write it in lower case without a trailing dot")
            except BadName as error:
                raise self.fault(str(error), where) from None

    def _addresses(self, addresses: tuple[str, ...], where: Path) -> None:
        for address in addresses:
            try:
                if str(ipaddress.ip_address(address)) != address:
                    raise ValueError
            except ValueError:
                raise self.fault(f"{address!r} is no address: write it like 192.0.2.7 or 2001:db8::7", where) from None

    def _networks(self, networks: tuple[str, ...], where: Path) -> None:
        for network in networks:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise self.fault(f"{network!r}: write an address or a CIDR without host bits", where) from None

    def _unique(self, names: list[str], table: str) -> None:
        for index, name in enumerate(names):
            if name in names[:index]:
                raise self.fault(f"[[{table}]] {name!r} stands twice: delete one", (table, index, "name"))


def _below(text: str, error: zones.BadZone) -> int:
    """Lines between the key and the fault: a multi-line string begins on the line after its key."""
    return error.line if "\n" in text else 0


def place(text: str) -> tuple[str, int] | None:
    """ADDRESS:PORT as a pair, an IPv6 address in brackets; None if it is none."""
    host, _, port = text.rpartition(":")
    return (host.strip("[]"), int(port)) if host and port.isascii() and port.isdigit() and len(port) < 6 else None


def serving(topology: Topology, zone: Zone) -> tuple[NameServer, ...]:
    """The servers that serve a zone, the resolver's first choice first."""
    by_name: dict[str, list[NameServer]] = {}
    for server in topology.nameservers:
        by_name.setdefault(server.name, []).append(server)
    names = zone.servers if zone.servers is not None else _named(topology, zone)
    return tuple(s for n in dict.fromkeys(names) for s in by_name.get(n, ()))


def apex_ns(zone: Zone) -> tuple[str, ...]:
    """The NS names at the apex, as the zone's own text has them."""
    return _ns_of(zones.read(zone.text, zone.name), zone.name)


def _named(topology: Topology, zone: Zone) -> tuple[str, ...]:
    """Every server that the delegation, the zone or an override names."""
    base = zones.read(zone.text, zone.name)
    names = [*_ns_of(base, zone.name), *(zone.delegation or ())]
    for override in zone.override:
        named = [s.name for s in topology.nameservers if override.server in (s.name, *s.addresses)]
        try:
            altered = zones.changed(base, override.records, override.remove)
        except zones.BadZone:
            continue  # said, with its line, where overrides are checked
        names += [*named, *_ns_of(altered, zone.name)]
    return tuple(names)


def _ns_of(zone: zones.Zone, apex: str) -> tuple[str, ...]:
    rdataset = zone.get_rdataset(zones.name(apex), "NS")
    return tuple(str(r.target).rstrip(".").lower() for r in rdataset or ())


def _apply(topology: Topology, remedy: Remedy) -> Topology:
    changed = structs.replace(
        topology,
        zones=_with_zones(topology, remedy),
        mailhosts=_with_hosts(topology, remedy),
        firewall=remedy.firewall + topology.firewall,
        inventory=_with_inventory(topology, remedy),
        remedies=(),
        path=f"{topology.path} ({remedy.name})",
    )
    _Auditor(changed, {}).check()
    return structs.replace(changed, remedies=tuple(r for r in topology.remedies if r is not remedy))


def _with_zones(topology: Topology, remedy: Remedy) -> tuple[Zone, ...]:
    changes = {c.name: c for c in remedy.zones}
    unknown = changes.keys() - {z.name for z in topology.zones}
    if unknown:
        raise InputError(f"no zone {sorted(unknown)[0]!r}")
    return tuple(_altered(z, changes[z.name]) if z.name in changes else z for z in topology.zones)


def _altered(zone: Zone, change: ZoneChange) -> Zone:
    """The zone with its text rewritten: what each server adds of its own stays, unless they are to agree."""
    try:
        altered = zones.changed(zones.read(zone.text, zone.name), change.records, change.remove)
    except zones.BadZone as error:
        raise InputError(f"zone {zone.name}: {error.reason}") from None
    return structs.replace(
        zone,
        text=altered.to_text(relativize=False),
        override=() if change.agree else zone.override,
        delegation=change.delegation if change.delegation is not None else zone.delegation,
        registry=change.registry if change.registry is not None else zone.registry,
        servers=change.servers if change.servers is not None else zone.servers,
    )


def _with_inventory(topology: Topology, remedy: Remedy) -> str:
    text = topology.inventory
    for change in remedy.rewrite:
        if text.count(change.old) != 1:
            raise InputError(
                f"rewrite: {change.old!r} stands {text.count(change.old)} times in the inventory, not once"
            )
        text = text.replace(change.old, change.new)
    return text + ("\n" + remedy.inventory if remedy.inventory else "")


def _with_hosts(topology: Topology, remedy: Remedy) -> tuple[MailHost, ...]:
    changes = {str(c.get("name")): c for c in remedy.mailhosts}
    unknown = changes.keys() - {h.name for h in topology.mailhosts}
    if unknown:
        raise InputError(f"no mail host {sorted(unknown)[0]!r}")
    try:
        return tuple(
            msgspec.convert(structs.asdict(h) | changes[h.name], MailHost) if h.name in changes else h
            for h in topology.mailhosts
        )
    except msgspec.ValidationError as error:
        raise InputError(f"mailhost: {error}") from None
