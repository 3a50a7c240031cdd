"""A path: sender, way in, door, relays, mailbox, with the latches met on the way."""

from msgspec import Struct

from mxlatch.terms.door import DoorVerdict, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty


class Hop(Struct, frozen=True):
    """One step. kind: "sender", "way-in", "door", "latch", "relay", "mailbox"."""

    kind: str
    text: str
    certainty: Certainty
    evidence: tuple[Evidence, ...] = ()


class Path(Struct, frozen=True):
    """One way from a stranger to the mailbox.

    certainty: how surely mail gets past `missing` here, the least of the hops; CLOSED when nothing is missing or
    nothing gets in. missing: baseline latches that no hop applies; surely_missing: those of them that were
    seen or declared to be absent, and not only inferred. unsure: those of which it is not known. behaviours: ids of the
    senders that may come this way.
    """

    sender: str
    way_in: WayIn
    doors: tuple[str, ...]
    hops: tuple[Hop, ...]
    certainty: Certainty
    missing: tuple[Latch, ...] = ()
    unsure: tuple[Latch, ...] = ()
    surely_missing: tuple[Latch, ...] = ()
    behaviours: tuple[str, ...] = ()


class Paths(Struct, frozen=True):
    """All paths, the most certain and shortest first, and what they make of each door (by door id)."""

    paths: tuple[Path, ...]
    doors: dict[str, DoorVerdict]

    @property
    def shortest_open(self) -> Path | None:
        """The counter-example to show: the surest way round, and of those the shortest."""
        return next((path for path in self.paths if path.certainty >= Certainty.LIKELY), None)
