"""What a door is to the path engine: its latches and what a try may come to, each as bits of a number.

A planner judges the same doors in a thousand worlds: what can be known of a door alone is worked out once and kept with
it. What a try may come to hangs on a few words that many doors share, and is worked out once for all of them.
"""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from mxlatch.inventory.model import TRAP
from mxlatch.terms.behaviour import ACCEPT, NO_ANSWER, REJECT, TEMPFAIL
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import ABSENT, FOUND, LIKELY_ABSENT, LIKELY_FOUND, NOT_ASKED, UNKNOWN, Latch
from mxlatch.terms.verdict import Certainty
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.taking import Taking, asked_of, heard

_KEY = "facts"
_MOST_KEPT = 4096  # sets of latches, and combinations of what is seen of doors: there are a few hundred
# A member of an enumeration costs ten times a name, and these are asked for at every step.
_CLOSED, _UNKNOWN, _LIKELY, _PROVEN = map(int, sorted(Certainty))
_OPEN, _SHUT, _FILTERED = DoorState.OPEN, DoorState.CLOSED, DoorState.FILTERED
_FOREIGN, _LOGIN, _TAKES, _NOT_ASKED = Taking.FOREIGN, Taking.LOGIN, Taking.TAKES, Taking.NOT_ASKED
_REFUSES = (_FOREIGN, Taking.REFUSES, _LOGIN)
_NOBODY: frozenset[str] = frozenset()
_NO_RULE, _RULE, _DOWN = "", "rule", "assumed down"  # what `Door.closed_by` says

ASSUMED_DOWN = Evidence("assumed: down")  # `Door.closed_by` of a server that would let relays in, were it up

LATCH_BIT: dict[Latch, int] = {latch: 1 << number for number, latch in enumerate(Latch)}
ALL_LATCHES = (1 << len(LATCH_BIT)) - 1
RECIPIENTS = LATCH_BIT[Latch.RECIPIENT] | LATCH_BIT[Latch.RELAY]  # the latches that speak of the mail domain
OUTCOME_BIT = {NO_ANSWER: 1, TEMPFAIL: 2, REJECT: 4, ACCEPT: 8}
NO_ANSWER_BIT, TEMPFAIL_BIT, REJECT_BIT, ACCEPT_BIT = OUTCOME_BIT.values()
ANY_OUTCOME = 15
WAY_BITS = NO_ANSWER_BIT | TEMPFAIL_BIT  # a relay tries the next exchanger (RFC 5321 section 5.1)
TAKEN_BITS = REJECT_BIT | ACCEPT_BIT  # it does not
# What is said of each latch, as a bit at one of four places in a number: four sets in one.
_WIDTH = len(LATCH_BIT)
_PLACE = {FOUND: 0, LIKELY_FOUND: 0, LIKELY_ABSENT: 1, ABSENT: 2, UNKNOWN: 3, NOT_ASKED: 3}
_SAID = {latch: {state: bit << n * _WIDTH for state, n in _PLACE.items()} for latch, bit in LATCH_BIT.items()}
_LATCHES_OF = [tuple(latch for latch, bit in LATCH_BIT.items() if mask & bit) for mask in range(ALL_LATCHES + 1)]


class Facts(Struct, frozen=True, gc=False):
    """One door. found: latches that it surely or likely has; lacks: likely or surely has not; absent: surely has not.

    others: those of which it is said that it is not known; unknown: all of which it is not. outcomes: what a stranger's
    try may come to; relayed: the same of a relay's try, of which a rule against strangers says nothing. entry: how
    surely a stranger gets in at the door. handed: how surely what a relay hands on gets in, now or when the door is
    back. takes: how surely the door takes a stranger's mail, as far as it was seen to; arrives: how surely that ends in
    the mailbox, if the door delivers; both for ways in whose mail it does not call foreign (`hops.taken`). mute:
    latches whose state says nothing of a relay's mail, since it is what the door does with strangers. refuses: it
    refused the valid recipient, which may be a word on some ways in (`hops.refused`). silent: it does not answer, and
    no rule says why. foreign: the domains whose mail it called none of its own. Into a trap nothing gets, from nobody,
    unless it was seen to take the valid recipient.
    """

    found: int
    lacks: int
    absent: int
    others: int
    unknown: int
    outcomes: int
    relayed: int
    entry: int
    handed: int
    takes: int
    arrives: int
    mute: int
    taking: Taking
    refuses: bool
    silent: bool
    foreign: frozenset[str]
    address: str


