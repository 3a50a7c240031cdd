"""MX004: an MX target is no alias (RFC 2181 section 10.3)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import as_mx_of, targets
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="MX004",
    severity=Severity.MEDIUM,
    title="an MX target is an alias (CNAME)",
    remedy="let the MX name the host that has the addresses, or give the target addresses of its own",
    references=cited("aliases", "mx-lookup"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each MX target that has a CNAME. (A CNAME at the mail name itself is followed, and is fine.)"""
    for name, uses in targets(world).items():
        exchange = world.exchange(name)
        if exchange is not None and exchange.cname:
            yield RULE.finding(
                subject=name,
                message=f"{name} ({as_mx_of(uses)}) is an alias for {exchange.cname}",
                evidence=exchange.evidence,
            )
