"""What the owner declares: domains, blocks, doors, firewalls, vantages, and who looks (DESIGN sections 2 and 6).

Values only. Addresses are in their canonical form (RFC 5952 for IPv6), names as in `terms.names`. Every entry knows
the line it came from, so that a report can quote the declaration as evidence.
"""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from mxlatch.inventory import nftables
from mxlatch.inventory.nftables import Flow, Passage
from mxlatch.terms.door import door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch
from mxlatch.terms.names import is_below

SMTP_PORT = 25
SMTPS_PORT = 465  # submission with TLS from the first octet (RFC 8314 section 3.3)
ANY = "any"  # in `Rule.allow`: everybody
MX = "mx"  # as `Door.next_hop`: the better ones among the domain's own exchangers
XCLIENT, PROXY, RECEIVED = "xclient", "proxy", "received"
HANDS_ON = (XCLIENT, PROXY, RECEIVED)  # the last: the next hop trusts the relay's Received lines

INTERNET, GUEST, EXTRANET, INSIDE, OTHER = "internet", "guest", "extranet", "inside", "other"
# What people call their networks; the first word that occurs decides.
_KINDS = (
    ("internet", INTERNET),
    ("extranet", EXTRANET),
    ("guest", GUEST),
    ("wifi", GUEST),
    ("wlan", GUEST),
    ("client", GUEST),
    ("iot", GUEST),
    ("inside", INSIDE),
    ("intranet", INSIDE),
    ("lan", INSIDE),
)

HOOKS = ("input", "forward")  # of nftables: mail for the machine itself, mail that passes through it

Role = Literal["filter", "mailbox", "backup", "trap", "relay"]
TRAP: Role = "trap"  # takes nothing, on purpose
ROLES: tuple[Role, ...] = ("filter", "mailbox", "backup", "trap", "relay")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Operator(Struct, frozen=True):
    """Who looks: named in EHLO and in reports.

    ehlo: the host name for EHLO, ideally the forward-confirmed reverse name of this machine. contact: where a
    stranger can complain. sender: a real address of the operator's, the default for domains that name none.
    """

    name: str = ""
    ehlo: str = ""
    contact: str = ""
    sender: str = ""


class Domain(Struct, frozen=True):
    """A name that the owner answers for.

    mail: False for a name that takes no mail. recipient: one valid recipient for probes, None if none was given.
    sender: a real address of the operator's, the sender of the second probe and the "foreign" recipient of the relay
    test. baseline: the latches that every way in must have, None to take the union over the best doors.
    name_servers: those that should serve it; asked besides what parent and registry name.
    next_hop: a note for people: where the filter hands mail to. mailbox: the name of another entry, in
    whose mailboxes its mail ends; any other words are a note.
    """

    name: str
    mail: bool = True
    recipient: str | None = None
    sender: str = ""
    subdomains: tuple[str, ...] = ()
    name_servers: tuple[str, ...] = ()
    baseline: tuple[Latch, ...] | None = None
    next_hop: str = ""
    mailbox: str = ""
    line: int = 0


class Block(Struct, frozen=True):
    """An address block of the owner's.

    authorised: the reference of the proof of control, None if there is none. until: its last day (UTC), None if it
    does not end.
    """

    cidr: str
    authorised: str | None = None
    line: int = 0
    until: date | None = None

    def reference(self, now: float) -> str | None:
        """The reference, if there is one that has not ended. now: seconds since 1970 UTC."""
        return None if self.until is not None and now >= end_of(self.until) else self.authorised


class Door(Struct, frozen=True):
    """A door that the owner knows of.

    name: its host name, "" if it has none. addresses: may be empty, then the name's addresses are meant.
    latches: what no probe can see: True (has it), False (has it not) or a text (has it, and this is how).
    next_hop: the name or door (address:port) it hands mail to, MX if it goes by the domain's own MX records, "" if it
    keeps it. hands_on_client: how the next hop learns the client's address: one of HANDS_ON (True: XCLIENT), False if
    it does not. waives: latches that the *next hop* does not apply to mail from this door (mynetworks, SCL -1, gateway
    lists). public_names: names under which the public reaches it. behind_nat: its own interfaces do not bear
    `addresses`, so that it knows itself by its names only. forwards: names or doors to which it sends some of the
    mail on (aliases). tells_delay: senders of what it holds are told of a delay; None if nobody says. partners:
    addresses and CIDRs that rightly come here directly. spare: further addresses that it could listen at.
    dear: those of its addresses that shall be used only while the others are down (a dear or slow line); () if all
    share the load, None if nobody says.
    """

    name: str = ""
    addresses: tuple[str, ...] = ()
    port: int = SMTP_PORT
    role: Role = "mailbox"
    owner: str = ""
    authorised: bool = True
    latches: dict[Latch, bool | str] = {}
    next_hop: str = ""
    hands_on_client: bool | str = False
    waives: tuple[Latch, ...] = ()
    public_names: tuple[str, ...] = ()
    line: int = 0
    behind_nat: bool = False
    forwards: tuple[str, ...] = ()
    tells_delay: bool | None = None
    partners: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    dear: tuple[str, ...] | None = None

    @property
    def hop(self) -> str:
        """Where it hands its mail to; a backup that names no other place goes by the MX (RFC 5321 section 5.1)."""
        return self.next_hop or (MX if self.role == "backup" else "")

    @property
    def called(self) -> frozenset[str]:
        """What a next hop may call it: its names, its addresses, and each with its port."""
        hosts = {self.name, *self.public_names, *self.addresses} - {""}
        return frozenset((*hosts, *(door_id(host, self.port) for host in hosts)))


