"""LOST001: the mail of honest people arrives: some exchanger takes it, and what it takes ends in a mailbox.

Judged for every conforming sender of data/behaviours.toml, from the internet only. A ring that mail runs round in is
LOOP001's; one exchanger that is down while others stand costs nothing, since senders go on or wait.
"""

from collections.abc import Iterator

from mxlatch.audit.claims import claim
from mxlatch.audit.subjects import title
from mxlatch.paths.facts import ACCEPT_BIT, facts_of
from mxlatch.paths.model import Held, Holds, Paths, Property
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="LOST001",
    severity=Severity.HIGH,
    title="honest mail does not arrive",
    remedy=(
        "let an exchanger that senders come to take the mail, and reach the host that it hands on to; if the name "
        "takes no mail, publish a null MX"
    ),
    references=cited("mx-lookup", "acceptance", "queueing"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each name whose honest mail surely has nowhere to go."""
    held = claim(world, paths, Property.DELIVERY)
    owned = world.inventory.domain(world.domain)
    if held.holds is not Holds.NO or (owned is not None and not owned.mail):
        return
    if ends_nowhere(held):
        yield from _cut_off(world, held)
    elif not held.relays:
        yield from _no_exchanger(world, held)


def ends_nowhere(held: Held) -> bool:
    """True if mail is accepted, and surely cannot be handed on; one that only loops is another rule's."""
    return any(relay.cut is not None for relay in held.relays)


def _cut_off(world: World, held: Held) -> Iterator[Finding]:
    _, way, *relays, _ = held.hops
    cut = [relay.cut for relay in world.relays if relay.cut is not None]
    onward = listed(hop.text for hop in relays)
    yield RULE.finding(
        subject=world.domain,
        message=f"{way.text}: honest mail is accepted there and ends nowhere: {onward}",
        evidence=[*way.evidence, *(e for hop in relays for e in hop.evidence), *cut],
    )


def _no_exchanger(world: World, held: Held) -> Iterator[Finding]:
    """Of each name none of whose exchangers takes mail; else of the senders that come to none that does."""
    ways = sorted((way.rank, way, id) for way, id in world.ways_in if way.published)
    taking = {way.name for _, way, id in ways if facts_of(world.door(id)).outcomes & ACCEPT_BIT}
    dead = sorted({way.name for _, way, _ in ways} - taking)
    for name in dead:
        doors = [world.door(id) for id in dict.fromkeys(id for _, way, id in ways if way.name == name)]
        evidence = [e for _, way, _ in ways if way.name == name for e in way.evidence]
        yield RULE.finding(
            subject=name,
            message=f"no exchanger of {name} takes mail: {listed(map(title, doors), 3)}",
            evidence=[*evidence, *(e for door in doors for e in door.evidence)],
        )
    if not dead:
        sender, *_ = held.hops
        yield RULE.finding(
            subject=world.domain,
            message=f"{sender.text}, and comes to no exchanger that takes it: it gives up before",
            evidence=[e for _, way, _ in ways for e in way.evidence],
            severity=step_lower(RULE.severity),
        )
