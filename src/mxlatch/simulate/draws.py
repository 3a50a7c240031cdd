"""The messages of a run, drawn once: who sends each, when, and what chance makes of it.

Every class of senders gets the same number of messages, however small its share, so that a rare one is judged as surely
as a common one; the shares come in as weights afterwards. The same seed gives the same messages for every layout and
every value of an assumption: what differs between two results is never chance.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from mxlatch.simulate.mix import Sender, Values

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


class Draws(Struct, frozen=True):
    """Messages in the order of their classes, `each` of every class.

    written: when, in seconds. caught, unknown, retries, hold: from 0 to 1, what chance decides: whether a filter
    catches it, whether its recipient exists, whether a bot tries again, how long a spool waits once it can hand on.
    """

    each: int
    sender: Places
    written: Floats
    caught: Floats
    unknown: Floats
    retries: Floats
    hold: Floats

    @property
    def count(self) -> int:
        """How many messages."""
        return len(self.sender)

    def of(self, number: int) -> Places:
        """Where the messages of the class with this number are."""
        return np.arange(number * self.each, (number + 1) * self.each, dtype=np.int64)


def drawn(classes: int, count: int, seconds: float, seed: int) -> Draws:
    """About `count` messages of so many classes, written evenly over so many seconds."""
    each = max(1, count // classes)
    chance = np.random.default_rng(seed).random((5, classes * each))
    return Draws(
        each=each,
        sender=np.repeat(np.arange(classes), each),
        written=chance[0] * seconds,
        caught=chance[1],
        unknown=chance[2],
        retries=chance[3],
        hold=chance[4],
    )


def weights(draws: Draws, senders: Sequence[Sender], values: Values, messages: float) -> Floats:
    """What each drawn message stands for, if `messages` are sent in all and the shares are as `values` have them."""
    shares = np.array([values[sender.number("share")] for sender in senders])
    total = shares.sum()
    of_class = shares / total if total else np.full(len(shares), 1 / len(shares))
    return np.asarray((of_class * messages / draws.each)[draws.sender], dtype=np.float64)
