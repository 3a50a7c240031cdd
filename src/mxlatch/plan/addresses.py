"""Address records of exchangers: one that leads to a server which must go is deleted, and the name's others stay.

That closes nothing: who kept the address still comes. Limits: only where the name is no alias, and every server of its
zone that was asked gives the same addresses. The other uses of the name lose the address too.
"""

from collections.abc import Collection, Iterator

from msgspec import Struct

from mxlatch.plan.change import Records
from mxlatch.terms.names import is_below
from mxlatch.world.model import Exchange, World

_DEFAULT_TTL = 3600


class AddressRecord(Struct, frozen=True, order=True):
    """The A or AAAA record by which a name leads to an address."""

    name: str
    address: str


def zone_of(world: World, name: str) -> str:
    """The zone in which the addresses of an exchange stand, "" where that is not known, or not all servers agree."""
    exchange = world.exchange(name)
    zones = [zone for zone in world.zones if is_below(name, zone.name)]
    if exchange is None or exchange.cname or not zones:
        return ""
    zone = max(zones, key=lambda each: len(each.name))
    servers = {each.address for each in zone.addresses}
    said = [servers.intersection(each.seen_by) for each in exchange.addresses]
    return zone.name if said and said[0] and all(each == said[0] for each in said) else ""


def emptied(world: World, gone: Collection[AddressRecord]) -> frozenset[str]:
    """The names that would lead nowhere without these records: of such a name its MX goes instead."""
    names = {record.name for record in gone}
    return frozenset(
        name
        for name in names
        if all(AddressRecord(name, each.address) in gone for each in _exchange(world, name).addresses)
    )


def changes(world: World, gone: Collection[AddressRecord]) -> Iterator[Records]:
    """The RRsets of every name that loses addresses and keeps some."""
    for name in sorted({record.name for record in gone} - emptied(world, gone)):
        views = _exchange(world, name).addresses
        ttl = max((each.ttl for each in views if each.ttl is not None), default=_DEFAULT_TTL)
        for rrtype, is_v6 in (("A", False), ("AAAA", True)):
            before = tuple(sorted(each.address for each in views if (":" in each.address) == is_v6))
            after = tuple(each for each in before if AddressRecord(name, each) not in gone)
            if before != after:
                yield Records(zone_of(world, name), name, rrtype, before, after, ttl, ttl)


def _exchange(world: World, name: str) -> Exchange:
    exchange = world.exchange(name)
    assert exchange is not None, f"{name} is no exchange"
    return exchange
