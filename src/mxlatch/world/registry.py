"""What the registry lists for a domain: one more opinion on its name servers, never the truth (RFC 9082)."""

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.names import ROOT, parent
from mxlatch.terms.observation import Observation
from mxlatch.terms.outcome import Absent, Found, Outcome, Unknown
from mxlatch.terms.question import HttpQuestion
from mxlatch.wire import rdap
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope

NO_SERVICE = "no RDAP service is known for this suffix"


def ask_registry(zone: str, scope: Scope) -> Enquiry[Outcome[tuple[str, ...]]]:
    """The name servers that the registry lists for a zone."""
    question = registry_question(zone, scope)
    if question is None:
        return Unknown(NO_SERVICE)
    (seen,) = yield [question]
    return read_registry(seen, zone)


def registry_question(zone: str, scope: Scope) -> HttpQuestion | None:
    """The look-up of a domain at its registry (RFC 9082 section 3.1.3); None if no service is known."""
    base = scope.rdap or _base(zone, scope.rdap_bootstrap)
    return HttpQuestion(f"{base.removesuffix('/')}/domain/{zone}") if base else None


def read_registry(seen: Observation, zone: str) -> Outcome[tuple[str, ...]]:
    """What an RDAP answer says."""
    match seen.outcome:
        case Found(bytes() as body):
            try:
                return Found(rdap.name_servers(body, zone))
            except ProtocolError as error:
                return Unknown(str(error))
        case Absent(status):
            return Absent(status)
        case Unknown(reason):
            return Unknown(reason)
        case _:
            return Unknown(f"unexpected answer: {seen.status}")


def _base(zone: str, bootstrap: dict[str, str]) -> str:
    """The service of the longest suffix that is listed (RFC 9224 section 4)."""
    suffix = parent(zone)
    while suffix != ROOT:
        if suffix in bootstrap:
            return bootstrap[suffix]
        suffix = parent(suffix)
    return ""
