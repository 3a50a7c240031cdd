"""What if: servers down, records dropped or added; the world as it would be then (`--assume`, failures to be survived).

A dropped record leaves its server standing: who remembers it still comes. A name without any MX is served by its own
address (RFC 5321 section 5.1), where that is known. The demand (the baseline) stays what it was.
"""

import ipaddress
from collections.abc import Container, Iterable, Iterator

from msgspec import Struct, structs

from mxlatch.paths.facts import ASSUMED_DOWN, facts_of
from mxlatch.terms.dns import HIGHEST_PREFERENCE
from mxlatch.terms.door import AFTER_ALL, APEX_ADDRESS, IMPLICIT_MX, MX, REMEMBERED, Door, DoorState, WayIn, door_id
from mxlatch.terms.errors import InputError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import BadName, domain_name
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import World
from mxlatch.world.relays import relays_of

DOWN, DROP, ADD = "down", "drop", "add"
_IS_DOWN = "is down (assumed)"  # `Door.reason`
_FORMS = "down:mx1.example.com, drop:mx2.example.com or add:'20 mx2.example.com'"


class Assumption(Struct, frozen=True):
    """One. what: a server's name, address, or address:port; of ADD the exchanger's name. preference: of ADD.

    address: of ADD, where the exchanger is none that is known; "" otherwise.
    """

    kind: str
    what: str
    preference: int = 0
    address: str = ""

    def __str__(self) -> str:
        """As it is written."""
        if self.kind == ADD:
            return f"add:{' '.join(filter(None, (str(self.preference), self.what, self.address)))}"
        return f"{self.kind}:{self.what}"


def parse(text: str) -> Assumption:
    """Read one.

    Raises:
        InputError: it is none.
    """
    kind, colon, rest = text.partition(":")
    words = rest.split()
    if not colon or kind not in (DOWN, DROP, ADD) or not words:
        raise InputError(f"{text!r} is no assumption: write {_FORMS}")
    if kind != ADD:
        return Assumption(kind, rest.strip().lower().rstrip("."))
    if not 2 <= len(words) <= 3 or not words[0].isdecimal() or int(words[0]) > HIGHEST_PREFERENCE:
        raise InputError(f"{text!r}: write add:'PREFERENCE EXCHANGER' or add:'PREFERENCE EXCHANGER ADDRESS'")
    try:
        address = str(ipaddress.ip_address(words[2])) if words[2:] else ""
        return Assumption(ADD, domain_name(words[1]), int(words[0]), address)
    except (BadName, ValueError) as error:
        raise InputError(f"{text!r}: {error}") from None


def assumed(world: World, assumptions: Iterable[Assumption]) -> World:
    """The world with all of them, in their order.

    Raises:
        InputError: one speaks of a server that the world does not have.
    """
    for each in assumptions:
        match each.kind:
            case "down":
                world = down(world, [door.id for door in _meant(world, each)])
            case "drop":
                ids = {door.id for door in _meant(world, each)}
                ways = [w for w, door in world.ways_in if w.published and door in ids and _names(w, each.what, world)]
                world = dropped(world, ways)
            case _:
                world = _added(world, each)
    return world


def single_failures(world: World) -> Iterator[tuple[str, list[str]]]:
    """Each server that may fail, by the name that leads there, with its doors: a machine bears all its addresses."""
    servers: dict[str, list[str]] = {}
    for door in world.standing_doors:
        if door.state is DoorState.CLOSED:
            continue
        declared = world.inventory.door_at(door.address, door.port) if world.inventory.doors else None
        name = (declared.name if declared else "") or min((w.exchange for w in door.ways_in), default=door.id)
        servers.setdefault(name, []).append(door.id)
    yield from servers.items()


def is_down(door: Door) -> bool:
    """True if the door is only assumed not to answer."""
    return door.reason == _IS_DOWN


def down(world: World, doors: Iterable[str]) -> World:
    """The world while these doors (by id) do not answer."""
    gone = frozenset(doors)
    return structs.replace(world, doors=tuple(_down(door) if door.id in gone else door for door in world.doors))


def dropped(world: World, ways: Iterable[WayIn]) -> World:
    """The world without these records; who remembers them still comes to where they led."""
    taken = tuple(ways)
    gone = frozenset(_record(way) for way in taken)
    made = with_doors(world, (_without(door, gone) for door in world.doors))
    bare = {way.name for way in taken if way.kind == MX} - {way.name for way, _ in made.ways_in if way.published}
    return with_doors(made, (_apex(door, bare, serves=True) for door in made.doors)) if bare else made


