"""BOUNCE001: no hop accepts what a later hop refuses: what it must return goes to forged senders (backscatter).

RFC 5321 section 6.1 has who accepts a message deliver or return it. Limits: a filter in front may hand the next hop's
answer through before it accepts, which nobody sees: of filters nothing is said.
"""

from collections.abc import Iterator, Sequence

from mxlatch.audit.subjects import title
from mxlatch.paths.model import Held, Holds, Paths, Property
from mxlatch.terms.door import Door
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.latch import ABSENT, NOUNS, Latch
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.wording import listed
from mxlatch.world.model import Relay, World

RULE = Rule(
    id="BOUNCE001",
    severity=Severity.MEDIUM,
    title="a hop accepts what a later hop refuses (backscatter)",
    remedy=(
        "refuse at this door what is refused later: the same recipients (Postfix: relay_recipient_maps, "
        "reject_unverified_recipient; Exim: verify = recipient/callout) and the same filter"
    ),
    references=cited("relaying", "acceptance"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that accepts what any of its next hops refuses."""
    held = paths.held(Property.BACKSCATTER)
    returning: dict[str, list[Held]] = {}
    for each in held.all if held.holds is Holds.NO else ():
        returning.setdefault(each.relays[-1].door, []).append(each)
    for door, faults in returning.items():
        yield _finding(world, world.door(door), faults)


def _finding(world: World, door: Door, faults: Sequence[Held]) -> Finding:
    relays = list(dict.fromkeys(fault.relays[-1] for fault in faults))
    later = {latch for fault in faults for latch in fault.latches}
    nouns = listed([NOUNS[latch] for latch in Latch if latch in later], len(NOUNS))
    behind = listed(sorted({relay.next_door for relay in relays}))
    # What a filter finds it may keep; an unknown recipient it can only refuse.
    known = door.latches.get(Latch.RECIPIENT)
    sure = Latch.RECIPIENT in later and known is not None and known.state == ABSENT
    word = "will" if sure else "may"
    return RULE.finding(
        subject=door.id,
        message=f"{title(door)} accepts what {behind} behind it {word} refuse by {nouns}, and must return it",
        evidence=[*_evidence(world, door, relays, later), *(e for relay in relays for e in relay.evidence)],
        severity=RULE.severity if sure else step_lower(RULE.severity),
    )


def _evidence(world: World, door: Door, relays: Sequence[Relay], later: set[Latch]) -> list[Evidence]:
    both = [door, *(world.door(relay.next_door) for relay in relays)]
    return [
        e
        for each in both
        for latch in Latch
        if latch in later & set(each.latches)
        for e in each.latches[latch].evidence
    ]
