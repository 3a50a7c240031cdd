"""A plan as one HTML file for whoever has to agree to it: no script, nothing loaded, one page when it is printed."""

from collections.abc import Iterator, Mapping, Sequence

from mxlatch.plan.result import Hazard, Plan, Step
from mxlatch.report import html as audit_html
from mxlatch.report import plan_outline as outline
from mxlatch.report.escape import shown
from mxlatch.report.html import head, table
from mxlatch.report.markup import Element, Node, element, written
from mxlatch.report.plan_outline import GONE, NEW, Diff, Told
from mxlatch.terms.verdict import Verdict
from mxlatch.terms.wording import listed

_SHOWN = 8
_CLASS = {GONE: "gone", NEW: "new"}
CSS = (
    audit_html.CSS
    + """
.diff{margin:.3rem 0 1rem;padding:.35rem 0;background:var(--box);border-left:3px solid var(--line);
font:.82rem/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
.diff p{margin:0;padding:0 .6rem 0 1.8rem;text-indent:-1.2rem;white-space:pre-wrap;unicode-bidi:isolate}
.gone{color:var(--bad);background:var(--badbox)}.new{color:var(--good);font-weight:bold}
.hazard{border-left:.3rem solid var(--doubt);padding-left:.7rem;margin:.6rem 0}
ol.steps>li{margin:.5rem 0;padding-left:.3rem}
ol.steps b{font-weight:600}
td.closed{color:var(--good)}
@media print{h2{margin:.9rem 0 .3rem}.hazard,.diff,ol.steps>li{break-inside:avoid}}
"""
)


def html(plans: Sequence[Plan]) -> str:
    """The whole page for one or several domains."""
    told = [Told(shown(plan), plan.digest) for plan in plans]
    one = len(told) == 1
    ordered = outline.worst_first(told)
    title = f"mxlatch plan: {told[0].plan.domain if one else outline.fleet_sentence(ordered)}"
    body = [element("article", *_domain(told[0], "h1"))] if one else _fleet(ordered)
    page = element("html", head(title, CSS), element("body", element("main", *body)), lang="en")
    return f"<!DOCTYPE html>\n{written(page)}\n"


def _fleet(plans: Sequence[Told]) -> Iterator[Node]:
    yield element("h1", outline.fleet_sentence(plans))
    if plans:
        yield table(("domain", *outline.FLEET_HEADS), [_row(told, f"d{n}") for n, told in enumerate(plans, 1)])
    shared = outline.shared(plans)
    if shared:
        yield element("h2", "Done once, for several domains")
        yield element("ul", *(element("li", f"{words} (in {number} plans)") for words, number in shared[:_SHOWN]))
    between = outline.between(plans)
    if between:
        yield element("h2", outline.BETWEEN)
        yield element("ul", *(element("li", words) for words in between[:_SHOWN]))
    for number, told in enumerate(plans, 1):
        yield element("article", *_domain(told, "h2"), id=f"d{number}")


def _row(told: Told, anchor: str) -> Element:
    now, after, *rest = outline.fleet_row(told)
    return element(
        "tr",
        element("th", element("a", told.plan.domain, href=f"#{anchor}"), scope="row"),
        _verdict(now),
        _verdict(after),
        *(element("td", word) for word in rest),
    )


def _verdict(word: str) -> Element:
    return element("td", word, class_=word.lower() if word.lower() in ("open", "unknown", "closed") else None)


def _domain(told: Told, heading: str) -> Iterator[Node]:
    plan = told.plan
    yield element(heading, f"{plan.sentence}.", class_=outline.worth(plan))
    pairs = ((element("dt", name), element("dd", fact)) for name, fact in outline.about(told))
    yield element("dl", *(node for pair in pairs for node in pair), class_="meta")
    yield from _bullets("What cannot be had together", plan.conflicts)
    yield from _changes(plan)
    if plan.hazards:
        yield element("h2", "Hazards: the plan is refused until each is accepted")
        yield from map(_hazard, plan.hazards)
    if plan.steps:
        yield element("h2", "Steps")
        yield element("p", outline.undo(plan), class_="quiet")
        yield element("ol", *map(_step, plan.steps), class_="steps")
    yield from _proofs(plan)
    yield from _bullets("What stays open", _listed(outline.stays_open(plan)))
    yield from _bullets("What was not judged", _listed(outline.not_judged(plan)))
    yield from _remedies(plan)
    if plan.steps:
        yield element("h2", "To carry it out")
        yield element("p", "Save it (-o PLAN.json), then:")
        commands = (element("p", command, class_="command") for command in outline.to_apply(told))
        yield element("div", *commands, class_="proof")


def _bullets(title: str, items: Sequence[str]) -> Iterator[Node]:
    if items:
        yield element("h2", title)
        yield element("ul", *(element("li", item) for item in items))


def _listed(found: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{listed(whats, _SHOWN)}: {why}" for why, whats in found.items()]


def _changes(plan: Plan) -> Iterator[Node]:
    diffs, parts = outline.diffs(plan), outline.parts(plan)
    if diffs or parts:
        yield element("h2", "Changes")
    for diff in diffs:
        yield from _diff(diff)
    for part in parts:
        yield element("h3", part.title)
        yield element("ul", *(element("li", sentence) for sentence in part.sentences))


def _diff(diff: Diff) -> Iterator[Node]:
    yield element("h3", diff.title)
    lines = (element("p", f"{mark} {line}", class_=_CLASS.get(mark)) for mark, line in diff.lines)
    yield element("div", *lines, class_="diff")


def _hazard(hazard: Hazard) -> Element:
    accepted = element("p", "Accept with ", element("code", outline.accepting(hazard.name)), class_="quiet")
    return element("div", element("p", hazard.text), accepted, class_="hazard")


def _step(step: Step) -> Element:
    lines = [
        ("then: " + step.check) if step.check else "",
        f"then wait {outline.wait(step.wait)}" + (f": {step.why}" if step.why else "") if step.wait else "",
        f"undo: {step.undo}{outline.not_free(step)}" if step.undo else "",
    ]
    below = (element("div", line, class_="quiet") for line in lines if line)
    return element("li", element("b", step.title), *below)


def _proofs(plan: Plan) -> Iterator[Node]:
    if not plan.proofs:
        return
    yield element("h2", "Proof")
    rows = []
    for name, *verdicts in map(outline.proof_row, plan.proofs):
        cells = (_verdict(word.upper() if word == Verdict.OPEN else word) for word in verdicts)
        rows.append(element("tr", element("th", name, scope="row"), *cells))
    yield table(("", "now", "after"), rows)
    notes = tuple(outline.proof_notes(plan))
    yield from (element("p", note, class_="open") for note in notes)


def _remedies(plan: Plan) -> Iterator[Node]:
    if plan.remedies:
        yield element("h2", "Why these")
        items = (_remedy(f"{r.title} (cost {r.cost})", listed(r.closes, _SHOWN)) for r in plan.remedies)
        yield element("ul", *items)


def _remedy(title: str, closes: str) -> Element:
    return element("li", title, element("div", f"closes {closes}", class_="quiet") if closes else None)
