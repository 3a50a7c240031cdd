"""What becomes of the MX records of a domain by a set of remedies, where its name servers may disagree.

A record that only a server with old data gives cannot be deleted at the others: it goes when that server serves what
they do, or when nobody asks it any more (`remedies.agree`), and stays until then.
"""

from collections.abc import Collection, Iterable

from mxlatch.plan.addresses import AddressRecord, emptied
from mxlatch.plan.proposal import Proposal, Record
from mxlatch.plan.views import right_views, stale_views
from mxlatch.world.model import World

# Seconds that a name's lack of a record is remembered, where no server gave the zone's SOA: BIND's max-ncache-ttl.
ASSUMED_NEGATIVE_TTL = 10_800
MARGIN = 3600  # seconds, beyond a TTL: for resolvers that serve stale answers (RFC 8767)
NULL = "."  # the exchange of a null MX (RFC 7505 section 3)


def records_of(world: World, taken: Iterable[Proposal]) -> tuple[frozenset[Record], tuple[Record, ...]]:
    """The records that these remedies together delete, and those that they add.

    A name with a null MX has no other, a door that is unlisted gets none, and an implicit MX ends with the first record
    (RFC 5321 section 5.1: told as a record whose exchange is the name itself).
    """
    every = tuple(taken)
    if not any(each.drop or each.add or each.unaddressed for each in every):
        return frozenset(), ()
    null = {record.name for each in every for record in each.add if record.exchange == NULL}
    unlisted = {door for each in every for door in each.unlisted}
    add = tuple(
        record
        for record in _added(every)
        if record.exchange == NULL or (record.name not in null and record.door not in unlisted)
    )
    drop = {record for each in every for record in each.drop}
    drop |= _to_nowhere(world, unaddressed(every))
    drop |= {Record(name, 0, name) for name in {record.name for record in add}}
    kept = _only_stale(world, {record.name for record in drop}) - {r for each in every for r in each.undelegated}
    return frozenset(drop - kept), add


def negative_ttl(world: World, zones: Collection[str]) -> int:
    """How long resolvers keep that a name of these zones has no such record, in seconds (RFC 2308 section 5).

    The largest by any of their servers counts; it is assumed for a zone whose SOA nobody gave.
    """
    return max((ttl if ttl is not None else ASSUMED_NEGATIVE_TTL for ttl in _said(world, zones)), default=0)


def assumed(world: World, zones: Collection[str], ttl: int) -> str:
    """What is to be said of a wait by this TTL, after it: that it was assumed; "" if a server gave it."""
    guessed = ttl == ASSUMED_NEGATIVE_TTL and None in _said(world, zones)
    return " (assumed: no SOA of the zone was seen)" if guessed else ""


def _said(world: World, zones: Collection[str]) -> list[int | None]:
    """The largest negative TTL of each zone's servers; None where they gave none, or the zone was not seen."""
    known = {zone.name: [each.negative_ttl for each in zone.addresses] for zone in world.zones}
    return [max((ttl for ttl in known.get(zone, ()) if ttl is not None), default=None) for zone in zones]


def unaddressed(taken: Iterable[Proposal]) -> frozenset[AddressRecord]:
    """The address records that these remedies together delete."""
    return frozenset(record for each in taken for record in each.unaddressed)


def _to_nowhere(world: World, gone: frozenset[AddressRecord]) -> set[Record]:
    """The MX whose exchange would have no address left."""
    names = emptied(world, gone) if gone else ()
    return {Record(name.name, p, x) for name in world.names if not name.wildcard for p, x in name.mx if x in names}


def _added(every: Iterable[Proposal]) -> Iterable[Record]:
    """What is left of what they add, each record once: what one adds, one after it may delete again."""
    found: dict[Record, None] = {}
    for each in every:
        gone = {(record.name, record.preference, record.exchange) for record in each.drop}
        found = {r: None for r in found if (r.name, r.preference, r.exchange) not in gone} | dict.fromkeys(each.add)
    return found


def _only_stale(world: World, names: set[str]) -> set[Record]:
    found: set[Record] = set()
    for name in world.names:
        stale = stale_views(name) if name.name in names and not name.wildcard else []
        if stale:
            right = right_views(name)[0].meant or ((0, name.name),)
            found |= {
                Record(name.name, *mx) for view in stale for mx in view.meant or ((0, name.name),) if mx not in right
            }
    return found
