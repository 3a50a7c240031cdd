"""What was done of a plan, what stood there before, and since when it is in force: all that going on and going back
need (JSON, mxlatch.journal/1).

It is written before anything is sent, and again after each act. Each act is in one of five states:

    ready    looked up and saved, nothing sent
    begun    about to be sent; after a crash nobody knows whether it was
    unsure   sent, and no answer tells whether it was done
    done     done; `served` is when every place that shall have it was first seen to have it
    undone   brought back; `served` is when every place was first seen to have it as before
"""

from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mxlatch.plan.result import Plan
from mxlatch.terms.errors import InputError

SCHEMA = "mxlatch.journal/1"
State = Literal["ready", "begun", "unsure", "done", "undone"]


class Act(Struct, frozen=True):
    """What one carrier does in one step, all or nothing.

    step: its number, from 1. changes: places in the step's changes. saved: how it stood there before, in the carrier's
    words. when: of the last change of state; served: see above, None until then. Seconds since 1970 UTC.
    """

    step: int
    carrier: str
    group: str
    changes: tuple[int, ...]
    saved: str
    state: State = "ready"
    when: float = 0.0
    served: float | None = None


class Mark(Struct, frozen=True):
    """A step of which nothing is left that we could do. by_hand: somebody said that it is done."""

    step: int
    when: float
    by_hand: bool = False


class Journal(Struct, frozen=True, kw_only=True):
    """The story of one plan. accepted: hazards that somebody accepted by name. acts: in the order they were done."""

    digest: str
    domain: str
    accepted: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    marks: tuple[Mark, ...] = ()
    schema: str = SCHEMA

    def find(self, step: int, carrier: str, group: str) -> Act | None:
        """The act of a step; None before it was looked up."""
        return next((a for a in self.acts if (a.step, a.carrier, a.group) == (step, carrier, group)), None)

    def mark(self, step: int) -> Mark | None:
        """The mark of a step; None if it has none."""
        return next((mark for mark in self.marks if mark.step == step), None)

    def of(self, step: int) -> tuple[Act, ...]:
        """The acts of a step."""
        return tuple(act for act in self.acts if act.step == step)

    def with_act(self, act: Act) -> "Journal":
        """The journal with this act, in the place of what it says of it now."""
        acts = list(self.acts)
        old = self.find(act.step, act.carrier, act.group)
        if old is None:
            acts.append(act)
        else:
            acts[acts.index(old)] = act
        return replace(self, acts=tuple(acts))

    def without(self, act: Act) -> "Journal":
        """The journal without an act that came to nothing."""
        return replace(self, acts=tuple(each for each in self.acts if each != act))

    def with_mark(self, mark: Mark) -> "Journal":
        """The journal with this mark."""
        return replace(self, marks=(*(each for each in self.marks if each.step != mark.step), mark))

    @property
    def untouched(self) -> bool:
        """True while nothing was sent, or all of it was brought back."""
        return all(act.state in ("ready", "undone") for act in self.acts)


def begin(plan: Plan) -> Journal:
    """The journal of a plan of which nothing was done yet."""
    return Journal(digest=plan.digest, domain=plan.domain)


def to_text(journal: Journal) -> str:
    """As it is written."""
    return msgspec.json.format(msgspec.json.encode(journal), indent=2).decode() + "\n"


def from_text(text: str, path: str) -> Journal:
    """As it was written.

    Raises:
        InputError: it is no journal of ours.
    """
    try:
        journal = msgspec.json.decode(text, type=Journal)
    except msgspec.DecodeError as error:
        raise InputError(
            f"{path}: no journal of mxlatch ({error}): move it away, or name another (--journal)"
        ) from None
    if journal.schema != SCHEMA:
        raise InputError(f"{path}: a journal of another version ({journal.schema!r}): use the mxlatch that wrote it")
    return journal
