"""SMTP002: a server speaks in its turn (RFC 5321 section 4.3.1), above all not between STARTTLS and the handshake.

Limits: octets that come ahead of our command are seen only if they arrive together with the reply before.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, title
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.smtp import Session
from mxlatch.wire.smtp.probe import THROWN_AWAY
from mxlatch.world.model import World

RULE = Rule(
    id="SMTP002",
    severity=Severity.MEDIUM,
    title="a door speaks out of turn",
    remedy="find what stands between: a proxy, an anti-virus box or an attacker; update it or take it out of the way",
    references=cited("turns", "starttls-injection"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that said more than it was asked."""
    for door in open_doors(world):
        if door.session is not None and door.session.spoke_early:
            injected = _injected(door.session)
            what = "sends plain text after STARTTLS, before the handshake" if injected else "answers before it is asked"
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} {what}",
                evidence=door.evidence,
                severity=RULE.severity if injected else Severity.LOW,
            )


def _injected(session: Session) -> bool:
    return session.tls is not None and THROWN_AWAY in session.tls.reason
