"""What every form of the report shows, in which order, and what it folds: decided once, for text, HTML and picture.

Nothing here judges: it only sorts, groups and counts what the Audit says.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from mxlatch.audit.result import Audit, DoorResult, MxAnswer, NameResult, PathResult, PropertyResult
from mxlatch.terms import dns, latch
from mxlatch.terms.door import OTHER_DOMAIN, DoorState, DoorVerdict, WayIn, is_vacant
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, NotAsked, NotJudged, Severity
from mxlatch.terms.latch import Latch
from mxlatch.terms.standing import UNSETTLED
from mxlatch.terms.verdict import WORST_FIRST, Certainty
from mxlatch.terms.wording import listed

_ABSENT = frozenset({latch.ABSENT, latch.LIKELY_ABSENT})
_FOUND = frozenset({latch.FOUND, latch.LIKELY_FOUND})
_UNTOLD = frozenset({latch.UNKNOWN, latch.NOT_ASKED})
_ANSWERED = frozenset({dns.ANSWER, dns.NODATA, dns.NXDOMAIN})
# Nothing gets through to a latch here, so there is nothing to say of one.
_SHUT = frozenset({DoorState.CLOSED.value, DoorState.FILTERED.value})
_STATE_WORD = {"closed": "refuses connections", "filtered": "silent", "unknown": "not known"}
_WAY_WORD = {"implicit-mx": "implicit MX", "declared": "listed", "host-name": "host name", "apex-address": "apex"}
# What the search for doors that no record names came across.
NOT_FOLLOWED = "Seen and not followed"
NOT_FOLLOWED_MEANS = "the verdict does not rest on them"
PROPERTIES = "What should hold"
YES, NO, UNKNOWN = "yes", "no", "unknown"  # `PropertyResult.holds`
_BEGINS = "sender"  # `HopResult.kind`; of a broken policy it bears the owner's demand
_CERTAIN_ENOUGH = (Certainty.PROVEN.word, Certainty.LIKELY.word)


class Cell(Struct, frozen=True):
    """One latch at one door. state: as in `terms.latch`, "" where nothing gets in; differs: to be marked."""

    state: str
    differs: bool


class DoorRow(Struct, frozen=True):
    """Doors that are the same in all that the table shows: one host's addresses, say."""

    doors: tuple[DoorResult, ...]
    ways: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def first(self) -> DoorResult:
        """Any of them, to read what is the same for all."""
        return self.doors[0]

    @property
    def verdict(self) -> DoorVerdict:
        """What they mean for the baseline."""
        return self.first.verdict

    @property
    def about(self) -> tuple[str, ...]:
        """Software, operator, role and standing, as far as known; why, where it does not simply stand open."""
        door = self.first
        standing = {True: "", False: "not authorised", None: ""}[door.authorised]
        if door.standing in UNSETTLED:
            standing = f"{standing} ({door.standing})".strip()
        state = "" if door.state == DoorState.OPEN else door.reason or _STATE_WORD.get(door.state, door.state)
        return tuple(word for word in (door.software, door.operator, door.role, standing, state) if word)


class FindingGroup(Struct, frozen=True):
    """All findings of one rule at one severity."""

    severity: Severity
    id: str
    findings: tuple[Finding, ...]

    @property
    def common_remedy(self) -> str:
        """The remedy if it is the same for all, else ""."""
        remedies = {finding.remedy for finding in self.findings}
        return remedies.pop() if len(remedies) == 1 else ""

    @property
    def references(self) -> tuple[str, ...]:
        """Every reference, once."""
        return tuple(dict.fromkeys(r for finding in self.findings for r in finding.references))


class Unsaid(Struct, frozen=True):
    """What was left out for one reason. whats: things, and the subjects of which just these were left out."""

    reason: str
    whats: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    count: int


class MxCamp(Struct, frozen=True):
    """Server addresses that say the same of a name. said: the set, or why there is none."""

    said: str
    answered: bool
    servers: tuple[str, ...]
    serials: tuple[int, ...]


