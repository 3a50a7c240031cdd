"""Carries a plan out, step by step, and back; pure but for the ways out that it is given (`Means`, `Desk`).

The order of every step: look at all that it changes, and stop if any differs from what the plan saw; save what stands
there; do it; see that it is in force everywhere. The next step begins when that is so, its wait has passed since, and
what must be done by hand is said to be done. Where anything fails it stops, and says what is done and what is not.

Limits: a step with changes at several places (two zones, say) is all or nothing at each of them and not across them;
what was done there is told and can be rolled back. Where the places are several machines, each does its own part, and
the journal goes from one to the next; what one saw in force at itself, the others take from the journal.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mxlatch.plan.change import Change, Records
from mxlatch.plan.journal import Act, Journal, Mark, State
from mxlatch.plan.provider import Carrier, Done, Elsewhere, Means, NotDone, Outcome, Unsure
from mxlatch.plan.result import Hazard, Plan, Step
from mxlatch.plan.wording import going_back, sentence, standing
from mxlatch.terms.wording import lasting

_PAUSE = 2.0  # seconds between looks
_DAY = 86_400
_SAME_OPTIONS = "give the same options as when it was carried out"
SHORTEST_DIGEST = 12  # hex digits of `--digest`: 48 bits, as much as people compare by eye


class Desk(Struct, frozen=True):
    """What carrying out is done with beside the means: `keep` writes the journal down for good before it returns.

    now: seconds since 1970 UTC.
    """

    keep: Callable[[Journal], None]
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


class Fault(Struct, frozen=True):
    """What stopped a run. kind: nothing of it was done, or not yet everywhere, or nobody knows, or it is another
    machine's part of a step of which this one's was done."""

    what: str
    reason: str
    remedy: str = ""
    kind: Literal["not-done", "not-yet", "unsure", "elsewhere"] = "not-done"


class Report(Struct, frozen=True):
    """What came of a run.

    done: in this run; would: what the next one would do. faults: where it stopped. by_hand: step and what somebody has
    to do there. until: when the next step may begin, seconds since 1970 UTC, and waits: for what; 0 and "" if it waits
    for nothing. left: steps of which nothing was done yet, or what stays as it is.
    """

    done: tuple[str, ...] = ()
    would: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    by_hand: tuple[tuple[int, str], ...] = ()
    until: float = 0.0
    waits: str = ""
    left: tuple[str, ...] = ()
    finished: bool = False


def why_not(plan: Plan, journal: Journal, digest: str, accepted: Sequence[str]) -> Iterator[str]:
    """Reasons not to carry this plan out, each with its remedy; none if it may be.

    digest: of the plan that was shown, or its beginning; "" if not given.
    """
    if journal.digest != plan.digest:
        of, this = journal.digest[:SHORTEST_DIGEST], plan.digest[:SHORTEST_DIGEST]
        remedy = "roll that one back or finish it first, or name another file (--journal)"
        yield f"the journal is of another plan ({of}…, this is {this}…): {remedy}"
    if digest and (len(digest) < SHORTEST_DIGEST or not plan.digest.startswith(digest.lower())):
        yield (
            f"--digest {digest}: this plan is {plan.digest}: it is not the plan that was shown"
            f" (at least {SHORTEST_DIGEST} digits count)"
        )
    names = {hazard.name for hazard in plan.hazards}
    for name in accepted:
        if name not in names:
            yield f"--accept {name}: the plan has no such hazard; it has: {', '.join(sorted(names)) or 'none'}"
    for hazard in unaccepted(plan, journal, accepted):
        yield f"hazard not accepted: {hazard.text}: to accept it: --accept {hazard.name}"


def unaccepted(plan: Plan, journal: Journal, accepted: Sequence[str]) -> tuple[Hazard, ...]:
    """The plan's hazards that nobody has accepted yet, now or in an earlier run."""
    return tuple(each for each in plan.hazards if each.name not in (*accepted, *journal.accepted))