class Rule(Struct, frozen=True):
    """One line of a firewall: to this address or CIDR and port (None: every port), allowed from these.

    allow: addresses, CIDRs, names of vantages, or "any"; empty: nobody.
    """

    to: str
    port: int | None = SMTP_PORT
    allow: tuple[str, ...] = ()
    line: int = 0


class Firewall(Struct, frozen=True):
    """A firewall as its owner declares it. The narrowest rule that covers a door decides.

    nftables: the file that `nft -j list ruleset` printed there, "" for none; ruleset: its text. Where a rule covers a
    door, what the ruleset surely does is believed before what the rule says. hook: the way of mail through it,
    "input" (the doors are on the firewall itself), "forward", or "" where the ruleset has to show it.
    """

    name: str
    rules: tuple[Rule, ...] = ()
    line: int = 0
    nftables: str = ""
    ruleset: str = ""
    hook: str = ""

    def passage(self, source: str | None, to: str, port: int) -> Passage:
        """What the ruleset does with a connection from a network (None: a stranger's) to an address or network."""
        if not self.ruleset:
            return Passage.UNKNOWN
        return nftables.passage_of(self.ruleset, Flow(source, to, port), self.hook)


class Vantage(Struct, frozen=True):
    """A place to look from. what: internet, extranet, guest Wi-Fi, inside. networks: the addresses it looks from.

    controls: addresses of mail servers elsewhere that may be tried from there, to see whether port 25 goes out.
    """

    name: str
    what: str = ""
    networks: tuple[str, ...] = ()
    line: int = 0
    controls: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What sort of place it is: INTERNET, GUEST, EXTRANET, INSIDE, or OTHER where its words do not say."""
        words = (self.what or self.name).lower().replace("-", "").replace(" ", "")
        return next((kind for word, kind in _KINDS if word in words), OTHER)


class Policy(Struct, frozen=True):
    """A demand: every path from a vantage to the mailboxes of these domains (all, if none) passes these latches."""

    passes: tuple[Latch, ...]
    domains: tuple[str, ...] = ()
    source: str = INTERNET
    line: int = 0

    def concerns(self, domain: str, vantage: str) -> bool:
        """True if the demand is about this domain as seen from this vantage."""
        return vantage == self.source and (not self.domains or domain in self.domains)


class Inventory(Struct, frozen=True):
    """All that the owner declares. An empty one is what an audit of a stranger's domain has."""

    domains: tuple[Domain, ...] = ()
    blocks: tuple[Block, ...] = ()
    doors: tuple[Door, ...] = ()
    firewalls: tuple[Firewall, ...] = ()
    vantages: tuple[Vantage, ...] = ()
    operator: Operator = Operator()
    path: str = ""
    policies: tuple[Policy, ...] = ()

    def domain(self, name: str) -> Domain | None:
        """The entry of exactly this name, or else the one that lists it as a subdomain."""
        exact = next((d for d in self.domains if d.name == name), None)
        return exact or next((d for d in self.domains if name in d.subdomains), None)

    def door_at(self, address: str, port: int = SMTP_PORT) -> Door | None:
        """The declared door at this address and port."""
        return next((d for d in self.doors if d.port == port and _same(address, d.addresses)), None)

    def vantage(self, name: str) -> Vantage:
        """The declared vantage of this name, or one of which nothing but the name is known."""
        return next((v for v in self.vantages if v.name == name), Vantage(name))

    def is_control(self, address: str) -> bool:
        """True if a vantage names this address to see whether port 25 goes out."""
        return any(_same(address, vantage.controls) for vantage in self.vantages)

    def doors_named(self, name: str) -> tuple[Door, ...]:
        """The declared doors that bear this host name, to themselves or to the public."""
        return tuple(d for d in self.doors if name == d.name or name in d.public_names)

    def doors_of(self, domain: str, addresses: frozenset[str]) -> list[Door]:
        """The declared doors of a domain: by name, by the addresses that its records lead to, and who hands on to them.

        In rounds, since a spool may hand on to a spool; a forgotten one stands under somebody else's name.
        """
        found = {
            n for n, d in enumerate(self.doors) if is_below(d.name, domain) or not addresses.isdisjoint(d.addresses)
        }
        more = found
        while more:
            places = {word for n in more for word in self.doors[n].called}
            hands_on = {n for n, d in enumerate(self.doors) if not places.isdisjoint((d.next_hop, *d.forwards))}
            more = hands_on - found
            found = found | more
        return [self.doors[n] for n in sorted(found)]

    def block_of(self, address: str) -> Block | None:
        """The narrowest declared block that holds this address."""
        return max(
            (b for b in self.blocks if _inside(address, b.cidr)),
            key=lambda b: _parsed_network(b.cidr).prefixlen,
            default=None,
        )

    def is_listed(self, address: str) -> bool:
        """True if the owner names this address: as a door's, or within a block."""
        return any(_same(address, d.addresses) for d in self.doors) or self.block_of(address) is not None

    def sender_for(self, domain: str) -> str:
        """The operator's real sender for probes of this domain, "" if none was given."""
        entry = self.domain(domain)
        return (entry.sender if entry else "") or self.operator.sender

    def declared_closed(self, address: str, port: int, vantage: str = "internet") -> Evidence | None:
        """The firewall rule, or the ruleset, by which this vantage cannot reach this door; None if nothing says so.

        Where a rule covers the door, what the firewall's own ruleset surely does comes before what the rule says.
        """
        for firewall, rule in self.covering(address, port):
            passages = {firewall.passage(by, address, port) for by in self.sources(vantage, address)}
            if self.admits(rule, vantage, address):
                if passages == {Passage.REFUSED}:
                    return self.evidence(f"firewall {firewall.name}: its ruleset refuses {vantage}", rule.line)
            elif Passage.ALLOWED not in passages:
                return self.quote(firewall, rule)
        return None

    def refused_by_rule(self, address: str, port: int, vantage: str) -> Evidence | None:
        """The firewall rule by which this vantage should not reach this door; None if no rule says so.

        A vantage that the inventory does not declare is a stranger's: only "any" (or 0.0.0.0/0) lets it in.
        """
        refusing = (self.quote(f, r) for f, r in self.covering(address, port) if not self.admits(r, vantage, address))
        return next(refusing, None)

    def covering(self, address: str, port: int) -> Iterator[tuple[Firewall, Rule]]:
        """Each firewall with its rule that decides about a door."""
        for firewall in self.firewalls:
            rule = _deciding(firewall.rules, address, port)
            if rule is not None:
                yield firewall, rule

    def sources(self, vantage: str, address: str) -> tuple[str | None, ...]:
        """The networks from which a vantage reaches an address; (None,) for a stranger's, () where nobody says."""
        place = self.vantage(vantage)
        if place.networks:
            version = _parsed(address).version
            return tuple(n for n in place.networks if _parsed_network(n).version == version)
        return (None,) if place.kind == INTERNET else ()

    def evidence(self, text: str, line: int) -> Evidence:
        """A declaration as evidence: its text, and the file and line it stands on."""
        return Evidence(text, source=f"{self.path or 'inventory'}:{line}" if line else self.path or "inventory")

    def admits(self, rule: Rule, vantage: str, address: str) -> bool:
        """True if a rule lets this vantage through to an address."""
        place = next((v for v in self.vantages if v.name == vantage), None)
        if ANY in rule.allow or vantage in rule.allow:
            return True
        sources = [_parsed_network(n) for n in place.networks] if place else []
        allowed = [n for n in map(_network, rule.allow) if n is not None]
        everybody = any(n.prefixlen == 0 and n.version == _parsed(address).version for n in allowed)
        return everybody or any(_overlap(a, s) for a in allowed for s in sources)

    def quote(self, firewall: Firewall, rule: Rule) -> Evidence:
        """A rule as evidence."""
        port = "every port" if rule.port is None else f"port {rule.port}"
        allowed = ", ".join(rule.allow) or "nobody"
        return self.evidence(f"firewall {firewall.name}: {rule.to} {port}: only from {allowed}", rule.line)


