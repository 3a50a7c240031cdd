"""LOOP001: no server hands mail back to where it was (RFC 5321 sections 5.1 and 6.3): "mail loops back to myself".

A server that relays by the MX must find itself among the exchangers. Behind NAT it does not bear the public address,
and knows itself by its names only. Limits: told from what the inventory declares; nothing is sent round.
"""

from collections.abc import Iterator, Sequence

from mxlatch.audit.subjects import title
from mxlatch.paths.model import Holds, Paths, Property
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import FORWARD, Relay, World
from mxlatch.world.standing import declared_for

RULE = Rule(
    id="LOOP001",
    severity=Severity.MEDIUM,
    title="mail loops back to the server that has it",
    remedy=(
        "let the server know its public address and names (Postfix: proxy_interfaces; Exim: extra_local_interfaces, "
        "hosts_treat_as_local), or give it a next hop that is no step of the ring"
    ),
    references=cited("mx-order", "loops"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that hands on to itself, and one for each ring of next hops."""
    held = paths.held(Property.LOOP)
    told: dict[str, tuple[str, Relay]] = {}
    for ring in dict.fromkeys(each.relays for each in held.all) if held.holds is Holds.NO else ():
        if len(ring) == 1:
            told.setdefault(ring[0].door, (_why(world, ring[0]), ring[0]))
        elif all(relay.kind != FORWARD for relay in ring):
            yield _ring(ring)
    for door, (message, relay) in told.items():
        yield RULE.finding(door, message, relay.evidence)


def _why(world: World, relay: Relay) -> str:
    door = world.door(relay.door)
    declared = declared_for(door, world.inventory)
    names = {declared.name, *declared.public_names} if declared else set()
    if declared is None or any(way.exchange in names for way in door.ways_in if way.name == relay.name):
        return f"{title(door)} is itself the best exchanger of {relay.name} that it knows, and hands on by the MX"
    return (
        f"{title(door)} does not find itself among the exchangers of {relay.name}: behind NAT it knows only its names"
    )


def _ring(ring: Sequence[Relay]) -> Finding:
    doors = [relay.door for relay in ring]
    first = doors.index(min(doors))
    doors = [*doors[first:], *doors[: first + 1]]
    return RULE.finding(
        subject=doors[0],
        message=f"what {doors[0]} hands on comes back to it: {' to '.join(doors)}",
        evidence=[e for relay in ring for e in relay.evidence],
    )
