"""DELAY001: who holds mail tells its sender of the delay, or the sender takes it for delivered.

A sender that queues by itself tells its user; one whose mail a backup took has nothing left to watch. Told only where
the inventory declares it (tells_delay = false): no probe can see it.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import title
from mxlatch.paths.model import Holds, Paths, Property
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import World
from mxlatch.world.standing import declared_for

RULE = Rule(
    id="DELAY001",
    severity=Severity.LOW,
    title="a backup hides the delay from senders",
    remedy=(
        "let it tell senders of mail that waits (Postfix: delay_warning_time = 4h; Exim: delay_warning = 4h), or take "
        "it out of the MX: senders queue and tell by themselves"
    ),
    references=cited("queueing", "delay-notice"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door of which the owner says that it tells senders nothing."""
    held = paths.held(Property.DELAY)
    silent = dict.fromkeys(relay.door for each in held.all for relay in each.relays)
    for id in silent if held.holds is Holds.NO else ():
        door = world.door(id)
        declared = declared_for(door, world.inventory)
        line = declared.line if declared else 0
        behind = listed(dict.fromkeys(relay.next_door for relay in world.relays if relay.door == id))
        yield RULE.finding(
            subject=id,
            message=f"{title(door)} holds mail that waits for {behind}, and tells no sender",
            evidence=[world.inventory.evidence(f"{id} tells_delay = false", line)],
        )
