"""Cases as text for people and as JSON for programs; whatever strangers wrote in them is made safe here."""

import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from mxlatch.cases.case import Answering, Case, State
from mxlatch.cases.letter import said_by
from mxlatch.cli import telling
from mxlatch.report import Style
from mxlatch.report.escape import clipped, each_string
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.wording import counted, listed

ONE, SEVERAL = "mxlatch.case/1", "mxlatch.cases/1"


def style() -> Style:
    """How text may look on standard output."""
    return telling.style("never", False, sys.stdout)


def safe(case: Case, how: Style) -> Case:
    """The same case with every string in it clipped and made safe to show."""
    return msgspec.convert(each_string(msgspec.to_builtins(case), lambda text: how.safe(clipped(text))), Case)


def one(case: Case) -> dict[str, Any]:
    """A case as an object of its own."""
    return {"schema": ONE, "case": _with_state(case)}


def several(cases: Sequence[Case]) -> dict[str, Any]:
    """Cases as one object."""
    return {"schema": SEVERAL, "cases": [_with_state(case) for case in cases]}


def listing(cases: Sequence[Case], how: Style) -> list[str]:
    """A line a case, under a heading."""
    heading = ("case", "state", "since", "standing", "door", "now", "for")
    rows = [heading, *(_row(safe(case, how)) for case in cases)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading) - 1)]
    return ["  ".join([*(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=False)), row[-1]]) for row in rows]


def story(case: Case, how: Style) -> list[str]:
    """The whole case."""
    case = safe(case, how)
    answering, because = case.answering
    lines = [
        f"Case {case.id}: {case.door}, {case.standing}: {case.why}",
        f"  state     {case.state} since {case.steps[-1].date}",
        f"  mail for  {listed(case.domains) or 'not known: a scan asks for no recipient'}",
        f"  found as  {listed(case.names) or 'an address only'}",
        f"  now       {answering}: {because}",
        "",
        "Steps",
    ]
    for step in case.steps:
        told = "; ".join(filter(None, (step.note, f"reason: {step.reason}" if step.reason else "")))
        lines.append(f"  {step.date}  {step.state}{f': {told}' if told else ''}")
    return [*lines, "", "Evidence", *_evidence(case.evidence), "", *_owner(case), "", f"Next: {_next(case)}"]


def opened(case: Case, new: bool, how: Style) -> str:
    """What became of a door that an audit found."""
    case = safe(case, how)
    word = "opened" if new else "known"
    return f"case {case.id} {word}: {case.door}, {case.standing}: {case.why} ({case.state})"


def checked(cases: Sequence[Case], how: Style) -> list[str]:
    """Whether the doors of open cases still answer, and how many do."""
    if not cases:
        return ["no open case"]
    lines = []
    for case in (safe(case, how) for case in cases):
        answering, because = case.answering
        lines.append(f"case {case.id} {case.door} {answering}: {because} ({case.state})")
    still = sum(case.answering[0] is Answering.YES for case in cases)
    return [*lines, f"{counted(still, 'door')} of {counted(len(cases), 'open case')} still answering"]


def _with_state(case: Case) -> dict[str, Any]:
    """The case, with what follows from its steps and sightings."""
    answering, because = case.answering
    plain: dict[str, Any] = msgspec.to_builtins(case)
    return plain | {"state": case.state, "answering": answering, "answering_because": because}


def _row(case: Case) -> tuple[str, ...]:
    answering, _ = case.answering
    return (
        str(case.id),
        case.state,
        case.steps[-1].date,
        case.standing,
        case.door,
        answering,
        listed(case.domains, 2),
    )


def _evidence(evidence: Sequence[Evidence]) -> list[str]:
    lines = []
    for each in evidence:
        said = said_by(each)
        lines.append(f"  {each.text}{f' ({said})' if said else ''}")
        lines += [f"    $ {each.command}"] if each.command else []
    return lines or ["  none"]


def _owner(case: Case) -> list[str]:
    if case.owner is None:
        return [f"Owner: not asked for yet: mxlatch cases owner {case.id}"]
    lines = ["Owner", *_evidence(case.owner.facts)]
    lines += [f"  unknown: {text}" for text in case.owner.unknown]
    return [*lines, f"  write to: {listed(case.owner.contacts, 8) or 'nobody known'}"]


def _next(case: Case) -> str:
    number = case.id
    match case.state:
        case State.FOUND if case.owner is None:
            return f"mxlatch cases owner {number}, then mxlatch cases letter {number}"
        case State.FOUND:
            return f"mxlatch cases letter {number}, then mxlatch cases step {number} contacted"
        case State.CONTACTED:
            return f"mxlatch cases step {number} agreed, or mxlatch cases letter {number} --escalation"
        case State.AGREED | State.ESCALATED:
            return f"a new audit, mxlatch cases check, then mxlatch cases step {number} closed"
        case State.CLOSED:
            return "nothing"
