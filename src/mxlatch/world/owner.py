"""Whose is a door? What its address, its names, its certificate and the registries say, and whom to write to.

The reverse name, the network's holder and the domain's holder (RDAP, RFC 9083), the organisation in the certificate,
the mailbox in the zone's SOA (RFC 1035 section 3.3.13), and the mailboxes that every domain should have (RFC 2142).

Limits: none of this proves anything. A reverse name is what the network's holder wrote, a certificate's subject what
the server sends; the enquiry is for people to begin with.
"""

import ipaddress
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.door import Door
from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import ROOT, parent
from mxlatch.terms.observation import BODY, NOT_FOUND, Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion, Question
from mxlatch.wire.rdap import Registration, domain_holders, mail_address, network_holders
from mxlatch.world import showing
from mxlatch.world.answers import is_silent
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.registry import NO_SERVICE, registry_question
from mxlatch.world.scope import Scope

MAILBOXES = ("postmaster", "abuse", "security", "hostmaster")  # RFC 2142 sections 4, 5 and 7; RFC 5321 section 4.5.1
_MOST_HOSTS = 4  # names of one door whose zones are looked for; a shared address may have hundreds
_MOST_PARENTS = 3  # zones up from a host that a registry is asked for: host.dept.example.ac.uk
_DOT = "\\046"  # "." within a label, as names from the wire have it (`terms.names`)
_ATTRIBUTE = re.compile(r"(?:\\.|[^,+\\])+")  # of a subject as a string (RFC 4514 section 3)
_ESCAPED = re.compile(r"\\([^0-9A-Fa-f])")


class Owner(Struct, frozen=True):
    """What is known of whose a door is.

    contacts: mail addresses to write to, likeliest first. unknown: what was asked and gave no answer, with the reason.
    """

    facts: tuple[Evidence, ...] = ()
    contacts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def known_owner(door: Door) -> tuple[Evidence, ...]:
    """What the door itself said of its owner, without more being asked: the organisation in its certificate."""
    chain = door.session.tls.chain if door.session and door.session.tls else ()
    first = door.evidence[0] if door.evidence else Evidence("")
    return tuple(
        Evidence(f"certificate issued to the organisation {name}", door.id, first.time, _openssl(door))
        for name in map(organisation, (leaf.subject for leaf in chain[:1]))
        if name
    )


def organisation(subject: str) -> str:
    """The organisation in a certificate's subject ("CN=mail,O=Example Ltd"), "" if it names none."""
    named = (part.removeprefix("O=") for part in _ATTRIBUTE.findall(subject) if part.startswith("O="))
    return _ESCAPED.sub(r"\1", next(named, "")).strip()


def owner_enquiry(door: Door, scope: Scope, registries: Mapping[str, str] | None = None) -> Enquiry[Owner]:
    """Ask whose a door is. registries: address block to the RDAP service of its registry (RFC 9224)."""
    pointer = ipaddress.ip_address(door.address).reverse_pointer
    network = _network_question(door.address, scope, registries or {})
    reverse = _public(pointer, "PTR", scope)
    seen = yield [*reverse, *([network] if network else [])]
    pointers = _heard(seen[: len(reverse)])
    hosts = _hosts(door, pointers)
    zones = yield from _zones(hosts, scope)
    domains = yield from _domains(zones, scope)
    found = _Findings()
    found.facts.extend(known_owner(door))
    found.pointers(pointer, pointers, scope)
    found.network(door.address, seen[-1] if network else None)
    for zone, soa in zones.items():
        found.zone(zone, soa)
    for name, answer in domains.items():
        found.domain(name, answer)
    found.mailboxes(zones)
    return found.owner()


class _Findings:
    """What the answers add up to, in the order in which a person would read it."""

    def __init__(self) -> None:
        self.facts: list[Evidence] = []
        self.contacts: list[str] = []
        self.unknown: list[str] = []

    def owner(self) -> Owner:
        """All of it, each thing once."""
        once = dict.fromkeys
        return Owner(tuple(once(self.facts)), tuple(once(self.contacts)), tuple(once(self.unknown)))

    def pointers(self, name: str, seen: Observation | None, scope: Scope) -> None:
        if seen is None or is_silent(seen):
            why = "no resolver to ask" if seen is None else seen.reason or seen.status
            self.unknown.append(f"reverse name {name}: {why}")
        elif names := _targets(seen):
            self.facts.append(showing.of_part(seen, f"reverse name {', '.join(names)}"))
        else:
            self.facts.append(showing.of_part(seen, f"no reverse name ({name}: {seen.status})"))

    def network(self, address: str, seen: Observation | None) -> None:
        if seen is None:
            self.unknown.append(f"network of {address}: no registry is known for this address")
            return
        self._registered(f"network of {address}", seen, lambda body: network_holders(body, address))

    def zone(self, zone: str, seen: Observation) -> None:
        mailbox = _rname(seen, zone)
        if mailbox:
            self.facts.append(showing.of_part(seen, f"zone {zone}: its SOA names {mailbox}"))
            self.contacts.append(mailbox)

    def domain(self, name: str, seen: Observation | None) -> None:
        if seen is None:
            self.unknown.append(f"domain {name}: {NO_SERVICE}")
            return
        self._registered(f"domain {name}", seen, lambda body: domain_holders(body, name))

    def mailboxes(self, zones: Iterable[str]) -> None:
        """Guesses, and said to be: nobody was asked whether these exist."""
        for zone in zones:
            addresses = [f"{mailbox}@{zone}" for mailbox in MAILBOXES]
            self.facts.append(Evidence(f"mailboxes that {zone} should have (RFC 2142): {', '.join(addresses)}"))
            self.contacts.extend(addresses)

    def _registered(self, what: str, seen: Observation, read: Callable[[bytes], Registration]) -> None:
        command = f"curl -L {shlex.quote(seen.question.url)}" if isinstance(seen.question, HttpQuestion) else ""
        if seen.status == NOT_FOUND:
            self.facts.append(Evidence(f"{what}: the registry knows none", seen.source, seen.time, command))
            return
        if seen.status != BODY:
            self.unknown.append(f"{what}: {seen.reason or seen.status}")
            return
        try:
            registration = read(seen.bytes)
        except ProtocolError as error:
            self.unknown.append(f"{what}: {error}")
            return
        for text in _lines(what, registration):
            self.facts.append(Evidence(text, seen.source, seen.time, command))
        self.contacts.extend(email for holder in registration.holders for email in holder.emails)


