"""Host names in the certificates that doors showed after STARTTLS: beside a known name often stands a hidden one."""

from collections.abc import Iterable

from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import BadName, domain_name, is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.world import showing
from mxlatch.world.candidate import Candidate

MOST_NAMES = 64  # of one domain; certificates of hosting platforms hold hundreds


def names_in(sessions: Iterable[Observation], domain: str) -> tuple[Candidate, ...]:
    """The names below the domain in the doors' own certificates; wildcards name no host."""
    found: dict[str, Candidate] = {}
    for observation in sessions:
        for name in _names(observation, domain):
            if len(found) < MOST_NAMES:
                found.setdefault(
                    name, Candidate(HOST_NAME, name, source="certificate", evidence=(_shown(observation, name),))
                )
    return tuple(found[name] for name in sorted(found))


def _names(seen: Observation, domain: str) -> list[str]:
    session = seen.value
    if not isinstance(session, Session) or session.tls is None or not session.tls.chain:
        return []
    return [name for name in map(_host, session.tls.chain[0].names) if name and is_below(name, domain)]


def _host(name: str) -> str:
    """The host that a certificate's name stands for, "" if it is none: a wildcard, or no name at all."""
    try:
        return domain_name(name)
    except BadName:
        return ""


def _shown(seen: Observation, name: str) -> Evidence:
    assert isinstance(seen.question, SmtpQuestion)
    text = f"certificate of {seen.question.address}: DNS:{name}"
    return Evidence(text, seen.source, seen.time, showing.openssl(seen.question))
