"""TLS002: a door's certificate holds: trusted, in date, and made out to each MX name that leads there (RFC 9525).

Opportunistic senders do not look; those that follow MTA-STS or a fixed policy treat the door as unreachable. That one
exchanger fails where another holds is worse than that all fail alike.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, said, title
from mxlatch.paths.model import Paths
from mxlatch.terms.certnames import covers
from mxlatch.terms.door import Door
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.smtp import Certificate, Tls
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="TLS002",
    severity=Severity.MEDIUM,
    title="a certificate does not hold",
    remedy="install a certificate in date, from a public authority, with every MX name of this door as a DNS name",
    references=cited("mta-sts", "tls-names", "certificate-dates"),
)

_DAY = 86_400.0  # seconds


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door whose certificate does not hold; low if none does."""
    judged = [(door, door.session.tls) for door in open_doors(world) if door.session and door.session.tls]
    faults = [(door, tls, _faults(world, door, tls)) for door, tls in judged if tls.chain or tls.trusted is not None]
    all_fail = all(found for _, _, found in faults)
    for door, tls, found in faults:
        if found:
            yield RULE.finding(
                subject=door.id,
                message=f"the certificate of {title(door)} does not hold: {listed(found)}",
                evidence=_evidence(world, door, tls),
                severity=Severity.LOW if all_fail else RULE.severity,
            )


def _faults(world: World, door: Door, tls: Tls) -> list[str]:
    untrusted = ["its chain leads to no root that this run trusts"] if tls.trusted is False else []
    if not tls.chain:
        return untrusted
    leaf = tls.chain[0]
    return [*untrusted, *_date_faults(leaf, world.time), *_name_faults(world, door, leaf)]


def _date_faults(leaf: Certificate, now: float) -> list[str]:
    if now > leaf.not_after:
        return [f"it ran out {_days(now - leaf.not_after)} before this run"]
    if now < leaf.not_before:
        return [f"it begins only {_days(leaf.not_before - now)} after this run"]
    return []


def _days(seconds: float) -> str:
    days = f"{seconds / _DAY:.0f}"
    return f"{days} {'day' if days == '1' else 'days'}"


def _name_faults(world: World, door: Door, leaf: Certificate) -> list[str]:
    literals = {exchange.name for exchange in world.exchanges if exchange.kind == "literal"}
    hosts = sorted({way.exchange for way in door.ways_in} - literals)
    missing = [host for host in hosts if not any(covers(name, host) for name in leaf.names)]
    return [f"it is not made out to {listed(missing)} but to {listed(leaf.names) or 'no DNS name'}"] if missing else []


def _evidence(world: World, door: Door, tls: Tls) -> list[Evidence]:
    return said(world, door, [_line(leaf) for leaf in tls.chain[:1]]) or list(door.evidence)


def _line(leaf: Certificate) -> str:
    names = listed(leaf.names) or "no DNS name"
    return f"certificate of {leaf.subject}, by {leaf.issuer}, for {names}, SHA-256 {leaf.sha256}"
