"""MX005: an MX target is a host name, never an IP address (RFC 5321 section 5.1, RFC 1035 section 3.3.9)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import as_mx_of, mx_evidence, targets
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="MX005",
    severity=Severity.MEDIUM,
    title="an MX target is an IP address",
    remedy="give the server a host name and let the MX name that, or remove the record",
    references=cited("mx-lookup", "mx-record"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each MX target that spells an address."""
    for name, uses in targets(world).items():
        exchange = world.exchange(name)
        if exchange is not None and exchange.kind == "literal":
            yield RULE.finding(
                subject=name,
                message=f"{as_mx_of(uses)} is the address {name}: honest senders may skip it, spammers need not",
                evidence=exchange.evidence or mx_evidence(world, name),
            )