def _apex(door: Door, names: Container[str], *, serves: bool) -> Door:
    """The door as these names' own address: it serves them by an implicit MX, or is what some senders try as well."""
    before, kind, preference = (APEX_ADDRESS, IMPLICIT_MX, 0) if serves else (IMPLICIT_MX, APEX_ADDRESS, AFTER_ALL)
    ways = {
        WayIn(kind, way.name, preference, way.name, way.evidence) if way.kind == before and way.name in names else way
        for way in door.ways_in
    }
    return door if ways == set(door.ways_in) else structs.replace(door, ways_in=tuple(sorted(ways, key=_rank)))


def _rank(way: WayIn) -> tuple[int, str, str, str]:
    return way.rank


def with_doors(world: World, doors: Iterable[Door]) -> World:
    """The world with these doors in place of its own: their ways in, and who relays to whom by the MX."""
    made = tuple(doors)
    ways = tuple((way, door.id) for door in made for way in door.ways_in)
    changed = structs.replace(world, doors=made, ways_in=ways)
    cut = {(relay.door, relay.next_door): relay.cut for relay in world.relays if relay.cut is not None}
    relays = relays_of(made, world.inventory) if world.inventory.doors else world.relays
    kept = tuple(
        structs.replace(r, cut=cut[r.door, r.next_door]) if (r.door, r.next_door) in cut else r for r in relays
    )
    return structs.replace(changed, relays=kept)


def _down(door: Door) -> Door:
    # What relays hand on waits for it, and gets in as surely as it did before.
    lets_in = facts_of(door).handed == Certainty.PROVEN
    rule = ASSUMED_DOWN if lets_in else None
    return structs.replace(door, state=DoorState.CLOSED, reason=_IS_DOWN, closed_by=rule, evidence=())


def _record(way: WayIn) -> tuple[str, str, int, str]:
    return way.kind, way.name, way.preference, way.exchange


def _without(door: Door, gone: frozenset[tuple[str, str, int, str]]) -> Door:
    if not any(_record(way) in gone for way in door.ways_in):
        return door
    left = [way for way in door.ways_in if _record(way) not in gone]
    for way in door.ways_in:
        old = WayIn(REMEMBERED, way.name, AFTER_ALL, way.exchange, way.evidence)
        if _record(way) in gone and all(_record(old) != _record(each) for each in left):
            left.append(old)
    return structs.replace(door, ways_in=tuple(left))


def _meant(world: World, each: Assumption) -> list[Door]:
    found = [door for door in world.doors if each.what in _known_as(door, world)]
    if not found:
        known = sorted({way.exchange for way, _ in world.ways_in})
        raise InputError(
            f"{each}: no server of {world.domain} is known by that: there are {', '.join(known[:8]) or 'none'}"
        )
    return found


def _known_as(door: Door, world: World) -> set[str]:
    exchanges = {way.exchange for way in door.ways_in}
    # "mx1" will do for mx1.example.com.
    short = {name.removesuffix(f".{world.domain}") for name in exchanges}
    return {door.id, door.address} | exchanges | short


def _names(way: WayIn, what: str, world: World) -> bool:
    named = what in (way.exchange, way.exchange.removesuffix(f".{world.domain}"))
    return named or not any(what in (w.exchange, w.exchange.removesuffix(f".{world.domain}")) for w, _ in world.ways_in)


def _added(world: World, each: Assumption) -> World:
    way = WayIn(MX, world.domain, each.preference, _full(each.what, world), (Evidence(f"assumed: {each}"),))
    leads = [door.id for door in world.doors if _leads_to(door, each, world)]
    if not leads and not each.address:
        raise InputError(
            f"{each}: no address of {each.what} is known: write add:'{each.preference} {each.what} ADDRESS'"
        )
    doors = [
        structs.replace(door, ways_in=tuple(sorted((*door.ways_in, way), key=lambda w: w.rank)))
        if door.id in leads
        else door
        for door in world.doors
    ]
    if not leads:
        doors.append(Door(each.address, 25, DoorState.UNKNOWN, "nothing is known of it (assumed)", (way,)))
    return with_doors(world, (_apex(door, {world.domain}, serves=False) for door in doors))


def _leads_to(door: Door, each: Assumption, world: World) -> bool:
    if each.address:
        return door.id == door_id(each.address, 25)
    declared = {door_id(a, d.port) for d in world.inventory.doors_named(_full(each.what, world)) for a in d.addresses}
    return each.what in _known_as(door, world) or door.id in declared


def _full(name: str, world: World) -> str:
    """The exchanger's name: a label that stands for one below the domain is completed."""
    known = {way.exchange for way, _ in world.ways_in} | {d.name for d in world.inventory.doors}
    return f"{name}.{world.domain}" if name not in known and f"{name}.{world.domain}" in known else name
