"""A case: a door that should not be there, found, its owner contacted, a transition agreed, escalated, at last closed.

Values and the rules for changing them; the date comes in. A case is closed only when the newest audits show its door
shut, or with a reason (DESIGN story 2).
"""

from datetime import date
from enum import StrEnum

from msgspec import Struct, structs

from mxlatch.cases.sighting import Sighting, newest
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.standing import UNSETTLED, Standing
from mxlatch.world.owner import Owner

LONGEST_NOTE = 4000  # characters: a page; a whole thread of mail belongs into the ticket
_MOST_EVIDENCE = 100  # lines of one case; each audit brings some ten, most of them the same


class State(StrEnum):
    """How far a case is."""

    FOUND = "found"
    CONTACTED = "contacted"
    AGREED = "transition agreed"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Answering(StrEnum):
    """Does the door still answer, by the newest audits given?"""

    YES = "answers"
    NO = "shut"
    UNKNOWN = "unknown"


class Step(Struct, frozen=True):
    """Something that was done. date: as 2026-11-22. reason: why a case was closed whose door was not seen shut."""

    state: State
    date: str
    note: str = ""
    reason: str = ""


class Case(Struct, frozen=True):
    """One door and its story.

    door: its id (address:port). domains: whose mail leads there. names: by which it was found. standing, why: what the
    audit called it. seen: the newest sighting from each vantage. owner: what was asked about its owner, if it was.
    """

    id: int
    door: str
    address: str
    port: int
    domains: tuple[str, ...]
    names: tuple[str, ...]
    standing: Standing
    why: str
    steps: tuple[Step, ...]
    seen: tuple[Sighting, ...]
    evidence: tuple[Evidence, ...] = ()
    owner: Owner | None = None

    @property
    def state(self) -> State:
        """How far it is: the last step's word."""
        return self.steps[-1].state

    @property
    def answering(self) -> tuple[Answering, str]:
        """Whether the door still answers, and by what we know."""
        return _answering(self.seen)


class Refused(Exception):
    """A step that cannot be taken; the message says why and what to do."""


def begin(number: int, first: Sighting) -> Case:
    """The case of a door that an audit or a scan found."""
    return Case(
        id=number,
        door=first.door,
        address=first.address,
        port=first.port,
        domains=(first.domain,) if first.domain else (),
        names=first.names,
        standing=Standing(first.standing),
        why=first.why,
        steps=(Step(State.FOUND, first.time[:10], first.looked),),
        seen=(first,),
        evidence=first.evidence[:_MOST_EVIDENCE],
    )


def found_again(case: Case, again: Sighting) -> Case:
    """The same door in another audit or scan: what is new joins, and a closed case may be opened again.

    It is, if the door was seen shut before and answers now, or if it is worse now. What was closed with a reason, its
    door answering, stays closed: somebody has decided so.
    """
    after = _joined(observe(case, (again,)), again)
    last = case.steps[-1]
    worse = _rank(Standing(again.standing)) < _rank(case.standing)
    newer = again not in case.seen and again in after.seen and again.time[:10] >= last.date
    if last.state is not State.CLOSED or not newer or (last.reason and not worse):
        return after
    step = Step(State.FOUND, again.time[:10], f"found again: {again.looked}")
    return structs.replace(after, steps=(*after.steps, step))


def observe(case: Case, sightings: tuple[Sighting, ...]) -> Case:
    """What audits saw of the door since; older than what is known from the same vantage changes nothing."""
    return structs.replace(case, seen=newest((*case.seen, *sightings)))


def take(case: Case, state: State, today: date, *, on: date | None = None, note: str = "", reason: str = "") -> Case:
    """The case with one step more.

    Args:
        case: as it is.
        state: what was done.
        today: the date now.
        on: when it was done, today if None.
        note: what was said, and by whom.
        reason: why it may be closed although its door was not seen shut.

    Raises:
        Refused: says why, and what to do.
    """
    day = on or today
    _check_date(case, day, today)
    if max(len(note), len(reason)) > LONGEST_NOTE:
        raise Refused(f"the note is longer than {LONGEST_NOTE} characters: put the whole into a file or a ticket")
    if state is State.FOUND:
        raise Refused("a case is found by an audit or a scan: mxlatch cases open FILE")
    if case.state is State.CLOSED:
        raise Refused(f"case {case.id} is closed: an audit that finds the door again opens it again")
    if state is State.CLOSED:
        _check_shut(case, reason)
    return structs.replace(case, steps=(*case.steps, Step(state, day.isoformat(), note, reason)))


def _check_date(case: Case, day: date, today: date) -> None:
    if day > today:
        raise Refused(f"{day} has not come yet: today is {today}")
    last = case.steps[-1].date
    if day.isoformat() < last:
        raise Refused(f"{day} is before the last step ({last}): steps stand in order; put the earlier date in the note")


def _check_shut(case: Case, reason: str) -> None:
    answering, how = case.answering
    if answering is Answering.NO or reason.strip():
        return
    still = "still answers" if answering is Answering.YES else "was not seen shut"
    raise Refused(
        f"{case.door} {still} ({how}): give a newer audit (mxlatch cases check AUDIT.json), or say why it may be "
        "closed all the same (--reason)"
    )


def _answering(seen: tuple[Sighting, ...]) -> tuple[Answering, str]:
    """One vantage where it answers is enough; it is shut only if it is from everywhere it was seen from."""
    answers = [each for each in seen if each.state == "open"]
    doubtful = [each for each in seen if not each.shut]
    for word, found in ((Answering.YES, answers), (Answering.UNKNOWN, doubtful), (Answering.NO, list(seen))):
        if found:
            last = max(found, key=lambda each: each.time)
            because = f", {last.reason}" if last.reason else ""
            return word, f"{last.state} from {last.vantage} at {last.time}{because}"
    return Answering.UNKNOWN, "never seen"


def _joined(case: Case, again: Sighting) -> Case:
    worse = _rank(Standing(again.standing)) < _rank(case.standing)
    newer = again in case.seen
    return structs.replace(
        case,
        domains=tuple(sorted({*case.domains, again.domain} - {""})),
        names=tuple(dict.fromkeys((*case.names, *again.names))),
        standing=Standing(again.standing) if worse or newer else case.standing,
        why=again.why if worse or newer else case.why,
        evidence=tuple(dict.fromkeys((*case.evidence, *again.evidence)))[:_MOST_EVIDENCE],
    )


def _rank(standing: Standing) -> int:
    """0 for the worst."""
    return UNSETTLED.index(standing)
