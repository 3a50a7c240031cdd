"""A path: sender, way in, door, relays, mailbox, with the latches met on the way; and what all paths add up to."""

import builtins
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from mxlatch.terms.door import DoorVerdict, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import Relay

_LIKELY = Certainty.LIKELY  # a member of an enumeration costs ten times a name


class Hop(Struct, frozen=True, gc=False):
    """One step. kind: "sender", "way-in", "door", "latch", "relay", "mailbox"."""

    kind: str
    text: str
    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()


class Path(Struct, frozen=True, dict=True):
    """One way from a stranger to the mailbox.

    certainty: how surely mail gets past `missing` here, the least of the hops; CLOSED when nothing is missing or
    nothing gets in. missing: baseline latches that no hop applies; surely_missing: those of them that were
    seen or declared to be absent, and not only inferred. unsure: those of which it is not known. behaviours: ids of the
    senders that may come this way; does: what the first of them does, "{name}" standing for the mail domain. told:
    makes the hops, which few paths are asked for. relays: those behind the first door; stuck: as of `hops.Route`.
    """

    way_in: WayIn
    doors: tuple[str, ...]
    certainty: Certainty
    missing: tuple[Latch, ...] = ()
    unsure: tuple[Latch, ...] = ()
    surely_missing: tuple[Latch, ...] = ()
    behaviours: tuple[str, ...] = ()
    does: str = "knows of the door"
    told: Callable[["Path"], tuple[Hop, ...]] = lambda _: ()
    relays: tuple[Relay, ...] = ()
    stuck: bool = False

    @property
    def sender(self) -> str:
        """What the first of its senders does, in words that follow "A stranger"."""
        return self.does.replace("{name}", self.way_in.name)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The steps, for people."""
        kept: dict[str, tuple[Hop, ...]] = self.__dict__  # functools.cached_property takes a lock each time
        if "hops" not in kept:
            kept["hops"] = self.told(self)
        return kept["hops"]


class Property(StrEnum):
    """What should hold of a domain's mail (DESIGN section 3)."""

    ROUND = "no way round"
    POLICY = "policies hold"
    DELIVERY = "honest mail arrives"
    BACKSCATTER = "no backscatter"
    DELAY = "delay is told"
    LOOP = "no loop"
    TLS = "TLS holds"


class Holds(StrEnum):
    """Three outcomes: a property that was not judged does not hold."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Held(Struct, frozen=True, gc=False):
    """Whether a property holds. told: makes the counter-example, or what is not known, in the form of a path's hops.

    Of what lies between servers, relays: those of the counter-example; latches: by which the last of them is refused;
    all: every counter-example, this one first. rests: of TLS that holds, on what ("by MTA-STS", "opportunistic"), ""
    where nobody asked.
    """

    property: Property
    holds: Holds
    told: Callable[[], tuple[Hop, ...]] = tuple
    relays: tuple[Relay, ...] = ()
    latches: tuple[Latch, ...] = ()
    all: tuple["Held", ...] = ()
    rests: str = ""

    @builtins.property  # the field has the plain name
    def hops(self) -> tuple[Hop, ...]:
        """The counter-example; () where the property holds."""
        return self.told()


class Paths(Struct, frozen=True):
    """All paths, the most certain and shortest first, what they make of each door (by door id), and what holds."""

    paths: tuple[Path, ...]
    doors: dict[str, DoorVerdict]
    properties: tuple[Held, ...] = ()

    @property
    def shortest_open(self) -> Path | None:
        """The counter-example to show: the surest way round, and of those the shortest."""
        return self.paths[0] if self.paths and self.paths[0].certainty >= _LIKELY else None

    def held(self, wanted: Property) -> Held:
        """Whether this property holds; unknown if nobody judged it."""
        return next((each for each in self.properties if each.property is wanted), Held(wanted, Holds.UNKNOWN))
