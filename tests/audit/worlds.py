"""Worlds written by hand, in the words of a mail admin.

    domain()                                           # example.com, seen from the internet
    .says("10 mx1.example.com", "20 mx2.example.com")  # its MX, at a name server
    .host("mx1.example.com", "192.0.2.1")              # an exchange and its addresses
    .door("192.0.2.1", recipient="found")              # what was seen there

Every step returns a new description, so that cases can share their beginning. Ways in follow from MX and hosts. A door
that only an MX leads to, and of which nothing else is said, is in the state "unknown".
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec import structs

from mxlatch.data import tables
from mxlatch.inventory.model import Domain, Firewall, Inventory, Rule
from mxlatch.inventory.model import Door as Listed
from mxlatch.paths.find import find
from mxlatch.paths.model import Path, Paths
from mxlatch.terms.door import Door, DoorState, DoorVerdict, WayIn, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import NotJudged
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.outcome import Absent, Found, Outcome, Unknown
from mxlatch.terms.smtp import Certificate, Reply, Session, Tls, Turn
from mxlatch.terms.verdict import Certainty
from mxlatch.wire.sts import parse
from mxlatch.wire.tlsa import Tlsa as Tlsa_
from mxlatch.world.dane import Dane, TlsaSet
from mxlatch.world.exchanges import kind_of
from mxlatch.world.model import (
    AddressView,
    DnsDifference,
    DoorView,
    Exchange,
    MailName,
    MxView,
    NameServer,
    PortOut,
    Relay,
    ServerAddress,
    VantageView,
    World,
    Zone,
)
from mxlatch.world.relays import relays_of
from mxlatch.world.sts import Sts, Txt

NOW = 1_793_534_400.0  # 2026-11-01 12:00:00 UTC
DAY = 86_400.0
NO_EVIDENCE = ("LIMIT001", "NS005")  # a bound is no observation; the world keeps none of the parent's answers
NS = "192.0.2.53"
KEY = "ab" * 32  # the digest of the key in every certificate that is shown


def seen(text: str, source: str) -> tuple[Evidence, ...]:
    """One observed line."""
    return (Evidence(text, source=source, time=NOW),)


def sts_policy(*mx: str, mode: str = "enforce", max_age: int = 86_400) -> Found[Sts]:
    """An MTA-STS policy with these patterns, as the world keeps it."""
    body = "".join(
        f"{line}\n"
        for line in ("version: STSv1", f"mode: {mode}", *(f"mx: {each}" for each in mx), f"max_age: {max_age}")
    )
    told = (*seen("_mta-sts TXT v=STSv1; id=1;", NS), *seen(f"MTA-STS policy: {mode}", "the policy host"))
    txt = Txt("_mta-sts.example.com", (b"v=STSv1; id=1;",), 300)
    return Found(Sts(parse(body.encode()), body, txt, told))


def mx(text: str) -> tuple[int, str]:
    """ "10 mx1.example.com" as a value."""
    preference, exchange = text.split()
    return int(preference), exchange


@dataclass
class Described:
    """A domain as it is described so far; `world()` and `paths()` are what it comes to."""

    name: str = "example.com"
    inventory: Inventory = field(default_factory=Inventory)
    answers: dict[str, list[MxView]] = field(default_factory=dict)
    wildcards: set[str] = field(default_factory=set)
    implicit: list[str] = field(default_factory=list)
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    doors: dict[str, Door] = field(default_factory=dict)
    relays: list[Relay] = field(default_factory=list)
    servers: list[NameServer] = field(default_factory=list)
    parents: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    registry: Outcome[tuple[str, ...]] = field(default_factory=lambda: Unknown("not asked"))
    limit: str = ""
    demanded: tuple[Latch, ...] = ()
    gaps: tuple[NotJudged, ...] = ()
    operators_that_filter: tuple[str, ...] = ()
    sts_known: Outcome[Sts] | None = None
    dane_known: Dane | None = None
    found_paths: list[tuple[tuple[str, ...], tuple[Latch, ...], tuple[Latch, ...]]] = field(default_factory=list)
    verdicts: dict[str, DoorVerdict] = field(default_factory=dict)
    elsewhere: list[VantageView] = field(default_factory=list)

    # The DNS.

    def says(
        self,
        *records: str,
        name: str = "",
        at: str = NS,
        serial: int | None = 1,
        status: str = "",
        lower: str | None = None,
        wildcard: bool = False,
    ) -> "Described":
        """What a name server says of the MX of a name. Without records: no MX; with another status: no answer."""
        new = copy.deepcopy(self)
        name = name or self.name
        status = status or ("answer" if records else "nodata")
        clear = status in ("answer", "nodata", "nxdomain")
        new.answers.setdefault(name, []).append(
            MxView(
                server=at,
                status=status,
                mx=tuple(sorted(map(mx, records))) if clear else None,
                ttl=300,
                serial=serial,
                lower_status=lower,
                evidence=seen(f"{name} MX: {', '.join(records) or status}", at),
            )
        )
        if wildcard:
            new.wildcards.add(name)
        return new

    def host(
        self, name: str, *addresses: str, alias: str = "", lost: str = "", unknown: str = "", free: str = ""
    ) -> "Described":
        """An exchange. lost: why it surely has no address; unknown: why nobody knows; free: domain to be registered."""
        new = copy.deepcopy(self)
        new.exchanges[name] = Exchange(
            name=name,
            kind=kind_of(name),
            addresses=tuple(
                AddressView(a, ("public resolution",), seen(f"{name} A {a}", "resolver")) for a in addresses
            ),
            cname=alias,
            problem=lost or unknown,
            absent=bool(lost),
            dangling=free,
            evidence=seen(f"{name}: {alias or lost or unknown or ', '.join(addresses)}", "resolver"),
        )
        return new

    def without_mx(self, name: str, address: str) -> "Described":
        """A name without MX that has an address."""
        new = copy.deepcopy(self.says(name=name)).host(name, address)
        new.implicit.append(name)
        return new

    def server(
        self,
        name: str,
        address: str,
        status: str = "answer",
        serial: int | None = 1,
        ns: tuple[str, ...] | None = None,
        by: tuple[str, ...] = ("parent 192.0.2.100",),
    ) -> "Described":
        """A name server with one address: what it answers for the SOA, its serial, its NS, and who named it."""
        new = copy.deepcopy(self)
        view = ServerAddress(address, ("glue",), status, "", serial, ns, seen(f"SOA {serial or status}", address))
        new.servers.append(NameServer(name, by, (view,)))
        return new

    def parent(self, address: str, ns: tuple[str, ...] | None) -> "Described":
        """What a server of the parent zone says of the delegation."""
        new = copy.deepcopy(self)
        new.parents[address] = ns
        return new

    def registered(self, *ns: str) -> "Described":
        """What the registry lists."""
        return self._with(registry=Found(ns))

    def cut_short(self, reason: str) -> "Described":
        """A bound ended the search for name servers."""
        return self._with(limit=reason)

    # The doors.

    def door(
        self,
        address: str,
        state: str = "open",
        ehlo: Iterable[str] | None = None,
        tls: Tls | None = None,
        early: bool = False,
        role: str = "",
        operator: str = "",
        authorised: bool | None = None,
        valid: str = "",
        **latches: str,
    ) -> "Described":
        """A door on port 25. ehlo: the keyword lines; latches: recipient="absent" and so on, STARTTLS as tls_latch.

        valid: what it said to the valid recipient ("250 ok"), "" if that was not asked.
        """
        new = copy.deepcopy(self)
        turns = [Turn("", Reply(220, ("ready",)))]
        if valid:
            code, _, text = valid.partition(" ")
            turns.append(Turn(f"RCPT TO:<postmaster@{self.name}>", Reply(int(code), (text,)), "valid"))
        if ehlo is not None:
            turns.append(Turn("EHLO probe.example.net", Reply(250, ("hello", *ehlo))))
        new.doors[address] = Door(
            address=address,
            port=25,
            state=DoorState(state),
            latches={latch: _state(latch, known, address) for latch, known in _latches(latches)},
            authorised=authorised,
            role=role,
            operator=operator,
            session=Session(tuple(turns), tls, "quit", early) if state == "open" else None,
            evidence=seen("220 ready" if state == "open" else state, door_id(address, 25)),
        )
        return new

    def hands_on(self, door: str, next_door: str, before: Iterable[str] = (), **fields: object) -> "Described":
        """A door that relays to another one. before: whom it tries first."""
        new = copy.deepcopy(self)
        declared = (Evidence(f"next hop {next_door}", source="inventory:7"),)
        first = tuple(door_id(each, 25) for each in before)
        relay = Relay(door_id(door, 25), door_id(next_door, 25), evidence=declared, before=first, **fields)  # type: ignore[arg-type]
        new.relays.append(relay)
        return new

    def cut_off(self, door: str, next_door: str) -> "Described":
        """A door whose next hop lets nothing in from there."""
        return self.hands_on(door, next_door, cut=Evidence(f"only from 192.0.2.99 to {next_door}", "mxlatch.toml:12"))

    def relays_by_mx(self) -> "Described":
        """Who hands on to whom, by the inventory and the MX records (RFC 5321 section 5.1)."""
        return self._with(relays=list(relays_of(self.world().doors, self.inventory)))

    def demand(self, *latches: str) -> "Described":
        """The baseline."""
        return self._with(demanded=tuple(map(Latch, latches)))

    def filters(self, *operators: str) -> "Described":
        """Known operators that filter mail."""
        return self._with(operators_that_filter=operators)

    # The inventory.

    def lists(self, *addresses: str, role: str = "mailbox") -> "Described":
        """Doors that the inventory names."""
        doors = tuple(Listed(addresses=(address,), role=role) for address in addresses)  # type: ignore[arg-type]
        return self._with(inventory=Inventory(domains=(Domain(self.name),), doors=doors, path="mxlatch.toml"))

    def retires(self, address: str) -> "Described":
        """A door that the inventory names beside those listed before, with authorised = false."""
        door = Listed(addresses=(address,), authorised=False, line=9)
        return self._with(inventory=structs.replace(self.inventory, doors=(*self.inventory.doors, door)))

    def lists_name(self, name: str, *addresses: str, **fields: object) -> "Described":
        """A door that the inventory names by its host name, beside those listed before."""
        door = Listed(name=name, addresses=addresses, line=8, **fields)  # type: ignore[arg-type]
        return self._with(inventory=structs.replace(self.inventory, doors=(*self.inventory.doors, door)))

    def gap(self, subject: str, what: str = "MX", reason: str = "no answer") -> "Described":
        """Something that was asked and gave no answer."""
        return self._with(gaps=(*self.gaps, NotJudged(subject, what, reason)))

    def shuts(self, address: str) -> "Described":
        """A door that a declared firewall shuts to everybody but one address."""
        wall = Firewall("edge", (Rule(address, 25, ("192.0.2.99",), line=12),))
        return self._with(inventory=Inventory(firewalls=(wall,), path="mxlatch.toml"))

    def declares(self, **parts: object) -> "Described":
        """The inventory, by its parts."""
        return self._with(inventory=Inventory(path="mxlatch.toml", **parts))  # type: ignore[arg-type]

    # What demands TLS of senders.

    def sts(self, *mx: str, mode: str = "enforce") -> "Described":
        """The MTA-STS policy, by its patterns."""
        return self._with(sts_known=sts_policy(*mx, mode=mode))

    def tlsa(
        self,
        *exchanges: str,
        none_at: Iterable[str] = (),
        of_authorities: Iterable[str] = (),
        of_other_keys: Iterable[str] = (),
        secure: bool | None = True,
    ) -> "Described":
        """Exchanges with TLSA records, those without, those with usage 1, and those with records of a key not shown.

        secure: what the resolver says of their validation.
        """
        found: dict[str, Outcome[TlsaSet]] = dict.fromkeys(none_at, Absent("nodata"))
        for usage, key, names in ((3, KEY, exchanges), (1, KEY, of_authorities), (3, "cd" * 32, of_other_keys)):
            record = Tlsa_(usage, 1, 1, key)
            for each in names:
                line = seen(f"_25._tcp.{each} TLSA {record}", NS)
                found[each] = Found(TlsaSet((record,), secure, 3600, line))
        return self._with(dane_known=Dane(secure, found))

    # Other vantages.

    def from_elsewhere(
        self, vantage: str, kind: str, out: str = "not-asked", differs: Iterable[DnsDifference] = (), **doors: str
    ) -> "Described":
        """What another vantage saw: the last number of a door's address in 192.0.2.0/24 to its state (d30="open")."""
        new = copy.deepcopy(self)
        views = []
        for number, state in doors.items():
            address = f"192.0.2.{number.removeprefix('d')}"
            told = seen(f"{state} from {vantage}", door_id(address, 25))
            views.append(DoorView(address, 25, DoorState(state), "", state == "open", told))
        way_out = PortOut(out, "", seen("220 hello", "203.0.113.9:25"))
        new.elsewhere.append(VantageView(vantage, kind, "", NOW, tuple(views), tuple(differs), way_out))
        return new

    # What the path engine found.

    def path(self, *doors: str, missing: Iterable[str] = (), unsure: Iterable[str] = ()) -> "Described":
        """A path through these doors, and what it does without."""
        new = copy.deepcopy(self)
        ids = tuple(door_id(address, 25) for address in doors)
        new.found_paths.append((ids, tuple(map(Latch, missing)), tuple(map(Latch, unsure))))
        return new

    def verdict(self, address: str, verdict: str) -> "Described":
        """What a door means for the baseline."""
        new = copy.deepcopy(self)
        new.verdicts[door_id(address, 25)] = DoorVerdict(verdict)
        return new

    # What it comes to.

    def world(self) -> World:
        """The world that was described."""
        ways = sorted(self._ways(), key=lambda way: (way[0].name, way[0].preference, way[0].exchange, way[1]))
        known = {address: Door(address, 25, DoorState.UNKNOWN) for _, address in ways} | self.doors
        doors = tuple(_led_to(door, [w for w, a in ways if a == address]) for address, door in sorted(known.items()))
        zone = Zone(self.name, tuple(self.servers), "com", self.parents, self.registry, self.limit)
        return World(
            domain=self.name,
            vantage="internet",
            time=NOW,
            zones=(zone,),
            names=tuple(
                MailName(n, self.name, "apex" if n == self.name else "inventory", tuple(views), n in self.wildcards)
                for n, views in sorted(self.answers.items())
            ),
            exchanges=tuple(self.exchanges.values()),
            doors=doors,
            ways_in=tuple((way, door_id(address, 25)) for way, address in ways),
            relays=tuple(self.relays),
            baseline=self.demanded,
            baseline_from="the inventory",
            not_asked=(),
            not_judged=self.gaps,
            inventory=self.inventory,
            filters=self.operators_that_filter,
            elsewhere=tuple(self.elsewhere),
            sts=self.sts_known,
            dane=self.dane_known,
        )

    def paths(self) -> Paths:
        """The paths that were described."""
        way = WayIn("mx", self.name, 10, "mx1.example.com")
        return Paths(
            tuple(Path(way, doors, Certainty.PROVEN, missing, unsure) for doors, missing, unsure in self.found_paths),
            self.verdicts,
        )

    def _ways(self) -> set[tuple[WayIn, str]]:
        ways = {
            (WayIn("mx", name, preference, exchange, seen(f"{name} MX {preference} {exchange}", NS)), view.address)
            for name, views in self.answers.items()
            for each in views
            for preference, exchange in each.mx or ()
            for view in (self.exchanges[exchange].addresses if exchange in self.exchanges else ())
        }
        for name in self.implicit:
            for view in self.exchanges[name].addresses:
                ways.add((WayIn("implicit-mx", name, 0, name, seen(f"{name} A {view.address}", NS)), view.address))
        return ways

    def _with(self, **changes: object) -> "Described":
        new = copy.deepcopy(self)
        for name, value in changes.items():
            setattr(new, name, value)
        return new


