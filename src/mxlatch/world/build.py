"""From the log and the inventory to the world: the same enquiry that asked now says what the answers add up to."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from mxlatch.inventory.leave import Leave
from mxlatch.inventory.model import SMTP_PORT
from mxlatch.terms import dns
from mxlatch.terms.dns import Mx
from mxlatch.terms.door import AFTER_ALL, ENDPOINT, IMPLICIT_MX, MX, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, Question
from mxlatch.world import firewalls, other_domains, showing, vantages
from mxlatch.world.answers import answered
from mxlatch.world.baseline import find_baseline
from mxlatch.world.dane import dane_of
from mxlatch.world.delegation import Cut
from mxlatch.world.domain import DomainSeen, ZoneSeen, enquire, mail_names
from mxlatch.world.doors import Reached, build_doors
from mxlatch.world.enquiry import conclude
from mxlatch.world.exchanges import NULL, ExchangeSeen
from mxlatch.world.gaps import not_asked, not_judged
from mxlatch.world.mailnames import WILDCARD, mx_set
from mxlatch.world.model import (
    AddressView,
    Exchange,
    MailName,
    MxView,
    NameServer,
    ServerAddress,
    World,
    Zone,
)
from mxlatch.world.nameservers import PUBLIC, Servers, apex_ns, apex_ns_ttl
from mxlatch.world.next_hops import unseen
from mxlatch.world.relays import relays_of
from mxlatch.world.scope import Scope
from mxlatch.world.sts import policy_of
from mxlatch.world.vantages import Look


def build(
    domain: str,
    lookup: Callable[[Question], Observation | None],
    scope: Scope,
    control: Reached,
    *,
    interrupted: bool = False,
    others: Iterable[Look] = (),
) -> World:
    """The world of one domain.

    Args:
        domain: one of the scope's.
        lookup: the log's answer to a question, None where there is none.
        scope: what the run was about.
        control: where the run got through to a mail server (`world.doors.reached`).
        interrupted: the run was stopped before its end.
        others: runs from other vantages.
    """
    seen = conclude(enquire(domain, scope), lookup, scope.time, scope.vantage)
    ways = _ways_in(seen)
    names = _mail_names(domain, seen.zones)
    exchanges = tuple(_exchange(exchange) for exchange in seen.exchanges)
    elsewhere = vantages.views(domain, names, exchanges, others, scope, _mail_names)
    doors = build_doors(domain, seen.doors, _by_place(seen, ways), seen.leave, control, scope)
    doors = vantages.agreed(doors, elsewhere, scope)
    baseline = find_baseline(domain, scope.inventory, doors)
    return World(
        domain=domain,
        vantage=scope.vantage,
        time=scope.time,
        zones=tuple(_zone(zone) for zone in seen.zones),
        names=names,
        exchanges=exchanges,
        doors=doors,
        ways_in=tuple((way, door.id) for door in doors for way in door.ways_in),
        relays=relays_of(doors, scope.inventory),
        baseline=baseline.latches,
        baseline_from=baseline.source,
        not_asked=not_asked(seen, doors, scope),
        not_judged=(*not_judged(seen, doors, scope), *baseline.gaps, *firewalls.not_judged(scope.inventory, doors)),
        inventory=scope.inventory,
        filters=tuple(who.id for who in scope.providers if who.filters),
        behaviours=scope.behaviours,
        interrupted=interrupted,
        elsewhere=vantages.concerning(elsewhere, doors, scope),
        not_followed=(*seen.candidates.told, *(e for e in unseen(seen, doors, scope) if isinstance(e, Evidence))),
        leave=seen.leave.told if isinstance(seen.leave, Leave) else "",
        sts=policy_of(seen.sts),
        dane=dane_of(seen.dane, seen.exchanges),
    )


def _ways_in(seen: DomainSeen) -> tuple[WayIn, ...]:
    """Every MX that any server gives for any mail name, with who gave it, and the implicit ones."""
    said: dict[tuple[str, Mx], list[Evidence]] = {}
    for name, (zone, why, _, views) in seen.mail_names.items():
        for observation in views.values():
            for mx in mx_set(observation) or ():
                said.setdefault((_shown(name, zone, why), mx), []).append(_one_mx(observation, mx))
    # What a server says to the lower-case spelling only, it says to every sender that does not mix the case.
    for servers in (zone.servers for zone in seen.zones):
        for address, observation in servers.mx_lower.items():
            for mx in set(mx_set(observation) or ()) - set(mx_set(servers.mx[address]) or ()):
                said.setdefault((servers.zone, mx), []).append(_one_mx(observation, mx))
    explicit = [
        WayIn(MX, name, preference, exchange, tuple(evidence))
        for (name, (preference, exchange)), evidence in sorted(said.items(), key=lambda item: item[0])
    ]
    return (*explicit, *(_implicit(name, seen) for name in seen.implicit))


def _shown(name: str, zone: str, why: str) -> str:
    """The name as people know it: what a random label got, every name gets."""
    return f"*.{zone}" if why == WILDCARD else name


def _one_mx(observation: Observation, mx: Mx) -> Evidence:
    assert isinstance(observation.question, DnsQuestion)
    return showing.of_part(observation, f"{observation.question.name} MX {mx[0]} {mx[1]}")


def _implicit(name: str, seen: DomainSeen) -> WayIn:
    _, _, _, views = seen.mail_names[name]
    none = [showing.of_answer(o) for o in views.values() if mx_set(o) == ()]
    return WayIn(IMPLICIT_MX, name, 0, name, tuple(none))


def _by_place(seen: DomainSeen, ways: Iterable[WayIn]) -> dict[tuple[str, int], tuple[WayIn, ...]]:
    """By address and port, the ways that lead there."""
    leads_to = {exchange.name: tuple(exchange.addresses) for exchange in seen.exchanges}
    found: dict[tuple[str, int], list[WayIn]] = {}
    for way in ways:
        for address in leads_to.get(way.exchange, ()):
            found.setdefault((address, SMTP_PORT), []).append(way)
    for place, way in _candidate_ways(seen):
        found.setdefault(place, []).append(way)
    for other in seen.others.exchanges:
        ways_there = found.setdefault((other_domains.place(other, seen.endpoints.found), SMTP_PORT), [])
        if other.way_in not in ways_there:
            ways_there.append(other.way_in)
    for endpoint in seen.endpoints.found:
        way = WayIn(ENDPOINT, seen.domain, AFTER_ALL, endpoint.name, endpoint.evidence)
        for address in endpoint.addresses[:1]:
            found.setdefault((address, SMTP_PORT), []).append(way)
    return {place: tuple(sorted(each, key=lambda way: way.rank)) for place, each in found.items()}


def _candidate_ways(seen: DomainSeen) -> Iterator[tuple[tuple[str, int], WayIn]]:
    """Each way to a door that no record names once, however many sources found it."""
    evidence: dict[tuple[str, int, str, str], list[Evidence]] = {}
    for each in seen.candidates.listed:
        key = (each.address, each.port, each.kind, each.name or each.address)
        evidence.setdefault(key, []).extend(each.evidence)
    for (address, port, kind, name), told in evidence.items():
        yield (address, port), WayIn(kind, seen.domain, AFTER_ALL, name, tuple(dict.fromkeys(told)))


def _zone(zone: ZoneSeen) -> Zone:
    return Zone(
        name=zone.name,
        servers=tuple(_name_server(name, by, zone.servers) for name, by in zone.servers.named_by.items()),
        parent=zone.parent,
        parent_views={address: _view_of_parent(cut) for address, cut in sorted(zone.parent_views.items())},
        registry=zone.registry,
        limit=zone.servers.limit,
        parent_ttl=_largest(cut.ttl for cut in zone.parent_views.values()),
        ns_ttl=_largest(apex_ns_ttl(seen, zone.name) for seen in zone.servers.ns.values()),
    )


def _largest(ttls: Iterable[int | None]) -> int | None:
    return max((ttl for ttl in ttls if ttl is not None), default=None)


def _view_of_parent(cut: Cut) -> tuple[str, ...] | None:
    return None if cut.kind == "unknown" else cut.ns


def _name_server(name: str, by: tuple[str, ...], servers: Servers) -> NameServer:
    learnt = servers.learnt.get(name, {})
    addresses = tuple(_server_address(a, from_, servers) for a, from_ in learnt.items() if a in servers.soa)
    asked = servers.resolved.get(name, ())
    why = "; ".join(dict.fromkeys(o.reason or o.status for o in asked)) or "no resolver to ask"
    return NameServer(name, by, addresses, "" if addresses else why)


def _server_address(address: str, learnt_from: tuple[str, ...], servers: Servers) -> ServerAddress:
    soa = servers.soa[address]
    return ServerAddress(
        address=address,
        learnt_from=learnt_from,
        status=soa.status,
        reason=soa.reason,
        serial=serial(soa),
        ns=apex_ns(servers.ns[address], servers.zone),
        evidence=(showing.of_answer(soa), showing.of_answer(servers.ns[address])),
        negative_ttl=_negative_ttl(soa),
    )


def serial(soa: Observation) -> int | None:
    """The serial of a SOA answer."""
    return next((serial for _, serial, _ in _soas(soa)), None)


def _negative_ttl(soa: Observation) -> int | None:
    """What a SOA answer allows resolvers to keep of what is not there, in seconds (RFC 2308 section 5)."""
    return next((min(ttl, minimum) for ttl, _, minimum in _soas(soa)), None)


def _soas(soa: Observation) -> Iterator[tuple[int, int, int]]:
    """TTL, serial and MINIMUM of each SOA in an answer."""
    records = soa.value.answer if soa.status == dns.ANSWER and isinstance(soa.value, dns.Reply) else ()
    for record in records:
        if record.rrtype == "SOA" and isinstance(record.value, tuple) and len(record.value) == 7:
            _, _, serial, *_, minimum = record.value
            yield record.ttl, serial, minimum  # type: ignore[misc]


def _mail_names(domain: str, zones: Sequence[ZoneSeen]) -> tuple[MailName, ...]:
    found = {each[0]: each for each in mail_names(domain, zones)}
    return tuple(_mail_name(*found[name], zones) for name in sorted(found))


def _mail_name(
    name: str, zone: str, why: str, wildcard: bool, views: dict[str, Observation], zones: Sequence[ZoneSeen]
) -> MailName:
    servers = next(z.servers for z in zones if z.name == zone)
    lower = servers.mx_lower if name == zone else {}
    return MailName(
        name=_shown(name, zone, why),
        zone=zone,
        why=why,
        views=tuple(_mx_view(a, o, lower.get(a), servers) for a, o in sorted(views.items())),
        wildcard=wildcard,
    )


def _mx_view(address: str, seen: Observation, lower: Observation | None, servers: Servers) -> MxView:
    records = seen.value.answer if isinstance(seen.value, dns.Reply) else ()
    differs = lower is not None and mx_set(lower) is not None and mx_set(lower) != mx_set(seen)
    return MxView(
        server=address,
        status=seen.status,
        mx=mx_set(seen),
        ttl=min((r.ttl for r in records if r.rrtype == "MX"), default=None),
        serial=serial(servers.soa[address]),
        reason=seen.reason,
        lower_status=lower.status if lower is not None and differs else None,
        lower_mx=mx_set(lower) if lower is not None and differs else None,
        evidence=(showing.of_answer(seen),),
    )


def _ttl(seen: Observation, address: str) -> int | None:
    return _largest(r.ttl for r in answered(seen, "A", "AAAA") if str(r.value) == address)


def _exchange(seen: ExchangeSeen) -> Exchange:
    problem, absent = seen.problem
    given = seen.given
    shown = {id(o): showing.of_answer(o) for _, o in seen.answers}  # once each: an answer may hold many addresses
    return Exchange(
        name=seen.name,
        kind=seen.kind,
        addresses=tuple(
            AddressView(
                address,
                by,
                tuple(shown[id(o)] for _, o in given.get(address, ())),
                _largest(_ttl(o, address) for _, o in given.get(address, ())),
            )
            for address, by in seen.addresses.items()
        ),
        cname=seen.cname,
        problem="" if seen.kind == NULL else problem,
        absent=absent,
        dangling=seen.dangling,
        evidence=tuple(showing.of_answer(o, ("A", "AAAA", "CNAME")) for by, o in seen.answers if by == PUBLIC)
        or tuple(showing.of_answer(o, ("A", "AAAA", "CNAME")) for _, o in seen.answers[:2]),
    )
