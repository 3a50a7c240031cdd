"""Seeded small worlds for tests of plans: each as the product sees it, and as the plain model of `brute`."""

import random
from dataclasses import dataclass, field

from msgspec import structs

from mxlatch.data import tables
from mxlatch.inventory.model import Block, Firewall, Inventory, Policy, Rule, Vantage
from mxlatch.inventory.model import Domain as DeclaredDomain
from mxlatch.inventory.model import Door as Declared
from mxlatch.paths.find import find
from mxlatch.plan.proposal import Seen
from mxlatch.terms.door import AFTER_ALL, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.outcome import Found
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.world.model import (
    AddressView,
    Exchange,
    MailName,
    MxView,
    NameServer,
    Neighbour,
    PortOut,
    ServerAddress,
    VantageView,
    World,
    Zone,
)
from mxlatch.world.relays import relays_of
from tests.plan import brute

DOMAIN, SUB, BRAND, SECOND = "example.com", "sub.example.com", "brand.example", "second.example"
ENDPOINT = "example-com.mail.cloud.example"
RULE = Evidence("firewall main: only from the filter")
WIFI = "192.0.2.240/28"
NEGATIVE = 10_800  # seconds: what resolvers keep of "there is none" at most, as BIND's max-ncache-ttl has it
PARENT = 172_800
ADDRESS_TTL = 7200
STATES = {
    # of the generator: the door's state, whether a rule says so, what the valid recipient got
    "open": ("open", False, "250 ok"),
    "greylists": ("open", False, "450 later"),
    "refuses": ("open", False, "550 no"),
    "foreign": ("open", False, "554 Relay access denied"),
    "closed": ("closed", False, ""),
    "shut": ("filtered", True, ""),
    "silent": ("filtered", False, ""),
    "unknown": ("unknown", False, ""),
    "puts-off": ("open", False, "451 later"),  # a trap
}
_STATE_WEIGHTS = (80, 4, 1, 2, 4, 4, 2, 3, 0)
_LATCHES = ("recipient", "content", "dnsbl", "spf", "tls")
_WORDS = ("found", "absent", "likely-absent", "likely-found", "unknown", "not-asked")
TRAP = "trap"
_SAID = {True: "xclient", "": "", False: ""}


@dataclass
class Host:
    """A server of a case. next: "", "mx" or the name of another host."""

    name: str
    addresses: list[str]
    state: str
    latches: dict[str, str]
    declared: bool = True
    authorised: bool = True
    role: str = "mailbox"
    next: str = ""
    forwards: tuple[str, ...] = ()
    waives: tuple[str, ...] = ()
    hands_on: bool | str = False
    partners: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    behind_nat: bool = False
    lines: dict[str, list[str]] = field(default_factory=dict)  # names that lead to some of its addresses only
    dear: tuple[str, ...] | None = None
    endpoint: str = ""
    operator: str = ""
    ways: list[tuple[str, str, str]] = field(default_factory=list)  # (kind, mail name, exchange)
    not_for: frozenset[str] = frozenset()  # names of the domain that it does not serve: nobody asks it
    sends_from: str = ""  # an IPv6 address that nobody declared

    def names(self) -> tuple[str, ...]:
        """Those that lead to it."""
        return (self.name, *self.public, *self.lines)

    def at(self, name: str) -> list[str]:
        """Where a name of it leads."""
        return self.lines.get(name, self.addresses)


@dataclass
class Case:
    """A small world. views: by name server, MX sets by mail name.

    behind: what the firewall's rules name. wifi: from a network there port 25 goes out. fed: the zone itself names the
    servers with old data too, so that they lag; otherwise only the parent does, and they are nobody's.
    also_at: what names lead to besides: addresses of other servers. second: the MX of another domain of the owner's,
    which the same run saw.
    """

    hosts: list[Host]
    views: dict[str, dict[str, frozenset[tuple[int, str]]]]
    ttls: dict[tuple[str, str], int]
    stale: frozenset[str]
    delegated: tuple[str, ...]
    implicit: dict[str, str]  # mail name -> host
    names: tuple[str, ...]
    base: tuple[str, ...]
    no_mail: frozenset[str] = frozenset()
    dangling: str = ""
    firewall: bool = False
    behind: tuple[str, ...] = ("192.0.2.0/24",)
    wifi: bool = False
    fed: bool = False
    also_at: dict[str, list[str]] = field(default_factory=dict)
    second: frozenset[tuple[int, str]] = frozenset()


