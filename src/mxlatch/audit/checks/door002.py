"""DOOR002: every door is one that the owner knows of: in the inventory, and authorised there (the rogue exchanger).

Doors that the inventory itself calls retired are RETIRED001's.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import said, title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.standing import Standing
from mxlatch.world.model import World
from mxlatch.world.owner import known_owner
from mxlatch.world.standing import declared_for, standing

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
        listed = declared_for(door, world.inventory) is not None
        if door.authorised is False and door.state is not DoorState.CLOSED and not listed:
            how, severity = _how(door, world)
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} is not among the authorised doors of the inventory{how}",
                evidence=[*_evidence(door), *said(world, door, _answers(door)), *known_owner(door)],
                severity=severity,
            )


def _how(door: Door, world: World) -> tuple[str, Severity]:
    """What it does with mail, as far as anybody knows, and how much that matters."""
    if door.state is not DoorState.OPEN:
        return "", Severity.LOW
    kind, reason = standing(door, world.inventory)
    if kind is Standing.STRAY:
        return f"; it answers, and {reason}", Severity.LOW
    takes = kind is Standing.ROGUE and reason.startswith("takes")
    return f", and {reason}" if takes else ", and takes connections", RULE.severity


def _answers(door: Door) -> Iterator[str]:
    """What it said to the valid recipient."""
    for turn in door.session.turns if door.session else ():
        if turn.label == "valid" and turn.reply is not None:
            yield f"{turn.command} -> {turn.reply.code} {turn.reply.text}"


def _evidence(door: Door) -> list[Evidence]:
    ways = sorted(door.ways_in, key=lambda way: (way.name, way.preference, way.exchange))
    return [*(e for way in ways for e in way.evidence), *door.evidence]
