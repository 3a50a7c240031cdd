"""LIMIT001: the search for name servers reached its bound, so there may be servers that nobody asked."""

from collections.abc import Iterator

from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="LIMIT001",
    severity=Severity.INFO,
    title="the search for name servers hit its bound",
    remedy="look why so many servers name one another; a zone in order stays far below the bound",
    references=cited("delegation"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each zone whose search was cut short."""
    for zone in sorted(world.zones, key=lambda zone: zone.name):
        if zone.limit:
            yield RULE.finding(zone.name, f"not every name server of {zone.name} was asked: {zone.limit}")
