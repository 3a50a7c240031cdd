"""Mailbox hosts behind a filter: who hosts the mailboxes, and at which endpoint it takes mail whatever the MX says.

The first steps of Rao et al. (Unfiltered, WWW 2024), on the owner's own domains only: the DNS tells the host, and the
table in `data/providers` its endpoint. `world.endpoint_answers` judges what that answers.
Limits: a host that leaves no sign in the DNS, and has no name of the customer's own, is not found.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from mxlatch.inventory.model import Inventory
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import BadName, domain_name, is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.operators import Endpoint, Provider, fill, matches, operator_of, read
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire import spf
from mxlatch.world import showing
from mxlatch.world.answers import answered, is_silent
from mxlatch.world.candidate import Known
from mxlatch.world.delegation import addresses_in, resolver_questions
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.mailnames import mx_set
from mxlatch.world.nameservers import Servers
from mxlatch.world.scope import Scope
from mxlatch.world.trail import publicly, texts

MX, SPF, TXT, CNAME, DKIM = "mx", "spf", "txt", "cname", "dkim"  # `Sign.kind`

_AUTODISCOVER = "autodiscover"
_KEYS = "._domainkey."  # between selector and domain (RFC 6376 section 3.6.2.1)
_KEY = "p="  # a DKIM record without this is none; a wildcard TXT answers to every selector
_MOST_STRINGS = 128  # TXT records of a domain that are read: the largest sets seen have some 100
_TELLING = frozenset({MX, SPF, CNAME, DKIM})  # signs of mail; a TXT may be left over from any service of the operator
_SELF_EVIDENT = ("{label}", "{dashed}", "{tenant}")  # the name is of this customer: that it resolves is a sign

_HOW = {
    "{label}": "its label stands in {origin}",
    "{dashed}": "the domain with dots as dashes",
    "{tenant}": "the customer's own name at the operator, from {origin}",
    "{guess}": "a guess: any customer's endpoint takes mail for every customer",
}
_FIXED = "the same for every customer"


class Sign(Struct, frozen=True):
    """One record that may tell who hosts the mailboxes.

    kind: one of the words above. value: the name, the TXT's text, or where the CNAME leads ("" for a DKIM key that
    stands in the zone itself). about: the owner name of an alias, the selector of a DKIM key.
    """

    kind: str
    value: str
    about: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def origin(self) -> str:
        """Where it was read, for people."""
        return {MX: "the MX", SPF: "the SPF record", DKIM: f"{self.about}._domainkey"}.get(self.kind, self.about)


class EndpointName(Struct, frozen=True):
    """A host name at which an operator may take the domain's mail, and how it was found; customers: it is the
    customer's own name, so that it exists only where the domain is served."""

    name: str
    how: str
    customers: bool = False


