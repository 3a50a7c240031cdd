"""Pair: two exchangers of equal preference, as strong as each other, which share the load (RFC 5321 section 5.1)."""

from collections.abc import Iterator

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
    sharing = [door for door in doors if not is_dear(seen, door)]
    moved = [r for door in sharing for r in seen.records(door) if r.name == domain and r.preference != best]
    if moved:
        yield Proposal(
            remedy=ID,
            title=f"give {host} the preference of {hosts[0][0]}, {best}: senders choose by chance",
            cost=_COST,
            doors=(),
            drop=tuple(dict.fromkeys(moved)),
            add=tuple(
                Record(domain, best, r.exchange, door.id)
                for door in sharing
                for r in seen.records(door)
                if r.name == domain and r.preference != best
            ),
            undo=f"give {host} its old preference",
        )
