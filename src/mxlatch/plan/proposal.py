"""A remedy that could be taken in one world: what it changes, which doors it bears on, its cost and its hazards."""

from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct, structs

from mxlatch.inventory.model import Door as Declared
from mxlatch.paths.facts import ACCEPT_BIT, facts_of
from mxlatch.paths.model import Path, Paths
from mxlatch.plan.addresses import AddressRecord, zone_of
from mxlatch.plan.change import Change
from mxlatch.plan.demands import demanded
from mxlatch.plan.result import Hazard
from mxlatch.plan.views import mail_names, split_zones
from mxlatch.terms.door import MX, OTHER_DOMAIN, SCAN, Door
from mxlatch.terms.latch import Latch
from mxlatch.terms.names import is_below
from mxlatch.terms.operators import Provider
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import BY_MX, Relay, World
from mxlatch.world.standing import declared_for

_NO_HOST_NAME = frozenset({SCAN})  # kinds of ways in whose `exchange` is an address


class Record(Struct, frozen=True, order=True):
    """One MX record of a mail name. door: where the exchange leads, of a record that is added."""

    name: str
    preference: int
    exchange: str
    door: str = ""


class Proposal(Struct, frozen=True):
    """One remedy for one place.

    remedy: its id, the name of its module. doors: the ids of the doors whose paths it may close. latches: those that it
    puts on these paths, () if nothing comes that way any more. drop, add: MX records; those of all remedies that are
    taken become one RRset. unlisted: doors to which no record leads any more, whatever another remedy adds.
    undelegated: of those that it drops, what only a name server gives that is brought up to date, or left. unaddressed:
    address records that it deletes, of exchangers that lead elsewhere too. rarer: ways that it makes rarer and does not
    close. cost: work and risk, 1 for a record's deletion.
    """

    remedy: str
    title: str
    cost: int
    doors: tuple[str, ...]
    latches: tuple[Latch, ...] = ()
    drop: tuple[Record, ...] = ()
    add: tuple[Record, ...] = ()
    unlisted: tuple[str, ...] = ()
    undelegated: tuple[Record, ...] = ()
    unaddressed: tuple[AddressRecord, ...] = ()
    changes: tuple[Change, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    rarer: tuple[str, ...] = ()
    undo: str = ""


class Seen(Struct, frozen=True, dict=True):
    """What remedies are proposed for: a world, its paths, and the operators that are known.

    gone: doors to which no record shall lead. laid_out: the world after what is taken in any case, whose records others
    may copy; None where it is this one.
    """

    world: World
    paths: Paths
    providers: tuple[Provider, ...] = ()
    gone: frozenset[str] = frozenset()
    laid_out: World | None = None

    @cached_property
    def demands(self) -> tuple[tuple[Path, ...], ...]:
        """By demand: every path (`plan.demands`)."""
        return demanded(self.world, self.paths)

    @cached_property
    def round(self) -> dict[str, list[Path]]:
        """By door: the paths that enter by it and surely or likely lack what is demanded (`plan.demands`)."""
        found: dict[str, list[Path]] = {}
        for paths in self.demands:
            for path in paths:
                if path.certainty < Certainty.LIKELY:
                    break  # the surest stand first
                found.setdefault(path.doors[0], []).append(path)
        return found

    @cached_property
    def mail_names(self) -> frozenset[str]:
        """The names that take mail: those that records lead from, less those of which the owner says otherwise."""
        return mail_names(self.world)

    @cached_property
    def split(self) -> dict[str, str]:
        """By mail name: its zone, where the name servers of that disagree."""
        zones = split_zones(self.world)
        return {name.name: name.zone for name in self.world.names if name.zone in zones}

    def host(self, door: Door) -> str:
        """The name of the server behind a door: as declared, or as a record has it, or its address."""
        return self._hosts[door.id]

    def machine(self, door: Door) -> list[Door]:
        """All doors of the server behind a door."""
        host = self.host(door)
        return [self.world.door(each) for each, name in self._hosts.items() if name == host]

    def declared(self, door: Door) -> Declared | None:
        """The inventory's entry for a door."""
        return self._declared[door.id]

    # Every remedy asks of every door: worked out once.
    @cached_property
    def _declared(self) -> dict[str, Declared | None]:
        inventory = self.world.inventory
        return {door.id: declared_for(door, inventory) if inventory.doors else None for door in self.world.doors}

    @cached_property
    def _hosts(self) -> dict[str, str]:
        return {door.id: self._host(door) for door in self.world.doors}

    def _host(self, door: Door) -> str:
        declared = self.declared(door)
        if declared is not None and declared.name:
            return declared.name
        names = {way.exchange for way in door.ways_in if way.kind not in _NO_HOST_NAME}
        return min(names - self._names_of_declared, default=door.address)

    @cached_property
    def _names_of_declared(self) -> frozenset[str]:
        """The names of servers that the owner listed: what they lead to besides is another machine, without a name."""
        listed = {name for entry in self.world.inventory.doors for name in (entry.name, *entry.public_names)}
        ways = (way for door in self.world.doors if self.declared(door) is not None for way in door.ways_in)
        return frozenset(listed.union(way.exchange for way in ways))

    def records(self, door: Door) -> tuple[Record, ...]:
        """The MX records that lead to a door."""
        return tuple(Record(w.name, w.preference, w.exchange) for w in door.ways_in if w.kind == MX)

    def leaving(self, doors: Sequence[Door]) -> tuple[tuple[Record, ...], tuple[AddressRecord, ...]] | None:
        """What is deleted where no record may lead to these doors any more: MX, and addresses of exchangers that stay.

        An exchanger stays if it leads to another server of the owner's, or to one that takes mail. None if such an
        address cannot be taken out of its name.
        """
        mine = frozenset(door.id for door in doors)
        others = (door for door in self.world.doors if door.id not in mine)
        stay = {way.exchange for door in others if self._counts(door) for way in door.ways_in if way.kind == MX}
        records = [(record, door) for door in doors for record in self.records(door)]
        gone = {AddressRecord(record.exchange, door.address) for record, door in records if record.exchange in stay}
        if not all(zone_of(self.world, each.name) for each in gone):
            return None
        return tuple(record for record, _ in records if record.exchange not in stay), tuple(sorted(gone))

    def _counts(self, door: Door) -> bool:
        declared = self.declared(door)
        return (declared is not None and declared.authorised) or bool(facts_of(door).outcomes & ACCEPT_BIT)

    def feeders(self, door: Door) -> tuple[Relay, ...]:
        """Who hands mail on to a door; to a stranger's, not who goes by the MX: it comes no more once that is gone."""
        is_strangers = bool(self.world.inventory.doors) and self.declared(door) is None
        return tuple(
            relay
            for relay in self.world.relays
            if relay.next_door == door.id and relay.door != door.id and not (is_strangers and relay.kind == BY_MX)
        )

    def moved(self, doors: Sequence[Door]) -> tuple[Record, ...] | None:
        """What must be added where no record may lead to these doors any more; None if mail had nowhere to go then.

        A name below the domain whose only exchangers they are gets the domain's other ones. What another domain's MX
        leads here, no record of this domain can lead elsewhere.
        """
        if any(way.kind == OTHER_DOMAIN for door in doors for way in door.ways_in):
            return None
        mine = frozenset(door.id for door in doors)
        others = [door for door in self.world.doors if door.id not in mine and facts_of(door).outcomes & ACCEPT_BIT]
        elsewhere = {way.name for door in others for way in door.ways_in if way.published}
        names = {way.name for door in doors for way in door.ways_in if way.published} - elsewhere
        laid_out = self.laid_out.doors_by_id if self.laid_out else self.world.doors_by_id
        home = [
            Record("", way.preference, way.exchange, door.id)
            for door in others
            for way in laid_out[door.id].ways_in
            if way.kind == MX and way.name == self.world.domain and door.id not in self.gone
        ]
        if names and (not home or not all(is_below(name, self.world.domain) for name in names)):
            return None
        return tuple(structs.replace(record, name=name) for name in sorted(names) for record in home)


class Impossible(Exception):
    """A layout that cannot be had here; says why, and what would make it possible."""