def latches(audit: Audit) -> tuple[Latch, ...]:
    """The columns of the table: the baseline, then what was seen or declared at any door."""
    seen = {name for door in audit.doors for name, state in door.latches.items() if state.state != latch.NOT_ASKED}
    return tuple(name for name in Latch if name in audit.baseline or name in seen)


def doors(audit: Audit) -> list[DoorResult]:
    """Where something stands, or may."""
    return [door for door in audit.doors if not is_vacant(door.state, door.ways_in, door.authorised)]


def vacant(audit: Audit) -> str:
    """The places that a search came to, and where nothing listens, in a sentence; "" for none."""
    places = [door for door in audit.doors if is_vacant(door.state, door.ways_in, door.authorised)]
    named = (f"{place.id} ({way_texts(audit, place)[0]})" for place in places)
    return f"Searched too, and nothing listens there: {listed(named)}." if places else ""


def door_rows(audit: Audit) -> tuple[DoorRow, ...]:
    """The rows of the table, in the order in which a conforming sender tries the doors."""
    names = latches(audit)
    rows: dict[object, list[DoorResult]] = {}
    for door in sorted(doors(audit), key=_rank):
        cells = tuple(_cell(audit, door, name) for name in names)
        rows.setdefault((way_texts(audit, door), cells, door.verdict, door.state, _who(door)), []).append(door)
    return tuple(
        DoorRow(tuple(doors), way_texts(audit, doors[0]), tuple(_cell(audit, doors[0], name) for name in names))
        for doors in rows.values()
    )


def way_texts(audit: Audit, door: DoorResult) -> tuple[str, ...]:
    """How senders learn of the door, each once: "20 mx2.example.com"."""
    ways = sorted(door.ways_in, key=lambda way: (way.name != audit.domain, way))
    return tuple(dict.fromkeys(way_text(way, audit.domain) for way in ways)) or ("no published name",)


def way_text(way: WayIn, domain: str) -> str:
    """One way in, without its evidence; the mail domain is named only if it is not the audited one."""
    if way.kind == "mx":
        return f"{way.preference} {way.exchange}" + ("" if way.name == domain else f" of {way.name}")
    word = "exchanger" if way.kind == OTHER_DOMAIN else _WAY_WORD.get(way.kind, way.kind)
    return f"{word} {way.exchange}" + (f" of {way.name}" if way.kind == OTHER_DOMAIN else "")


def way_round(audit: Audit) -> PathResult | None:
    """The path to show: the first that is likely or proven, else the first that could not be judged."""
    return next(iter(ways_round(audit)), None) or next(
        (path for path in audit.paths if path.certainty == Certainty.UNKNOWN.word), None
    )


def ways_round(audit: Audit) -> list[PathResult]:
    """Every path that is likely or proven to go round a latch."""
    return [path for path in audit.paths if path.certainty in _CERTAIN_ENOUGH]


def more_ways(count: int) -> str:
    """Their number in words."""
    return f"{count} more {'way' if count == 1 else 'ways'} round"


def is_sure(path: PathResult) -> bool:
    """False for a path of which nothing better is known than that it was not ruled out."""
    return path.certainty in _CERTAIN_ENOUGH


def what_it_passes(path: PathResult) -> str:
    """How sure it is, which latches are not met, and of which that is not known."""
    missing = ", ".join(path.missing)
    unsure = f"not known: {', '.join(path.unsure)}" if path.unsure else ""
    return "; ".join(part for part in (path.certainty, f"without {missing}" if missing else "", unsure) if part)


def properties(audit: Audit, holds: str) -> list[PropertyResult]:
    """Those of which this is so; of several policies that hold or are not known, one stands for all."""
    found = [each for each in audit.properties if each.holds == holds]
    return found if holds == NO else list({each.name: each for each in found}.values())


