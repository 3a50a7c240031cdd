"""DOOR002: every door is one that the owner knows of: in the inventory, and authorised there (the rogue exchanger)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="DOOR002",
    severity=Severity.MEDIUM,
    title="a door that the inventory does not authorise",
    remedy="find out whose server it is; move it behind the filter and list it, or close it and take it out of the DNS",
    references=cited("mx-lookup"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that is not surely closed and not authorised, where the inventory names any door."""
    if not world.inventory.doors:
        return
    for door in sorted(world.doors, key=lambda door: door.id):
        if door.authorised is False and door.state is not DoorState.CLOSED:
            is_open = door.state is DoorState.OPEN
            answers = ", and takes connections" if is_open else ""
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} is not among the authorised doors of the inventory{answers}",
                evidence=_evidence(door),
                severity=RULE.severity if is_open else Severity.LOW,
            )


def _evidence(door: Door) -> list[Evidence]:
    ways = sorted(door.ways_in, key=lambda way: (way.name, way.preference, way.exchange))
    return [*(e for way in ways for e in way.evidence), *door.evidence]
