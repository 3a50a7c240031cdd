"""MX003: a null MX stands alone (RFC 7505 section 3)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import NULL_MX, by_server
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import counted, listed
from mxlatch.world.model import World

RULE = Rule(
    id="MX003",
    severity=Severity.MEDIUM,
    title="a null MX beside other MX",
    remedy="keep the null MX alone, or remove it",
    references=cited("null-mx"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each name for which one answer holds a null MX and others."""
    for name in sorted(world.names, key=lambda name: name.name):
        both = [v for v in by_server(name) if {mx[1] == NULL_MX for mx in v.mx or ()} == {True, False}]
        others = sorted({mx[1] for view in both for mx in view.mx or ()} - {NULL_MX})
        if both:
            yield RULE.finding(
                subject=name.name,
                message=f"{name.name} has a null MX beside {counted(len(others), 'other exchange')}: {listed(others)}",
                evidence=[e for view in both for e in view.evidence],
            )