def what_holds(held: PropertyResult) -> str:
    """The property, and on what it rests where that is known."""
    return f"{held.name} ({held.rests})" if held.rests else held.name


def word(held: PropertyResult) -> str:
    """The same, where the name stands beside it."""
    return f"{held.holds} ({held.rests})" if held.rests else held.holds


def why_not(audit: Audit, broken: PropertyResult) -> str:
    """What the counter-example comes to, in a line: the demand that is broken, or its last step."""
    if is_shown_above(audit, broken):
        return "see the way above"
    demand = broken.hops[0].evidence[:1] if broken.hops and broken.hops[0].kind == _BEGINS else ()
    return demand[0].text if demand else "".join(hop.text for hop in broken.hops[-1:])


def is_shown_above(audit: Audit, broken: PropertyResult) -> bool:
    """True if the counter-example is the way round that every report shows."""
    path = way_round(audit)
    return path is not None and broken.hops == path.hops


def finding_groups(audit: Audit) -> tuple[FindingGroup, ...]:
    """Findings worst first; those of one rule together."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in sorted(audit.findings, key=lambda f: (f.severity.rank, f.id, f.subject)):
        groups.setdefault((finding.severity, finding.id), []).append(finding)
    return tuple(FindingGroup(severity, rule, tuple(found)) for (severity, rule), found in groups.items())


def statement(finding: Finding) -> str:
    """The message, with the subject in front unless it is named in it already."""
    named = re.search(rf"(?<![\w.:-]){re.escape(finding.subject)}(?![\w:-])", finding.message)
    return finding.message if named else f"{finding.subject}: {finding.message}"


def severity_counts(audit: Audit) -> str:
    """ "1 critical, 2 high", or "none"."""
    counts = [(sum(f.severity is s for f in audit.findings), s.value) for s in Severity]
    return ", ".join(f"{number} {word}" for number, word in counts if number) or "none"


def unsaid(items: Sequence[NotAsked] | Sequence[NotJudged]) -> tuple[Unsaid, ...]:
    """Grouped by reason, the commonest first; subjects that lack the same things share a line."""
    by_reason: dict[str, dict[str, list[str]]] = {}
    for item in items:
        by_reason.setdefault(item.reason, {}).setdefault(item.subject, []).append(item.what)
    grouped = [_unsaid(reason, subjects) for reason, subjects in by_reason.items()]
    return tuple(sorted(grouped, key=lambda group: (-group.count, group.reason)))


def mx_camps(name: NameResult, servers: Mapping[str, str]) -> tuple[MxCamp, ...]:
    """Who says what of the name: the largest camp first, those that gave no answer last. See `server_names`."""
    camps: dict[tuple[bool, str], list[MxAnswer]] = {}
    for answer in name.answers:
        camps.setdefault((answer.status in _ANSWERED, _said(answer)), []).append(answer)
    made = [
        MxCamp(said, answered, tuple(servers.get(a.server, a.server) for a in answers), _serials(answers))
        for (answered, said), answers in camps.items()
    ]
    return tuple(sorted(made, key=lambda camp: (not camp.answered, -len(camp.servers), camp.said)))


def disputed(audit: Audit) -> tuple[NameResult, ...]:
    """The names of which servers that answered say different things."""
    return tuple(name for name in audit.dns.names if sum(camp.answered for camp in mx_camps(name, {})) > 1)


def server_names(audit: Audit) -> dict[str, str]:
    """Each name server address with the name in front of it."""
    return {
        place.address: f"{server.name} {place.address}"
        for zone in audit.dns.zones
        for server in zone.servers
        for place in server.addresses
    }


def worst_first(audits: Iterable[Audit]) -> list[Audit]:
    """Domains by verdict, then by their worst finding, then by name."""
    return sorted(audits, key=lambda audit: (WORST_FIRST.index(audit.verdict), _worst_rank(audit), audit.domain))


def fleet_sentence(audits: Sequence[Audit]) -> str:
    """How many domains, and how many of each verdict; what was only assumed stands first."""
    assumed = dict.fromkeys(each for audit in audits for each in audit.assumed)
    begins = f"Assuming {listed(assumed)}: " if assumed else ""
    counts = [(sum(audit.verdict is verdict for audit in audits), verdict.value) for verdict in WORST_FIRST]
    each = ", ".join(f"{number} {word}" for number, word in counts if number)
    return f"{begins}{len(audits)} domains: {each or 'nothing to report'}"


def worst_finding(audit: Audit) -> str:
    """Severity and id of the worst finding and how many there are besides; "-" if there is none."""
    groups = finding_groups(audit)
    if not groups:
        return "-"
    more = len(audit.findings) - 1
    return f"{groups[0].severity.value} {groups[0].id}" + (f" +{more}" if more else "")


def doors_open(audit: Audit) -> int:
    """How many doors let mail past the baseline."""
    return sum(door.verdict is DoorVerdict.OPEN for door in audit.doors)


def how_whole(audit: Audit) -> str:
    """Complete or not, how much was not judged, and whether the world was judged as it was seen."""
    open_questions = f" ({len(audit.not_judged)} not judged)" if audit.not_judged else ""
    whole = "complete" if audit.complete else f"incomplete{open_questions}"
    return f"{whole}, as assumed and not as seen" if audit.assumed else whole


def began(audit: Audit) -> str:
    """When the run began, as people read it."""
    return re.sub(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)$", r"\1 \2 UTC", audit.time)


def said_by(evidence: Evidence, audit: Audit) -> str:
    """Source and time; the day only where it is not the day of the run."""
    when = "" if evidence.time is None else moment(evidence.time)
    day = f"{audit.time[:10]} "
    return ", ".join(part for part in (evidence.source, when.removeprefix(day)) if part)


def moment(seconds: float) -> str:
    """Seconds since 1970 as people read them, in UTC; as a bare number where no calendar has such a day."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s since 1970"


