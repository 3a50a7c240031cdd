"""The world as the log and the inventory show it: name servers, mail names, exchanges, doors, relays.

Everything here is a frozen value built by `world.build`; checks and the path engine read it, the planner changes
copies of it.
"""

from functools import cached_property

from msgspec import Struct

from mxlatch.inventory.model import Inventory
from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.dns import Mx
from mxlatch.terms.door import Door, DoorState, WayIn, door_id, is_vacant
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import NotAsked, NotJudged
from mxlatch.terms.latch import Latch
from mxlatch.terms.outcome import Outcome
from mxlatch.wire.maillog import MailLog
from mxlatch.world.dane import Dane
from mxlatch.world.sts import Sts
from mxlatch.world.taking import takes_somebody

NEXT_HOP, BY_MX, FORWARD = "next-hop", "mx", "forward"  # `Relay.kind`


class ServerAddress(Struct, frozen=True):
    """One address of a name server, and what it said for itself.

    status: what it answered for the SOA of the zone's apex (see `terms.dns`). serial: of that SOA, or None.
    negative_ttl: how long by that SOA resolvers keep that a name of the zone is not there, in seconds: the smaller of
    its MINIMUM and its own TTL (RFC 2308 section 5); None if it gave none.
    learnt_from: "glue", "public resolution", "192.0.2.53" (a server of the zone), "inventory"…
    ns: the NS set it serves for the apex, None if it gave no authoritative one.
    """

    address: str
    learnt_from: tuple[str, ...]
    status: str
    reason: str = ""
    serial: int | None = None
    ns: tuple[str, ...] | None = None
    evidence: tuple[Evidence, ...] = ()
    negative_ttl: int | None = None


class NameServer(Struct, frozen=True):
    """A name server of a zone. named_by: "parent 192.0.2.1", "registry", "zone at 192.0.2.53", "inventory"."""

    name: str
    named_by: tuple[str, ...]
    addresses: tuple[ServerAddress, ...]
    unresolved: str = ""  # why no address is known, "" where one is


class Zone(Struct, frozen=True):
    """A zone and everybody who claims to serve it.

    delegation: the NS names the parent's servers gave (None: unknown, () : no delegation), by parent address in
    `parent_views`. registry: the name servers RDAP lists. limit: which bound ended the search, "" for none.
    parent_ttl, ns_ttl: the largest TTL in seconds of the NS set, at the parent's servers and at the zone's own; None
    where it was not seen.
    """

    name: str
    servers: tuple[NameServer, ...]
    parent: str
    parent_views: dict[str, tuple[str, ...] | None]
    registry: Outcome[tuple[str, ...]]
    limit: str = ""
    parent_ttl: int | None = None
    ns_ttl: int | None = None

    @property
    def addresses(self) -> tuple[ServerAddress, ...]:
        """Every server address, once, by address."""
        return tuple({a.address: a for s in self.servers for a in s.addresses}.values())


class MxView(Struct, frozen=True):
    """What one server address says is the MX set of a name.

    mx: the set, sorted by preference and exchange; () for NODATA and NXDOMAIN; None if it gave no answer.
    serial: the SOA serial that this address serves, to tell propagation from split brain.
    lower_status, lower_mx: the same for the question in lower case only, where that differs; None where it does not.
    """

    server: str
    status: str
    mx: tuple[Mx, ...] | None
    ttl: int | None = None
    serial: int | None = None
    reason: str = ""
    lower_status: str | None = None
    lower_mx: tuple[Mx, ...] | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def meant(self) -> tuple[Mx, ...] | None:
        """The set that it gives to either spelling: one that knows lower case only has the MX all the same."""
        return self.lower_mx if self.lower_mx and not self.mx else self.mx


class MailName(Struct, frozen=True):
    """A name that may take mail. why: "apex", "inventory", "word list", "seen in records"; wildcard: its MX set is
    only what any unknown name of the zone gets."""

    name: str
    zone: str
    why: str
    views: tuple[MxView, ...]
    wildcard: bool = False

    @property
    def mx(self) -> tuple[Mx, ...]:
        """Every MX that any server gives for the name."""
        return tuple(sorted({mx for view in self.views for mx in view.mx or ()}))


class AddressView(Struct, frozen=True):
    """An address of an exchange. seen_by: "public resolution" and server addresses of its zone.

    ttl: the largest that anybody gave, seconds; None where it is not from a record.
    """

    address: str
    seen_by: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    ttl: int | None = None


class Exchange(Struct, frozen=True):
    """An MX target (or, for an implicit MX, the name itself) and where it leads.

    kind: "host", "literal" (an IP address written as a name), "null" ("."), "localhost". cname: the alias chain's
    first step, "" if none. problem: "" or why no address is known; `absent` then tells "surely none" from "unknown".
    dangling: the registrable domain of the name where that surely does not exist, so that anybody can register it.
    """

    name: str
    kind: str
    addresses: tuple[AddressView, ...] = ()
    cname: str = ""
    problem: str = ""
    absent: bool = False
    dangling: str = ""
    evidence: tuple[Evidence, ...] = ()


