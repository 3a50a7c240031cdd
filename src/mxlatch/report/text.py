"""The audit for a terminal, a mail or a ticket: sentence, way round, door table, findings, and what was not judged.

Meaning never rests on colour alone, and every list that a large organisation could make long is folded with a count:
JSON has the whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from mxlatch.audit.result import Audit, HopResult, NameResult, PathResult
from mxlatch.report import fleet, outline, vantages
from mxlatch.report.door_table import door_table
from mxlatch.report.escape import shown
from mxlatch.report.layout import Ink, Style, flowed, paragraph, shell, wrapped, written
from mxlatch.report.outline import FindingGroup, Unsaid
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, NotAsked, NotJudged, Severity
from mxlatch.terms.verdict import Verdict

# How much of a list is shown before "and N more": enough to see the pattern, and a report of a few screens.
_EVIDENCE_SHOWN = 2
_SUBJECTS_SHOWN = 4
_SAME_FINDINGS_SHOWN = 5
_REASONS_SHOWN = 6
_OTHER_WAYS_SHOWN = 4
_DISPUTES_SHOWN = 5
_NOT_FOLLOWED_SHOWN = 8
_BROKEN_SHOWN = 7  # as many as there are properties; policies there may be more

_PROPERTY_INDENT = " " * len("  unknown  ")
_FLEET_HEADS = ("verdict", "doors open", "complete", "worst finding")
_VERDICT_INK = {Verdict.OPEN: Ink.BAD, Verdict.UNKNOWN: Ink.DOUBT, Verdict.CLOSED: Ink.GOOD, Verdict.NO_MAIL: None}
_SEVERITY_INK = {Severity.CRITICAL: Ink.BAD, Severity.HIGH: Ink.BAD, Severity.MEDIUM: Ink.DOUBT}


def text(audits: Sequence[Audit], style: Style) -> str:
    """The report of one or several domains. Every string of the audits is escaped; lines end in a newline."""
    safe = [shown(audit, style.safe) for audit in audits]
    if len(safe) == 1:
        return written(_domain(safe[0], style))
    ordered = outline.worst_first(safe)
    domains = (fleet.titled(audit.domain, _domain(audit, style), style) for audit in ordered)
    return written(chain(_fleet(ordered, style), *domains))


def _domain(audit: Audit, style: Style) -> Iterator[str]:
    yield from _headline(audit, style)
    yield from _way_round(audit, style)
    yield from _door_table(audit, style)
    yield from _vantages(audit, style)
    yield from _properties(audit, style)
    yield from _findings(audit, style)
    yield from _name_servers(audit, style)
    yield from _unsaid("Not judged (asked, and no clear answer)", audit.not_judged, style)
    yield from _unsaid("Not asked", audit.not_asked, style)
    yield from _not_followed(audit, style)


def _heading(title: str, style: Style, beside: str = "") -> Iterator[str]:
    yield ""
    first, *rest = paragraph(f"{title} {beside}".rstrip(), style.room, "", "  ")
    yield style.paint(title, Ink.HEADING) + first.removeprefix(title) if first.startswith(title) else first
    yield from rest


def _headline(audit: Audit, style: Style) -> Iterator[str]:
    ink = _VERDICT_INK[audit.verdict]
    yield from (style.paint(line, ink or Ink.HEADING) for line in paragraph(audit.sentence, style.room))
    yield ""
    yield from paragraph(f"{audit.domain}: {audit.verdict.value}, {outline.how_whole(audit)}", style.room, "  ")
    yield from paragraph(f"seen from {audit.vantage}, {outline.began(audit)}", style.room, "  ")
    if audit.leave:
        yield from paragraph(f"by leave of {audit.leave}", style.room, "  ")
    for refused in audit.not_assumed:
        yield from paragraph(f"not assumed: {refused}", style.room, "  ", "    ")
    if audit.baseline:
        names = ", ".join(audit.baseline)
        origin = f" ({audit.baseline_from})" if audit.baseline_from else ""
        yield from paragraph(f"every door should have: {names}{origin}", style.room, "  ")


# The shortest way round


def _way_round(audit: Audit, style: Style) -> Iterator[str]:
    path = outline.way_round(audit)
    if path is None:
        return
    title = "The shortest way round" if outline.is_sure(path) else "A way that could not be judged"
    yield from _heading(title, style, f"({outline.what_it_passes(path)})")
    for number, hop in enumerate(path.hops, 1):
        yield from _hop(number, hop, audit, style)
    others = [other for other in outline.ways_round(audit) if other is not path]
    yield from (line for other in others[:_OTHER_WAYS_SHOWN] for line in _other_way(other, audit, style))
    if len(others) > _OTHER_WAYS_SHOWN:
        yield f"  and {outline.more_ways(len(others) - _OTHER_WAYS_SHOWN)}: see --json"


def _hop(number: int, hop: HopResult, audit: Audit, style: Style) -> Iterator[str]:
    sure = "" if hop.certainty == "proven" else f" [{hop.certainty}]"
    yield from paragraph(f"{hop.text}{sure}", style.room, f"{number:>3}. ")
    for item in hop.evidence[:_EVIDENCE_SHOWN]:
        yield from _evidence(item, audit, style, "     ")
    if len(hop.evidence) > _EVIDENCE_SHOWN:
        yield f"     and {len(hop.evidence) - _EVIDENCE_SHOWN} more like this: see --json"


def _evidence(item: Evidence, audit: Audit, style: Style, indent: str) -> Iterator[str]:
    yield from paragraph(item.text, style.room, f"{indent}| ", f"{indent}|   ")
    said = outline.said_by(item, audit)
    if said:
        yield from (style.paint(line, Ink.QUIET) for line in paragraph(said, style.room, f"{indent}|   "))
    if item.command:
        yield from shell(item.command, style.room, f"{indent}$ ")


def _shown_above(audit: Audit) -> dict[Evidence, int]:
    """The evidence that the way round has shown already, with its step."""
    path = outline.way_round(audit)
    hops = enumerate(path.hops, 1) if path else ()
    return {item: number for number, hop in hops for item in hop.evidence[:_EVIDENCE_SHOWN]}


def _other_way(path: PathResult, audit: Audit, style: Style) -> Iterator[str]:
    way = outline.way_text(path.way_in, audit.domain)
    yield from paragraph(f"{way}, {' then '.join(path.doors)} ({outline.what_it_passes(path)})", style.room, "  also: ")


# The rest of one domain


def _door_table(audit: Audit, style: Style) -> Iterator[str]:
    if audit.doors:
        yield from _heading("Doors", style)
        if outline.doors(audit):
            yield from door_table(audit, style)
    if vacant := outline.vacant(audit):
        yield from paragraph(vacant, style.room, "  ")


def _vantages(audit: Audit, style: Style) -> Iterator[str]:
    if audit.vantages:
        yield from _heading(vantages.TITLE, style)
        yield from vantages.vantage_table(audit, style)


def _properties(audit: Audit, style: Style) -> Iterator[str]:
    """What holds and what is unknown are named; what does not hold says why, in a line."""
    if audit.properties:
        yield from _heading(outline.PROPERTIES, style)
    broken = outline.properties(audit, outline.NO)
    for each in broken[:_BROKEN_SHOWN]:
        said = f"{each.name}: {outline.why_not(audit, each)}"
        yield from _marked("NO", Ink.BAD, wrapped(said, style.room - len(_PROPERTY_INDENT)), style)
    if len(broken) > _BROKEN_SHOWN:
        yield f"{_PROPERTY_INDENT}and {len(broken) - _BROKEN_SHOWN} more: see --json"
    for holds, ink in ((outline.UNKNOWN, Ink.DOUBT), (outline.YES, None)):
        names = [f"{outline.what_holds(each)}," for each in outline.properties(audit, holds)]
        if names:
            names[-1] = names[-1].removesuffix(",")
            yield from _marked(holds, ink, flowed(names, style.room - len(_PROPERTY_INDENT), " "), style)


def _marked(mark: str, ink: Ink | None, lines: Sequence[str], style: Style) -> Iterator[str]:
    """Lines with a word in front of the first."""
    for number, line in enumerate(lines):
        word = "" if number else mark
        yield f"  {style.paint(word, ink)}{' ' * (len(_PROPERTY_INDENT) - 2 - len(word))}{line}"


def _findings(audit: Audit, style: Style) -> Iterator[str]:
    groups = outline.finding_groups(audit)
    if groups:
        yield from _heading("Findings", style, f"({outline.severity_counts(audit)})")
    for group in groups:
        yield from _finding_group(group, audit, style)


def _finding_group(group: FindingGroup, audit: Audit, style: Style) -> Iterator[str]:
    word = group.severity.value.upper()
    count = f"  ({len(group.findings)} times)" if len(group.findings) > 1 else ""
    yield ""
    yield f"  {style.paint(word, _SEVERITY_INK.get(group.severity))}  {style.paint(group.id, Ink.HEADING)}{count}"
    for finding in group.findings[:_SAME_FINDINGS_SHOWN]:
        yield from paragraph(outline.statement(finding), style.room, "  - ")
        yield from _proof(finding, audit, style)
        yield from _remedy("" if group.common_remedy else finding.remedy, style)
    if len(group.findings) > _SAME_FINDINGS_SHOWN:
        yield f"    and {len(group.findings) - _SAME_FINDINGS_SHOWN} more: see --json"
    yield from _remedy(group.common_remedy, style)
    yield f"    Why, and how it is proved: mxlatch explain {group.id}"


def _proof(finding: Finding, audit: Audit, style: Style) -> Iterator[str]:
    """One piece of evidence is enough here: JSON has them all."""
    if not finding.evidence:
        return
    step = next((n for item, n in _shown_above(audit).items() if item in finding.evidence), None)
    if step is None:
        yield from _evidence(finding.evidence[0], audit, style, "    ")
    else:
        yield f"    | seen in step {step} above"


def _remedy(words: str, style: Style) -> Iterator[str]:
    if words:
        yield from paragraph(words, style.room, "    Remedy: ")


def _name_servers(audit: Audit, style: Style) -> Iterator[str]:
    disputes = outline.disputed(audit)
    if disputes:
        yield from _heading("The name servers disagree", style)
    for name in disputes[:_DISPUTES_SHOWN]:
        yield from _dispute(name, outline.server_names(audit), style)
    if len(disputes) > _DISPUTES_SHOWN:
        yield f"  and about {len(disputes) - _DISPUTES_SHOWN} more names: see --json"


def _dispute(name: NameResult, servers: Mapping[str, str], style: Style) -> Iterator[str]:
    yield from paragraph(f"MX of {name.name} is", style.room, "  ")
    for camp in outline.mx_camps(name, servers):
        serials = f" (serial {', '.join(map(str, camp.serials))})" if camp.serials else ""
        yield from paragraph(camp.said, style.room, "  - ", "    ")
        yield from paragraph(f"at {_some(camp.servers)}{serials}", style.room, "      ")


def _unsaid(title: str, items: Sequence[NotAsked] | Sequence[NotJudged], style: Style) -> Iterator[str]:
    groups = outline.unsaid(items)
    if groups:
        yield from _heading(title, style, f"({len(items)})")
    for group in groups[:_REASONS_SHOWN]:
        yield from _reason(group, style)
    if len(groups) > _REASONS_SHOWN:
        left = sum(group.count for group in groups[_REASONS_SHOWN:])
        yield f"  - and {left} more for {len(groups) - _REASONS_SHOWN} other reasons: see --json"


def _reason(group: Unsaid, style: Style) -> Iterator[str]:
    yield from paragraph(f"{group.reason} ({group.count})", style.room, "  - ", "    ")
    for whats, subjects in group.whats[:_SUBJECTS_SHOWN]:
        yield from paragraph(f"{_some(whats)}: {_some(subjects)}", style.room, "      ", "        ")
    if len(group.whats) > _SUBJECTS_SHOWN:
        yield f"      and {len(group.whats) - _SUBJECTS_SHOWN} more: see --json"


def _not_followed(audit: Audit, style: Style) -> Iterator[str]:
    told = audit.not_followed
    if told:
        yield from _heading(outline.NOT_FOLLOWED, style, f"({len(told)}; {outline.NOT_FOLLOWED_MEANS})")
    for item in told[:_NOT_FOLLOWED_SHOWN]:
        yield from paragraph(item.text, style.room, "  - ", "    ")
        yield from (
            style.paint(line, Ink.QUIET) for line in paragraph(outline.said_by(item, audit), style.room, "      ")
        )
    if len(told) > _NOT_FOLLOWED_SHOWN:
        yield f"  - and {len(told) - _NOT_FOLLOWED_SHOWN} more: see --json"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SUBJECTS_SHOWN
    return ", ".join(names[:_SUBJECTS_SHOWN]) + (f" and {more} more" if more > 0 else "")


# Several domains


def _fleet(audits: Sequence[Audit], style: Style) -> Iterator[str]:
    """One row a domain, the worst first."""
    yield from paragraph(outline.fleet_sentence(audits), style.room)
    yield ""
    inks = (Ink.BAD if audit.verdict is Verdict.OPEN else None for audit in audits)
    rows = [fleet.Row(audit.domain, _fleet_row(audit), ink) for audit, ink in zip(audits, inks, strict=True)]
    yield from fleet.table(_FLEET_HEADS, rows, style)


def _fleet_row(audit: Audit) -> tuple[str, ...]:
    verdict = audit.verdict.value.upper() if audit.verdict is Verdict.OPEN else audit.verdict.value
    doors = f"{outline.doors_open(audit)} of {len(outline.doors(audit))}"
    return (verdict, doors, "yes" if audit.complete else "no", outline.worst_finding(audit))
