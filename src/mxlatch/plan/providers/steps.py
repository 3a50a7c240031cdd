"""The whole plan as steps for a person: what no tool can be told and everything else, in its order, with its waits.

What operators' consoles want is from the table in data/providers.
"""

from collections.abc import Iterator
from typing import get_args

from mxlatch.data import tables
from mxlatch.plan.change import Change
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers.quoting import file_name, remark
from mxlatch.plan.result import Plan, Step
from mxlatch.plan.wording import by_hand
from mxlatch.terms.wording import lasting

NAME = "steps"
TITLE = "steps for a person, for everything"
KINDS: tuple[type[Change], ...] = get_args(Change)


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """One text; none for a plan without steps."""
    if not plan.steps:
        return ()
    lines = [f"{remark(plan.domain)}: {remark(plan.sentence)}", ""]
    for hazard in plan.hazards:
        lines += [f"! {remark(hazard.name)}: {remark(hazard.text)}"]
    for number, step in enumerate(plan.steps, 1):
        lines += ["", *_step(number, step)]
    return (Written(f"steps-{file_name(plan.domain)}.txt", "\n".join(lines) + "\n"),)


def _step(number: int, step: Step) -> Iterator[str]:
    yield f"{number}. {remark(step.title)}"
    for change in step.changes:
        what, *how = map(remark, by_hand(change, tables().providers))
        yield f"   - {what}"
        yield from (f"     {line}" for line in how)
    if step.check:
        yield f"   Go on when: {remark(step.check)}"
    if step.wait:
        yield f"   Then wait {lasting(step.wait)}: {remark(step.why)}"
    if step.undo:
        cost = "" if step.free else f" (not free: {remark(step.costs)})"
        yield f"   Undo: {remark(step.undo)}{cost}"