def domain(name: str = "example.com") -> Described:
    """A domain of which nothing is known yet."""
    return Described(name)


def two_exchangers() -> Described:
    """The usual pair: mx1 at 192.0.2.1 and mx2 at 192.0.2.2; their doors are still to be described."""
    return _pair("20")


def two_equals() -> Described:
    """mx1 and mx2 with equal preference."""
    return _pair("10")


def _pair(second: str) -> Described:
    pair = domain().says("10 mx1.example.com", f"{second} mx2.example.com")
    return pair.host("mx1.example.com", "192.0.2.1").host("mx2.example.com", "192.0.2.2")


def certificate(
    *names: str, begins: float = NOW - 30 * DAY, ends: float = NOW + 30 * DAY, subject: str = "CN=mail"
) -> Certificate:
    """A certificate for these DNS names."""
    return Certificate(subject, "CN=Test CA", names, begins, ends, "ab" * 32, "EC secp256r1", of_key=(KEY, ""))


def handshake(*names: str, trusted: bool = True, begins: float = NOW - 30 * DAY, ends: float = NOW + 30 * DAY) -> Tls:
    """A TLS handshake that worked, with a certificate for these names."""
    return Tls("ok", "TLSv1.3", "TLS_AES_256_GCM_SHA384", (certificate(*names, begins=begins, ends=ends),), trusted)


