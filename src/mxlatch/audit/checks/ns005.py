"""NS005: parent, zone and registry name the same name servers (RFC 1034 section 4.2.2).

A server that only one of them names may serve MX that nobody else knows. The registry is one more opinion, never the
truth: a difference that is its alone is low.
"""

from collections.abc import Iterator

from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.outcome import Found
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import ServerAddress, World, Zone

RULE = Rule(
    id="NS005",
    severity=Severity.MEDIUM,
    title="parent, zone and registry name different name servers",
    remedy="decide which servers serve the zone, and write the same names at the registrar and in the zone",
    references=cited("delegation", "disagreeing-ns"),
)

Opinions = dict[str, frozenset[str]]

_REGISTRY = "registry"


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each zone whose NS sets differ."""
    for zone in sorted(world.zones, key=lambda zone: zone.name):
        opinions = _opinions(zone)
        if len(set(opinions.values())) > 1:
            without = {who: names for who, names in opinions.items() if who != _REGISTRY}
            yield RULE.finding(
                subject=zone.name,
                message=f"the name servers of {zone.name} are not named alike: {_differences(opinions)}",
                evidence=[e for a in sorted(zone.addresses, key=_address) if a.ns for e in a.evidence],
                severity=RULE.severity if len(set(without.values())) > 1 else Severity.LOW,
            )


def _opinions(zone: Zone) -> Opinions:
    """Who names which servers. Who gave no answer has no opinion."""
    parents = {f"parent {a}": frozenset(ns) for a, ns in sorted(zone.parent_views.items()) if ns is not None}
    if not any(parents.values()):
        parents = {}  # nobody delegates it: a root, or a zone that its parent's servers serve themselves
    own = {f"zone at {a.address}": frozenset(a.ns) for a in sorted(zone.addresses, key=_address) if a.ns}
    listing = zone.registry.value if isinstance(zone.registry, Found) else ()
    return parents | own | ({_REGISTRY: frozenset(listing)} if listing else {})


def _differences(opinions: Opinions) -> str:
    """Each name that not everybody gives, with the shorter list of those who do or do not."""
    told = []
    for name in sorted(frozenset().union(*opinions.values())):
        giving = [who for who, names in opinions.items() if name in names]
        silent = [who for who in opinions if who not in giving]
        if silent:
            few = len(giving) <= len(silent)
            told.append(f"{name} only by {listed(giving)}" if few else f"{name} not by {listed(silent)}")
    return listed(told)


def _address(address: ServerAddress) -> str:
    return address.address
