"""A plan for a terminal, a mail or a ticket: the sentence, then the changes as a diff, hazards, steps and proofs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from mxlatch.plan.result import Plan, Step
from mxlatch.report import fleet
from mxlatch.report import plan_outline as outline
from mxlatch.report.escape import shown
from mxlatch.report.layout import Ink, Style, aligned, columns, elided, paragraph, shell, written
from mxlatch.report.plan_outline import GONE, NEW, SAME, Told
from mxlatch.terms.verdict import Verdict
from mxlatch.terms.wording import listed

_INK = {GONE: Ink.BAD, NEW: Ink.GOOD, SAME: None}
_VERDICT_INK = {Verdict.OPEN: Ink.BAD, Verdict.UNKNOWN: Ink.DOUBT, Verdict.CLOSED: Ink.GOOD}
_SHOWN = 8  # of a list that a large organisation could make long: JSON has the whole
_DIFFS_SHOWN = 40


def text(plans: Sequence[Plan], style: Style) -> str:
    """The plan of one or several domains. Every string of them is escaped; lines end in a newline."""
    told = [Told(shown(plan, style.safe), plan.digest) for plan in plans]
    if len(told) == 1:
        return written(_domain(told[0], style))
    ordered = outline.worst_first(told)
    domains = (fleet.titled(each.plan.domain, _domain(each, style), style) for each in ordered)
    return written(chain(_fleet(ordered, style), *domains))


def brief(plan: Plan, style: Style) -> Iterator[str]:
    """The sentence and the steps alone."""
    safe = shown(plan, style.safe)
    yield from _sentence(safe, style)
    for number, step in enumerate(safe.steps, 1):
        yield from _step(number, step, style, whole=False)


def _domain(told: Told, style: Style) -> Iterator[str]:
    yield from _sentence(told.plan, style)
    yield ""
    for name, fact in outline.about(told):
        yield from paragraph(fact, style.room, f"  {name + ':':<9}")
    yield from _conflicts(told.plan, style)
    yield from _diffs(told.plan, style)
    yield from _parts(told.plan, style)
    yield from _hazards(told.plan, style)
    yield from _steps(told.plan, style)
    yield from _proofs(told.plan, style)
    yield from _listed("What stays open", outline.stays_open(told.plan), style)
    yield from _listed("What was not judged", outline.not_judged(told.plan), style)
    yield from _remedies(told.plan, style)
    yield from _to_apply(told, style)


def _heading(title: str, style: Style, beside: str = "") -> Iterator[str]:
    yield ""
    yield from (style.paint(line, Ink.HEADING) for line in paragraph(title, style.room, "", "  "))
    yield from paragraph(beside, style.room, "  ") if beside else ()


def _sentence(plan: Plan, style: Style) -> Iterator[str]:
    ink = _VERDICT_INK.get(outline.worth(plan), Ink.HEADING)
    yield from (style.paint(line, ink) for line in paragraph(f"{plan.sentence}.", style.room))


def _conflicts(plan: Plan, style: Style) -> Iterator[str]:
    if plan.conflicts:
        yield from _heading("What cannot be had together", style)
    for conflict in plan.conflicts:
        yield from paragraph(conflict, style.room, "  ! ")


def _diffs(plan: Plan, style: Style) -> Iterator[str]:
    found = outline.diffs(plan)
    for diff in found[:_DIFFS_SHOWN]:
        yield from _heading(diff.title, style)
        for mark, line in diff.lines:
            yield from (style.paint(piece, _INK[mark]) for piece in paragraph(line, style.room, f"{mark} ", "      "))
    if len(found) > _DIFFS_SHOWN:
        yield from ("", f"and {len(found) - _DIFFS_SHOWN} more names: see --json")


def _parts(plan: Plan, style: Style) -> Iterator[str]:
    for part in outline.parts(plan):
        yield from _heading(part.title, style)
        for sentence in part.sentences:
            yield from paragraph(sentence, style.room, "  * ")


def _hazards(plan: Plan, style: Style) -> Iterator[str]:
    if plan.hazards:
        yield from _heading("Hazards", style, "`mxlatch apply` refuses the plan until each is accepted by its name.")
    for hazard in plan.hazards:
        yield from paragraph(hazard.text, style.room, "  ! ")
        yield from shell(f"accept with {outline.accepting(hazard.name)}", style.room, "    ")


def _steps(plan: Plan, style: Style) -> Iterator[str]:
    if plan.steps:
        yield from _heading("Steps", style, outline.undo(plan))
    for number, step in enumerate(plan.steps, 1):
        yield from _step(number, step, style)


def _step(number: int, step: Step, style: Style, *, whole: bool = True) -> Iterator[str]:
    yield from paragraph(step.title, style.room, f"{number:>3}. ")
    if whole and step.check:
        yield from paragraph(f"then: {step.check}", style.room, "     ", "       ")
    if step.wait:
        why = f": {step.why}" if step.why else ""
        yield from paragraph(f"then wait {outline.wait(step.wait)}{why}", style.room, "     ", "       ")
    if whole and step.undo:
        yield from paragraph(f"undo: {step.undo}{outline.not_free(step)}", style.room, "     ", "       ")


def _proofs(plan: Plan, style: Style) -> Iterator[str]:
    rows = [outline.proof_row(proof) for proof in plan.proofs]
    if not rows:
        return
    yield from _heading("Proof, by the same path engine as the audit's", style)
    room = style.room - 2 - 2 * 11
    width = min(room, max(columns(row[0]) for row in rows))
    yield "  " + style.paint(aligned(["", "now", "after"], [width, 7, 7]), Ink.QUIET)
    for name, before, after in rows:
        words = [word.upper() if word == Verdict.OPEN else word for word in (before, after)]
        ink = Ink.BAD if after == Verdict.OPEN else None
        yield "  " + style.paint(aligned([elided(name, width), *words], [width, 7, 7]), ink)
    for note in outline.proof_notes(plan):
        yield from paragraph(note, style.room, "  ! ")


def _listed(title: str, found: Mapping[str, Sequence[str]], style: Style) -> Iterator[str]:
    if found:
        yield from _heading(title, style)
    for why, whats in list(found.items())[:_SHOWN]:
        yield from paragraph(f"{listed(whats, _SHOWN)}: {why}", style.room, "  - ")
    if len(found) > _SHOWN:
        yield f"  - and more for {len(found) - _SHOWN} other reasons: see --json"


def _remedies(plan: Plan, style: Style) -> Iterator[str]:
    if plan.remedies:
        whole = sum(remedy.cost for remedy in plan.remedies)
        exact = "no cheaper set of the remedies known here would do" if plan.exact else "a cheaper set may exist"
        yield from _heading("Why these", style, f"Cost {whole} in work and risk, without unit; {exact}.")
    for remedy in plan.remedies:
        yield from paragraph(f"{remedy.title} (cost {remedy.cost})", style.room, f"  {remedy.id}: ", "    ")
        if remedy.closes:
            yield from paragraph(f"closes {listed(remedy.closes, _SHOWN)}", style.room, "    ")
        if remedy.rarer:
            yield from paragraph(f"makes rarer only: {listed(remedy.rarer, _SHOWN)}", style.room, "    ")


def _to_apply(told: Told, style: Style) -> Iterator[str]:
    if told.plan.steps:
        yield from _heading("To carry it out", style, "Save it (-o PLAN.json), then:")
        for command in outline.to_apply(told):
            yield from shell(command, style.room, "  $ ")


# Several domains


def _fleet(plans: Sequence[Told], style: Style) -> Iterator[str]:
    """One row a domain, the worst first; then what they share."""
    yield from paragraph(f"{outline.fleet_sentence(plans)}.", style.room)
    yield ""
    inks = (Ink.BAD if told.plan.after == Verdict.OPEN else None for told in plans)
    rows = [fleet.Row(told.plan.domain, outline.fleet_row(told), ink) for told, ink in zip(plans, inks, strict=True)]
    yield from fleet.table(outline.FLEET_HEADS, rows, style)
    yield from _shared(plans, style)
    yield from _between(plans, style)


def _between(plans: Sequence[Told], style: Style) -> Iterator[str]:
    found = outline.between(plans)
    if found:
        yield from _heading(outline.BETWEEN, style)
    for words in found[:_SHOWN]:
        yield from paragraph(words, style.room, "  ! ")
    if len(found) > _SHOWN:
        yield f"  ! and {len(found) - _SHOWN} more"


def _shared(plans: Sequence[Told], style: Style) -> Iterator[str]:
    found = outline.shared(plans)
    if found:
        yield from _heading("Done once, for several domains", style)
    for words, number in found[:_SHOWN]:
        yield from paragraph(f"{words} (in {number} plans)", style.room, "  * ")
    if len(found) > _SHOWN:
        yield f"  * and {len(found) - _SHOWN} more"
