"""LATCH003: a door relays for strangers (an open relay, RFC 2505 section 2.1)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, title
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.latch import ABSENT, LIKELY_ABSENT, Latch
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.world.model import World

RULE = Rule(
    id="LATCH003",
    severity=Severity.CRITICAL,
    title="a door relays for strangers",
    remedy="take mail for your own domains only, and relay only for clients that log in or that you list",
    references=cited("open-relay", "relaying"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that took a recipient of somebody else's domain from a stranger."""
    for door in open_doors(world):
        relay = door.latches.get(Latch.RELAY)
        if relay is None or relay.state not in (ABSENT, LIKELY_ABSENT):
            continue
        sure = relay.state == ABSENT
        takes = "takes" if sure else "likely takes"
        yield RULE.finding(
            subject=door.id,
            message=f"{title(door)} {takes} mail from strangers for other people's domains",
            evidence=relay.evidence or door.evidence,
            severity=RULE.severity if sure else step_lower(RULE.severity),
        )
