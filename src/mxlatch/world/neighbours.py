"""What the worlds of one run know of each other: the doors at which the mail of each domain is handed in.

A change at a server meets every domain whose mail comes there, and not only the one for which it was thought of.
Limits: other names of the same mailboxes are known by what public resolution said of them.
"""

from collections.abc import Sequence

from msgspec import structs

from mxlatch.terms.door import OTHER_DOMAIN
from mxlatch.world.model import Neighbour, World


def beside_each_other(worlds: Sequence[World]) -> list[World]:
    """The same worlds, each with what was seen of the others."""
    seen = tuple(map(_neighbour, worlds))
    return [structs.replace(world, neighbours=seen) for world in worlds]


def _neighbour(world: World) -> Neighbour:
    here = [(way, world.door(door).address) for way, door in world.ways_in]
    ways = tuple((way, address) for way, address in here if way.published or way.kind == OTHER_DOMAIN)
    on = [relay for relay in world.relays if relay.cut is None and relay.door != relay.next_door]
    relays = {(world.door(relay.door).address, world.door(relay.next_door).address) for relay in on}
    is_known = bool(ways) or not (world.not_judged or world.interrupted)
    return Neighbour(world.domain, ways if is_known else None, tuple(sorted(relays)))
