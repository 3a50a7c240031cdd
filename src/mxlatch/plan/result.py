"""A plan as it is shown, saved and carried out (JSON schema mxlatch.plan/1)."""

import hashlib

import msgspec
from msgspec import Struct

from mxlatch.plan.change import Change
from mxlatch.terms.finding import NotJudged

SCHEMA = "mxlatch.plan/1"
OTHERS = "others:"  # in a hazard's name, before the host or firewall at which other domains may have their mail


class Hazard(Struct, frozen=True):
    """A reason to stop and ask; accepted by its name (`--accept NAME`), or the plan is not carried out."""

    name: str
    text: str


class Remedy(Struct, frozen=True):
    """A remedy that the plan takes. closes: the ways round that it closes; rarer: those that it only makes rarer.

    cost: how much work and risk, without unit; plans are compared by its sum.
    """

    id: str
    title: str
    cost: int
    closes: tuple[str, ...] = ()
    rarer: tuple[str, ...] = ()
    undo: str = ""


class Step(Struct, frozen=True):
    """One step. wait: seconds from when the last server serves it until the next may begin, and why.

    check: what must be seen before the next step. undo: how to go back from here. free: undoing it at once costs no
    honest mail and needs nobody else; costs: what it costs where it is not free, as the end of a sentence.
    """

    title: str
    changes: tuple[Change, ...]
    wait: int = 0
    why: str = ""
    check: str = ""
    undo: str = ""
    free: bool = True
    costs: str = ""


class Proof(Struct, frozen=True):
    """The path engine's word on one case. failure: "none", or what is down ("down mx1.example.com").

    before, after: verdicts. round: the hops of the way round that is left, () if there is none. lost: conforming
    senders whose mail is lost after and was not before. For no failure also: unsure: names whose mail then goes to
    servers that were never asked about them, and to which no record of theirs led before; worse: properties that held
    and surely hold no more, each with what breaks it.
    """

    failure: str
    before: str
    after: str
    round: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()


class StaysOpen(Struct, frozen=True):
    """What the plan leaves open, and why nothing closes it.

    judged: False for a way of which nobody could tell, or may, whether it is open; why says how to find out.
    """

    what: str
    why: str
    judged: bool = True


class PolicyKept(Struct, frozen=True):
    """Whether a policy of the inventory holds, as it is and while any one server is down: yes, no or unknown.

    demand: in words. said: file and line.
    """

    demand: str
    said: str
    before: str
    after: str


class Plan(Struct, frozen=True, kw_only=True):
    """A plan for one domain.

    made: when the audit looked, UTC. profile: which layout was asked for. exact: no cheaper set of the known remedies
    makes the wanted properties true; False where the search ended at its bound. conflicts: goals that cannot both hold.
    not_judged: what the audit asked and got no clear answer to: a plan refuses nothing for it, and says so.
    """

    domain: str
    made: str
    profile: str
    sentence: str
    before: str
    after: str
    remedies: tuple[Remedy, ...] = ()
    steps: tuple[Step, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    proofs: tuple[Proof, ...] = ()
    policies: tuple[PolicyKept, ...] = ()
    stays_open: tuple[StaysOpen, ...] = ()
    conflicts: tuple[str, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    exact: bool = True
    schema: str = SCHEMA

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change, in the order of the steps."""
        return tuple(change for step in self.steps for change in step.changes)

    @property
    def digest(self) -> str:
        """SHA-256 of the plan, hexadecimal: what was shown is what is carried out."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()
