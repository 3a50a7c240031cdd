"""MX001: a name without MX takes mail at its own address (the implicit MX, RFC 5321 section 5.1)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="MX001",
    severity=Severity.MEDIUM,
    title="a name takes mail without an MX record",
    remedy="publish the MX that you mean, or a null MX where the name takes no mail",
    references=cited("mx-lookup", "null-mx"),
)

_SAYS = {
    DoorState.OPEN: (Severity.MEDIUM, "and a mail server answers there"),
    DoorState.UNKNOWN: (Severity.LOW, "and whether a mail server answers there is not known"),
    DoorState.FILTERED: (Severity.INFO, "though nothing answers there"),
    DoorState.CLOSED: (Severity.INFO, "though nothing listens there"),
}


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each name that has an implicit MX."""
    doors = {door.id: door for door in world.doors}
    ways = [(way, door) for way, door in world.ways_in if way.kind == "implicit-mx" and door in doors]
    ways.sort(key=lambda each: (each[0].name, each[1]))
    for name in dict.fromkeys(way.name for way, _ in ways):
        leads_to = [doors[door] for way, door in ways if way.name == name]
        severity, says = min((_SAYS[door.state] for door in leads_to), key=lambda each: each[0].rank)
        yield RULE.finding(
            subject=name,
            message=f"{name} has no MX, so senders go to its own address: {_where(leads_to)}, {says}",
            evidence=[e for way, _ in ways if way.name == name for e in way.evidence],
            severity=severity,
        )


def _where(doors: list[Door]) -> str:
    return listed(dict.fromkeys(title(door) for door in doors))
