"""An outage as a timeline: into which stretches it cuts the time, and what each door answers in each of them.

Between two edges no door changes, so that a sender whose doors are all out of reach needs not be followed through every
try: its next one that may end otherwise is the first after the next edge.

Limit: a spool that has once been full takes nothing more until its next hop is back, though it may by then have
returned some mail that had waited too long.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from mxlatch.simulate.layout import Layout, LayoutDoor, Takes

# What a try comes to; in this order as numbers.
NO_ANSWER, TEMPFAIL, REJECT, ACCEPT = 0, 1, 2, 3
NOWHERE = -1

Numbers = npt.NDArray[np.int8]
Times = npt.NDArray[np.float64]


class Outage(Struct, frozen=True):
    """These doors give no answer from `begin` on, for so many seconds. scope: whose outage, in words."""

    scope: str
    doors: frozenset[str]
    seconds: float
    begin: float = 0.0

    @property
    def end(self) -> float:
        """When it is over."""
        return self.begin + self.seconds


NONE = Outage("none", frozenset(), 0.0)


class Timeline(Struct, frozen=True):
    """By stretch (row) and door (column), in the layout's order of doors.

    edges: where one stretch ends and the next begins. honest, spam: what a try comes to. holder: the door whose spool
    keeps what is taken, NOWHERE if it is delivered at once. back: when the holder can hand on again.
    """

    edges: Times
    honest: Numbers
    spam: Numbers
    holder: npt.NDArray[np.int16]
    back: Times


def timeline(layout: Layout, outage: Outage, full: Mapping[str, float], when_full: str) -> Timeline:
    """The timeline of an outage. full: by door, when its spool is full; when_full: what it says then, 452 or 552."""
    edges = sorted({outage.begin, outage.end, *full.values()}) if outage.seconds else []
    begins = [float("-inf"), *edges]
    rows = [_Stretch(layout, outage, begin, full, when_full) for begin in begins]
    holders = [[row.holder(door) for door in layout.doors] for row in rows]
    place = {door.id: number for number, door in enumerate(layout.doors)}
    return Timeline(
        edges=np.array(edges, dtype=np.float64),
        honest=np.array([[row.says(door, honest=True) for door in layout.doors] for row in rows], dtype=np.int8),
        spam=np.array([[row.says(door, honest=False) for door in layout.doors] for row in rows], dtype=np.int8),
        holder=np.array([[place.get(h, NOWHERE) for h in row] for row in holders], dtype=np.int16),
        back=np.array([[outage.end if h else 0.0 for h in row] for row in holders], dtype=np.float64),
    )


class _Stretch:
    """The doors between two edges."""

    def __init__(self, layout: Layout, outage: Outage, begin: float, full: Mapping[str, float], when_full: str) -> None:
        self._doors = {door.id: door for door in layout.doors}
        self._down = outage.doors if outage.seconds and outage.begin <= begin < outage.end else frozenset[str]()
        self._full = {door for door, since in full.items() if since <= begin < outage.end}
        self._says_full = TEMPFAIL if when_full.startswith("4") else REJECT

    def says(self, door: LayoutDoor, *, honest: bool) -> int:
        """What a try comes to, latches apart; a door of which nothing is known is shut to honest mail only."""
        if door.id in self._down:
            return NO_ANSWER
        match door.takes:
            case Takes.SHUT:
                return NO_ANSWER
            case Takes.REFUSES:
                return REJECT
            case Takes.PUTS_OFF:
                return TEMPFAIL
            case Takes.UNKNOWN:
                return NO_ANSWER if honest else self._taken(door)
            case Takes.TAKES:
                return self._taken(door)

    def _taken(self, door: LayoutDoor) -> int:
        if self._delivers(door):
            return ACCEPT
        holder = self.holder(door)
        if not holder:
            return TEMPFAIL
        return self._says_full if holder in self._full else ACCEPT

    def holder(self, door: LayoutDoor) -> str:
        """The door that keeps what this one takes while it cannot be delivered; "" if it can, or if nobody does."""
        if self._delivers(door):
            return ""
        return next((each.id for each in self._onward(door) if each.queues), "")

    def _delivers(self, door: LayoutDoor) -> bool:
        """True if a message can go from here to a mailbox now."""
        return any(not each.next_doors for each in self._onward(door))

    def _onward(self, door: LayoutDoor) -> list[LayoutDoor]:
        """The doors on from here that are up, nearest first, this one included."""
        found: list[LayoutDoor] = []
        waiting = [door]
        while waiting:
            each = waiting.pop(0)
            if each not in found and each.id not in self._down:
                found.append(each)
                waiting.extend(self._doors[next_door] for next_door in each.next_doors)
        return found
