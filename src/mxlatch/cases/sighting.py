"""What an audit or a scan says of a door, as a case needs it: where it stands with its owner, whether it answers."""

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from mxlatch.audit.result import Audit, DoorResult
from mxlatch.terms.door import door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.scan import Opening, Scan, Swept
from mxlatch.terms.standing import UNSETTLED, Standing

NOT_ASKED = "not asked"  # a state of our own: the audit did not come to the door
_MOST_EVIDENCE = 30  # lines that one audit brings
_MOST_NAMES = 32  # of one door; a shared address may have hundreds
_LONGEST = 1000  # characters of a line: an audit's have 300, but its JSON may come from anywhere
_CERTAINTY = ("open", "closed", "filtered", "unknown", NOT_ASKED)  # of two at the same moment the first is believed


class Sighting(Struct, frozen=True):
    """One door in one audit or scan.

    domain: the audited one; "" for a scan, which knows addresses only. time: of the audit or scan (RFC 3339, UTC).
    state: open, closed, filtered, unknown, or not asked; shut: it is surely closed.
    """

    door: str
    address: str
    port: int
    domain: str
    vantage: str
    time: str
    state: str
    shut: bool
    reason: str = ""
    standing: str = ""
    why: str = ""
    names: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def looked(self) -> str:
        """What was done to see it: "audit of example.com from internet"."""
        return f"{f'audit of {self.domain}' if self.domain else 'scan'} from {self.vantage}"


def unsettled(audits: Iterable[Audit]) -> tuple[Sighting, ...]:
    """The doors that somebody must be asked about: rogue, retired and stray ones; the worst first for each door."""
    found = [_sighted(audit, door) for audit in audits for door in audit.doors if door.standing in UNSETTLED]
    return tuple(sorted(found, key=lambda each: (each.door, UNSETTLED.index(Standing(each.standing)), each.time)))


def strays(scan: Scan) -> tuple[Sighting, ...]:
    """The doors of a scan that nobody authorised. Whether they take mail for anybody a scan does not ask."""
    return tuple(_opened(opening, scan) for opening in scan.strays)


def of_place(scan: Scan, address: str, port: int) -> Sighting | None:
    """What a scan says of one door; None if it did not come there."""
    opening = next((o for o in scan.open if (o.address, o.port) == (address, port)), None)
    block = next((block for block in scan.blocks if block.holds(address, port)), None)
    if opening is not None:
        return _opened(opening, scan)
    return _not_opened(address, port, block, scan) if block is not None else None


def of_door(audits: Iterable[Audit], door: str, domains: Iterable[str]) -> tuple[Sighting, ...]:
    """What audits say of one door. An audit of a domain that led there, and does not now, says that it did not ask."""
    found: list[Sighting] = []
    for audit in audits:
        here = [_sighted(audit, each) for each in audit.doors if each.id == door]
        if not here and audit.domain in set(domains):
            address, _, port = door.rpartition(":")
            reason = f"the audit of {audit.domain} did not come there"
            bare = address.strip("[]")
            here = [Sighting(door, bare, int(port), audit.domain, audit.vantage, audit.time, NOT_ASKED, False, reason)]
        found.extend(here)
    return tuple(found)


def newest(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """The newest from each vantage, by vantage."""
    last: dict[str, Sighting] = {}
    for each in sightings:
        known = last.get(each.vantage)
        if known is None or (each.time, -_certainty(each)) > (known.time, -_certainty(known)):
            last[each.vantage] = each
    return tuple(last[vantage] for vantage in sorted(last))


def _sighted(audit: Audit, door: DoorResult) -> Sighting:
    return Sighting(
        door=door.id,
        address=door.address,
        port=door.port,
        domain=audit.domain,
        vantage=audit.vantage,
        time=audit.time,
        state=door.state,
        # Silence counts as closed only together with a declared rule: then the audit's verdict says so.
        shut=door.state == "closed" or (door.state == "filtered" and door.verdict == "closed"),
        reason=door.reason[:_LONGEST],
        standing=door.standing,
        why=door.standing_reason[:_LONGEST],
        names=tuple(dict.fromkeys(way.exchange[:_LONGEST] for way in door.ways_in))[:_MOST_NAMES],
        evidence=_evidence(audit, door),
    )


def _opened(opening: Opening, scan: Scan) -> Sighting:
    standing = Standing.RETIRED if opening.authorised is False else Standing.UNLISTED
    said = Evidence(f"{opening.id}: {opening.banner or 'took a connection'}"[:_LONGEST], opening.id, scan.time)
    return Sighting(
        door=opening.id,
        address=opening.address,
        port=opening.port,
        domain="",
        vantage=scan.vantage,
        time=_moment(scan.time),
        state="open",
        shut=False,
        standing=standing,
        why="still answers" if standing is Standing.RETIRED else "answers, and recipients were not asked",
        evidence=(said,),
    )


def _not_opened(address: str, port: int, block: Swept, scan: Scan) -> Sighting:
    state = "closed" if block.all_closed else "unknown"
    reason = (
        "refuses connections"
        if block.all_closed
        else f"did not open, as others in {block.block} of which it is not known why"
    )
    door = door_id(address, port)
    return Sighting(door, address, port, "", scan.vantage, _moment(scan.time), state, block.all_closed, reason)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _evidence(audit: Audit, door: DoorResult) -> tuple[Evidence, ...]:
    """How it was found, what it said, and what the findings about it rest on."""
    ways = [line for way in door.ways_in for line in way.evidence]
    findings = [line for finding in audit.findings if finding.subject == door.id for line in finding.evidence]
    latches = [line for state in door.latches.values() for line in state.evidence]
    lines = tuple(dict.fromkeys((*ways, *door.evidence, *findings, *latches)))[:_MOST_EVIDENCE]
    return tuple(Evidence(e.text[:_LONGEST], e.source[:_LONGEST], e.time, e.command[:_LONGEST]) for e in lines)


def _certainty(sighting: Sighting) -> int:
    return _CERTAINTY.index(sighting.state) if sighting.state in _CERTAINTY else len(_CERTAINTY)