def cases(count: int, seed: int = 1) -> list[Case]:
    rng, more = random.Random(seed), random.Random(f"firewalls {seed}")
    made = [_with_more(random.Random(f"{seed} {number}"), _case(rng)) for number in range(count)]
    for number, case in enumerate(made):
        _with_stranger(random.Random(f"stranger {seed} {number}"), case)
        case.fed = random.Random(f"fed {seed} {number}").random() < 0.5
    for case in made:
        if more.random() < 0.2 and any(host.declared for host in case.hosts):
            _departments(more, case)
    for number, case in enumerate(made):
        _what_nobody_sees(random.Random(f"unseen {seed} {number}"), case)
    return made


def _with_more(rng: random.Random, case: Case) -> Case:
    return _with_lines(rng, _with_trap(rng, case))


def _case(rng: random.Random) -> Case:
    count = rng.choice((2, 2, 3, 3, 3, 4, 4, 5))
    base = tuple(sorted(rng.sample(_LATCHES, rng.choice((1, 2, 2, 3)))))
    listed = rng.random() < 0.85
    hosts = [_host(rng, number, base, listed) for number in range(1, count + 1)]
    names = (DOMAIN, SUB) if rng.random() < 0.35 else (DOMAIN,)
    hosts[0].declared = listed
    for host in hosts[1:]:
        _relaying(rng, host, hosts, base)
    for cloud in (host for host in hosts if host.endpoint):
        for host in hosts:
            host.next = ENDPOINT if host.next == cloud.name else host.next
            host.forwards = tuple(ENDPOINT if f == cloud.name else f for f in host.forwards)
        cloud.name = ENDPOINT
    if listed and rng.random() < 0.4:  # the first is a filter in front of a mailbox
        hosts[0].role, hosts[0].next = "filter", hosts[-1].name
        hosts[0].operator = "cloud" if rng.random() < 0.35 else ""
    published = [host for host in hosts if not host.endpoint]
    right = {
        name: _records(rng, published, rng.choice((1, 2, 3)) if name == DOMAIN else rng.choice((0, 1, 2)))
        for name in names
    }
    right[DOMAIN] = right[DOMAIN] or frozenset({(10, hosts[0].name)})
    implicit = {}
    if SUB in names and not right[SUB]:
        implicit[SUB] = rng.choice(published).name
    no_mail = frozenset({SUB}) if SUB in names and rng.random() < 0.25 else frozenset()
    dangling = "gone.example.net" if rng.random() < 0.08 else ""
    if dangling:
        right[DOMAIN] |= {(rng.choice((10, 50)), dangling)}
    servers = ["ns1.example.com", "ns2.example.com"] + (["ns3.example.com"] if rng.random() < 0.3 else [])
    views = {server: dict(right) for server in servers}
    stale: frozenset[str] = frozenset()
    delegated = tuple(servers)
    if rng.random() < 0.25:
        old = rng.choice(servers[1:])
        name = rng.choice(names)
        views[old][name] = _records(rng, published, rng.choice((1, 2))) or right[name]
        stale = frozenset({old} if views[old] != right else ())
    ttls = {(s, n): rng.choice((300, 3600, 86_400)) if views[s][n] else NEGATIVE for s in servers for n in names}
    case = Case(hosts, views, ttls, stale, delegated, implicit, names, base, no_mail, dangling, rng.random() < 0.3)
    _other_ways(rng, case)
    return case


def _host(rng: random.Random, number: int, base: tuple[str, ...], listed: bool) -> Host:
    name = f"mx{number}.{DOMAIN}"
    addresses = [f"192.0.2.{number}"]
    if rng.random() < 0.25:
        addresses.append(rng.choice((f"192.0.2.{number + 100}", f"2001:db8::{number}")))
    state = rng.choices(tuple(STATES), _STATE_WEIGHTS)[0] if number > 1 else rng.choice(("open",) * 9 + ("greylists",))
    weights = (70, 8, 8, 4, 6, 4) if number == 1 else (40, 30, 14, 6, 6, 4)
    if rng.random() < 0.75:
        weights = (*weights[:4], 0, 0)
    latches = {latch: rng.choices(_WORDS, weights)[0] for latch in base}
    host = Host(name, addresses, state, latches)
    if listed and number > 1 and rng.random() < 0.2:
        host.declared, host.addresses = False, addresses[:1]
    elif listed and number > 1 and rng.random() < 0.1:
        host.authorised = False
    return host


