"""All there is to ask about one domain, in order: delegation, registry, name servers, names, exchanges, doors."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from mxlatch.inventory.leave import Leave, by_reference, proof, proof_questions
from mxlatch.inventory.model import SMTP_PORT
from mxlatch.terms import dns
from mxlatch.terms.names import ROOT, is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.outcome import Found, Outcome
from mxlatch.terms.question import SmtpQuestion
from mxlatch.world.blocks import with_blocks
from mxlatch.world.candidate import Known
from mxlatch.world.candidates import Candidates, find_candidates, place
from mxlatch.world.certificates import names_in
from mxlatch.world.dane import ask_dane
from mxlatch.world.delegation import Cut, Delegation, find_delegation
from mxlatch.world.endpoints import EndpointsSeen, find_endpoints
from mxlatch.world.enquiry import Enquiry, together
from mxlatch.world.exchanges import ExchangeSeen, find_exchanges
from mxlatch.world.knock import candidate_questions, door_questions, endpoint_questions, knock, other_questions
from mxlatch.world.mailnames import APEX, INVENTORY, NameSeen, NamesSeen, find_names, mx_set, names_of_interest
from mxlatch.world.nameservers import Servers, find_servers
from mxlatch.world.other_domains import MOST_DOORS, OtherDomains, find_other_domains
from mxlatch.world.registry import ask_registry
from mxlatch.world.scope import Scope
from mxlatch.world.sts import StsSeen, ask_sts

_DEEPEST = 3  # zones below zones that are followed; deeper delegations are named, not searched
_MOST_ZONES = 32  # delegated names below one domain that are searched


class ZoneSeen(Struct, frozen=True):
    """One zone: who claims to serve it and what they say.

    parent_views: by server address of the parent, its word. unheard, left_out: see `mailnames.NamesSeen`.
    """

    servers: Servers
    names: tuple[NameSeen, ...]
    parent: str
    parent_views: dict[str, Cut]
    registry: Outcome[tuple[str, ...]]
    unheard: tuple[Observation, ...] = ()
    left_out: int = 0

    @property
    def name(self) -> str:
        """The zone's apex."""
        return self.servers.zone


class DomainSeen(Struct, frozen=True):
    """What an enquiry about a domain adds up to."""

    domain: str
    delegation: Delegation
    zones: tuple[ZoneSeen, ...]
    exchanges: tuple[ExchangeSeen, ...]
    implicit: tuple[str, ...]
    leave: Leave | str
    doors: tuple[Observation, ...]
    candidates: Candidates = Candidates()
    endpoints: EndpointsSeen = EndpointsSeen()
    others: OtherDomains = OtherDomains()
    sts: StsSeen = StsSeen()
    dane: tuple[Observation, ...] = ()

    @property
    def mail_names(self) -> dict[str, tuple[str, str, bool, dict[str, Observation]]]:
        """Name to (zone, why, wildcard, MX answers by server address), delegated names by their own servers."""
        return {name: (zone, why, wild, mx) for name, zone, why, wild, mx in mail_names(self.domain, self.zones)}


def enquire(domain: str, scope: Scope) -> Enquiry[DomainSeen]:
    """Ask everything about one domain."""
    delegation, zones, exchanges, implicit = yield from enquire_dns(domain, scope)
    leave = yield from find_leave(domain, zones, scope)
    given = leave if isinstance(leave, Leave) else None
    candidates, endpoints, others = Candidates(), EndpointsSeen(), OtherDomains()
    known = Known(domain, tuple(zone.servers for zone in zones), exchanges)
    if scope.searches(domain):
        candidates = yield from find_candidates(known, scope)
        endpoints = yield from find_endpoints(known, scope)
        others = yield from find_other_domains(domain, endpoints.signs, scope)
    sts, dane = StsSeen(), tuple[Observation, ...]()
    if scope.inventory.domain(domain) is not None:
        sts = yield from ask_sts(known, scope)
        dane = yield from ask_dane(known, scope)
    questions = door_questions(domain, exchanges, given, scope)
    questions += endpoint_questions(domain, endpoints.found, given, scope)
    own = candidate_questions(domain, candidates.listed, given, scope)
    others_asked = yield from _of_others(others, endpoints, questions, scope)
    questions = _once([*questions, *own, *others_asked])
    doors = yield from knock(questions)
    if scope.searches(domain):
        # A door's own certificate gives nothing away that its caller did not know; another's may.
        asked = {(question.address, question.port) for question in questions}
        shown = yield from place(names_in(doors, domain), known, scope)
        fresh = tuple(each for each in shown.listed if (each.address, each.port) not in asked)
        candidates = candidates.joined(msgspec.structs.replace(shown, listed=fresh))
        doors += yield from knock(candidate_questions(domain, fresh, given, scope))
    dns = domain, delegation, zones, exchanges, implicit
    return DomainSeen(*dns, leave, doors, candidates, endpoints, others, sts, dane)


