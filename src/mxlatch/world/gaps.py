"""What an audit does not know: what leave did not allow to ask, and what was asked and gave no clear answer."""

from collections.abc import Iterator, Sequence

from mxlatch.terms import dns
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.finding import NotAsked, NotJudged
from mxlatch.terms.latch import NOT_ASKED, UNKNOWN
from mxlatch.terms.observation import NOT_ALLOWED, Observation
from mxlatch.terms.outcome import Unknown
from mxlatch.terms.question import SmtpQuestion
from mxlatch.world.domain import DomainSeen, ZoneSeen
from mxlatch.world.exchanges import NULL
from mxlatch.world.registry import NO_SERVICE
from mxlatch.world.scope import Scope

# A refusal is an answer: the server is lame, and a rule says so. Only these say nothing of what the server would tell.
_SAID_NOTHING = frozenset({dns.NO_RESPONSE, dns.SERVFAIL})
_SAID_SOMETHING = frozenset({dns.ANSWER, dns.NODATA, dns.NXDOMAIN, dns.REFERRAL, dns.REFUSED, dns.NOT_AUTH})


def not_asked(seen: DomainSeen, doors: Sequence[Door], scope: Scope) -> tuple[NotAsked, ...]:
    """What the leave given did not allow to ask."""
    return tuple(dict.fromkeys([*_registry_not_asked(seen), *_servers_not_asked(seen), *_doors_not_asked(seen, doors)]))


def not_judged(seen: DomainSeen, doors: Sequence[Door], scope: Scope) -> tuple[NotJudged, ...]:
    """What was asked and gave no clear answer."""
    gaps = [
        *_delegation_gaps(seen),
        *(gap for zone in seen.zones for gap in _zone_gaps(zone)),
        *_name_gaps(seen),
        *_exchange_gaps(seen),
        *_door_gaps(seen, doors),
    ]
    return tuple(dict.fromkeys(gaps))


def _registry_not_asked(seen: DomainSeen) -> Iterator[NotAsked]:
    for zone in seen.zones:
        if zone.registry == Unknown(NO_SERVICE):
            yield NotAsked(zone.name, "registry", NO_SERVICE)


def _servers_not_asked(seen: DomainSeen) -> Iterator[NotAsked]:
    for zone in seen.zones:
        for address, soa in zone.servers.soa.items():
            if soa.status == NOT_ALLOWED:
                yield NotAsked(_server(zone, address), f"{zone.name} SOA, NS, MX", soa.reason)


def _doors_not_asked(seen: DomainSeen, doors: Sequence[Door]) -> Iterator[NotAsked]:
    refused = {o.question.address: o for o in seen.doors if isinstance(o.question, SmtpQuestion)}
    for door in doors:
        if refused[door.address].status == NOT_ALLOWED:
            yield NotAsked(door.id, "session", door.reason)
        for latch, state in door.latches.items():
            if state.state == NOT_ASKED:
                yield NotAsked(door.id, latch, state.detail)


def _delegation_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    delegation = seen.delegation
    if delegation.status == "unknown":
        yield NotJudged(delegation.domain, "delegation", delegation.reason)
    for observation in delegation.observations:
        if observation.status not in _SAID_SOMETHING:
            where = f"{delegation.parent} at {observation.question.server}"  # type: ignore[union-attr]
            yield NotJudged(where, f"{delegation.zone} NS", observation.reason or observation.status)


def _zone_gaps(zone: ZoneSeen) -> Iterator[NotJudged]:
    if isinstance(zone.registry, Unknown) and zone.registry != Unknown(NO_SERVICE):
        yield NotJudged("registry", f"name servers of {zone.name}", zone.registry.reason)
    if zone.servers.limit:
        yield NotJudged(zone.name, "name servers", zone.servers.limit)
    for address in zone.servers.addresses:
        asked = {"SOA": zone.servers.soa, "NS": zone.servers.ns, "MX": zone.servers.mx}
        silent = {rrtype: table[address] for rrtype, table in asked.items() if _says_nothing(table[address])}
        if silent:
            reasons = dict.fromkeys(o.reason or o.status for o in silent.values())
            yield NotJudged(_server(zone, address), f"{zone.name} {', '.join(silent)}", "; ".join(reasons))
    for name in zone.servers.named_by:
        if not zone.servers.learnt.get(name):
            seen = zone.servers.resolved.get(name, ())
            if not seen or any(_says_nothing(o) for o in seen):
                why = "; ".join(dict.fromkeys(o.reason or o.status for o in seen)) or "no resolver to ask"
                yield NotJudged(name, "address of the name server", why)


def _name_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    apexes = {zone.name for zone in seen.zones}
    for name, (zone, _, _, views) in seen.mail_names.items():
        for address, observation in views.items() if name not in apexes else ():
            if _says_nothing(observation):
                yield NotJudged(f"{zone} at {address}", f"{name} MX", observation.reason or observation.status)


def _exchange_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    for exchange in seen.exchanges:
        reason, sure = exchange.problem
        if reason and not sure and exchange.kind != NULL:
            yield NotJudged(exchange.name, "addresses of the exchange", reason)


def _door_gaps(seen: DomainSeen, doors: Sequence[Door]) -> Iterator[NotJudged]:
    refused = {o.question.address for o in seen.doors if o.status == NOT_ALLOWED}  # type: ignore[union-attr]
    for door in doors:
        if door.state is DoorState.UNKNOWN and door.address not in refused:
            yield NotJudged(door.id, "door", door.reason)
        if door.state is DoorState.FILTERED and door.closed_by is None:
            reason = f"{door.reason}: likely closed, but no declared rule and no second vantage says so"
            yield NotJudged(door.id, "door", reason)
        for latch, state in door.latches.items():
            if state.state == UNKNOWN:
                yield NotJudged(door.id, latch, state.detail)


def _says_nothing(observation: Observation) -> bool:
    return observation.status not in _SAID_SOMETHING and observation.status != NOT_ALLOWED


def _server(zone: ZoneSeen, address: str) -> str:
    names = [name for name, learnt in zone.servers.learnt.items() if address in learnt]
    return f"{' '.join(names)} {address}".strip()
