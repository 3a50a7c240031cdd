"""What an audit may say of the properties that should hold (DESIGN section 3), with what it did not see in mind.

The path engine judges the world that it is given. An audit says that something holds only where nothing was left out
that could break it, and that honest mail does not arrive only where a stranger on the internet would find the same.
"""

from msgspec import structs

from mxlatch.inventory.model import INTERNET
from mxlatch.paths.model import Held, Holds, Paths, Property
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.finding import NotAsked
from mxlatch.terms.latch import Latch
from mxlatch.world.baseline import BASELINE
from mxlatch.world.model import World
from mxlatch.world.next_hops import NEXT_HOP, SESSION
from mxlatch.world.standing import declared_for
from mxlatch.world.taking import Taking, taking

REGISTRY = "registry"  # `NotAsked.what`, besides latches, doors, next hops and the questions to a name server
_OF_EVERY_WAY = frozenset({Property.ROUND, Property.POLICY, Property.TLS})  # one way more could break them
_OF_RELAYS = frozenset({Property.BACKSCATTER, Property.DELAY, Property.LOOP})  # only the owner says who hands on


def claims(world: World, paths: Paths) -> tuple[Held, ...]:
    """The properties, as far as they may be claimed; none of a domain to which no record leads mail."""
    if not any(way.published for way, _ in world.ways_in):
        return ()
    return tuple(_claimed(held, world) for held in paths.properties)


def claim(world: World, paths: Paths, wanted: Property) -> Held:
    """The same of one property."""
    return next((each for each in claims(world, paths) if each.property is wanted), Held(wanted, Holds.UNKNOWN))


def is_complete(world: World) -> bool:
    """True if all that was asked gave a clear answer."""
    return not world.not_judged and not world.interrupted


def servers_not_asked(world: World) -> list[NotAsked]:
    """Name servers that the gate let nobody ask: what they would say may hide a way in, so nothing is called closed."""
    named = (*Latch, SESSION, REGISTRY, NEXT_HOP)
    return [each for each in world.not_asked if each.what not in named]


def hops_not_asked(world: World) -> list[NotAsked]:
    """Next hops that nobody was to ask: the mailbox may stand open there, so nothing is called closed."""
    return [each for each in world.not_asked if each.what == NEXT_HOP]


def sees_every_hop(world: World) -> bool:
    """True if a door was found at each place to which the owner says that mail is handed on, or none can be there."""
    return not hops_not_asked(world) and all(gap.what != NEXT_HOP for gap in world.not_judged)


def knows_every_way(world: World) -> bool:
    """True if nothing was left out that may be, or name, a way in."""
    return is_complete(world) and not servers_not_asked(world) and not hops_not_asked(world)


def _claimed(held: Held, world: World) -> Held:
    match held.holds:
        case Holds.YES if not _may_hold(held.property, world):
            return structs.replace(held, holds=Holds.UNKNOWN)
        case Holds.NO if held.property is Property.DELIVERY and not _is_seen_by_senders(held, world):
            return structs.replace(held, holds=Holds.UNKNOWN)
        case _:
            return held


def _may_hold(property: Property, world: World) -> bool:
    if property in _OF_EVERY_WAY:
        return knows_every_way(world)
    if property is not Property.LOOP and not sees_every_hop(world):
        return False  # what becomes of mail there is not known
    return property not in _OF_RELAYS or all(
        declared_for(door, world.inventory) is not None
        for door in world.standing_doors
        if door.state is not DoorState.CLOSED
    )


def _is_seen_by_senders(held: Held, world: World) -> bool:
    """True if a mail server elsewhere surely meets what was seen: not our network's limits, not a refusal of us."""
    if world.inventory.vantage(world.vantage).kind != INTERNET:
        return False
    if any(hop.kind == "relay" for hop in held.hops):  # it is accepted, and ends behind that door
        return True
    led_to = [world.door(id) for way, id in world.ways_in if way.published]
    return _knows_the_exchangers(world) and not any(_refuses_us_perhaps(door, world) for door in led_to)


def _knows_the_exchangers(world: World) -> bool:
    doors = {door.id for door in world.doors}
    silent = [gap for gap in world.not_judged if gap.subject not in doors and gap.what not in (BASELINE, NEXT_HOP)]
    return not silent and not world.interrupted and not servers_not_asked(world)


def _refuses_us_perhaps(door: Door, world: World) -> bool:
    """True if the door refused the valid recipient, and may take it from others (`world.taking`)."""
    took = taking(door.session)
    return took is Taking.REFUSES or (took is Taking.FOREIGN and not world.served)
