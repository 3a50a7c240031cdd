"""Hosts below the domain that take its DMARC and TLS reports (RFC 7489 6.2, RFC 8460 3): often an old server.

A report address names a mail domain, so its exchanges are candidates as well as its own address. DKIM needs no look:
its reports go to the signing domain itself (RFC 6651 section 3.2).
"""

from collections.abc import Iterator, Sequence

from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import ROOT, is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire import tags
from mxlatch.world import showing
from mxlatch.world.answers import answered
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail, everywhere, texts, unheard

_RECORDS = (("_dmarc", "DMARC1"), ("_smtp._tls", "TLSRPTv1"))  # where, and the version that stands first
_URIS = ("rua", "ruf")
_MOST_DOMAINS = 16  # below one domain that are asked for their exchanges; owners name one or two


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """The report domains below the domain, and their exchanges."""
    seen = yield everywhere([f"{label}.{known.domain}" for label, _ in _RECORDS], "TXT", known, scope)
    named: dict[str, Evidence] = {}
    for domain, evidence in (pair for observation in seen for pair in _named(observation)):
        if is_below(domain, known.domain) and domain != known.domain:
            named.setdefault(domain, evidence)
    wanted = sorted(named)[:_MOST_DOMAINS]
    answers = (yield everywhere(wanted, "MX", known, scope)) if wanted else ()
    hosts = [Candidate(HOST_NAME, name, source="reports", evidence=(named[name],)) for name in wanted]
    return Trail((*hosts, *_exchanges(answers, named)), unheard=unheard([*seen, *answers]))


def _named(seen: Observation) -> Iterator[tuple[str, Evidence]]:
    """The domains of the report addresses in an answer, and where they stand."""
    for text in texts(seen):
        if any(tags.is_version(text, version) for _, version in _RECORDS):
            given = tags.parse(text)
            for key in _URIS:
                for domain in tags.mail_domains(given.get(key, "")):
                    yield domain, showing.of_part(seen, f"reports to {domain}: {key}={given[key]}")


def _exchanges(answers: Sequence[Observation], named: dict[str, Evidence]) -> Iterator[Candidate]:
    found: dict[str, Candidate] = {}
    for observation in answers:
        assert isinstance(observation.question, DnsQuestion)
        for record in answered(observation, "MX"):
            if not isinstance(record.value, tuple) or record.value[1] == ROOT:
                continue
            exchange = str(record.value[1])
            shown = (named[observation.question.name], showing.of_part(observation, f"{record.owner} MX {exchange}"))
            found.setdefault(exchange, Candidate(HOST_NAME, exchange, source="reports", evidence=shown))
    yield from found.values()
