"""RETIRED001: a door that the inventory calls retired (authorised = false) no longer answers."""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.standing import Standing
from mxlatch.world.model import World
from mxlatch.world.owner import known_owner
from mxlatch.world.standing import declared_for, standing

RULE = Rule(
    id="RETIRED001",
    severity=Severity.MEDIUM,
    title="a retired door still answers",
    remedy="switch the server off, or let only the filter connect to it; take its records out of the DNS",
    references=cited("mx-lookup"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door with authorised = false that still answers."""
    for door in open_doors(world):
        if standing(door, world.inventory)[0] is Standing.RETIRED:
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} is retired by the inventory (authorised = false) and still answers",
                evidence=[*_declaration(world, door), *door.evidence, *known_owner(door)],
            )


def _declaration(world: World, door: Door) -> Iterator[Evidence]:
    declared = declared_for(door, world.inventory)
    if declared is not None:
        name = declared.name or ", ".join(declared.addresses)
        yield world.inventory.evidence(f"door {name}: authorised = false", declared.line)
