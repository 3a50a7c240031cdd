"""Pair: two exchangers of equal preference, as strong as each other, which share the load (RFC 5321 section 5.1)."""

from collections.abc import Iterator

from mxlatch.plan.preference import after
from mxlatch.plan.proposal import Impossible, Proposal, Record, Seen
from mxlatch.plan.remedies.renumber import is_dear
from mxlatch.plan.remedies.sandwich import ours, strength

ID = "pair"
_COST = 1


def shape(seen: Seen) -> Iterator[Proposal]:
    """Give the second best exchanger the preference of the best."""
    domain = seen.world.domain
    hosts = sorted(ours(seen, domain).items(), key=lambda each: (strength(seen, each[1]), each[0]))
    if len(hosts) < 2:
        raise Impossible(f"a pair needs two servers: {domain} has {len(hosts)}")
    best = min(way.preference for door in hosts[0][1] for way in door.ways_in if way.published and way.name == domain)
    host, doors = hosts[1]
    moved = [
        (record, Record(domain, preference, record.exchange, door.id))
        for door in doors
        for record in seen.records(door)
        if record.name == domain
        and (preference := _after(best, record) if is_dear(seen, door) else best) != record.preference
    ]
    if moved:
        yield Proposal(
            remedy=ID,
            title=f"give {host} the preference of {hosts[0][0]}, {best}: senders choose by chance",
            cost=_COST,
            doors=(),
            drop=tuple(dict.fromkeys(old for old, _ in moved)),
            add=tuple(new for _, new in moved),
            undo=f"give {host} its old preference",
        )


def _after(best: int, dear: Record) -> int:
    """The preference of a dear line: it stays out of the pair."""
    return dear.preference if dear.preference > best else after(best)