def _departments(rng: random.Random, case: Case) -> None:
    """Behind a firewall: servers that departments set up by themselves, and a Wi-Fi."""
    case.firewall = True
    case.behind = rng.choice(
        (("192.0.2.0/24", "2001:db8::/32"), ("192.0.2.0/24",), ("2001:db8::/32",), ("192.0.2.0/29",))
    )
    case.wifi = rng.random() < 0.4
    ours = [host for host in case.hosts if host.declared and not host.endpoint]
    for number in range(6, 6 + rng.choice((1, 2, 3, 4))):
        host = _host(rng, number, case.base, listed=False)
        host.addresses = [rng.choice((f"192.0.2.{number}", f"2001:db8::{number}", f"2001:db8::{number}"))]
        host.declared, host.authorised = rng.random() < 0.3, False
        if host.declared and rng.random() < 0.5:
            host.role, host.next = "relay", rng.choice(ours).name
        host.ways.append((rng.choice(("remembered", "host-name", "scan")), DOMAIN, host.name))
        host.ways = [(kind, name, "" if kind == "scan" else exchange) for kind, name, exchange in host.ways]
        if rng.random() < 0.25:
            record = rng.choice((30, 40)), host.name
            for view in case.views.values():
                view[DOMAIN] |= {record}
        elif rng.random() < 0.1:
            feeder = rng.choice(ours)
            feeder.role, feeder.next, feeder.forwards = "backup", host.name, ()
            host.ways.append(("host-name", DOMAIN, host.name))
        case.hosts.append(host)


def _relaying(rng: random.Random, host: Host, hosts: list[Host], base: tuple[str, ...]) -> None:
    before = [each for each in hosts if each is not host]
    if not host.declared:
        if rng.random() < 0.15 and len(host.addresses) == 1 and not any(h.endpoint for h in hosts):
            host.endpoint, host.operator, host.state = "open", "cloud", "open"
        return
    host.role = rng.choice(("mailbox", "mailbox", "filter", "backup", "backup", "relay"))
    if host.role == "backup":
        host.next = rng.choice(("mx", "mx", hosts[0].name))
    elif host.role in ("filter", "relay"):
        host.next = rng.choice([each.name for each in before])
    if rng.random() < 0.06:
        host.forwards = (rng.choice(before).name,)
    if host.next:
        host.waives = tuple(latch for latch in base if rng.random() < 0.25)
        host.hands_on = rng.choice((False, False, False, True, "xclient", "proxy", "received"))
    if host.next and rng.random() < 0.15:  # the hidden sender's address: strong behind, blind
        host.latches = {latch: "absent" if latch in ("dnsbl", "spf") else word for latch, word in host.latches.items()}
        host.hands_on, host.next = False, hosts[0].name
        hosts[0].latches = dict.fromkeys(hosts[0].latches, "found")
    host.behind_nat = rng.random() < 0.1
    if rng.random() < 0.15:
        host.partners = (f"203.0.113.{rng.randint(1, 9)}",)
    if rng.random() < 0.15:
        host.public = (f"pub{host.name}",)


def _what_nobody_sees(rng: random.Random, case: Case) -> None:
    """Of one domain's audit: who serves which name, whence a relay sends, who sits in a partner's range."""
    exchanging = {x for view in case.views.values() for _, x in view.get(SUB, ())} | {case.implicit.get(SUB)}
    for host in case.hosts:
        if rng.random() < 0.4 and not exchanging.intersection(host.names()):
            host.not_for = frozenset({SUB})
        if host.next and rng.random() < 0.5 and not any(":" in address for address in host.addresses):
            host.sends_from = f"2001:db8:f::{rng.randint(1, 99)}"
        if host.partners and rng.random() < 0.5:
            host.partners = (*host.partners, rng.choice(("198.51.0.0/16", "198.51.0.0/16", "0.0.0.0/0")))
    able = [host for host in case.hosts if host.role != TRAP and not host.endpoint]
    if rng.random() < 0.3:
        chosen = rng.sample(able, min(len(able), rng.choice((1, 2, 2))))
        case.second = frozenset((rng.choice((10, 20)), host.name) for host in chosen)


