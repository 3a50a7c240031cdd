"""A door: an address and port where SMTP answers a stranger, and the ways by which a stranger learns of it."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.smtp import Session


class DoorState(StrEnum):
    """What came of knocking, from one vantage."""

    OPEN = "open"
    CLOSED = "closed"  # refused the connection, and a positive control held
    FILTERED = "filtered"  # silent in two passes, and a positive control held
    UNKNOWN = "unknown"

    __hash__ = str.__hash__  # as of `terms.latch.Latch`


class DoorVerdict(StrEnum):
    """What the door means for the baseline."""

    OPEN = "open"  # mail reaches the mailbox here without a latch of the baseline
    CLOSED = "closed"  # every latch of the baseline is met here, or nothing gets in
    LIKELY_CLOSED = "likely-closed"  # filtered, and nothing declared or seen elsewhere says that it should be
    UNLATCHED = "unlatched"  # equal to the others, but no door has any latch
    UNKNOWN = "unknown"


MX, IMPLICIT_MX = "mx", "implicit-mx"  # published: the DNS sends every sender there
DECLARED = "declared"  # the inventory names it, and no record leads there
HOST_NAME = "host-name"  # guessed, or seen in other records
REMEMBERED = "remembered"  # published once
APEX_ADDRESS = "apex-address"
ENDPOINT = "endpoint"  # of a provider: every customer has one, and its name can be guessed
OTHER_DOMAIN = "other-domain"  # another recipient domain of the same mailboxes
SCAN = "scan"  # found by looking at every address of a block
PUBLISHED = frozenset({MX, IMPLICIT_MX})
AFTER_ALL = 65536  # `WayIn.preference` where no record gives one: beyond the last that can be written


class WayIn(Struct, frozen=True, order=True):
    """How a sender learns of a door.

    kind: one of the words above. name: the mail domain whose mail comes this way. preference: of the MX record, 0
    for an implicit MX, AFTER_ALL where no record leads there. exchange: the MX target, the name itself for an
    implicit MX, or the host name or address that was found.
    """

    kind: str
    name: str
    preference: int
    exchange: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def rank(self) -> tuple[int, str, str, str]:
        """For sorting: two ways may differ in their evidence only, which has no order."""
        return self.preference, self.name, self.exchange, self.kind

    @property
    def published(self) -> bool:
        """True if a record of the domain leads senders there."""
        return self.kind in PUBLISHED


def is_vacant(state: str, ways_in: Iterable[WayIn], authorised: bool | None) -> bool:
    """True for a place that only a search came to, and that refuses connections: no door stands there."""
    return state == DoorState.CLOSED and authorised is not True and not any(way.published for way in ways_in)


def door_id(address: str, port: int) -> str:
    """The id of a door: address:port, an IPv6 address in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Door(Struct, frozen=True, dict=True):
    """A door with all that is known of it.

    authorised: True, False, or None where no inventory says. operator: the id of the known operator in
    data/providers ("google"), or "". software: product as recognised, or "". closed_by: the declared rule by which
    this vantage cannot reach the door. endpoint: of a provider's endpoint what it did with a stranger: "closed",
    "open" (at RCPT), "wrong" (the domain is not served there) or "unknown"; "" for any other door, or not asked.
    """

    address: str
    port: int
    state: DoorState
    reason: str = ""
    ways_in: tuple[WayIn, ...] = ()
    latches: dict[Latch, LatchState] = {}
    authorised: bool | None = None
    role: str = ""
    operator: str = ""
    software: str = ""
    session: Session | None = None
    closed_by: Evidence | None = None
    evidence: tuple[Evidence, ...] = ()
    endpoint: str = ""

    @property
    def id(self) -> str:
        """address:port."""
        kept: str | None = self.__dict__.get("id")  # functools.cached_property takes a lock each time
        if kept is None:
            kept = self.__dict__["id"] = door_id(self.address, self.port)
        return kept
