"""When a sender tries again: a list of phases becomes the moments of its tries, in seconds after a message was written.

The forms are those of the mail servers' own configurations: explicit moments (measured ones), a fixed interval up to a
time (Exim's F), a growing one (Exim's G, Postfix's doubling with a longest wait), and qmail's square.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.terms.errors import InputError

MOST_TRIES = 4000  # of one message: one a minute for nearly three days; more is a slip of the pen
_SHORTEST = 1.0  # seconds between two tries


class Phase(Struct, frozen=True):
    """A stretch of a schedule; one of `at`, `every` and `quadratic` is set. All times are seconds.

    at: moments since the message was written. every: the first wait; each wait is `times` the one before, at most
    `longest`. quadratic: the n-th try at quadratic * n^2. until: where the phase ends, infinite for none.
    """

    at: tuple[float, ...] = ()
    every: float = 0.0
    times: float = 1.0
    longest: float = float("inf")
    quadratic: float = 0.0
    until: float = float("inf")


def moments(phases: Sequence[Phase], gives_up: float) -> tuple[float, ...]:
    """The moments of all tries, the first at once (0.0) and none after `gives_up`.

    Raises:
        InputError: there are too many.
    """
    found = [0.0]
    for phase in phases:
        for moment in _phase(phase, found[-1]):
            if moment > min(phase.until, gives_up):
                break
            if moment > found[-1]:
                found.append(moment)
            if len(found) > MOST_TRIES:
                raise InputError(f"over {MOST_TRIES} tries of one message: retry less often, or give up sooner")
    return tuple(found)


def _phase(phase: Phase, begin: float) -> Iterator[float]:
    if phase.at:
        yield from phase.at
    elif phase.quadratic:
        yield from (phase.quadratic * number**2 for number in range(1, MOST_TRIES + 2))
    else:
        yield from _growing(phase, begin)


def _growing(phase: Phase, begin: float) -> Iterator[float]:
    moment, wait = begin, max(min(phase.every, phase.longest), _SHORTEST)
    for _ in range(MOST_TRIES + 2):
        moment += wait
        yield moment
        wait = max(min(wait * phase.times, phase.longest), _SHORTEST)