def _records(rng: random.Random, hosts: list[Host], count: int) -> frozenset[tuple[int, str]]:
    chosen = [hosts[0]] if rng.random() < 0.7 and count else []
    chosen += rng.sample(hosts, min(len(hosts), count))
    found = set()
    for host in dict.fromkeys(map(id, chosen[:count])):
        each = next(h for h in hosts if id(h) == host)
        found.add((rng.choice((10, 10, 20, 30)), rng.choice((each.name, *each.public))))
    return frozenset(found)


def _other_ways(rng: random.Random, case: Case) -> None:
    if rng.random() < 0.2:
        case.hosts[0].spare = ("192.0.2.201",)
    published = {x for view in case.views.values() for rrset in view.values() for _, x in rrset}
    for host in case.hosts:
        known = published & {host.name, *host.public} or host.name in case.implicit.values()
        if host.endpoint:
            host.ways.append(("endpoint", DOMAIN, ENDPOINT))
        elif not known:
            kinds = ("remembered", "host-name", "scan", "declared" if host.declared else "scan")
            kind = rng.choice(kinds)
            host.ways.append((kind, DOMAIN, "" if kind == "scan" else host.name))
        elif rng.random() < 0.1:
            host.ways.append(("scan", DOMAIN, ""))
        named = any(host.name in (each.next, *each.forwards) for each in case.hosts)
        if named and not host.declared and host.name not in published | {x for _, _, x in host.ways}:
            host.ways.append(("host-name", DOMAIN, host.name))
    if rng.random() < 0.08:
        host = rng.choice(case.hosts)
        if not host.endpoint:
            host.ways.append(("other-domain", BRAND, host.name))


def _with_lines(rng: random.Random, case: Case) -> Case:
    """One world in five has a server with two lines, each under a name of its own, and an owner who says what for."""
    able = [host for host in case.hosts if host.declared and host.role != TRAP and not host.endpoint]
    if rng.random() > 0.2 or not able:
        return case
    host = rng.choice(able)
    names = [f"line{number}.{DOMAIN}" for number in (1, 2)]
    host.addresses = [host.addresses[0], f"192.0.2.{150 + int(host.addresses[0].rpartition('.')[2])}"]
    host.lines = {name: [address] for name, address in zip(names, host.addresses, strict=True)}
    host.dear = rng.choice((None, (), (host.addresses[1],), (host.addresses[1],), (host.addresses[0],)))
    second = rng.choice((-10, 0, 0, 5, 10))
    for name in case.names:
        for view in case.views.values():
            mine = {(p, x) for p, x in view[name] if x in (host.name, *host.public)}
            lined = {(p + more, line) for p, _ in mine for more, line in zip((0, second), names, strict=True)}
            view[name] = (view[name] - mine) | lined
    return case


def _with_stranger(rng: random.Random, case: Case) -> None:
    """One world in eight has a stranger's server under the name of a good one."""
    names = {x for view in case.views.values() for rrset in view.values() for _, x in rrset}
    able = [
        name for host in case.hosts if host.declared and not host.endpoint for name in host.names() if name in names
    ]
    others = {each for host in case.hosts for each in (host.next, *host.forwards, *(x for _, _, x in host.ways))}
    able = [name for name in able if name not in others]
    if rng.random() > 0.125 or not able or any(host.role == TRAP for host in case.hosts):
        return
    stranger = _host(rng, 66, case.base, listed=False)
    stranger.state = "open" if stranger.state == "closed" else stranger.state
    stranger.addresses, stranger.declared = [rng.choice(("192.0.2.66", "2001:db8::66"))], False
    stranger.ways = rng.choice(([], [], [("scan", DOMAIN, "")], [("remembered", DOMAIN, stranger.name)]))
    case.hosts.append(stranger)
    case.also_at[rng.choice(able)] = stranger.addresses


def _with_trap(rng: random.Random, case: Case) -> Case:
    """One world in five has a trap, mostly one that no record leads to; not every trap is what its owner says."""
    if rng.random() > 0.2 or not any(host.declared for host in case.hosts):
        return case
    trap = Host(f"trap.{DOMAIN}", ["192.0.2.99", "2001:db8::99"][: rng.choice((1, 1, 2))], "puts-off", {}, role=TRAP)
    if rng.random() < 0.4:
        trap.state = rng.choice(("puts-off", "puts-off", "puts-off", "closed", "refuses", "open"))
        trap.latches = dict.fromkeys(case.base, "absent")
        record = rng.choice((5, 10, 20, 40)), trap.name
        for server in case.views:
            case.views[server] = case.views[server] | {DOMAIN: case.views[server][DOMAIN] | {record}}
    case.hosts.append(trap)
    return case


