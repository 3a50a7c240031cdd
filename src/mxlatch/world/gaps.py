"""What an audit does not know: what leave did not allow to ask, and what was asked and gave no clear answer."""

from collections.abc import Iterable, Iterator, Sequence

from mxlatch.inventory.model import SMTP_PORT, SMTPS_PORT, TRAP, Inventory
from mxlatch.terms import dns
from mxlatch.terms.door import DECLARED, Door, DoorState, door_id
from mxlatch.terms.finding import NotAsked, NotJudged
from mxlatch.terms.latch import NOT_ASKED, UNKNOWN
from mxlatch.terms.observation import NOT_ALLOWED, Observation
from mxlatch.terms.outcome import Unknown
from mxlatch.terms.question import DnsQuestion, HttpQuestion, SmtpQuestion
from mxlatch.terms.wording import counted, listed
from mxlatch.world.answers import alias, is_silent
from mxlatch.world.domain import DomainSeen, ZoneSeen, exchange_names
from mxlatch.world.exchanges import NULL
from mxlatch.world.mailnames import SEEN, WORD, mx_set
from mxlatch.world.nameservers import PUBLIC
from mxlatch.world.next_hops import SESSION, TLS_FIRST, unseen
from mxlatch.world.other_domains import OtherExchange, place
from mxlatch.world.registry import NO_SERVICE
from mxlatch.world.scope import Scope

_MOST_LISTED = 3  # questions that one line names; a server that falls silent leaves hundreds


def not_asked(seen: DomainSeen, doors: Sequence[Door], scope: Scope) -> tuple[NotAsked, ...]:
    """What the leave given did not allow to ask."""
    gaps = [
        *_parents_not_asked(seen),
        *_registry_not_asked(seen),
        *_servers_not_asked(seen),
        *_doors_not_asked(seen, doors),
        *_unpublished(seen.domain, doors, scope.inventory),
        *_candidates_not_asked(seen, doors, scope),
        *_endpoints_not_asked(seen, doors),
        *_others_not_asked(seen, scope),
        *(each for each in unseen(seen, doors, scope) if isinstance(each, NotAsked)),
    ]
    return tuple(dict.fromkeys(gaps))


