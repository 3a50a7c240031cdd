"""What a door is to the path engine: its latches and what a try may come to, each as bits of a number.

A planner judges the same doors in a thousand worlds: what can be known of a door alone is worked out once and kept with
it.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from mxlatch.inventory.model import TRAP
from mxlatch.terms.behaviour import ACCEPT, NO_ANSWER, REJECT, TEMPFAIL
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import ABSENT, FOUND, LIKELY_ABSENT, LIKELY_FOUND, Latch
from mxlatch.terms.smtp import Turn
from mxlatch.terms.verdict import Certainty
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.taking import Taking, taking

_LATER = 4  # first digit of a reply that asks to come back (RFC 5321 section 4.2.1)
_KEY = "facts"
_SLOT = {FOUND: 0, LIKELY_FOUND: 0, LIKELY_ABSENT: 1, ABSENT: 2}
_NOT_KNOWN = 3
# A member of an enumeration costs ten times a name, and these are asked for at every step.
_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = map(int, sorted(Certainty))
_OPEN, _SHUT, _FILTERED = DoorState.OPEN, DoorState.CLOSED, DoorState.FILTERED
_FOREIGN, _LOGIN, _TAKES = Taking.FOREIGN, Taking.LOGIN, Taking.TAKES
_REFUSES = (_FOREIGN, Taking.REFUSES, _LOGIN)

ASSUMED_DOWN = Evidence("assumed: down")  # `Door.closed_by` of a server that would let relays in, were it up

LATCH_BIT: dict[Latch, int] = {latch: 1 << number for number, latch in enumerate(Latch)}
ALL_LATCHES = (1 << len(LATCH_BIT)) - 1
RECIPIENTS = LATCH_BIT[Latch.RECIPIENT] | LATCH_BIT[Latch.RELAY]  # the latches that speak of the mail domain
OUTCOME_BIT = {NO_ANSWER: 1, TEMPFAIL: 2, REJECT: 4, ACCEPT: 8}
NO_ANSWER_BIT, TEMPFAIL_BIT, REJECT_BIT, ACCEPT_BIT = OUTCOME_BIT.values()
ANY_OUTCOME = 15
WAY_BITS = NO_ANSWER_BIT | TEMPFAIL_BIT  # a relay tries the next exchanger (RFC 5321 section 5.1)
TAKEN_BITS = REJECT_BIT | ACCEPT_BIT  # it does not
_LATCHES_OF = [tuple(latch for latch, bit in LATCH_BIT.items() if mask & bit) for mask in range(ALL_LATCHES + 1)]


class Facts(Struct, frozen=True):
    """One door. found, likely, absent: latches that it surely or likely has, likely has not, and surely has not.

    listed: those of which something is said, if only that it is not known. outcomes: what a stranger's try may come to;
    relayed: the same of a relay's try, of which a rule against strangers says nothing. entry: how surely a stranger
    gets in at the door. handed: how surely what a relay hands on gets in, now or when the door is back. mute: latches
    whose state says nothing of a relay's mail, since it is what the door does with strangers. refuses: it refused the
    valid recipient, which may be a word on some ways in (`hops.refused`). Into a trap nothing gets, from nobody, unless
    it was seen to take the valid recipient.
    """

    found: int
    likely: int
    absent: int
    listed: int
    outcomes: int
    relayed: int
    entry: int
    handed: int
    mute: int
    taking: Taking
    refuses: bool


def facts_of(door: Door) -> Facts:
    """The facts of a door, worked out the first time."""
    kept = door.__dict__
    if _KEY not in kept:
        kept[_KEY] = _facts(door)
    facts: Facts = kept[_KEY]
    return facts


def latch_mask(latches: Iterable[Latch]) -> int:
    """The bits of these latches."""
    mask = 0
    for latch in latches:
        mask |= LATCH_BIT[latch]
    return mask


def latches_of(mask: int) -> tuple[Latch, ...]:
    """The latches of these bits, in the order of `Latch`."""
    return _LATCHES_OF[mask]


def _facts(door: Door) -> Facts:
    masks = [0, 0, 0, 0]
    for latch, known in door.latches.items():
        masks[_SLOT.get(known.state, _NOT_KNOWN)] |= LATCH_BIT[latch]
    found, likely, absent, others = masks
    takes = taking(door.session)
    outcomes = _outcomes(door, takes, latched=not door.latches or bool(found | likely | others))
    trap = door.role == TRAP and takes is not _TAKES
    if trap:
        outcomes = _put_off(door, takes, outcomes)
    return Facts(
        found,
        likely,
        absent,
        found | likely | absent | others,
        outcomes,
        outcomes if trap else _relayed(door, outcomes),
        _CLOSED if trap else _entry(door),
        _CLOSED if trap else _handed(door),
        RECIPIENTS if takes is _FOREIGN or takes is _LOGIN else 0,
        takes,
        takes in _REFUSES and not door.endpoint,
    )


def _outcomes(door: Door, takes: Taking, *, latched: bool) -> int:
    if door.state is _SHUT or (door.state is _FILTERED and door.closed_by is not None):
        return NO_ANSWER_BIT
    if door.state is not _OPEN:
        return ANY_OUTCOME
    refuses = takes in _REFUSES or door.endpoint == LOCKED
    may = REJECT_BIT if refuses else ACCEPT_BIT | (REJECT_BIT if latched else 0)
    return may | TEMPFAIL_BIT if door.session is not None and _asks_to_come_back(door.session.turns) else may


def _put_off(door: Door, takes: Taking, outcomes: int) -> int:
    """What a try comes to at a door that takes nothing: it is put off for ever, unless the door was seen to refuse."""
    if door.state is _OPEN:
        return REJECT_BIT if takes in _REFUSES else TEMPFAIL_BIT
    return outcomes & ~ACCEPT_BIT


def _relayed(door: Door, outcomes: int) -> int:
    if door.state is _OPEN:
        return ACCEPT_BIT | REJECT_BIT | outcomes & TEMPFAIL_BIT
    if door.closed_by is not None and door.closed_by != ASSUMED_DOWN:
        return ANY_OUTCOME
    return NO_ANSWER_BIT if door.state is _SHUT else ANY_OUTCOME


def _asks_to_come_back(turns: Sequence[Turn]) -> bool:
    for turn in turns:  # noqa: SIM110 - half the time of any()
        if turn.label and turn.reply is not None and turn.reply.code // 100 == _LATER:
            return True
    return False


def _handed(door: Door) -> int:
    """A door that a rule shuts to strangers is open to those of whom the owner says that they hand on to it."""
    ruled = door.closed_by is not None or door.endpoint == LOCKED
    return _PROVEN if ruled or door.state is _OPEN else _UNKNOWN


def _entry(door: Door) -> int:
    if door.endpoint == LOCKED or door.state is _SHUT:
        return _CLOSED
    if door.state is _OPEN:
        return _PROVEN
    return _CLOSED if door.state is _FILTERED and door.closed_by is not None else _UNKNOWN