def _lines(what: str, registration: Registration) -> Iterator[str]:
    if not registration.holders:
        yield f"{what}: registered{f' as {registration.name}' if registration.name else ''}, no holder named"
    for holder in registration.holders:
        who = ", ".join(dict.fromkeys(filter(None, (holder.name, holder.organisation, *holder.emails))))
        yield f"{what}: {', '.join(holder.roles) or 'contact'}: {who}"


def _public(name: str, rrtype: str, scope: Scope) -> list[DnsQuestion]:
    return [DnsQuestion(address, name, rrtype, recursion=True, port=port) for address, port in scope.resolvers]


def _heard(seen: Sequence[Observation]) -> Observation | None:
    """The first answer that says something, else the first silence; None if nobody was asked."""
    return next((o for o in seen if not is_silent(o)), seen[0] if seen else None)


def _network_question(address: str, scope: Scope, registries: Mapping[str, str]) -> HttpQuestion | None:
    """The look-up of an address at its registry (RFC 9082 section 3.1.1), by the narrowest block."""
    parsed = ipaddress.ip_address(address)
    blocks = [ipaddress.ip_network(block) for block in registries]
    holding = [block for block in blocks if parsed in block]
    narrowest = max(holding, key=lambda block: block.prefixlen, default=None)
    base = scope.rdap or (registries[str(narrowest)] if narrowest is not None else "")
    return HttpQuestion(f"{base.removesuffix('/')}/ip/{address}") if base else None


def _targets(seen: Observation | None) -> list[str]:
    records = seen.value.answer if seen is not None and isinstance(seen.value, dns.Reply) else ()
    return sorted({str(r.value) for r in records if r.rrtype == "PTR" and r.value != ROOT})


def _hosts(door: Door, pointers: Observation | None) -> list[str]:
    """The names of the door that may tell of its owner: by which it is found, and its reverse names."""
    names = [way.exchange for way in door.ways_in] + _targets(pointers)
    return [name for name in dict.fromkeys(names) if _is_host(name)][:_MOST_HOSTS]


def _is_host(name: str) -> bool:
    return "." in name and ":" not in name and "\\" not in name and not name.rpartition(".")[2].isdigit()


def _zones(hosts: Sequence[str], scope: Scope) -> Enquiry[dict[str, Observation]]:
    """The zones in which the hosts are, by the SOA that answers or accompanies the answer (RFC 2308 section 3)."""
    questions = [_public(host, "SOA", scope) for host in hosts]
    asked: list[Question] = [question for each in questions for question in each]
    if not asked:
        return {}
    answers = dict(zip(asked, (yield asked), strict=True))
    found: dict[str, Observation] = {}
    for each in questions:
        seen = _heard([answers[question] for question in each])
        zone = _apex(seen) if seen is not None else ""
        if seen is not None and "." in zone:  # nobody's mail server stands in a top-level domain
            found.setdefault(zone, seen)
    return found


def _soa(seen: Observation) -> dns.Record | None:
    if seen.status not in (dns.ANSWER, dns.NODATA) or not isinstance(seen.value, dns.Reply):
        return None
    return next((r for r in (*seen.value.answer, *seen.value.authority) if r.rrtype == "SOA"), None)


def _apex(seen: Observation) -> str:
    soa = _soa(seen)
    name = seen.question.name if isinstance(seen.question, DnsQuestion) else ""
    return soa.owner if soa is not None and (name == soa.owner or name.endswith("." + soa.owner)) else ""


def _rname(seen: Observation, zone: str) -> str:
    """The mailbox in the SOA: its first label is the local part."""
    soa = _soa(seen)
    rname = str(soa.value[1]) if soa is not None and isinstance(soa.value, tuple) and len(soa.value) == 7 else ""
    local, _, domain = rname.partition(".")
    return mail_address(f"{local.replace(_DOT, '.')}@{domain}")


def _domains(zones: Iterable[str], scope: Scope) -> Enquiry[dict[str, Observation | None]]:
    """What registries say of each zone, or of the first name above it that they know."""
    found: dict[str, Observation | None] = {}
    wanted = {zone: zone for zone in zones}
    for _ in range(_MOST_PARENTS):
        questions = {name: registry_question(name, scope) for name in wanted.values()}
        asked = [question for question in questions.values() if question is not None]
        answers = dict(zip(asked, (yield asked) if asked else (), strict=True))
        found |= {name: answers.get(q) if q is not None else None for name, q in questions.items()}
        wanted = {
            zone: parent(name)
            for zone, name in wanted.items()
            if (seen := found[name]) is not None and seen.status == NOT_FOUND and "." in parent(name)
        }
        if not wanted:
            break
    return found


def _openssl(door: Door) -> str:
    where = f"[{door.address}]:{door.port}" if ":" in door.address else f"{door.address}:{door.port}"
    return f"openssl s_client -starttls smtp -connect {where}"