# --- as the product sees it -------------------------------------------------------------------------------------------


def world_of(case: Case, order: int = 0) -> World:
    """order: any number; doors come in another order."""
    found = [host for host in case.hosts if host.role != TRAP or _is_listed(case, host)]  # nobody looks for a trap
    doors = [_door(case, host, address) for host in found for address in host.addresses]
    random.Random(order).shuffle(doors) if order else None
    inventory = _inventory(case)
    return World(
        domain=DOMAIN,
        vantage="internet",
        time=1_760_000_000.0,
        zones=(_zone(case),),
        names=tuple(_mail_name(case, name) for name in case.names),
        exchanges=tuple(_exchanges(case)),
        doors=tuple(doors),
        ways_in=tuple((way, door.id) for door in doors for way in door.ways_in),
        relays=relays_of(doors, inventory) if inventory.doors else (),
        baseline=tuple(latch for latch in Latch if latch.value in case.base),
        baseline_from="the inventory",
        not_asked=(),
        not_judged=(),
        inventory=inventory,
        behaviours=tables().behaviours,
        filters=("cloud",),
        elsewhere=(VantageView("wifi", "guest", "guest Wi-Fi", 0.0, port_out=PortOut("open")),) if case.wifi else (),
        neighbours=(_second(case),) if case.second else (),
    )


def _second(case: Case) -> Neighbour:
    at = {name: host.at(name) for host in case.hosts for name in host.names()}
    ways = ((WayIn("mx", SECOND, preference, x), a) for preference, x in case.second for a in at[x])
    return Neighbour(SECOND, tuple(sorted(ways, key=lambda each: (each[0].rank, each[1]))))


def _is_listed(case: Case, host: Host) -> bool:
    return any(x == host.name for view in case.views.values() for rrset in view.values() for _, x in rrset)


def _door(case: Case, host: Host, address: str) -> Door:
    state, ruled, reply = STATES[host.state]
    ways = set()
    for view in case.views.values():
        for name, rrset in view.items():
            mine = [x for x in host.names() if address in host.at(x)]
            mine += [x for x, more in case.also_at.items() if address in more]
            ways |= {WayIn("mx", name, p, x) for p, x in rrset if x in mine}
            if not rrset and case.implicit.get(name) == host.name:
                ways.add(WayIn("implicit-mx", name, 0, name))
    ways |= {WayIn(kind, name, AFTER_ALL, exchange or address) for kind, name, exchange in host.ways}
    turn = Turn(f"RCPT TO:<a@{DOMAIN}>", Reply(int(reply[:3] or 0), (reply[4:],)), "valid")
    return Door(
        address,
        25,
        DoorState(state),
        "said so",
        tuple(sorted(ways, key=lambda way: way.rank)),
        {latch: LatchState(host.latches[latch.value]) for latch in Latch if latch.value in host.latches},
        authorised=host.authorised if host.declared else None,
        role=host.role if host.declared else "",
        operator=host.operator,
        session=Session((Turn("", Reply(220, ("hi",))), turn)) if reply else None,
        closed_by=RULE if ruled else None,
        endpoint=host.endpoint,
    )


def _inventory(case: Case) -> Inventory:
    doors = tuple(
        Declared(
            name=host.name,
            addresses=tuple(host.addresses),
            role=host.role,
            authorised=host.authorised,
            next_hop=host.next,
            hands_on_client=host.hands_on,
            waives=tuple(map(Latch, host.waives)),
            public_names=(*host.public, *host.lines),
            behind_nat=host.behind_nat,
            forwards=host.forwards,
            partners=host.partners,
            spare=host.spare,
            dear=host.dear,
        )
        for host in case.hosts
        if host.declared
    )
    return Inventory(
        domains=(
            DeclaredDomain(DOMAIN, recipient=f"a@{DOMAIN}"),
            *(DeclaredDomain(name, mail=False) for name in sorted(case.no_mail)),
        ),
        blocks=(Block("192.0.2.0/24", "ours"),),
        doors=doors,
        firewalls=(Firewall("main", tuple(Rule(to, 25, ("any",)) for to in case.behind)),) if case.firewall else (),
        vantages=(Vantage("wifi", "guest Wi-Fi", (WIFI,)),) if case.wifi else (),
    )