def _of_others(
    others: OtherDomains, endpoints: EndpointsSeen, asked: Sequence[SmtpQuestion], scope: Scope
) -> Enquiry[list[SmtpQuestion]]:
    """What to ask at the exchangers of other domains of the same mailboxes, where nothing is asked yet."""
    known = {question.address for question in asked if question.port == SMTP_PORT}
    fresh = [each for each in others.exchanges if each.address not in known]
    leaves = {}
    for name in sorted({each.domain for each in fresh if scope.inventory.is_listed(each.address)}):
        leave = yield from enquire_leave(name, scope)
        if isinstance(leave, Leave):
            leaves[name] = leave
    return other_questions(fresh, leaves, endpoints.found, scope)[:MOST_DOORS]


def _once(questions: Sequence[SmtpQuestion]) -> list[SmtpQuestion]:
    """One question a place: the first that tries recipients, or else the first. The domain's own come first."""
    first: dict[tuple[str, int], SmtpQuestion] = {}
    for question in sorted(questions, key=lambda q: not q.probes):  # stable
        first.setdefault((question.address, question.port), question)
    return list(first.values())


def enquire_dns(
    domain: str, scope: Scope
) -> Enquiry[tuple[Delegation, tuple[ZoneSeen, ...], tuple[ExchangeSeen, ...], tuple[str, ...]]]:
    """The DNS part: who serves the domain, where its mail goes, and where those names lead."""
    delegation = yield from find_delegation(domain, scope)
    zones = yield from _apex_zone(domain, delegation, scope)
    implicit = tuple(_implicit(domain, zones))
    exchanges = yield from find_exchanges(exchange_names(domain, zones), [zone.servers for zone in zones], scope)
    return delegation, zones, exchanges, implicit


def enquire_leave(domain: str, scope: Scope) -> Enquiry[Leave | str]:
    """The leave for a domain, from the same answers as `enquire` has it from."""
    _, zones, _, _ = yield from enquire_dns(domain, scope)
    return (yield from find_leave(domain, zones, scope))


def find_leave(domain: str, zones: Sequence[ZoneSeen], scope: Scope) -> Enquiry[Leave | str]:
    """The leave that the owner published for this operator, or the reason why there is none."""
    entry = scope.inventory.domain(domain)
    if entry is None:
        return "the inventory does not name the domain"
    if scope.authorised:
        return by_reference(domain, scope.authorised)
    if domain not in scope.key_hashes:
        return "this operator has no key"
    home = _home(domain, zones)
    if home is None or not home.servers.speaking:
        return "no authoritative server answered"
    seen = yield proof_questions(domain, home.servers.speaking, scope.nonce)
    return (yield from with_blocks(proof(domain, seen, scope.key_hashes[domain], scope.time), scope))


def mail_names(domain: str, zones: Sequence[ZoneSeen]) -> Iterator[tuple[str, str, str, bool, dict[str, Observation]]]:
    """(name, zone, why, wildcard, MX answers by server address) of every name that may take mail."""
    cuts = {zone.name for zone in zones}
    for zone in zones:
        why = APEX if is_below(domain, zone.name) else "delegated"
        yield zone.name, zone.name, why, False, zone.servers.mx
        for name in zone.names:
            if name.name not in cuts and name.cut not in cuts:
                yield name.name, zone.name, name.why, name.wildcard, name.mx


def _apex_zone(domain: str, delegation: Delegation, scope: Scope) -> Enquiry[tuple[ZoneSeen, ...]]:
    registry = yield from ask_registry(delegation.zone, scope)
    named = _named(delegation, registry, scope)
    if not named:
        return ()
    return (yield from _zone(delegation.zone, domain, named, delegation, registry, scope, _DEEPEST))


