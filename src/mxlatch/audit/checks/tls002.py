"""TLS002: a door's certificate holds: trusted, in date, and made out to each MX name that leads there (RFC 9525).

Opportunistic senders do not look; those that follow MTA-STS or a fixed policy treat the door as unreachable. That one
exchanger fails where another holds is worse than that all fail alike.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import certificate_line, open_doors, said, title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.smtp import Tls
from mxlatch.terms.wording import listed
from mxlatch.world.certificates import faults
from mxlatch.world.model import World
from mxlatch.world.sts import is_enforced

RULE = Rule(
    id="TLS002",
    severity=Severity.MEDIUM,
    title="a certificate does not hold",
    remedy="install a certificate in date, from a public authority, with every MX name of this door as a DNS name",
    references=cited("mta-sts", "tls-names", "certificate-dates"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door whose certificate does not hold; low if none does and nobody demands it."""
    shown = [(door, door.session.tls) for door in open_doors(world) if door.session and door.session.tls]
    judged = [(door, tls, _faults(world, door, tls)) for door, tls in shown if tls.chain or tls.trusted is not None]
    # Where a policy is enforced, no sender that heeds it gets through to any.
    harmless = all(found for _, _, found in judged) and not is_enforced(world.sts)
    for door, tls, found in judged:
        if found:
            yield RULE.finding(
                subject=door.id,
                message=f"the certificate of {title(door)} does not hold: {listed(found)}",
                evidence=_evidence(world, door, tls),
                severity=Severity.LOW if harmless else RULE.severity,
            )


def _faults(world: World, door: Door, tls: Tls) -> list[str]:
    literals = {exchange.name for exchange in world.exchanges if exchange.kind == "literal"}
    return faults(tls, sorted({way.exchange for way in door.ways_in} - literals), world.time)


def _evidence(world: World, door: Door, tls: Tls) -> list[Evidence]:
    return said(world, door, map(certificate_line, tls.chain[:1])) or list(door.evidence)
