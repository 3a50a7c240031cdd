"""MX009: a wildcard gives an MX to every name of the zone that has no records of its own (RFC 4592, RFC 1912 2.7)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import NULL_MX, by_server, mx_text
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="MX009",
    severity=Severity.LOW,
    title="a wildcard MX",
    remedy="replace the wildcard by an MX for each name that takes mail",
    references=cited("wildcards", "mx-wildcards"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each zone whose unknown names get an MX. A wildcard null MX closes doors and is no finding."""
    told: set[str] = set()
    for name in sorted(world.names, key=lambda name: name.name):
        real = [mx for mx in name.mx if mx[1] != NULL_MX]
        if name.wildcard and real and name.zone not in told:
            told.add(name.zone)
            yield RULE.finding(
                subject=f"*.{name.zone}",
                message=f"any name below {name.zone} without records of its own gets {mx_text(real)}",
                evidence=[e for view in by_server(name) if view.mx for e in view.evidence],
            )