# Texts are parsed once: a large inventory is asked about every address of a run.
_parsed = lru_cache(maxsize=65536)(ipaddress.ip_address)
_parsed_network = lru_cache(maxsize=65536)(ipaddress.ip_network)


def _network(text: str) -> Network | None:
    """The network of an `allow` entry; None for the name of a vantage."""
    try:
        return _parsed_network(text)
    except ValueError:
        return None


def end_of(day: date) -> float:
    """The end of that day in UTC, seconds since 1970. Not the begin of the next: the calendar's last day has none."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + timedelta(days=1).total_seconds()


def last_day(end: float) -> date:
    """The day of which this is the end."""
    return datetime.fromtimestamp(end - timedelta(days=1).total_seconds(), UTC).date()


def is_network(text: str) -> bool:
    """True for an address or CIDR, false for the name of a vantage."""
    return _network(text) is not None


def _same(address: str, addresses: tuple[str, ...]) -> bool:
    return any(_parsed(address) == _parsed(a) for a in addresses)


def _inside(address: str, cidr: str) -> bool:
    return _parsed(address) in _parsed_network(cidr)


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _deciding(rules: tuple[Rule, ...], address: str, port: int) -> Rule | None:
    """The narrowest rule for this door: the longest prefix, and of two equal ones that which names the port."""
    return max(
        (r for r in rules if r.port in (None, port) and _inside(address, r.to)),
        key=lambda r: (_parsed_network(r.to).prefixlen, r.port is not None),
        default=None,
    )
