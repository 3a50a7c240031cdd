"""A layout: what of a world decides who gets in and what is lost. Doors, what each refuses, who hands on to whom.

Taken from a world by `layout_of`, or written by hand for a test or a thought. A door that is closed, or that a declared
rule shuts, takes nothing. A latch of which nothing is known refuses nobody here and protects nobody either: what passes
it is counted apart, as "not known". A door of which nothing is known is taken for shut to honest mail and for open to
spam, so that neither figure is too good.

Limits: mail for other names than the domain (subdomains of its own) is left out, and told. The addresses of one
exchange, and those of one door in the inventory, are one machine: they fail together.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from mxlatch.inventory.model import TRAP
from mxlatch.paths.find import find
from mxlatch.paths.model import Path, Paths
from mxlatch.paths.reach import possible
from mxlatch.terms.behaviour import ACCEPT, NO_ANSWER, TEMPFAIL
from mxlatch.terms.door import PUBLISHED, Door, WayIn
from mxlatch.terms.latch import FOUND, LIKELY_FOUND, NEEDS, UNKNOWN, Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.endpoint_answers import WRONG
from mxlatch.world.model import Relay, World
from mxlatch.world.taking import Taking, taking

_PASSES_THROUGH = frozenset({"filter"})  # roles that keep nothing for a next hop that is down
_DEEPEST = 8  # relays in a row; a longer chain is a loop
_MOST_CHAINS = 64  # of relays from one door, as in `paths.find`; what is cut short leaves latches out and adds none


class Takes(StrEnum):
    """What a door does with a message that no latch refuses."""

    TAKES = "takes"
    REFUSES = "refuses"  # answers, and serves another domain, wants a login, or is locked to the filter
    PUTS_OFF = "puts-off"  # answers 4xx for ever: a trap
    SHUT = "shut"
    UNKNOWN = "unknown"


class Exposure(StrEnum):
    """What it means that spam reached the mailbox by a way."""

    PAST = "past"  # without a latch of the baseline
    UNLATCHED = "unlatched"  # there is no latch to go round: equal doors without any
    NOT_KNOWN = "not-known"  # past a latch of which nothing is known, or by a door of which nothing is
    MET = "met"  # past every latch of the baseline, which let it through


class LayoutDoor(Struct, frozen=True):
    """A door. host: what fails together bears one name. queues: it keeps mail while its next hops are down.

    greylists: the first try of a message gets 4xx. recipients: whether it refuses unknown ones: found, absent, unknown.
    latches: those that are there and refuse some of the spam. later: latches of next hops that still see it.
    """

    id: str
    host: str
    takes: Takes = Takes.TAKES
    greylists: bool = False
    queues: bool = False
    next_doors: tuple[str, ...] = ()
    recipients: str = UNKNOWN
    latches: tuple[Latch, ...] = ()
    later: tuple[Latch, ...] = ()
    role: str = ""


class LayoutWay(Struct, frozen=True):
    """A way in to a door. exposure: of spam that gets in by it. missing, unsure: the latches, for people."""

    kind: str
    name: str
    preference: int
    exchange: str
    door: str
    exposure: Exposure = Exposure.MET
    missing: tuple[Latch, ...] = ()
    unsure: tuple[Latch, ...] = ()


class Layout(Struct, frozen=True):
    """The doors of one domain and the ways to them, the published ones by preference first. left_out: in words."""

    title: str
    domain: str
    doors: tuple[LayoutDoor, ...]
    ways: tuple[LayoutWay, ...]
    left_out: tuple[str, ...] = ()

    @property
    def published(self) -> tuple[LayoutWay, ...]:
        """The ways that the DNS sends every sender, in its order."""
        return tuple(way for way in self.ways if way.kind in PUBLISHED)

    @property
    def takes_mail(self) -> bool:
        """True if a published door is known to take mail: else nothing can be said of honest mail."""
        return any(self.door(way.door).takes is Takes.TAKES for way in self.published)

    @property
    def spools(self) -> tuple[LayoutDoor, ...]:
        """The doors that keep mail while their next hops are down."""
        return tuple(door for door in self.doors if door.queues and door.next_doors)

    def door(self, door_id: str) -> LayoutDoor:
        """The door with that id."""
        return next(door for door in self.doors if door.id == door_id)

    def firsts(self) -> tuple[frozenset[str], ...]:
        """The doors of the best exchange that takes mail, and all of the same machine; of equal ones of each.

        Those on which the mail of others depends come first: which name an exchange has says nothing.
        """
        taking = [way for way in self.published if self.door(way.door).takes is Takes.TAKES]
        hosts: dict[str, set[str]] = {}
        for way in taking:
            if way.preference == taking[0].preference:
                hosts.setdefault(way.exchange, set()).add(self.door(way.door).host)
        found = dict.fromkeys(self.of_hosts(each) for each in hosts.values())
        return tuple(sorted(found, key=lambda doors: -self._lead_to(doors)))

    def _lead_to(self, doors: frozenset[str]) -> int:
        """How many other doors hand on to these."""
        return sum(door.id not in doors and not doors.isdisjoint(door.next_doors) for door in self.doors)

    def mailboxes(self) -> frozenset[str]:
        """The doors that deliver what the published ones take, and all of the same machines."""
        found, waiting = set[str](), [way.door for way in self.published]
        while waiting:
            door_id = waiting.pop()
            if door_id not in found:
                found.add(door_id)
                waiting.extend(self.door(door_id).next_doors)
        ends = {self.door(each).host for each in found if not self.door(each).next_doors}
        return self.of_hosts(ends)

    def of_hosts(self, hosts: set[str]) -> frozenset[str]:
        """Every door of these machines."""
        return frozenset(door.id for door in self.doors if door.host in hosts)


def layout_of(world: World, title: str = "today") -> Layout:
    """What of a world decides. Pure: the same world gives the same layout."""
    paths = find(world)
    ways = [(way, door) for way, door in world.ways_in if not way.published or way.name == world.domain]
    others = sorted({way.name for way, _ in world.ways_in if way.published} - {world.domain})
    return Layout(
        title=title,
        domain=world.domain,
        doors=tuple(_door(door, world) for door in world.doors),
        ways=tuple(sorted((_way(way, door, paths) for way, door in ways), key=_rank)),
        left_out=tuple(f"mail for {name}, which has records of its own" for name in others),
    )


def _rank(way: LayoutWay) -> tuple[bool, int, str, str, str]:
    return way.kind not in PUBLISHED, way.preference, way.exchange, way.door, way.kind


def _door(door: Door, world: World) -> LayoutDoor:
    next_doors = tuple(dict.fromkeys(relay.next_door for relay in world.relays if relay.door == door.id))
    recipient = door.latches.get(Latch.RECIPIENT)
    state = recipient.state.removeprefix("likely-") if recipient is not None else UNKNOWN
    return LayoutDoor(
        id=door.id,
        host=_host(door, world),
        takes=_takes(door, world.served),
        greylists={TEMPFAIL, ACCEPT} <= possible(door) and NO_ANSWER not in possible(door),
        queues=bool(next_doors) and door.role not in _PASSES_THROUGH,
        next_doors=next_doors,
        recipients=state if state in (FOUND, "absent") else UNKNOWN,
        latches=tuple(latch for latch in Latch if _has(door, latch)),
        later=tuple(latch for latch in Latch if latch in _seen_later(door, world)),
        role=door.role,
    )


def _host(door: Door, world: World) -> str:
    """The machine: the inventory's door where it lists one of a name, else the best exchange, else the address."""
    declared = world.inventory.door_at(door.address, door.port)
    if declared is not None and declared.name:
        return declared.name
    published = sorted((way for way in door.ways_in if way.published), key=lambda way: way.rank)
    return published[0].exchange if published else door.address


