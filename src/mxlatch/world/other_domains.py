"""Other recipient domains of the same mailboxes, and where their mail goes: a way in that no MX of the domain shows.

The operators' own names for the customer (tenant.onmicrosoft.com), alias domains, old brands, forwarders. Their MX are
asked of public resolution. Limits: whoever wants every name server's word on such a domain audits it too; where its
mail goes to a door of the audited domain, that door is taken to treat its recipients like the audited domain's.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.door import AFTER_ALL, OTHER_DOMAIN, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import ROOT
from mxlatch.terms.observation import Observation
from mxlatch.terms.operators import operator_of
from mxlatch.terms.question import DnsQuestion
from mxlatch.world import showing
from mxlatch.world.answers import answered, is_silent
from mxlatch.world.delegation import addresses_in, resolver_questions
from mxlatch.world.endpoints import EndpointSeen, Sign, other_domains
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.exchanges import literal
from mxlatch.world.scope import Scope
from mxlatch.world.trail import publicly

MOST_DOMAINS = 512  # of one domain; a provider may host hundreds at one place
MOST_EXCHANGES = 16  # of one of them
MOST_DOORS = 64  # of all of them, that are nobody else's: a session each


class OtherExchange(Struct, frozen=True):
    """An exchange of another domain of the same mailboxes, at one of its addresses. operator: as in Door."""

    domain: str
    exchange: str
    address: str
    operator: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def way_in(self) -> WayIn:
        """How a stranger comes there."""
        return WayIn(OTHER_DOMAIN, self.domain, AFTER_ALL, self.exchange, self.evidence)


class OtherDomains(Struct, frozen=True):
    """What the search adds up to.

    domains: those that were asked for. unheard: questions that nobody answered. left_out: domains and exchanges beyond
    a bound.
    """

    domains: tuple[str, ...] = ()
    exchanges: tuple[OtherExchange, ...] = ()
    unheard: tuple[Observation, ...] = ()
    left_out: int = 0


def find_other_domains(domain: str, signs: Iterable[Sign], scope: Scope) -> Enquiry[OtherDomains]:
    """Ask where the mail of the other domains goes. signs: what tells who hosts the mailboxes."""
    every = other_domains(domain, signs, scope.providers, scope.inventory)
    names = every[:MOST_DOMAINS]
    mx = yield publicly(names, "MX", scope)
    every_led = [list(_led(observation)) for observation in mx]
    led = [pair for each in every_led for pair in each[:MOST_EXCHANGES]]
    hosts = sorted({exchange for _, exchange, _ in led if not literal(exchange)})
    seen = yield resolver_questions(hosts, scope)
    exchanges = [each for name, exchange, told in led for each in _placed(name, exchange, told, seen, scope)]
    unheard = tuple(o for o in (*mx, *seen) if is_silent(o))
    left_out = len(every) - len(names) + sum(len(each) for each in every_led) - len(led)
    return OtherDomains(names, tuple(dict.fromkeys(exchanges)), unheard, left_out)


def place(each: OtherExchange, endpoints: Sequence[EndpointSeen]) -> str:
    """The address at which its mail is handed in: an operator's endpoint has one door, whatever its addresses."""
    same = (e.addresses[0] for e in endpoints if e.addresses and e.provider == each.operator)
    return next(same, each.address)


def _led(seen: Observation) -> Iterator[tuple[str, str, Evidence]]:
    """(domain, exchange, evidence) of what an answer to an MX question leads to; of an empty set the name itself."""
    assert isinstance(seen.question, DnsQuestion)
    name = seen.question.name
    records = [record.value for record in answered(seen, "MX") if isinstance(record.value, tuple)]
    for preference, exchange in (value for value in records if len(value) == 2):
        if exchange != ROOT:
            yield name, str(exchange), showing.of_part(seen, f"{name} MX {preference!s} {exchange!s}")
    if seen.status == dns.NODATA:
        yield name, name, showing.of_answer(seen)


def _placed(
    name: str, exchange: str, told: Evidence, seen: Sequence[Observation], scope: Scope
) -> Iterator[OtherExchange]:
    operator = operator_of(exchange, scope.providers)
    who = operator.id if operator else ""
    if spelt := literal(exchange):
        yield OtherExchange(name, exchange, spelt, who, (told,))
    for observation in seen:
        assert isinstance(observation.question, DnsQuestion)
        if observation.question.name == exchange:
            for address in addresses_in(observation):
                yield OtherExchange(name, exchange, address, who, (told, showing.of_answer(observation)))