def _named(delegation: Delegation, registry: Outcome[tuple[str, ...]], scope: Scope) -> dict[str, tuple[str, ...]]:
    """The servers to begin with, and who named each."""
    named: dict[str, list[str]] = {}
    for address, cut in sorted(delegation.views.items()):
        for name in cut.ns:
            named.setdefault(name, []).append(f"parent {address}")
    for name in registry.value if isinstance(registry, Found) else ():
        named.setdefault(name, []).append("registry")
    # Not `inventory.domain`: the servers of example.com are not those of a delegated subdomain that it lists.
    declared = (entry for entry in scope.inventory.domains if entry.name == delegation.zone)
    for name in (name for entry in declared for name in entry.name_servers):
        named.setdefault(name, []).append("inventory")
    return {name: tuple(by) for name, by in sorted(named.items())}


def _zone(
    zone: str,
    domain: str,
    named: dict[str, tuple[str, ...]],
    delegation: Delegation,
    registry: Outcome[tuple[str, ...]],
    scope: Scope,
    depth: int,
) -> Enquiry[tuple[ZoneSeen, ...]]:
    servers = yield from find_servers(zone, named, delegation.glue, scope)
    names = NamesSeen()
    if servers.speaking:
        names = yield from find_names(zone, names_of_interest(zone, domain, servers, scope), servers)
    here = ZoneSeen(servers, names.found, delegation.parent, delegation.views, registry, names.unheard, names.left_out)
    cuts = _cuts(names.found, depth)
    below = yield from together([_child(zone, cut, views, scope, depth - 1) for cut, views in cuts])
    return (here, *(each for zones in below for each in zones))


def _cuts(names: Sequence[NameSeen], depth: int) -> list[tuple[str, dict[str, Cut]]]:
    """The zones that begin below, each once. Of those beyond a bound it is told that nobody asked their servers."""
    found = {name.cut: name.cut_views for name in names if name.cut}
    return sorted(found.items())[:_MOST_ZONES] if depth > 0 else []


def _child(zone: str, cut: str, views: dict[str, Cut], scope: Scope, depth: int) -> Enquiry[tuple[ZoneSeen, ...]]:
    """A delegated name has a fixpoint of its own; words are tried below the domain only."""
    delegation = Delegation(cut, cut, zone, "delegated", views)
    named = _named(delegation, NOT_REGISTERED, scope)
    inner = msgspec.structs.replace(scope, words=())
    return (yield from _zone(cut, cut, named, delegation, NOT_REGISTERED, inner, depth))


NOT_REGISTERED: Outcome[tuple[str, ...]] = Found(())  # names below a registered domain are no registry's business


def _home(domain: str, zones: Sequence[ZoneSeen]) -> ZoneSeen | None:
    return max((z for z in zones if is_below(domain, z.name)), key=lambda z: len(z.name), default=None)


def _union(views: Iterable[Observation]) -> set[dns.Mx]:
    return {mx for observation in views for mx in mx_set(observation) or ()}


def exchange_names(domain: str, zones: Sequence[ZoneSeen]) -> set[str]:
    """Every MX target that any server gives for any mail name, in either spelling, and the implicit ones."""
    views = [views for _, _, _, _, views in mail_names(domain, zones)]
    views += [zone.servers.mx_lower for zone in zones]
    return {mx[1] for each in views for mx in _union(each.values())} | set(_implicit(domain, zones))


def _implicit(domain: str, zones: Sequence[ZoneSeen]) -> Iterator[str]:
    """Names whose own addresses take their mail, since at some server they have no MX (RFC 5321 section 5.1).

    Only of the domain itself and of names that the inventory lists: every host has an address, and mail to a host
    name that nobody uses is no way in worth a session.
    """
    for name, _, why, _, views in mail_names(domain, zones):
        if name != ROOT and (name == domain or why == INVENTORY) and _some_nodata(views):
            yield name


def _some_nodata(views: dict[str, Observation]) -> bool:
    return any(mx_set(observation) == () and observation.status != dns.NXDOMAIN for observation in views.values())
