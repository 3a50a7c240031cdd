"""Exchangers that the domain's MTA-STS policy allows (RFC 8461): what it lists beyond the MX is meant to take mail."""

from collections.abc import Iterator

from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import MOVED, NOT_ALLOWED, Observation
from mxlatch.terms.outcome import Found, Unknown
from mxlatch.wire import sts
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.sts import ask_sts
from mxlatch.world.sts import page_evidence as _evidence
from mxlatch.world.trail import Trail, unheard


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """The exchangers, and what is told besides."""
    seen = yield from ask_sts(known, scope)
    return Trail(unheard=unheard(seen.txt)) if seen.page is None else _read(seen.page, known)


def _read(page: Observation, known: Known) -> Trail:
    match page.outcome:
        case Found(bytes() as body):
            try:
                policy = sts.parse(body)
            except ProtocolError as error:
                return Trail(told=(_evidence(page, str(error)),))
            return Trail(tuple(_candidates(policy, page, known)), tuple(_told(policy, page)))
        case Unknown(reason) if page.status == NOT_ALLOWED:
            return Trail(told=(_evidence(page, f"MTA-STS policy not fetched: {reason}"),))
        case Unknown():
            # A certificate that we do not trust is in here too. A sender that meets it has no policy either (RFC 8461
            # section 3.3), but only a trusted one makes the answer the owner's: this one may be that of a box on our
            # way, or of an authority that others know, and then senders elsewhere have a policy all the same.
            return Trail(unheard=(page,))
        case _:
            return Trail(told=(_evidence(page, f"no MTA-STS policy: {_why_none(page)}"),))


def _why_none(page: Observation) -> str:
    """The policy host itself said so, by a certificate that holds."""
    if page.status == MOVED:
        return f"{page.reason}, and a redirect must not be followed (RFC 8461 3.3)"
    return page.reason or page.status


def _candidates(policy: sts.Policy, page: Observation, known: Known) -> Iterator[Candidate]:
    published = {exchange.name for exchange in known.exchanges}
    for name in policy.names:
        if name not in published:
            evidence = _evidence(page, f"MTA-STS policy: mx: {name}")
            yield Candidate(HOST_NAME, name, source="MTA-STS", evidence=(evidence,))


def _told(policy: sts.Policy, page: Observation) -> Iterator[Evidence]:
    yield from (_evidence(page, f"MTA-STS policy: mx: {pattern}: a wildcard, no host") for pattern in policy.patterns)
    yield from (_evidence(page, f"MTA-STS policy: {fault}") for fault in policy.faults)
