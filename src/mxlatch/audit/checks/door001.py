"""DOOR001: a published exchanger takes connections. One that refuses them costs honest senders and helps nobody.

Told only of doors that are closed from this vantage while another door answered it. Traps that the inventory declares
(nolisting) and doors that are only assumed to be down are left out; a door that a declared firewall closes is told for
information.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, published, title
from mxlatch.inventory.model import TRAP
from mxlatch.net.scope import parse_address
from mxlatch.paths.assume import is_down
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="DOOR001",
    severity=Severity.MEDIUM,
    title="a published exchanger refuses connections",
    remedy="start the server, or take the record out; declare a door that is dead on purpose as a trap",
    references=cited("mx-lookup", "nolisting"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each published door that is closed."""
    answering = {way.exchange for door in open_doors(world) for way in door.ways_in}
    for door in sorted(world.doors, key=lambda door: door.id):
        if door.state is DoorState.CLOSED and published(door) and door.role != TRAP and not is_down(door):
            rule = _declared(world, door)
            why = ", as the inventory declares" if rule else ""
            seen = f"refuses connections (seen from {world.vantage}){why}"
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} is published as an exchanger and {seen}",
                evidence=[*door.evidence, *([rule] if rule else [])],
                severity=Severity.INFO if rule else _severity(world, door, answering),
            )


def _declared(world: World, door: Door) -> Evidence | None:
    if parse_address(door.address) is None:
        return None
    return world.inventory.declared_closed(door.address, door.port, world.vantage)


def _severity(world: World, door: Door, answering: set[str]) -> Severity:
    """Medium where senders go first; low if the exchange has another address that answers, or others come before."""
    best = {name.name: min(mx[0] for mx in name.mx) for name in world.names if name.mx}
    first = any(way.preference <= best.get(way.name, way.preference) for way in door.ways_in if way.kind == "mx")
    spare = {way.exchange for way in door.ways_in if way.kind == "mx"} <= answering
    return Severity.MEDIUM if first and not spare else Severity.LOW
