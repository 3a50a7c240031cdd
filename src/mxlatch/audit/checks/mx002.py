"""MX002: a name says that it takes no mail (the null MX, RFC 7505). A fact to know, no fault."""

from collections.abc import Iterator

from mxlatch.audit.subjects import NULL_MX, views_with
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="MX002",
    severity=Severity.INFO,
    title="a name takes no mail (null MX)",
    remedy="nothing, if that is meant; do not send mail from this name either: receivers may refuse it",
    references=cited("null-mx"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each name all of whose exchanges are the null MX."""
    for name in sorted(world.names, key=lambda name: name.name):
        if name.mx and all(exchange == NULL_MX for _, exchange in name.mx):
            yield RULE.finding(
                subject=name.name,
                message=f"{name.name} takes no mail: its only MX is the null MX",
                evidence=[e for view in views_with(name, NULL_MX) for e in view.evidence],
            )
