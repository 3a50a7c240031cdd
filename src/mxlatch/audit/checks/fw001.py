"""FW001: a firewall does what its owner declares: no door answers whom a rule keeps out, no ruleset does otherwise.

Two proofs: a vantage that a rule keeps out got through, and the ruleset (`nft -j list ruleset`) read beside the rule.
What a ruleset does in words that are not understood is nobody's fault; it stands under "not judged".
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import title
from mxlatch.paths.model import Paths
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.firewalls import Comparison, compare
from mxlatch.world.model import World
from mxlatch.world.vantages import everywhere, is_place

RULE = Rule(
    id="FW001",
    severity=Severity.HIGH,
    title="a firewall differs from its declaration",
    remedy="make the firewall do what is declared, or declare what it does; then look again from the same vantage",
    references=cited("default-deny"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that answers against a rule, and one for each way in which a ruleset differs."""
    yield from _answering(world)
    yield from _rulesets(world)


def _answering(world: World) -> Iterator[Finding]:
    found: dict[str, tuple[list[str], list[Evidence]]] = {}
    for view in everywhere(world):
        for door in view.doors:
            rule = _rule(world, door.address, door.port, view.vantage) if door.answered else None
            if rule is not None:
                vantages, evidence = found.setdefault(door.id, ([], []))
                vantages.append(view.vantage)
                evidence += [rule, *door.evidence]
    names = {door.id: title(door) for door in world.doors}
    for door_id, (vantages, evidence) in sorted(found.items()):
        yield RULE.finding(
            subject=door_id,
            message=f"{names.get(door_id, door_id)} answers {listed(vantages)}, which a declared rule keeps out",
            evidence=evidence,
        )


def _rule(world: World, address: str, port: int, vantage: str) -> Evidence | None:
    return world.inventory.refused_by_rule(address, port, vantage) if is_place(address) else None


def _rulesets(world: World) -> Iterator[Finding]:
    found: dict[tuple[str, str, bool], list[Comparison]] = {}
    for each in compare(world.inventory, (door for door in world.doors if is_place(door.address))):
        if each.differs:
            found.setdefault((each.door, each.firewall, each.admitted), []).append(each)
    for (door, firewall, admitted), differing in sorted(found.items()):
        does = "keeps out" if admitted else "lets in"
        sources = listed(each.source for each in differing)
        yield RULE.finding(
            subject=door,
            message=f"the ruleset of firewall {firewall} {does} {sources} at {door}, against its declared rule",
            evidence=[each.evidence for each in differing],
            severity=Severity.LOW if admitted else RULE.severity,
        )