def _worst_rank(audit: Audit) -> int:
    return min((finding.severity.rank for finding in audit.findings), default=len(Severity))


def _rank(door: DoorResult) -> tuple[int, int, str]:
    preference = min((way.preference for way in door.ways_in), default=0)
    return (0 if door.ways_in else 1, preference, door.id)


def _who(door: DoorResult) -> tuple[object, ...]:
    return (door.software, door.operator, door.role, door.authorised, door.standing, door.reason)


def _cell(audit: Audit, door: DoorResult, name: Latch) -> Cell:
    known = door.latches.get(name)
    if door.state in _SHUT and (known is None or known.state in _UNTOLD):
        return Cell("", differs=False)
    if known is None:
        return Cell(latch.NOT_ASKED, differs=False)
    demanded = name in audit.baseline or any(
        other.latches[name].state in _FOUND for other in audit.doors if name in other.latches
    )
    shut = door.state in _SHUT and door.verdict is DoorVerdict.CLOSED
    return Cell(known.state, differs=demanded and not shut and known.state in _ABSENT)


def _unsaid(reason: str, subjects: dict[str, list[str]]) -> Unsaid:
    by_what: dict[tuple[str, ...], list[str]] = {}
    for subject, whats in subjects.items():
        by_what.setdefault(tuple(dict.fromkeys(whats)), []).append(subject)
    lines = tuple((whats, tuple(names)) for whats, names in by_what.items())
    return Unsaid(reason, lines, sum(len(whats) for whats in subjects.values()))


def _said(answer: MxAnswer) -> str:
    if answer.status == dns.ANSWER:
        return ", ".join(answer.mx) or "no MX"
    word = {dns.NODATA: "no MX", dns.NXDOMAIN: "no such name"}.get(answer.status, answer.status)
    return word if answer.status in _ANSWERED or not answer.reason else f"{word}: {answer.reason}"


def _serials(answers: Iterable[MxAnswer]) -> tuple[int, ...]:
    return tuple(sorted({answer.serial for answer in answers if answer.serial is not None}))