def _zone(case: Case) -> Zone:
    servers = tuple(
        NameServer(
            name,
            ("parent 192.5.6.30",) if name in case.delegated else ("inventory",),
            (ServerAddress(_ns(name), ("glue",), "answer", serial=_serial(case, name), ns=_apex_ns(case)),),
        )
        for name in case.views
    )
    return Zone(DOMAIN, servers, "com", {"192.5.6.30": tuple(case.delegated)}, Found(tuple(case.delegated)))


def _apex_ns(case: Case) -> tuple[str, ...]:
    return tuple(name for name in case.views if case.fed or name not in case.stale)


def _ns(name: str) -> str:
    return f"198.51.100.{name[2]}"


def _serial(case: Case, server: str) -> int:
    return 4 if server in case.stale else 5


def _mail_name(case: Case, name: str) -> MailName:
    views = tuple(
        MxView(
            _ns(server),
            "answer" if view[name] else "nodata",
            tuple(sorted(view[name])),
            case.ttls[server, name] if view[name] else None,
            _serial(case, server),
        )
        for server, view in case.views.items()
    )
    return MailName(name, DOMAIN, "apex" if name == DOMAIN else "inventory", views)


def _exchanges(case: Case):
    by = ("public resolution", *map(_ns, case.views))
    for host in case.hosts:
        for name in host.names():
            leads = (*host.at(name), *case.also_at.get(name, ()))
            yield Exchange(name, "host", tuple(AddressView(a, by, ttl=ADDRESS_TTL) for a in leads))
    if case.dangling:
        yield Exchange(case.dangling, "host", absent=True, problem="no address")


# --- as it is ---------------------------------------------------------------------------------------------------------


def plain_of(case: Case) -> brute.Plain:
    by_name = {name: host for host in case.hosts for name in host.names()}
    hosts = {name: frozenset((*host.at(name), *case.also_at.get(name, ()))) for name, host in by_name.items()}
    implicit = {name: frozenset(by_name[host].addresses) for name, host in case.implicit.items()}
    ever = {(name, x or a, a) for host in case.hosts for _, name, x in host.ways for a in host.addresses}
    for view in case.views.values():
        for name, rrset in view.items():
            ever |= {(name, x, a) for _, x in rrset for a in hosts.get(x, ())}
            if not rrset:
                ever |= {(name, name, a) for a in implicit.get(name, ())}
    doors = {
        a: brute.Door(
            host.name,
            host.state,
            dict(host.latches),
            endpoint=host.endpoint,
            trap=host.role == TRAP and host.state != "open",
            not_for=host.not_for,
        )
        for host in case.hosts
        for a in host.addresses
    }
    hops, told, waives = {}, {}, {}
    for host in case.hosts:
        if not host.declared:
            continue
        for address in host.addresses:
            to = host.next if host.next in ("", "mx") else tuple(by_name[host.next].addresses)
            forwards = tuple(a for f in host.forwards for a in by_name[f].addresses)
            own = frozenset(host.addresses)
            hops[address] = brute.Hop(to, forwards, frozenset(host.names()), own, host.behind_nat)
            for other in doors:
                told[address, other] = _SAID.get(host.hands_on, str(host.hands_on))
                waives[address, other] = frozenset(host.waives)
    return brute.Plain(
        servers=[
            brute.Server(s, s in case.stale, dict(view), {n: case.ttls[s, n] for n in view})
            for s, view in case.views.items()
        ],
        delegated=frozenset(case.delegated),
        hosts=hosts,
        implicit=implicit,
        ever=ever,
        doors=doors,
        hops=hops,
        told=told,
        waives=waives,
        base=frozenset(case.base),
        names=case.names,
        parent=PARENT,
        brands={n: frozenset({(10, x)}) for h in case.hosts for kind, n, x in h.ways if kind == "other-domain"}
        | ({SECOND: case.second} if case.second else {}),
        sends_from={a: host.sends_from for host in case.hosts for a in host.addresses if host.sends_from},
        silent=case.no_mail,
        asked=frozenset(case.views),
    )


