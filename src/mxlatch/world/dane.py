"""TLSA records of the domain's exchangers, and whether they validate (RFC 7672 section 2.2).

DANE counts only where the MX and the TLSA RRset both validate. This program does not validate: it asks the run's own
resolver for its word, the AD bit (RFC 6840 section 5.8), and whether that resolver validates at all it learns from the
root's SOA, since the root is signed. Without such a word it is unknown, and nothing is claimed of it.

Asked only where the inventory names the domain: public resolution, and two servers of the zone, for each exchange.
Limit: an alias may have its TLSA at its end (RFC 7672 section 2.2.2), so that none at its own name is unknown.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import ROOT, is_below
from mxlatch.terms.observation import NOT_YET, Observation
from mxlatch.terms.outcome import Absent, Found, Outcome, Unknown
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire import tlsa
from mxlatch.world import showing
from mxlatch.world.answers import answered
from mxlatch.world.candidate import Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.exchanges import HOST, ExchangeSeen
from mxlatch.world.scope import Scope
from mxlatch.world.trail import publicly

MOST_EXCHANGES = 64  # of one domain whose TLSA are asked for; real domains have under ten
_SERVERS = 2  # of the zone: what they do not agree on, other rules tell


class TlsaSet(Struct, frozen=True):
    """The TLSA of one exchange. secure: they validate; None if nobody could say. ttl: the largest seen, seconds."""

    records: tuple[tlsa.Tlsa, ...]
    secure: bool | None = None
    ttl: int = 0
    evidence: tuple[Evidence, ...] = ()

    @property
    def usable(self) -> bool:
        """True if a sender would heed them, did they validate."""
        return any(record.usable for record in self.records)


class Dane(Struct, frozen=True):
    """What is known of DANE for a domain.

    mx: the MX RRset validates; None if nobody could say. tlsa: by exchange, those that were asked for.
    """

    mx: bool | None = None
    tlsa: dict[str, Outcome[TlsaSet]] = {}

    def has_usable(self, exchange: str) -> bool:
        """True if TLSA were seen there that a sender would heed, did they validate."""
        known = self.tlsa.get(exchange)
        return isinstance(known, Found) and known.value.usable

    def secure(self, exchange: str) -> bool | None:
        """Must a sender find TLS at this exchange that fits its TLSA? None if that is not known."""
        if self.mx is False:
            return False
        match self.tlsa.get(exchange):
            case Found(found):
                if not found.usable or found.secure is False:
                    return False
                return True if self.mx and found.secure else None
            case Absent():
                return False
            case _:
                return None


def ask_dane(known: Known, scope: Scope) -> Enquiry[tuple[Observation, ...]]:
    """Ask for the TLSA of each exchange, for the MX, and whether the resolver validates."""
    hosts = [exchange.name for exchange in known.exchanges if exchange.kind == HOST][:MOST_EXCHANGES]
    if not hosts or scope.inventory.domain(known.domain) is None:
        return ()
    words = publicly([ROOT], "SOA", scope) + publicly([known.domain], "MX", scope)
    asked = [question for host in hosts for question in _questions(tlsa.owner(host), known, scope)]
    return tuple((yield words + asked))


def dane_of(seen: Sequence[Observation], exchanges: Sequence[ExchangeSeen]) -> Dane | None:
    """What the answers add up to; None if nobody asked."""
    asked = [(o.question, o) for o in seen if isinstance(o.question, DnsQuestion)]
    if all(o.status == NOT_YET for _, o in asked):
        return None
    validates = any(q.name == ROOT and _authentic(o) for q, o in asked)
    mx = next((o for q, o in asked if q.rrtype == "MX"), None)
    found: dict[str, Outcome[TlsaSet]] = {}
    for exchange in exchanges:
        if exchange.kind != HOST:
            found[exchange.name] = Absent("no host name")
            continue
        answers = [o for q, o in asked if q.name == tlsa.owner(exchange.name) and o.status != NOT_YET]
        if answers:
            found[exchange.name] = _tlsa(answers, exchange.cname, validates=validates)
    return Dane(_secure(mx, validates=validates), found)


def _questions(name: str, known: Known, scope: Scope) -> list[DnsQuestion]:
    home = max((s for s in known.servers if is_below(name, s.zone)), key=lambda s: len(s.zone), default=None)
    own = home.speaking[:_SERVERS] if home else ()
    return publicly([name], tlsa.RRTYPE, scope) + [DnsQuestion(address, name, tlsa.RRTYPE) for address in own]


def _tlsa(answers: Sequence[Observation], alias: str, *, validates: bool) -> Outcome[TlsaSet]:
    for observation in answers:  # public resolution first: what senders see
        records = tuple(sorted(set(_records(observation))))
        if records:
            ttl = max(r.ttl for o in answers for r in answered(o, tlsa.RRTYPE))
            text = "; ".join(f"{observation.question.name} TLSA {record}" for record in records)  # type: ignore[union-attr]
            return Found(
                TlsaSet(records, _secure(observation, validates=validates), ttl, (showing.of_part(observation, text),))
            )
    none = [o for o in answers if o.status in (dns.ANSWER, dns.NODATA, dns.NXDOMAIN)]
    if none and not alias:
        return Absent(none[0].status)
    return Unknown(f"an alias: its TLSA may stand at {alias}" if none else answers[0].reason or answers[0].status)


def _records(observation: Observation) -> Iterator[tlsa.Tlsa]:
    for record in answered(observation, tlsa.RRTYPE):
        if isinstance(record.value, bytes):
            try:
                yield tlsa.parse(record.value)
            except ProtocolError:
                continue  # no sender can use it either


def _secure(seen: Observation | None, *, validates: bool) -> bool | None:
    asked_resolver = seen is not None and isinstance(seen.question, DnsQuestion) and seen.question.recursion
    if not validates or not asked_resolver or seen is None or seen.status != dns.ANSWER:
        return None
    return _authentic(seen)


def _authentic(seen: Observation) -> bool:
    return isinstance(seen.value, dns.Reply) and seen.value.authentic
