"""Null MX: a name that takes no mail says so (RFC 7505), so that nobody tries its address."""

from collections.abc import Iterator

from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.records import NULL
from mxlatch.terms.door import IMPLICIT_MX, MX

ID = "null-mx"
_COST = 1


def also(seen: Seen) -> Iterator[Proposal]:
    """For each name of which the owner says that it takes no mail, and to which senders come all the same."""
    for name in sorted({way.name for way, _ in seen.world.ways_in if way.kind in (MX, IMPLICIT_MX)}):
        entry = next((each for each in seen.world.inventory.domains if each.name == name), None)
        if entry is None or entry.mail:
            continue
        ways = [(way, door) for way, door in seen.world.ways_in if way.name == name and way.published]
        yield Proposal(
            remedy=ID,
            title=f"publish a null MX for {name}, which takes no mail",
            cost=_COST,
            doors=tuple(dict.fromkeys(door for _, door in ways)),
            drop=tuple(sorted({Record(name, way.preference, way.exchange) for way, _ in ways})),
            add=(Record(name, 0, NULL),),
            undo="delete the null MX",
        )