class Relay(Struct, frozen=True):
    """A door that hands mail on.

    hands_on_client: how the next hop learns the client's address (`inventory.model.HANDS_ON`; True: as by XCLIENT),
    False if it does not. waives: latches that the next hop does not apply to what comes from here. kind: NEXT_HOP,
    BY_MX or FORWARD; a door that only forwards delivers all the same. name: the mail domain whose mail goes this way,
    "" for any. before: doors that are tried first (RFC 5321 section 5.1). cut: why the next door lets nothing in from
    here. A relay to itself is one that does not find itself among the exchangers, or nothing better than itself.
    """

    door: str
    next_door: str
    hands_on_client: bool | str = False
    waives: tuple[Latch, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    kind: str = NEXT_HOP
    name: str = ""
    before: tuple[str, ...] = ()
    cut: Evidence | None = None


class DoorView(Struct, frozen=True):
    """A door as one vantage saw it. answered: something spoke, or at least the connection stood."""

    address: str
    port: int
    state: DoorState
    reason: str
    answered: bool
    evidence: tuple[Evidence, ...] = ()

    @property
    def id(self) -> str:
        """address:port."""
        return door_id(self.address, self.port)


class DnsDifference(Struct, frozen=True):
    """What name servers tell one vantage and not the other.

    rrtype: "MX" ("10 mx1.example.com"), or "addresses" of an exchange. here, there: at this vantage and at the other.
    same_serial: a server said both at one serial of its zone; otherwise the zone may have changed in between.
    """

    name: str
    rrtype: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    same_serial: bool
    evidence: tuple[Evidence, ...] = ()


class PortOut(Struct, frozen=True):
    """Whether port 25 goes out to the world: "open", "closed", "unknown" (and why), "not-asked"."""

    state: str
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


class VantageView(Struct, frozen=True):
    """What was seen from one vantage. kind: as in `inventory.model.Vantage`; what: the owner's words for it.

    time: when that run began, seconds since 1970 UTC. differences: what name servers say there and not here.
    """

    vantage: str
    kind: str
    what: str
    time: float
    doors: tuple[DoorView, ...] = ()
    differences: tuple[DnsDifference, ...] = ()
    port_out: PortOut = PortOut("not-asked")


class Neighbour(Struct, frozen=True):
    """Another domain of the owner's, as far as its mail comes to servers that this domain may have too.

    ways_in: what records publish for its names, and for other names of its mailboxes, each with the address of the
    door; None if it is not known where its mail goes. relays: the addresses of servers that hand its mail on, and where
    to.
    """

    domain: str
    ways_in: tuple[tuple[WayIn, str], ...] | None = None
    relays: tuple[tuple[str, str], ...] = ()


class World(Struct, frozen=True, dict=True):
    """Everything that is known of how mail gets to one domain, from one vantage.

    ways_in: every way with the id of the door it leads to. baseline: the latches every path must meet, and where
    that demand comes from. time: when the run began, seconds since 1970 UTC: the only clock judgement knows.
    behaviours: the senders to reckon with, in the order in which they are shown.
    filters: which `Door.operator` ids filter mail on its way ("filter" and "both" in data/providers). proven: by
    door, the canary that arrived through it without meeting a filter. elsewhere: what other vantages saw. not_followed:
    what the search for doors that no record names saw besides; nothing is judged by it. leave: by what the owner
    allowed more than an unasked audit, "" if by nothing. mail_logs: by host name, what the owner's own logs say. sts,
    dane: what demands TLS of senders; None if nobody asked. neighbours: the owner's other domains that the same run
    saw; this one may be among them.
    """

    domain: str
    vantage: str
    time: float
    zones: tuple[Zone, ...]
    names: tuple[MailName, ...]
    exchanges: tuple[Exchange, ...]
    doors: tuple[Door, ...]
    ways_in: tuple[tuple[WayIn, str], ...]
    relays: tuple[Relay, ...]
    baseline: tuple[Latch, ...]
    baseline_from: str
    not_asked: tuple[NotAsked, ...]
    not_judged: tuple[NotJudged, ...]
    inventory: Inventory
    interrupted: bool = False
    behaviours: tuple[Behaviour, ...] = ()
    filters: tuple[str, ...] = ()
    proven: dict[str, Evidence] = {}
    elsewhere: tuple[VantageView, ...] = ()
    not_followed: tuple[Evidence, ...] = ()
    leave: str = ""
    mail_logs: dict[str, MailLog] = {}
    sts: Outcome[Sts] | None = None
    dane: Dane | None = None
    neighbours: tuple[Neighbour, ...] = ()

    def door(self, door_id: str) -> Door:
        """The door with that id."""
        return self.doors_by_id[door_id]

    @property
    def doors_by_id(self) -> dict[str, Door]:
        """The doors, each under its id, in their order."""
        kept = self.__dict__.get("doors_by_id")  # functools.cached_property takes a lock each time
        if kept is None:
            kept = self.__dict__["doors_by_id"] = {door.id: door for door in self.doors}
        return kept

    def exchange(self, name: str) -> Exchange | None:
        """The exchange of that name."""
        return self._exchanges.get(name)

    @property
    def standing_doors(self) -> list[Door]:
        """Where something stands, or may: not the places at which a search found nothing listening."""
        return [door for door in self.doors if not is_vacant(door.state, door.ways_in, door.authorised)]

    @property
    def served(self) -> bool:
        """True if some door took a valid recipient: the control for doors that call the domain none of theirs."""
        kept: bool | None = self.__dict__.get("served")  # as above
        if kept is None:
            kept = self.__dict__["served"] = any(takes_somebody(door.session) for door in self.doors)
        return kept

    @property
    def cut_off(self) -> frozenset[tuple[str, str]]:
        """(door, next door) of the relays whose next door lets nothing in from there."""
        kept: frozenset[tuple[str, str]] | None = self.__dict__.get("cut_off")  # as above
        if kept is None:
            cut = [(relay.door, relay.next_door) for relay in self.relays if relay.cut is not None]
            kept = self.__dict__["cut_off"] = frozenset(cut)
        return kept

    # Kept, since checks ask again and again, and some domains have hundreds of either.
    @cached_property
    def _exchanges(self) -> dict[str, Exchange]:
        return {exchange.name: exchange for exchange in self.exchanges}
