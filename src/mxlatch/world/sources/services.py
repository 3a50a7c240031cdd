"""Hosts where people send and read their mail (SRV: RFC 6186, RFC 8314; autodiscover, autoconfig): the mailbox's own.

What takes a user's mail at a submission port is often the very server that a filter was put in front of. Its port 25
is the candidate, not the port of the service.
"""

from collections.abc import Iterator

from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import ROOT
from mxlatch.terms.observation import Observation
from mxlatch.terms.operators import Provider, matches
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire import srv
from mxlatch.world import showing
from mxlatch.world.answers import alias, answered
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.delegation import addresses_in
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail, everywhere, unheard

SERVICES = ("_submission._tcp", "_submissions._tcp", "_imaps._tcp", "_imap._tcp", "_autodiscover._tcp")
SETUP = ("autodiscover", "autoconfig")  # names by which mail programs find their settings
_MOST_HOSTS = 32  # of one domain; real ones name under five


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """The hosts, and what is told besides: services that a known operator runs, records that break the rules."""
    services = everywhere([f"{service}.{known.domain}" for service in SERVICES], srv.RRTYPE, known, scope)
    setup = everywhere([f"{label}.{known.domain}" for label in SETUP], "A", known, scope)
    found: dict[str, Candidate] = {}
    told: dict[str, Evidence] = {}
    seen = yield [*services, *setup]
    for observation in seen:
        for name, text in _hosts(observation):
            evidence = showing.of_part(observation, text)
            operator = _operator(name, scope)
            if operator:
                told.setdefault(text, showing.of_part(observation, f"{text}: this host is {operator.name}'s"))
            elif not name:
                told.setdefault(text, evidence)
            else:
                found.setdefault(name, Candidate(HOST_NAME, name, source="services", evidence=(evidence,)))
    return Trail(tuple(found.values())[:_MOST_HOSTS], tuple(told.values())[:_MOST_HOSTS], unheard(seen))


def _hosts(seen: Observation) -> Iterator[tuple[str, str]]:
    """Each host and the record that names it; the name "" if the record is only to be told."""
    assert isinstance(seen.question, DnsQuestion)
    for record in answered(seen, srv.RRTYPE):
        try:
            service = srv.parse(record.value if isinstance(record.value, bytes) else b"")
        except ProtocolError as error:
            yield "", f"{record.owner} SRV: {error}"
            continue
        if service.target != ROOT:
            text = f"{record.owner} SRV {service.priority} {service.weight} {service.port} {service.target}"
            yield service.target, text
    target = alias(seen) if seen.question.rrtype == "A" else ""
    if target:
        yield target, f"{seen.question.name} CNAME {target}"
    for address in addresses_in(seen) if not target else ():
        yield seen.question.name, f"{seen.question.name} A {address}"


def _operator(name: str, scope: Scope) -> Provider | None:
    """The known operator whose host this is."""
    patterns = ((who, pattern) for who in scope.providers for pattern in (*who.detect.cname, *who.detect.mx))
    return next((who for who, pattern in patterns if matches(name, pattern)), None)
