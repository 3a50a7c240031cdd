"""What a run of canaries showed, door by door; and the form in which it is kept (`mxlatch.canary/1`).

One that arrived proves its path. One that did not proves nothing: junk, quarantine and delay look the same.
"""

from typing import Literal

from msgspec import Struct

from mxlatch.terms.evidence import Evidence

SCHEMA = "mxlatch.canary/1"
NOT_ARRIVED = "not arrived: junk, quarantine and delay look the same"

# Of what a filter is seen by.
FILTER_HOST, FILTER_OPERATOR, FILTER_HEADER = "host", "operator", "header"


class Mark(Struct, frozen=True):
    """A sign that a filter had the message. kind: "host" (one of the inventory), "operator" (a known one), "header"."""

    kind: str
    text: str


class Passed(Struct, frozen=True):
    """A host that the message passed, as that host wrote it, made printable. time: seconds since 1970 UTC."""

    by: str
    sender: str = ""
    address: str = ""
    protocol: str = ""
    time: float | None = None


class Arrival(Struct, frozen=True):
    """A canary that was found. chain: the hosts it passed, the door first. where: the mailbox or its folder."""

    token: str
    where: str
    chain: tuple[Passed, ...] = ()
    marks: tuple[Mark, ...] = ()


class Canary(Struct, frozen=True):
    """One message and what became of it.

    door: its id. kind: "plain" or "gtube". sent: "sent", "deferred" (4yz) or "refused" (5yz) at `stage` with `reply`,
    "not-sent" (nothing was taken), "unknown" (cut off after it began to go out: it may arrive). time: when that was
    known, seconds since 1970 UTC. arrived: None where nothing can have been. note: for people, always said.
    """

    door: str
    token: str
    kind: str
    sent: Literal["sent", "deferred", "refused", "not-sent", "unknown"]
    stage: str = ""
    reply: str = ""
    reason: str = ""
    time: float = 0.0
    arrived: bool | None = None
    note: str = ""
    where: str = ""
    chain: tuple[Passed, ...] = ()
    marks: tuple[Mark, ...] = ()
    copies: int = 0
    evidence: Evidence | None = None


class Run(Struct, frozen=True, kw_only=True):
    """A whole run. leave: by what it was allowed. waited: seconds in which arrivals were looked for. skipped: door
    and reason of each that got no canary."""

    schema: str = SCHEMA
    domain: str
    recipient: str
    sender: str
    vantage: str
    leave: str
    time: float
    waited: float
    interrupted: bool = False
    canaries: tuple[Canary, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