class EndpointSeen(Struct, frozen=True):
    """An operator's endpoint for a domain.

    provider: its id. addresses: as public resolution gives them; none where `problem` says why they are unknown.
    how: for people. signs: what speaks for this operator. evidence: of the signs and of the addresses.
    """

    provider: str
    name: str
    addresses: tuple[str, ...]
    how: str
    signs: tuple[Sign, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    problem: str = ""


class EndpointsSeen(Struct, frozen=True):
    """What the search adds up to: endpoints, all signs that were read, and the questions that nobody answered."""

    found: tuple[EndpointSeen, ...] = ()
    signs: tuple[Sign, ...] = ()
    unheard: tuple[Observation, ...] = ()


def find_endpoints(known: Known, scope: Scope) -> Enquiry[EndpointsSeen]:
    """Ask the DNS who hosts the mailboxes behind the MX, and where their endpoints are.

    An operator that stands in the MX is no hidden host: its doors are known already. It may have other recipient
    domains all the same, so its signs are read too.
    """
    domain, targets = known.domain, _targets(known)
    hosts = [who for who in scope.providers if who.endpoint]
    seen = yield _sign_questions(hosts, known, scope)
    published = {who.id for name in targets if (who := operator_of(name, scope.providers))}
    hosts = [who for who in hosts if who.id not in published]
    signs = (*(Sign(MX, name) for name in targets), *(sign for o in seen for sign in _signs_in(domain, o)))
    names = {who.id: _worth_asking(domain, signs, who) for who in hosts}
    resolved = yield resolver_questions(sorted({n.name for each in names.values() for n in each}), scope)
    by_name: dict[str, list[Observation]] = {}
    for observation in resolved:
        if isinstance(observation.question, DnsQuestion):
            by_name.setdefault(observation.question.name, []).append(observation)
    found = (_endpoint(who, names[who.id], signs_of(domain, signs, who), by_name) for who in hosts)
    unheard = tuple(o for o in (*seen, *resolved) if is_silent(o))
    return EndpointsSeen(tuple(each for each in found if each), signs, unheard)


def endpoint_names(domain: str, signs: Iterable[Sign], provider: Provider) -> tuple[EndpointName, ...]:
    """The names at which an operator may take the domain's mail, best first, each with how it was found."""
    if provider.endpoint is None:
        return ()
    words, origins = _words(domain, signs, provider.endpoint)
    names: dict[str, EndpointName] = {}
    for template in provider.endpoint.names:
        if name := _valid(fill(template, words)):
            origin = next((origin for word, origin in origins.items() if f"{{{word}}}" in template), "")
            how = next((text for word, text in _HOW.items() if word in template), _FIXED).replace("{origin}", origin)
            own = any(word in template for word in _SELF_EVIDENT)
            names.setdefault(name, EndpointName(name, how, own))
    return tuple(names.values())


def other_domains(
    domain: str, signs: Iterable[Sign], providers: Iterable[Provider], inventory: Inventory
) -> tuple[str, ...]:
    """Further recipient domains of the same mailboxes: the operators' own names for the customer, then the owner's.

    The owner's are those inventory entries that name one another as `mailbox`; other words there are a note.
    """
    signs = tuple(signs)
    hosted = [who for who in providers if who.endpoint and _telling(signs_of(domain, signs, who))]
    names = [
        _valid(fill(template, _words(domain, signs, who.endpoint)[0]))
        for who in hosted
        if who.endpoint
        for template in who.endpoint.domains
    ]
    names += _same_mailbox(domain, inventory)
    return tuple(dict.fromkeys(name for name in names if name and name != domain))


def signs_of(domain: str, signs: Iterable[Sign], provider: Provider) -> tuple[Sign, ...]:
    """Those of the signs that speak for this operator."""
    return tuple(sign for sign in signs if _speaks_for(domain, sign, provider))


# Signs in the DNS.


def _sign_questions(hosts: Sequence[Provider], known: Known, scope: Scope) -> list[DnsQuestion]:
    """To public resolution; without a resolver to one server of the domain's own zone, for these are its records."""
    selectors = {(key.name, "CNAME" if key.target else "TXT") for who in hosts for key in who.detect.dkim}
    wanted = [(known.domain, "TXT"), (f"{_AUTODISCOVER}.{known.domain}", "CNAME")]
    wanted += [(f"{name}{_KEYS}{known.domain}", rrtype) for name, rrtype in sorted(selectors)]
    if scope.resolvers:
        return [question for name, rrtype in wanted for question in publicly([name], rrtype, scope)]
    home = _home(known)
    return [DnsQuestion(a, name, rrtype) for a in (home.speaking[:1] if home else ()) for name, rrtype in wanted]


def _targets(known: Known) -> list[str]:
    """The exchanges of the domain itself; where it is no zone of its own, all that are known for it."""
    home = _home(known)
    if home is None or home.zone != known.domain:
        return sorted(exchange.name for exchange in known.exchanges)
    return sorted({mx[1] for table in (home.mx, home.mx_lower) for o in table.values() for mx in mx_set(o) or ()})


def _home(known: Known) -> Servers | None:
    return max((s for s in known.servers if is_below(known.domain, s.zone)), key=lambda s: len(s.zone), default=None)


def _signs_in(domain: str, seen: Observation) -> Iterator[Sign]:
    """What one answer tells: an alias (of autodiscover or a DKIM key), a DKIM key, the TXT records of the domain."""
    assert isinstance(seen.question, DnsQuestion)
    name = seen.question.name
    selector, of_key, _ = name.partition(_KEYS)
    if seen.question.rrtype == "CNAME":
        # As it stands in the zone: where the chain ends is the operator's affair.
        for target in (str(r.value).lower().removesuffix(".") for r in answered(seen, "CNAME") if r.owner == name):
            told = (showing.of_part(seen, f"{name} CNAME {target}"),)
            yield Sign(DKIM, target, selector, told) if of_key else Sign(CNAME, target, name, told)
        return
    for text in texts(seen)[:_MOST_STRINGS]:
        told = (showing.of_part(seen, f"{name} TXT {text}"),)
        if of_key and _KEY in text:
            yield Sign(DKIM, "", selector, told)
        elif name == domain:
            yield Sign(TXT, text, "", told)
            yield from (Sign(SPF, included, "", told) for included in _includes(text))


def _includes(text: str) -> list[str]:
    """The names that an SPF record hands the question on to (RFC 7208 sections 5.2 and 6.1)."""
    terms = spf.parse(text).terms if spf.is_spf(text) else ()
    return [term.domain for term in terms if term.name in ("include", "redirect") and not term.macro]


def _speaks_for(domain: str, sign: Sign, provider: Provider) -> bool:
    detect = provider.detect
    match sign.kind:
        case "mx":
            return any(matches(sign.value, pattern) for pattern in detect.mx)
        case "spf":
            return any(matches(sign.value, pattern) for pattern in detect.spf)
        case "txt":
            return any(sign.value.lower().startswith(beginning.lower()) for beginning in detect.txt)
        case "cname":
            return any(matches(sign.value, pattern) for pattern in detect.cname)
        case "dkim":
            keys = (key for key in detect.dkim if key.name == sign.about)
            return any(_leads(domain, sign.value, key.target) for key in keys)
    return False


def _leads(domain: str, target: str, patterns: tuple[str, ...]) -> bool:
    """True if a DKIM record is as the operator's customers have it: an alias that fits, or the key itself."""
    if not patterns:
        return not target
    return any(read(target, pattern.replace("{domain}", domain)) is not None for pattern in patterns)


def _valid(name: str) -> str:
    """The name, "" if it cannot be one: a long domain makes one label, and a label read may hold anything."""
    try:
        return domain_name(name) if name else ""
    except BadName:
        return ""


def _telling(signs: Iterable[Sign]) -> bool:
    return any(sign.kind in _TELLING for sign in signs)


# Names.


def _words(domain: str, signs: Iterable[Sign], endpoint: Endpoint) -> tuple[dict[str, str], dict[str, str]]:
    """The words of the templates, and for those that were read where they stood."""
    dashed = domain.replace(".", "-")
    words = {"domain": domain, "guess" if "-" in domain else "dashed": dashed}
    origins: dict[str, str] = {}
    for sign in signs:
        for pattern in endpoint.reads if sign.kind in (MX, SPF, CNAME, DKIM) else ():
            for word, value in (read(sign.value, pattern) or {}).items():
                if words.setdefault(word, value) == value:
                    origins.setdefault(word, sign.origin)
    return words, origins


def _worth_asking(domain: str, signs: Sequence[Sign], provider: Provider) -> tuple[EndpointName, ...]:
    """Names to resolve. Without a sign of mail only the customer's own: that one exists is a sign by itself."""
    names = endpoint_names(domain, signs, provider)
    if _telling(signs_of(domain, signs, provider)):
        return names
    return tuple(name for name in names if name.customers)


def _endpoint(
    provider: Provider, names: Sequence[EndpointName], signs: tuple[Sign, ...], answers: dict[str, list[Observation]]
) -> EndpointSeen | None:
    """The best name that has an address; where none is known and signs speak for the operator, why."""
    told = tuple(e for sign in signs for e in sign.evidence)
    for name in names:
        seen = answers.get(name.name, [])
        if addresses := tuple(dict.fromkeys(a for o in seen for a in addresses_in(o))):
            shown = tuple(showing.of_answer(o) for o in seen if addresses_in(o))
            return EndpointSeen(provider.id, name.name, addresses, name.how, signs, (*told, *shown))
    if not names or not _telling(signs):
        return None
    why = _why_unresolved(names, [o for name in names for o in answers.get(name.name, ())])
    return EndpointSeen(provider.id, names[0].name, (), names[0].how, signs, told, why) if why else None


def _why_unresolved(names: Sequence[EndpointName], answers: Sequence[Observation]) -> str:
    """Why the endpoint of a customer is not known; "" where it surely has none, so that it is no customer."""
    if not answers:
        return "nobody was asked: no resolver"
    if silent := [o.reason or o.status for o in answers if is_silent(o)]:
        return "; ".join(dict.fromkeys(silent))
    return "" if any(name.customers for name in names) else "no name of the endpoint is known"


def _same_mailbox(domain: str, inventory: Inventory) -> list[str]:
    entries = {entry.name: entry.mailbox for entry in inventory.domains}
    here = _mailbox_of(domain, entries)
    return [e.name for e in inventory.domains if domain in entries and e.mail and _mailbox_of(e.name, entries) == here]


def _mailbox_of(name: str, entries: Mapping[str, str]) -> str:
    """The entry in whose mailboxes mail for this one ends: of an alias, a forwarder, the entry that it names."""
    for _ in entries:  # so many steps at most: entries may name each other in a ring
        if entries.get(name, "") not in entries:
            break
        name = entries[name]
    return name
