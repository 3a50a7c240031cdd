"""What a backup's spool holds while its next hop is down, and when it is full.

What it holds is reckoned from what came and left, each drawn message standing for as many as its weight says. While the
next hop is down a spool only grows, but for what it returns after `keeps`; so the moment at which it is first full
depends only on what came before, and a second run with that moment as an edge is exact.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mxlatch.simulate.draws import Floats
from mxlatch.simulate.layout import Layout
from mxlatch.simulate.play import Played


def held(parts: Iterable[tuple[Played, Floats]], door: int, at: Floats) -> Floats:
    """Octets in the spool of a door at these moments. parts: a run with what each of its messages weighs, in octets."""
    total = np.zeros(len(at))
    for played, octets in parts:
        here = played.spooled.door == door
        size = octets[played.spooled.message[here]]
        total += _until(played.spooled.came[here], size, at) - _until(played.spooled.left[here], size, at)
    return np.where(total < 1, 0.0, total)  # less than an octet is the arithmetic's


def full_since(parts: Sequence[tuple[Played, Floats]], layout: Layout, capacity: float) -> Mapping[str, float]:
    """By door, the moment at which its spool is first over this many octets; nothing for one that never is."""
    found = {}
    for door in layout.spools:
        number = layout.doors.index(door)
        comes = [played.spooled.came[played.spooled.door == number] for played, _ in parts]
        moments = np.unique(np.concatenate(comes)) if comes else np.zeros(0)
        over = held(parts, number, moments) > capacity
        if over.any():
            found[door.id] = float(moments[np.argmax(over)])
    return found


def _until(moments: Floats, sizes: Floats, at: Floats) -> Floats:
    """The sum of the sizes up to and at each moment."""
    order = np.argsort(moments)
    summed = np.concatenate(([0.0], np.cumsum(sizes[order])))
    return np.asarray(summed[np.searchsorted(moments[order], at, side="right")])
