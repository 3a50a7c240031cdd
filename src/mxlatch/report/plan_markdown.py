"""A plan as Markdown (CommonMark, with GitHub's tables), for a ticket or a merge request: one page to be agreed on.

Every string of the plan is escaped, or stands in a code block that nothing inside can end.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mxlatch.plan.result import Plan, Step
from mxlatch.report import plan_outline as outline
from mxlatch.report.escape import shown
from mxlatch.report.plan_outline import Told
from mxlatch.terms.wording import listed

_SHOWN = 8
# What CommonMark 0.31 (section 2.4) gives a meaning to within a line, GitHub's table cell and autolinks with it.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&@])")


def markdown(plans: Sequence[Plan]) -> str:
    """The plan of one or several domains."""
    told = [Told(shown(plan), plan.digest) for plan in plans]
    if len(told) == 1:
        return _joined(_domain(told[0], "#"))
    ordered = outline.worst_first(told)
    made = [_fleet(ordered), *(_domain(each, "##") for each in ordered)]
    return _joined(line for part in made for line in part)


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _md(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _code(text: str) -> str:
    """A code span: longer ticks than any within (CommonMark 6.1)."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _block(lines: Sequence[str], language: str) -> Iterator[str]:
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from ("", f"{fence}{language}", *lines, fence)


def _domain(told: Told, level: str) -> Iterator[str]:
    plan = told.plan
    yield f"{level} {_md(plan.sentence)}"
    yield ""
    yield from (f"- {name}: {_md(fact)}" for name, fact in outline.about(told))
    yield from _bullets(f"{level}# What cannot be had together", map(_md, plan.conflicts))
    yield from _changes(plan, f"{level}#")
    hazards = (f"{_md(hazard.text)}: {_code(outline.accepting(hazard.name))}" for hazard in plan.hazards)
    yield from _bullets(f"{level}# Hazards: refused until each is accepted", hazards)
    yield from _steps(plan, f"{level}#")
    yield from _proofs(plan, f"{level}#")
    yield from _bullets(f"{level}# What stays open", _listed(outline.stays_open(plan)))
    yield from _bullets(f"{level}# What was not judged", _listed(outline.not_judged(plan)))
    if plan.steps:
        yield from ("", f"{level}# To carry it out", "", "Save it (`-o PLAN.json`), then:")
        yield from _block(outline.to_apply(told), "sh")
    yield ""


def _bullets(title: str, items: Iterable[str]) -> Iterator[str]:
    found = list(items)
    if found:
        yield from ("", title, "")
    yield from (f"- {item}" for item in found)


def _changes(plan: Plan, level: str) -> Iterator[str]:
    diffs, parts = outline.diffs(plan), outline.parts(plan)
    if diffs or parts:
        yield from ("", f"{level} Changes")
    for diff in diffs:
        yield from ("", f"{_md(diff.title)}:")
        yield from _block([f"{mark} {line}" for mark, line in diff.lines], "diff")
    for part in parts:
        yield from ("", f"{part.title}:", "")
        yield from (f"- {_md(sentence)}" for sentence in part.sentences)


def _steps(plan: Plan, level: str) -> Iterator[str]:
    if plan.steps:
        yield from ("", f"{level} Steps", "", _md(outline.undo(plan)), "")
    for number, step in enumerate(plan.steps, 1):
        yield f"{number}. {_md(step.title)}"
        yield from (f"   - {_md(line)}" for line in _below(step))


def _below(step: Step) -> Iterator[str]:
    if step.check:
        yield f"then: {step.check}"
    if step.wait:
        yield f"then wait {outline.wait(step.wait)}" + (f": {step.why}" if step.why else "")
    if step.undo:
        yield f"undo: {step.undo}{outline.not_free(step)}"


def _proofs(plan: Plan, level: str) -> Iterator[str]:
    if plan.proofs:
        yield from ("", f"{level} Proof", "", "| | now | after |", "|---|---|---|")
    yield from (f"| {' | '.join(map(_md, outline.proof_row(proof)))} |" for proof in plan.proofs)
    notes = list(outline.proof_notes(plan))
    yield from ("", *(f"- {_md(note)}" for note in notes)) if notes else ()


def _listed(found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    return (_md(f"{listed(whats, _SHOWN)}: {why}") for why, whats in found.items())


def _fleet(plans: Sequence[Told]) -> Iterator[str]:
    heads = ["domain", *outline.FLEET_HEADS]
    yield from (f"# {outline.fleet_sentence(plans)}", "")
    yield from (f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}")
    for told in plans:
        yield f"| {' | '.join(map(_md, (told.plan.domain, *outline.fleet_row(told))))} |"
    shared = outline.shared(plans)
    yield from _bullets("## Done once, for several domains", (_md(f"{w} (in {n} plans)") for w, n in shared[:_SHOWN]))
    yield from _bullets(f"## {outline.BETWEEN}", map(_md, outline.between(plans)[:_SHOWN]))
    yield ""