def _takes(door: Door, served: bool) -> Takes:
    """served: some door took a valid recipient."""
    outcomes = possible(door)
    if outcomes == {NO_ANSWER}:
        return Takes.SHUT
    if door.role == TRAP and TEMPFAIL in outcomes and ACCEPT not in outcomes:
        return Takes.PUTS_OFF
    said = taking(door.session)
    if door.endpoint in (LOCKED, WRONG) or said is Taking.LOGIN or (said is Taking.FOREIGN and served):
        return Takes.REFUSES
    # One that refuses the valid recipient may refuse us only; one that calls the domain foreign needs the control.
    return Takes.UNKNOWN if NO_ANSWER in outcomes or ACCEPT not in outcomes else Takes.TAKES


def _has(door: Door, latch: Latch) -> bool:
    state = door.latches.get(latch)
    return state is not None and state.state in (FOUND, LIKELY_FOUND)


def _seen_later(door: Door, world: World) -> frozenset[Latch]:
    """The latches that every chain of next hops applies to what this door hands on: the weakest chain decides."""
    chains = [_applied(chain, world) for chain in _chains(door.id, world)]
    return frozenset.intersection(*chains) if chains else frozenset()


def _chains(door_id: str, world: World) -> Iterator[tuple[Relay, ...]]:
    """Every chain of relays that begins at a door."""
    waiting: list[tuple[Relay, ...]] = [(relay,) for relay in world.relays if relay.door == door_id]
    begun = len(waiting)
    while waiting:
        chain = waiting.pop()
        passed = {door_id, *(relay.next_door for relay in chain)}
        onward = [r for r in world.relays if r.door == chain[-1].next_door and r.next_door not in passed]
        if not onward or len(chain) >= _DEEPEST or begun >= _MOST_CHAINS:
            yield chain
            continue
        begun += len(onward)
        waiting.extend((*chain, relay) for relay in onward)


def _applied(chain: Sequence[Relay], world: World) -> frozenset[Latch]:
    """As `paths.find`: a latch counts where it can see what it judges by, and does not waive it."""
    found: set[Latch] = set()
    for index, relay in enumerate(chain):
        hands_on = all(each.hands_on_client for each in chain[: index + 1])
        found |= {
            latch
            for latch in Latch
            if _has(world.door(relay.next_door), latch)
            and latch not in relay.waives
            and (hands_on or "client" not in NEEDS[latch])
        }
    return frozenset(found)


def _way(way: WayIn, door_id: str, paths: Paths) -> LayoutWay:
    mine = [path for path in paths.paths if path.way_in == way and path.doors[0] == door_id]
    worst = max(mine, key=lambda path: path.certainty, default=None)
    return LayoutWay(
        kind=way.kind,
        name=way.name,
        preference=way.preference,
        exchange=way.exchange,
        door=door_id,
        exposure=_exposure(worst),
        missing=worst.missing if worst else (),
        unsure=worst.unsure if worst else (),
    )


def _exposure(path: Path | None) -> Exposure:
    if path is None or path.certainty is Certainty.UNKNOWN:
        return Exposure.NOT_KNOWN
    if path.certainty is Certainty.CLOSED:
        return Exposure.MET
    return Exposure.PAST if path.missing else Exposure.UNLATCHED