def too_old(plan: Plan, now: float, days: float) -> str:
    """Why a plan is not begun any more; "" if it may be. What the audit did not see since, nothing would notice."""
    try:
        made = datetime.fromisoformat(plan.made)
    except ValueError:
        return f"when the plan was made cannot be read ({plan.made!r}): make a new one: mxlatch plan"
    age = now - (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
    if age <= days * _DAY:
        return ""
    return f"the plan is {age / _DAY:.0f} days old: make a new one (mxlatch plan), or allow it: --max-age DAYS"


class Run:
    """One run over a plan. `journal` is what was kept last."""

    def __init__(self, plan: Plan, journal: Journal, carriers: Sequence[Carrier], means: Means, desk: Desk) -> None:
        """carriers: who may carry out, in this order."""
        self._plan, self._carriers, self._means, self._desk = plan, carriers, means, desk
        self.journal = journal
        self._done: list[str] = []
        self._elsewhere: dict[str, Fault] = {}  # groups of the step in hand that are another machine's

    async def preview(self) -> Report:
        """Look at what the next step would change, and change nothing."""
        for number, step in enumerate(self._plan.steps, 1):
            if self._settled(number, step):
                continue
            fault = await self._look(number, step, keep=False)
            mine = [(group, places) for _, group, places in self._groups(step) if group not in self._elsewhere]
            would = tuple(f"step {number}: {_told(step, places)} ({group})" for group, places in mine)
            by_hand = tuple((number, text) for text in self._to_do(number, step))
            faults = [fault] if fault is not None else [*self._elsewhere.values()]
            until, waits = self._waits_before(number)
            return replace(self._report(number, faults, until, waits), would=would, by_hand=by_hand)
        return self._report(len(self._plan.steps) + 1)

    async def forward(self) -> Report:
        """Go on to the next wait, to what must be done by hand, to a fault, or to the end."""
        last = len(self._plan.steps)
        for number, step in enumerate(self._plan.steps, 1):
            if self._began(number + 1):
                continue
            fault = await self._look(number, step) or await self._carry_out(number, step)
            fault = fault or await self._in_force(number, step)
            if fault is not None:
                return self._report(number, [fault])
            if self._elsewhere:
                return self._report(number, [*self._elsewhere.values()])
            if self._to_do(number, step):
                return self._report(number + 1)
            until, waits = self._waits_before(number + 1) if number < last else (0.0, "")
            if until:
                return self._report(number + 1, until=until, waits=waits)
        return self._report(last + 1)

    async def back(self, *, at_once: bool = False) -> Report:
        """Undo, the last first; stop where it cannot be, where somebody has to undo what was done by hand, or where
        what was undone is still served or in caches: a record that leads to a server which still refuses would lose
        mail.

        at_once: do not wait for name servers and caches; at the end name servers are asked all the same.
        """
        elsewhere: dict[int, list[Fault]] = {}
        for act in reversed(self.journal.acts):
            if act.state in ("ready", "undone"):
                continue  # nothing of it stands there
            if elsewhere and act.step not in elsewhere:
                break  # the step is undone when all its parts are
            if self._by_hand_after(act.step):
                return self._report_back()
            step = self._plan.steps[act.step - 1]
            if not at_once and (not_yet := await self._restored(after=act.step)) is not None:
                return self._report_back([not_yet])
            until = self._remembered_until(act)
            if not at_once and until > self._desk.now():
                waits = f"before {step.title!r} is undone: senders still have in their caches what stood there"
                return self._report_back(until=until, waits=waits)
            fault = await self._undo(act, step)
            if fault is not None and fault.kind == "elsewhere":
                elsewhere.setdefault(act.step, []).append(fault)
                continue
            if fault is not None:
                return self._report_back([fault])
            self._forget_looks_from(act.step)
        if elsewhere:
            kind: Literal["elsewhere", "not-done"] = "elsewhere" if self._done else "not-done"
            return self._report_back([replace(fault, kind=kind) for each in elsewhere.values() for fault in each])
        not_yet = await self._restored()
        return self._report_back([not_yet] if not_yet is not None else [])

    def preview_back(self) -> Report:
        """What would be undone, the last first."""
        there = [act for act in reversed(self.journal.acts) if act.state not in ("ready", "undone")]
        return Report(would=tuple(f"step {act.step}: {self._told_back(act)}" for act in there))

    def so_far(self) -> Report:
        """What a run did that was interrupted; an act that was begun and has no end is told as left."""
        steps = [f"step {number}: {step.title}" for number, step in enumerate(self._plan.steps, 1)]
        acts = {act.step for act in self.journal.acts if act.state == "done"}
        return Report(done=tuple(self._done), left=tuple(t for n, t in enumerate(steps, 1) if n not in acts))

    def say_done(self, number: int) -> str:
        """Take somebody's word that what a step wants by hand is done; or why it is not taken."""
        if not 1 <= number <= len(self._plan.steps):
            return f"the plan has steps 1 to {len(self._plan.steps)}"
        if not self._to_do(number, self._plan.steps[number - 1]):
            return "nothing of that step is to be done by hand, or it was said before"
        if number > 1 and not self._began(number - 1):
            return f"step {number - 1} comes first"
        self.journal = self.journal.with_mark(Mark(number, self._desk.now(), by_hand=True))
        self._desk.keep(self.journal)
        return ""

    def say_undone(self, number: int) -> str:
        """Take somebody's word that what was done by hand in a step is undone; or why it is not taken."""
        mark = self.journal.mark(number)
        if mark is None or not mark.by_hand:
            return "nothing of that step was said to be done by hand"
        self._forget(lambda each: each is mark)
        return ""

    def too_early(self, number: int) -> str:
        """Why what a step wants by hand should not have been done yet; "" if its turn has come.

        A word that is given too early is taken all the same: what is done is done, and rollback must know of it.
        """
        before = number - 1
        if not 0 < before < len(self._plan.steps):
            return ""
        step = self._plan.steps[before - 1]
        if any(act.served is None for act in self.journal.of(before)):
            return f"step {before} ({step.title}) was not seen in force everywhere yet"
        left = self._until(before, step) - self._desk.now()
        why = f" ({step.why})" if step.why else ""
        return f"the wait after step {before} is not over: {lasting(ceil(left))} left{why}" if left > 0 else ""

    # Forward

    async def _look(self, number: int, step: Step, *, keep: bool = True) -> Fault | None:
        """Save how everything stands that the step changes; a fault if anything is not as the plan saw it.

        What is another machine's is noted; a fault too, if nothing else was ever to be done.
        """
        self._elsewhere = {}
        for carrier, group, places in self._groups(step):
            known = self.journal.find(number, carrier.NAME, group)
            if known is not None and known.state not in ("ready", "undone"):
                continue
            saved = await carrier.look(_picked(step, places), self._means)
            match saved:
                case NotDone(reason, remedy):
                    return Fault(f"step {number}: {group}", reason, remedy)
                case Elsewhere():
                    self._note_elsewhere(number, group, saved)
                case str() if keep:
                    self._keep(Act(number, carrier.NAME, group, places, saved, when=self._desk.now()))
        if self._elsewhere and len(self._elsewhere) == len(self._groups(step)):
            return replace(next(iter(self._elsewhere.values())), kind="not-done")
        return None

    def _note_elsewhere(self, number: int, group: str, said: Elsewhere) -> None:
        self._elsewhere[group] = Fault(f"step {number}: {group}", said.reason, said.remedy, "elsewhere")

    async def _carry_out(self, number: int, step: Step) -> Fault | None:
        for carrier, group, places in self._groups(step):
            if group in self._elsewhere:
                continue
            act = self.journal.find(number, carrier.NAME, group)
            assert act is not None, "looked up first"
            if act.state == "done":
                continue
            before = act.state
            act = self._become(act, "begun")
            outcome = await carrier.carry_out(_picked(step, places), act.saved, self._means)
            if isinstance(outcome, Elsewhere):  # begun there, and nobody here knows how it ended
                self._become(act, before)
                self._note_elsewhere(number, group, outcome)
                continue
            if isinstance(outcome, NotDone) and before != "ready":
                outcome = await self._after_all(carrier, _picked(step, places), outcome)
            fault = self._took(act, outcome, "done", _told(step, places))
            if fault is not None:
                return fault
        if not self.journal.of(number) and not self.journal.mark(number) and not self._to_do(number, step):
            self.journal = self.journal.with_mark(Mark(number, self._desk.now()))
            self._desk.keep(self.journal)
        return None

    async def _after_all(self, carrier: Carrier, changes: Sequence[Change], outcome: NotDone) -> Outcome:
        """Not done by this try. An earlier one, of whose end nothing was known, may have got through all the same."""
        looked = await carrier.look(changes, self._means)
        if not isinstance(looked, str):
            return Unsure(f"{outcome.reason}; whether it was done before is not known: {looked.reason}", outcome.remedy)
        return outcome

    def _took(self, act: Act, outcome: Outcome, state: State, what: str) -> Fault | None:
        """Write down how an act ended."""
        match outcome:
            case Done(told):
                self._become(act, state)
                self._done.append(f"step {act.step}: {what} ({told})")
                return None
            case NotDone(reason, remedy):
                if state == "done":  # what was saved is of a moment that has passed
                    self.journal = self.journal.without(act)
                    self._desk.keep(self.journal)
                return Fault(f"step {act.step}: {what}", reason, remedy)
            case Unsure(reason, remedy):
                self._become(act, "unsure")
                return Fault(f"step {act.step}: {what}", reason, remedy, "unsure")
            case Elsewhere(reason, remedy):
                return Fault(f"step {act.step}: {what}", reason, remedy, "elsewhere")

    async def _in_force(self, number: int, step: Step) -> Fault | None:
        """See that every place has what the step wrote; note when that was first so."""
        for act in self.journal.of(number):
            if act.state != "done":
                continue  # another machine's part
            outcome = await self._until_held(act, step)
            if isinstance(outcome, Elsewhere) and act.served is not None:
                continue  # that machine saw it in force
            if not isinstance(outcome, Done):
                kind: Literal["not-yet", "unsure"] = "not-yet" if isinstance(outcome, NotDone) else "unsure"
                return Fault(f"step {number}: in force everywhere", outcome.reason, outcome.remedy, kind)
            if act.served is None:
                self._keep(replace(act, served=self._desk.now()))
        return None

    async def _until_held(self, act: Act, step: Step) -> Outcome:
        carrier = next(each for each in self._carriers if act.carrier == each.NAME)
        changes = _picked(step, act.changes)
        patience = carrier.PATIENCE if act.served is None else 0
        return await self._until_done(lambda: carrier.holds(changes, self._means), patience)

    async def _until_done(self, look: Callable[[], Awaitable[Outcome]], patience: float) -> Outcome:
        """Look again and again, for so many seconds."""
        end = self._desk.now() + patience
        while True:
            outcome = await look()
            if isinstance(outcome, Done | Elsewhere) or self._desk.now() >= end:
                return outcome
            await self._desk.sleep(_PAUSE)

    def _waits_before(self, number: int) -> tuple[float, str]:
        """Until when a step waits for the one before it, and for what; 0 and "" if it does not, or not yet."""
        if number == 1 or not self._began(number - 1):
            return 0.0, ""
        step = self._plan.steps[number - 2]
        until = self._until(number - 1, step)
        return (until, step.why or f"the wait after {step.title!r}") if until > self._desk.now() else (0.0, "")

    def _until(self, number: int, step: Step) -> float:
        """When the step after this one may begin."""
        mark = self.journal.mark(number)
        times = [act.served for act in self.journal.of(number) if act.served is not None]
        return max([*times, *([mark.when] if mark else [])], default=self._desk.now()) + step.wait

    # Back

    async def _undo(self, act: Act, step: Step) -> Fault | None:
        carrier = self._carrier(act)
        if carrier is None:
            return Fault(
                f"step {act.step}: {self._told_back(act)}",
                f"it was done by {act.carrier} ({act.group}), which has not been given what it needs now",
                _SAME_OPTIONS,
            )
        outcome = await carrier.undo(_picked(step, act.changes), act.saved, self._means)
        return self._took(act, outcome, "undone", self._told_back(act))

    def _told_back(self, act: Act) -> str:
        changes = _picked(self._plan.steps[act.step - 1], act.changes)
        return f"back: {'; '.join(map(going_back, changes))}"

    async def _restored(self, after: int = 0) -> Fault | None:
        """See that what was undone of the steps after this one is so again everywhere; note when that was first so."""
        earlier: set[tuple[str, str]] = set()  # RRsets of which an earlier step has the old state
        undone = (act for act in self.journal.acts if act.state == "undone" and act.step > after)
        for act in sorted(undone, key=lambda act: act.step):
            changes = _picked(self._plan.steps[act.step - 1], act.changes)
            wanted = [c for c in changes if not isinstance(c, Records) or (c.name, c.rrtype) not in earlier]
            earlier |= {(change.name, change.rrtype) for change in self._records(act)}
            outcome = await self._until_restored(act, wanted) if wanted and act.served is None else Done("")
            if not isinstance(outcome, Done):
                kind: Literal["not-yet", "unsure"] = "not-yet" if isinstance(outcome, NotDone) else "unsure"
                return Fault(f"step {act.step}: back everywhere", outcome.reason, outcome.remedy, kind)
            if act.served is None:
                self._keep(replace(act, served=self._desk.now()))
        return None

    async def _until_restored(self, act: Act, changes: Sequence[Change]) -> Outcome:
        carrier = self._carrier(act)
        if carrier is not None:
            return await self._until_done(lambda: carrier.restored(changes, act.saved, self._means), carrier.PATIENCE)
        if self._records(act):
            return Unsure(f"whether {act.group} has what it had before was not asked", _SAME_OPTIONS)
        return Done("one machine has it, which saw to it itself")

    def _carrier(self, act: Act) -> Carrier | None:
        """Who did an act; None without the means to do it again."""
        (place, *_) = act.changes
        change = self._plan.steps[act.step - 1].changes[place]
        found = next((each for each in self._carriers if act.carrier == each.NAME), None)
        return found if found is not None and found.group(change, self._means) == act.group else None

    def _by_hand_after(self, number: int) -> list[int]:
        """The steps after this one of which somebody said that they are done by hand, and not that they are undone."""
        return sorted((m.step for m in self.journal.marks if m.by_hand and m.step > number), reverse=True)

    def _forget_looks_from(self, number: int) -> None:
        """That nothing was to do in a step is to be found out again."""
        self._forget(lambda mark: mark.step >= number and not mark.by_hand)

    def _forget(self, gone: Callable[[Mark], bool]) -> None:
        left = tuple(mark for mark in self.journal.marks if not gone(mark))
        if left != self.journal.marks:
            self.journal = replace(self.journal, marks=left)
            self._desk.keep(self.journal)

    def _remembered_until(self, act: Act) -> float:
        """Until when caches may hold an MX, undone since, whose every exchange goes with this act.

        Mail for it would be returned. Where one of its exchangers stays, a sender finds that.
        """
        made = {change.name for change in self._records(act) if not change.before}
        undone = [each for each in self.journal.acts if each.state == "undone" and each.step > act.step]
        ends = [
            (each.when if each.served is None else each.served) + change.ttl
            for each in undone
            for change in self._records(each)
            if change.after and made.issuperset(rdata.rpartition(" ")[2].rstrip(".") for rdata in change.after)
        ]
        return max(ends, default=0.0)

    def _records(self, act: Act) -> list[Records]:
        changes = _picked(self._plan.steps[act.step - 1], act.changes)
        return [change for change in changes if isinstance(change, Records)]

    # What is where

    def _groups(self, step: Step) -> list[tuple[Carrier, str, tuple[int, ...]]]:
        """Who carries out what of a step: carrier, group, places in the step's changes."""
        found: dict[tuple[str, str], list[int]] = {}
        by_name = {carrier.NAME: carrier for carrier in self._carriers}
        for place, change in enumerate(step.changes):
            for carrier in self._carriers:
                group = carrier.group(change, self._means)
                if group is not None:
                    found.setdefault((carrier.NAME, group), []).append(place)
                    break
        return [(by_name[name], group, tuple(places)) for (name, group), places in found.items()]

    def _to_do(self, number: int, step: Step) -> list[str]:
        """What somebody has to do by hand in a step, and has not said to have done."""
        mark = self.journal.mark(number)
        if mark is not None and mark.by_hand:
            return []
        ours = {place for _, _, places in self._groups(step) for place in places}
        # Done on another machine (a lock, say): what was done there is in the journal.
        ours |= {place for act in self.journal.of(number) if act.state == "done" for place in act.changes}
        return [sentence(change) for place, change in enumerate(step.changes) if place not in ours]

    def _began(self, number: int) -> bool:
        """True once anything of this step was sent or is said to be done."""
        acts = any(act.state in ("begun", "unsure", "done") for act in self.journal.of(number))
        return (
            acts
            or self.journal.mark(number) is not None
            or (number < len(self._plan.steps) and self._began(number + 1))
        )

    def _settled(self, number: int, step: Step) -> bool:
        """True if nothing of this step is left to do."""
        if self._began(number + 1):
            return True
        done = {(act.carrier, act.group) for act in self.journal.of(number) if act.state == "done"}
        ours = {(carrier.NAME, group) for carrier, group, _ in self._groups(step)}
        return ours <= done and not self._to_do(number, step)

    # Writing down, and telling

    def _keep(self, act: Act) -> Act:
        self.journal = self.journal.with_act(act)
        self._desk.keep(self.journal)
        return act

    def _become(self, act: Act, state: State) -> Act:
        return self._keep(replace(act, state=state, when=self._desk.now(), served=None))

    def _report(self, number: int, faults: Sequence[Fault] = (), until: float = 0.0, waits: str = "") -> Report:
        """number: the first step that is not done with."""
        steps = list(enumerate(self._plan.steps, 1))
        by_hand = [(n, text) for n, step in steps if n < number for text in self._to_do(n, step)] if not faults else []
        left = tuple(f"step {n}: {step.title}" for n, step in steps if n >= number)
        over = not faults and not left and not by_hand
        return Report(
            done=tuple(self._done),
            faults=tuple(faults),
            by_hand=tuple(by_hand),
            until=until,
            waits=waits,
            left=left,
            finished=over,
        )

    def _report_back(self, faults: Sequence[Fault] = (), until: float = 0.0, waits: str = "") -> Report:
        steps = self._plan.steps
        there = [act for act in reversed(self.journal.acts) if act.state not in ("ready", "undone")]
        # What comes before in the plan is undone after.
        next_ = max((act.step for act in there), default=0)
        by_hand = [(n, steps[n - 1].undo or "undo what was done by hand") for n in self._by_hand_after(next_)]
        left = tuple(
            f"step {act.step}: {'; '.join(map(standing, _picked(steps[act.step - 1], act.changes)))}" for act in there
        )
        return Report(
            done=tuple(self._done),
            faults=tuple(faults),
            by_hand=tuple(by_hand),
            until=until,
            waits=waits,
            left=left,
            finished=not left and not by_hand and not faults,
        )


def _picked(step: Step, places: Sequence[int]) -> list[Change]:
    return [step.changes[place] for place in places]


def _told(step: Step, places: Sequence[int]) -> str:
    return "; ".join(sentence(step.changes[place]) for place in places)