def not_judged(seen: DomainSeen, doors: Sequence[Door], scope: Scope) -> tuple[NotJudged, ...]:
    """What was asked and gave no clear answer."""
    gaps = [
        *_delegation_gaps(seen),
        *(gap for zone in seen.zones for gap in _zone_gaps(zone)),
        *_name_gaps(seen),
        *_exchange_gaps(seen),
        *_door_gaps(seen, doors),
        *_candidate_gaps(seen),
        *_endpoint_gaps(seen),
        *_other_gaps(seen, scope),
        *(each for each in unseen(seen, doors, scope) if isinstance(each, NotJudged)),
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


def _parents_not_asked(seen: DomainSeen) -> Iterator[NotAsked]:
    for observation in seen.delegation.observations:
        if observation.status == NOT_ALLOWED:
            where = f"{seen.delegation.parent} at {_asked(observation).server}"
            yield NotAsked(where, f"{seen.delegation.zone} NS", observation.reason)


def _doors_not_asked(seen: DomainSeen, doors: Sequence[Door]) -> Iterator[NotAsked]:
    refused = _refused(seen)
    for door in doors:
        if door.id in refused:
            yield NotAsked(door.id, SESSION, door.reason)
        for latch, state in door.latches.items():
            if state.state == NOT_ASKED:
                yield NotAsked(door.id, latch, state.detail)


def _unpublished(domain: str, doors: Sequence[Door], inventory: Inventory) -> Iterator[NotAsked]:
    """The owner's doors of the domain to which no record leads: whoever remembers one may still come."""
    known = {door.id for door in doors}
    for declared in inventory.doors_of(domain, frozenset(door.address for door in doors)):
        ids = [door_id(address, declared.port) for address in declared.addresses]
        if declared.role != TRAP:
            why = TLS_FIRST if declared.port == SMTPS_PORT else "no MX leads there"
            yield from (NotAsked(each, SESSION, why) for each in ids if each not in known)


def _candidates_not_asked(seen: DomainSeen, doors: Sequence[Door], scope: Scope) -> Iterator[NotAsked]:
    """Places that may be doors, at addresses that nobody allowed us to knock at; of next hops `unseen` tells."""
    known = {door.id for door in doors}
    for each in seen.candidates.unlisted:
        place = door_id(each.address, each.port)
        if each.kind != DECLARED:
            found = f"found by {each.source}" if each.source else f"found as {each.kind}"
            yield NotAsked(place, SESSION, f"{found}; the inventory does not list it")
        elif place not in known and scope.inventory.doors_named(each.name) and not scope.why_unreachable(each.address):
            yield NotAsked(place, SESSION, f"the inventory lists {each.name} by its name only: give its addresses")
    for each in seen.candidates.listed:
        if each.port == SMTPS_PORT:
            yield NotAsked(door_id(each.address, each.port), SESSION, TLS_FIRST)


def _candidate_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    unheard = seen.candidates.unheard
    if unheard:
        names = listed(dict.fromkeys(map(_named, unheard)), _MOST_LISTED)
        yield NotJudged(seen.domain, names, "; ".join(dict.fromkeys(map(_why, unheard))))
    if seen.candidates.left_out:
        many = counted(seen.candidates.left_out, "place")
        yield NotJudged(seen.domain, "doors that no record names", f"{many} more than are looked at")


def _endpoint_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    for endpoint in seen.endpoints.found:
        if not endpoint.addresses and endpoint.problem:
            yield NotJudged(endpoint.name, f"endpoint of {endpoint.provider}", endpoint.problem)
    if seen.endpoints.unheard:
        first = seen.endpoints.unheard[0]
        yield NotJudged(seen.domain, "who hosts its mailboxes", first.reason or first.status)


def _endpoints_not_asked(seen: DomainSeen, doors: Sequence[Door]) -> Iterator[NotAsked]:
    knocked = {door.address for door in doors}
    for endpoint in seen.endpoints.found:
        if endpoint.addresses and endpoint.addresses[0] not in knocked:
            place = door_id(endpoint.addresses[0], SMTP_PORT)
            yield NotAsked(
                place, SESSION, f"{endpoint.name}, an endpoint of {endpoint.provider}: asked only with leave"
            )


def _other_gaps(seen: DomainSeen, scope: Scope) -> Iterator[NotJudged]:
    """Other domains of the same mailboxes: of which nobody said where their mail goes, or which a bound left out."""
    for observation in seen.others.unheard:
        yield NotJudged(_asked(observation).name, _asked(observation).rrtype, _why(observation))
    if seen.others.left_out:
        many = counted(seen.others.left_out, "domain or exchange", "domains or exchanges")
        yield NotJudged(seen.domain, "other domains of the same mailboxes", f"{many} more than are looked at")
    for each in _unknocked(seen):
        if _why_not_knocked(each, seen, scope) == "":
            yield NotJudged(door_id(each.address, SMTP_PORT), "door", f"exchanger of {each.domain}: beyond the bound")


def _others_not_asked(seen: DomainSeen, scope: Scope) -> Iterator[NotAsked]:
    for each in _unknocked(seen):
        if why := _why_not_knocked(each, seen, scope):
            address = place(each, seen.endpoints.found)
            yield NotAsked(door_id(address, SMTP_PORT), SESSION, f"{each.exchange}, exchanger of {each.domain}: {why}")


def _unknocked(seen: DomainSeen) -> list[OtherExchange]:
    asked = (o.question for o in seen.doors)
    knocked = {question.address for question in asked if isinstance(question, SmtpQuestion)}
    return [each for each in seen.others.exchanges if place(each, seen.endpoints.found) not in knocked]


def _why_not_knocked(each: OtherExchange, seen: DomainSeen, scope: Scope) -> str:
    """Why nobody was to knock there; "" if only a bound kept us from it."""
    if scope.inventory.domain(each.domain) is None:
        return "the inventory does not name it"
    elsewhere = place(each, seen.endpoints.found) != each.address
    return f"an endpoint of {each.operator}: asked only with leave" if elsewhere else ""


def _delegation_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    delegation = seen.delegation
    if delegation.status == "unknown":
        yield NotJudged(delegation.domain, "delegation", delegation.reason)
    elif all(cut.kind == "unknown" for cut in delegation.views.values()):
        yield NotJudged(delegation.zone, "delegation", f"no server of {delegation.parent} says who serves it")
    if delegation.limit:
        yield NotJudged(delegation.parent, f"{delegation.zone} NS", delegation.limit)
    for observation in delegation.observations:
        if is_silent(observation):
            where = f"{delegation.parent} at {_asked(observation).server}"
            yield NotJudged(where, f"{delegation.zone} NS", _why(observation))


def _zone_gaps(zone: ZoneSeen) -> Iterator[NotJudged]:
    if isinstance(zone.registry, Unknown) and zone.registry != Unknown(NO_SERVICE):
        yield NotJudged("registry", f"name servers of {zone.name}", zone.registry.reason)
    if zone.servers.limit:
        yield NotJudged(zone.name, "name servers", zone.servers.limit)
    if zone.left_out:
        yield NotJudged(zone.name, "names", f"{counted(zone.left_out, 'name')} beyond the bound left out")
    # Of a name that its whole parent surely does not know nobody needs to speak, whatever a registry lists.
    gone = bool(zone.parent_views) and all(cut.kind == "absent" for cut in zone.parent_views.values())
    if not zone.servers.speaking and not gone:
        yield NotJudged(zone.name, "MX", "no name server answers for the zone with authority")
    yield from _apex_gaps(zone)
    yield from _server_name_gaps(zone)


def _apex_gaps(zone: ZoneSeen) -> Iterator[NotJudged]:
    servers = zone.servers
    for address in servers.addresses:
        asked = {"SOA": servers.soa, "NS": servers.ns, "MX": servers.mx}
        if not is_silent(servers.mx[address]):
            asked |= {"MX in lower case": servers.mx_lower}
        silent = {what: table[address] for what, table in asked.items() if is_silent(table[address])}
        if silent:
            reasons = dict.fromkeys(map(_why, silent.values()))
            yield NotJudged(_server(zone, address), f"{zone.name} {', '.join(silent)}", "; ".join(reasons))


def _server_name_gaps(zone: ZoneSeen) -> Iterator[NotJudged]:
    """Name servers of which not everybody who was asked said where they are: some address may be missing."""
    servers, what = zone.servers, "address of the name server"
    speaking = frozenset(servers.speaking)
    for name in servers.named_by:
        if not servers.learnt.get(name) and not servers.resolved.get(name):
            yield NotJudged(name, what, "no resolver to ask")
    silent: dict[str, list[Observation]] = {}
    for observation in servers.unheard:
        question = observation.question
        # What a server that says nothing at all does not say here either is told once, as its own silence.
        if isinstance(question, DnsQuestion) and (question.recursion or question.server in speaking):
            silent.setdefault(question.name, []).append(observation)
    for name, unheard in sorted(silent.items()):
        yield NotJudged(name, what, "; ".join(dict.fromkeys(map(_why, unheard))))


def _name_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    """What was not heard of the names below each zone, by server; names whose end nobody asked for."""
    apexes = {zone.name for zone in seen.zones}
    silent: dict[str, list[Observation]] = {}
    for zone in seen.zones:
        for observation in zone.unheard:
            silent.setdefault(f"{zone.name} at {_asked(observation).server}", []).append(observation)
    for name, (zone_name, why, _, views) in seen.mail_names.items():
        if name in apexes:
            continue
        for address, observation in views.items():
            if is_silent(observation):
                silent.setdefault(f"{zone_name} at {address}", []).append(observation)
        yield from _unfollowed(name, why, views.values())
    for subject, unheard in sorted(silent.items()):
        what = listed(sorted({f"{_asked(o).name} {_asked(o).rrtype}" for o in unheard}), _MOST_LISTED)
        yield NotJudged(subject, what, "; ".join(dict.fromkeys(map(_why, unheard))))


def _unfollowed(name: str, why: str, views: Iterable[Observation]) -> Iterator[NotJudged]:
    """A name that leads on to where nobody asked: another zone's servers, or an alias in somebody else's zone."""
    views = list(views)
    if any(observation.status == dns.REFERRAL for observation in views):
        yield NotJudged(name, "MX", "delegated to servers that were not asked: too deep, or too many")
    aliases = sorted({alias(observation) for observation in views if mx_set(observation) is None} - {""})
    if aliases and why not in (WORD, SEEN):
        yield NotJudged(name, "MX", f"an alias of {listed(aliases)}, whose MX were not asked for")


def _exchange_gaps(seen: DomainSeen) -> Iterator[NotJudged]:
    """Exchanges of which not everybody who was asked said where they lead: some door may be missing."""
    for exchange in seen.exchanges:
        reason, sure = exchange.problem
        silent = [f"{by}: {_why(o)}" for by, o in exchange.answers if is_silent(o) or (by == PUBLIC and _refuses(o))]
        if (reason and not sure) or (silent and exchange.kind != NULL):
            yield NotJudged(exchange.name, "addresses of the exchange", listed(dict.fromkeys(silent)) or reason)
        if exchange.left_out:
            beyond = f"{counted(exchange.left_out, 'address', 'addresses')} beyond the bound left out"
            yield NotJudged(exchange.name, "addresses of the exchange", beyond)
    left_out = exchange_names(seen.domain, seen.zones) - {exchange.name for exchange in seen.exchanges}
    if left_out:
        yield NotJudged(seen.domain, "exchanges", f"{counted(len(left_out), 'exchange')} beyond the bound left out")


def _refuses(observation: Observation) -> bool:
    """A resolver's refusal says nothing of the name, unlike that of a server which ought to serve it."""
    return observation.status in (dns.REFUSED, dns.NOT_AUTH, dns.REFERRAL, NOT_ALLOWED)


def _refused(seen: DomainSeen) -> frozenset[str]:
    """The doors that our own gate let nobody knock at; by port too: another port of the address may be allowed."""
    return frozenset(
        door_id(o.question.address, o.question.port)
        for o in seen.doors
        if isinstance(o.question, SmtpQuestion) and o.status == NOT_ALLOWED
    )


def _door_gaps(seen: DomainSeen, doors: Sequence[Door]) -> Iterator[NotJudged]:
    known = {address for exchange in seen.exchanges for address in exchange.addresses}
    left_out = known - {door.address for door in doors}
    if left_out:
        yield NotJudged(
            seen.domain, "doors", f"{counted(len(left_out), 'address', 'addresses')} beyond the bound left out"
        )
    refused = _refused(seen)
    for door in doors:
        if door.state is DoorState.UNKNOWN and door.id not in refused:
            yield NotJudged(door.id, "door", door.reason)
        if door.state is DoorState.FILTERED and door.closed_by is None:
            reason = f"{door.reason}: likely closed, but no declared rule and no second vantage says so"
            yield NotJudged(door.id, "door", reason)
        for latch, state in door.latches.items():
            if state.state == UNKNOWN:
                yield NotJudged(door.id, latch, state.detail)


def _why(observation: Observation) -> str:
    return observation.reason or observation.status


def _named(observation: Observation) -> str:
    """What was asked for, in words that one can look up."""
    question = observation.question
    if isinstance(question, HttpQuestion):
        return question.url
    return f"{_asked(observation).name} {_asked(observation).rrtype}"


def _asked(observation: Observation) -> DnsQuestion:
    assert isinstance(observation.question, DnsQuestion)
    return observation.question


def _server(zone: ZoneSeen, address: str) -> str:
    names = [name for name, learnt in zone.servers.learnt.items() if address in learnt]
    return f"{' '.join(names)} {address}".strip()