def facts_of(door: Door) -> Facts:
    """The facts of a door, worked out the first time."""
    facts: Facts | None = door.__dict__.get(_KEY)
    if facts is None:
        facts = door.__dict__[_KEY] = _facts(door)
    return facts


@lru_cache(_MOST_KEPT)
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
    said = 0
    for latch, known in door.latches.items():
        said += _SAID[latch][known.state]
    found, lacks, absent, others, unknown, besides = _sets(said)
    session, rule, taking, foreign = door.session, door.closed_by, _NOT_ASKED, _NOBODY
    if session is not None:
        taking, later = heard(session)
        if later:
            besides |= TEMPFAIL_BIT
        if taking is _FOREIGN:
            foreign = asked_of(session)
    ruled = _NO_RULE if rule is None else _DOWN if rule == ASSUMED_DOWN else _RULE
    tries = _tries(door.state, door.endpoint, ruled, taking, besides, door.role == TRAP)
    return Facts(found, lacks, absent, others, unknown, *tries, foreign, door.address)


@lru_cache(_MOST_KEPT)
def _sets(said: int) -> tuple[int, int, int, int, int, int]:
    """The sets of latches, as at the beginning of `Facts`; and what by them a try may come to besides being taken."""
    found, likely, absent, others = (said >> place * _WIDTH & ALL_LATCHES for place in range(4))
    # A latch that is not surely absent may reject, and so may one of a door of which nothing is said.
    besides = 0 if said and said == absent << 2 * _WIDTH else REJECT_BIT
    return found, likely | absent, absent, others, ALL_LATCHES & ~(found | likely | absent), besides


@lru_cache(_MOST_KEPT)
def _tries(
    state: DoorState, endpoint: str, rule: str, taking: Taking, besides: int, trap: bool
) -> tuple[int, int, int, int, int, int, int, Taking, bool, bool]:
    """What a try may come to, and what follows, from `outcomes` on as in `Facts`.

    besides: what else a stranger's try at an open door may come to where it takes the valid recipient.
    """
    refuses, locked = taking in _REFUSES, endpoint == LOCKED
    shut = state is _SHUT or (state is _FILTERED and rule != _NO_RULE)
    if state is _OPEN:
        outcomes = besides & TEMPFAIL_BIT | REJECT_BIT if refuses or locked else besides | ACCEPT_BIT
        relayed = besides & TEMPFAIL_BIT | ACCEPT_BIT | REJECT_BIT
    else:
        outcomes = NO_ANSWER_BIT if shut else ANY_OUTCOME
        relayed = NO_ANSWER_BIT if state is _SHUT and rule != _RULE else ANY_OUTCOME
    entry = _CLOSED if locked or shut else _PROVEN if state is _OPEN else _UNKNOWN
    # A door that a rule shuts to strangers is open to those of whom the owner says that they hand on to it.
    handed = _PROVEN if locked or rule != _NO_RULE or state is _OPEN else _UNKNOWN
    if trap and taking is not _TAKES:  # it puts everybody off for ever, unless it was seen to refuse
        outcomes = (REJECT_BIT if refuses else TEMPFAIL_BIT) if state is _OPEN else outcomes & ~ACCEPT_BIT
        relayed, entry, handed = outcomes, _CLOSED, _CLOSED
    mute = RECIPIENTS if taking is _FOREIGN or taking is _LOGIN else 0
    silent = state is _FILTERED and rule == _NO_RULE
    refuses = refuses and not endpoint
    takes = entry if not refuses else _CLOSED if taking is _LOGIN else min(entry, _UNKNOWN)
    return outcomes, relayed, entry, handed, takes, min(takes, _LIKELY), mute, taking, refuses, silent
