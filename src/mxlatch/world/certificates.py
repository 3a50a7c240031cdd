"""The certificates that doors showed after STARTTLS: do they hold, and which host names stand in them?

Beside a known name often stands a hidden one.
"""

from collections.abc import Iterable, Iterator

from mxlatch.terms.certnames import covers
from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import BadName, domain_name, is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Certificate, Session, Tls
from mxlatch.terms.wording import listed
from mxlatch.world import showing
from mxlatch.world.candidate import Candidate

MOST_NAMES = 64  # of one domain; certificates of hosting platforms hold hundreds
_DAY = 86_400.0  # seconds


def faults(tls: Tls, hosts: Iterable[str], now: float) -> list[str]:
    """Why a certificate does not hold for these hosts at this time (RFC 9525 section 6.3); [] if nothing is seen."""
    untrusted = ["its chain leads to no root that this run trusts"] if tls.trusted is False else []
    if not tls.chain:
        return untrusted
    return [*untrusted, *faults_of(tls.chain[0], hosts, now)]


def faults_of(leaf: Certificate, hosts: Iterable[str], now: float) -> list[str]:
    """The same of the certificate alone, whoever issued it: its dates and its names."""
    return [*_date_faults(leaf, now), *_name_faults(leaf, hosts)]


def _date_faults(leaf: Certificate, now: float) -> Iterator[str]:
    if now > leaf.not_after:
        yield f"it ran out {_days(now - leaf.not_after)} before this run"
    elif now < leaf.not_before:
        yield f"it begins only {_days(leaf.not_before - now)} after this run"


def _days(seconds: float) -> str:
    days = f"{seconds / _DAY:.0f}"
    return f"{days} {'day' if days == '1' else 'days'}"


def _name_faults(leaf: Certificate, hosts: Iterable[str]) -> Iterator[str]:
    missing = [host for host in hosts if not any(covers(name, host) for name in leaf.names)]
    if missing:
        yield f"it is not made out to {listed(missing)} but to {listed(leaf.names) or 'no DNS name'}"


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
