"""What an audit says: the one value from which every report is made ("mxlatch.audit/1")."""

from msgspec import Struct, field

from mxlatch.terms.door import Door, DoorVerdict, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, NotAsked, NotJudged
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.standing import Standing
from mxlatch.terms.verdict import Verdict

SCHEMA = "mxlatch.audit/1"


class DoorResult(Struct, frozen=True):
    """A door as reported: `terms.door.Door` with its id, what it means for the baseline, and where it stands.

    standing: beside the inventory, and why (`world.standing`). endpoint: see `terms.door.Door`.
    """

    id: str
    address: str
    port: int
    state: str
    reason: str
    ways_in: tuple[WayIn, ...]
    latches: dict[Latch, LatchState]
    authorised: bool | None
    role: str
    operator: str
    software: str
    verdict: DoorVerdict
    evidence: tuple[Evidence, ...]
    standing: str = ""
    standing_reason: str = ""
    endpoint: str = ""

    @classmethod
    def of(cls, door: Door, verdict: DoorVerdict, standing: tuple[Standing, str]) -> "DoorResult":
        """The report of a door."""
        return cls(
            id=door.id,
            address=door.address,
            port=door.port,
            state=door.state,
            reason=door.reason,
            ways_in=door.ways_in,
            latches=door.latches,
            authorised=door.authorised,
            role=door.role,
            operator=door.operator,
            software=door.software,
            verdict=verdict,
            evidence=door.evidence,
            standing=standing[0],
            standing_reason=standing[1],
            endpoint=door.endpoint,
        )


class HopResult(Struct, frozen=True):
    """One numbered step of a path; certainty: closed, unknown, likely or proven."""

    kind: str
    text: str
    certainty: str
    evidence: tuple[Evidence, ...]


class PathResult(Struct, frozen=True):
    """One way to the mailbox; certainty: how surely mail gets past `missing` this way.

    behaviours: ids of the senders that may come this way (data/behaviours.toml), of which `sender` says what one does.
    """

    certainty: str
    sender: str
    way_in: WayIn
    doors: tuple[str, ...]
    missing: tuple[Latch, ...]
    unsure: tuple[Latch, ...]
    hops: tuple[HopResult, ...]
    behaviours: tuple[str, ...] = ()


class PropertyResult(Struct, frozen=True):
    """Whether something that should hold does: yes, no, or unknown. name: as in `paths.model.Property`.

    hops: where it does not hold, the counter-example; where it is unknown, what is not known, () where that is only
    that not everything was seen. rests: of TLS that holds, on what ("by MTA-STS", "by DANE", "opportunistic": an
    attacker on the way can still take STARTTLS out of the reply), "" where nobody asked.
    """

    name: str
    holds: str
    hops: tuple[HopResult, ...]
    rests: str = ""


class MxAnswer(Struct, frozen=True):
    """What one server address says of a name's MX: status, and the set as "10 mx1.example.com"."""

    server: str
    status: str
    mx: tuple[str, ...]
    serial: int | None
    reason: str


class NameResult(Struct, frozen=True):
    """A mail name and what each server address answered."""

    name: str
    why: str
    answers: tuple[MxAnswer, ...]


class ServerResult(Struct, frozen=True):
    """A name server: who named it, and per address the status and serial of its SOA."""

    name: str
    named_by: tuple[str, ...]
    addresses: tuple["ServerAddressResult", ...]


class ServerAddressResult(Struct, frozen=True):
    """One address of a name server and how it answers for the zone."""

    address: str
    status: str
    serial: int | None
    reason: str
    learnt_from: tuple[str, ...]


class ZoneResult(Struct, frozen=True):
    """A zone: its servers, what the registry lists (None: unknown, `registry_reason` says why)."""

    zone: str
    servers: tuple[ServerResult, ...]
    registry: tuple[str, ...] | None
    registry_reason: str
    limit: str


class ExchangeAddressResult(Struct, frozen=True):
    """One address of an exchange, and who gave it."""

    address: str
    seen_by: tuple[str, ...]


class ExchangeResult(Struct, frozen=True):
    """An MX target and where it leads; `absent` tells "surely nowhere" from "unknown" where there is a problem."""

    name: str
    kind: str
    addresses: tuple[ExchangeAddressResult, ...]
    cname: str
    problem: str
    absent: bool


class DnsResult(Struct, frozen=True):
    """The DNS part: zones with their servers, mail names with each server's answer, exchanges with their addresses."""

    zones: tuple[ZoneResult, ...]
    names: tuple[NameResult, ...]
    exchanges: tuple[ExchangeResult, ...] = ()


class SeenDoorResult(Struct, frozen=True):
    """A door as one vantage saw it; answered: something spoke, or at least the connection stood."""

    id: str
    state: str
    reason: str
    answered: bool
    evidence: tuple[Evidence, ...]


class DifferenceResult(Struct, frozen=True):
    """What name servers tell the audit's vantage and another one: an MX set, or the addresses of an exchange."""

    name: str
    rrtype: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    same_serial: bool
    evidence: tuple[Evidence, ...]


class PortOutResult(Struct, frozen=True):
    """Whether port 25 goes out to the world from a vantage: open, closed, unknown, not-asked."""

    state: str
    reason: str
    evidence: tuple[Evidence, ...]


class VantageResult(Struct, frozen=True):
    """What one vantage saw; the audit's own comes first. time: RFC 3339, UTC, when that run began."""

    vantage: str
    kind: str
    what: str
    time: str
    doors: tuple[SeenDoorResult, ...]
    differences: tuple[DifferenceResult, ...]
    port_out: PortOutResult


class Audit(Struct, frozen=True, kw_only=True):
    """One domain, judged. time: RFC 3339, UTC, when the run began. leave: by what recipients might be tried, "" if by
    nothing. not_followed: what the search saw besides. assumed: by what the judged world differs from the one that was
    seen. not_assumed: assumptions that do not fit this domain, and why. properties: what should hold, and whether it
    does.
    """

    schema: str = field(default=SCHEMA)
    domain: str
    vantage: str
    time: str
    verdict: Verdict
    complete: bool
    sentence: str
    baseline: tuple[Latch, ...]
    baseline_from: str
    doors: tuple[DoorResult, ...]
    paths: tuple[PathResult, ...]
    findings: tuple[Finding, ...]
    not_asked: tuple[NotAsked, ...]
    not_judged: tuple[NotJudged, ...]
    dns: DnsResult
    vantages: tuple[VantageResult, ...] = ()
    not_followed: tuple[Evidence, ...] = ()
    leave: str = ""
    assumed: tuple[str, ...] = ()
    not_assumed: tuple[str, ...] = ()
    properties: tuple[PropertyResult, ...] = ()