def failing(case: Case, plain: brute.Plain, what: str) -> frozenset[str]:
    """The addresses that are down in a proof's "down NAME": a machine bears all its addresses, the new ones too."""
    name = what.removeprefix("down ")
    if name in plain.doors:  # a server without a name: nobody knows which addresses are the same machine
        return frozenset({name})
    strangers = {_first_name(case, host): host for host in case.hosts if host.addresses in case.also_at.values()}
    found = {a for each, host in strangers.items() if each == name for a in host.addresses}
    for host in case.hosts:
        known = {*host.names(), *(x for _, _, x in host.ways)}
        known |= {f"{a}:25" for a in host.addresses} | {n for n, h in case.implicit.items() if h == host.name}
        if (name == host.name if name in strangers else name in known) and host not in strangers.values():
            found |= {a for a, door in plain.doors.items() if door.host == host.name}
            break
    assert found, f"no such server: {what}"
    return frozenset(found)


def _first_name(case: Case, host: Host) -> str:
    """What a stranger's server is called: the first of the names and addresses by which anybody comes to it."""
    leads = {name for name, addresses in case.also_at.items() if addresses == host.addresses}
    return min(leads | {exchange or host.addresses[0] for _, _, exchange in host.ways})


# --- by hand ----------------------------------------------------------------------------------------------------------

BASE = ("recipient", "content", "dnsbl")


def host(number: int, *lacks: str, **more) -> Host:
    """A server that has every latch of the baseline but these, as a case of a table would tell it."""
    latches = {latch: "absent" if latch in lacks else "found" for latch in BASE}
    return Host(
        f"mx{number}.{DOMAIN}", more.pop("addresses", [f"192.0.2.{number}"]), more.pop("state", "open"), latches, **more
    )


def small(*hosts: Host, mx: str = "10 mx1", old: str = "", sub: str | None = None, ttl: int = 300, **more) -> Case:
    """A domain with these servers. mx: "10 mx1, 20 mx2"; old: what a second name server says, with an older serial.

    sub: the MX of a subdomain, "" for none: then mx1 has its address.
    """
    right = {DOMAIN: _told(mx)} | ({} if sub is None else {SUB: _told(sub)})
    views = {"ns1.example.com": right, "ns2.example.com": right | ({DOMAIN: _told(old)} if old else {})}
    names = tuple(right)
    return Case(
        hosts=list(hosts),
        views=views,
        ttls={(server, name): ttl for server in views for name in names},
        stale=frozenset({"ns2.example.com"} if old else ()),
        delegated=more.pop("delegated", tuple(views)),
        implicit={SUB: hosts[0].name} if sub == "" else {},
        names=names,
        base=BASE,
        **more,
    )


def _told(text: str) -> frozenset[tuple[int, str]]:
    pairs = (record.split() for record in text.split(",") if record.strip())
    return frozenset((int(p), x if "." in x else f"{x}.{DOMAIN}") for p, x in pairs)


def knows(*ways: str) -> list[tuple[str, str, str]]:
    """Ways in for a host's `ways`: "remembered mx2", "scan"."""
    told = (way.split() for way in ways)
    return [(kind, DOMAIN, f"{name[0]}.{DOMAIN}" if name else "") for kind, *name in told]


def owned(case: Case, *policies: Policy) -> World:
    """The world of a case whose owner demands something more of paths."""
    world = world_of(case)
    return structs.replace(world, inventory=structs.replace(world.inventory, policies=policies))


def seen(case: Case):
    """What remedies are proposed for."""
    world = world_of(case)
    return Seen(world, find(world))


# The stories' worlds: a filter in front of the hub whose own address is the secondary; a backup that waives and hides;
# one that nobody listed.
def secondary() -> Case:
    front = host(1, role="filter", next="mx2.example.com")
    return small(front, host(2, "content", "dnsbl"), mx="10 mx1, 20 mx2")


def fallback(**more) -> Case:
    more = {"lacks": ("dnsbl", "content"), "waives": ("content",)} | more
    backup = host(2, *more.pop("lacks"), role="backup", next="mx1.example.com", **more)
    return small(host(1), backup, mx="10 mx1, 20 mx2")


def rogue() -> Case:
    return small(host(1), host(2, "content", declared=False, ways=knows("scan")), mx="10 mx1")


def stranger(*lacks: str, address: str = "192.0.2.66", **more) -> Case:
    """A stranger's server under the name of the owner's own exchanger, which is as it should be."""
    lacks = lacks or ("recipient", "content")
    return small(
        host(1), host(66, *lacks, declared=False, addresses=[address]), also_at={f"mx1.{DOMAIN}": [address]}, **more
    )