def told(check: Callable, case: Described) -> list[str]:
    """What a check finds, a line each: "high 192.0.2.2:25: message"."""
    found = list(check(case.world(), case.paths()))
    assert all(f.evidence for f in found if f.id not in NO_EVIDENCE), "a finding without evidence convinces nobody"
    return sorted(f"{f.severity} {f.subject}: {f.message}" for f in found)


def judged(case: Described, **changes: object) -> tuple[World, Paths]:
    """The world, and what the path engine makes of it with every sender that is known."""
    world = structs.replace(case.world(), behaviours=tables().behaviours, **changes)
    return world, find(world)


def concluded(check: Callable, case: Described, **changes: object) -> list[str]:
    """As `told`, with the paths that the engine finds."""
    found = list(check(*judged(case, **changes)))
    assert all(f.evidence for f in found), "a finding without evidence convinces nobody"
    return sorted(f"{f.severity} {f.subject}: {f.message}" for f in found)


def _latches(latches: dict[str, str]) -> list[tuple[Latch, str]]:
    return [(Latch(name.removesuffix("_latch")), known) for name, known in latches.items()]


def _state(latch: Latch, known: str, address: str) -> LatchState:
    return LatchState(known, evidence=seen(f"{latch} {known}", door_id(address, 25)))


def _led_to(door: Door, ways: list[WayIn]) -> Door:
    return structs.replace(door, ways_in=tuple(ways))
