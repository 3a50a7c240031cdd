"""What every door should have: the latches that the inventory demands, or else all that the best doors show."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.inventory.model import TRAP, Inventory
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.finding import NotJudged
from mxlatch.terms.latch import FOUND, LIKELY_FOUND, Latch
from mxlatch.terms.wording import listed
from mxlatch.world.taking import Taking, taking

BASELINE = "baseline"  # `NotJudged.what`


class Baseline(Struct, frozen=True):
    """The latches, in words where the demand comes from, and why that may be too little."""

    latches: tuple[Latch, ...]
    source: str
    gaps: tuple[NotJudged, ...] = ()


def find_baseline(domain: str, inventory: Inventory, doors: Sequence[Door]) -> Baseline:
    """The baseline of a domain.

    Without a demand it is the union over the doors of the lowest preference that answer. Where better ones do not, it
    may be too little, and the doors that were weaker than those would pass for equal: that is a gap, unless the
    inventory says that a better door is dead on purpose (a trap).
    """
    entry = inventory.domain(domain)
    if entry is not None and entry.baseline is not None:
        return Baseline(entry.baseline, "the inventory")
    ranked = [(way.preference, way.name, door) for door in doors for way in door.ways_in if way.published]
    own = [(p, door) for p, name, door in ranked if name == domain] or [(p, door) for p, _, door in ranked]
    # Who does not serve the domain is no measure for those who do.
    answering = [(p, d) for p, d in own if d.state is DoorState.OPEN and taking(d.session) is not Taking.FOREIGN]
    if not answering:
        return Baseline((), "no door answered")
    best = min(preference for preference, _ in answering)
    states = [(latch, state) for p, door in answering if p == best for latch, state in door.latches.items()]
    have = {latch for latch, state in states if state.state in (FOUND, LIKELY_FOUND)}
    latches = tuple(latch for latch in Latch if latch in have)
    better = [door for p, door in own if p < best and door.role != TRAP]
    return Baseline(latches, f"the doors of preference {best}", tuple(_gap(domain, best, better)))


def _gap(domain: str, best: int, better: Sequence[Door]) -> Iterator[NotJudged]:
    silent = list(dict.fromkeys(door.id for door in better))
    if silent:
        what = f"what every door should have was taken from preference {best}, since {listed(silent)} did not answer"
        yield NotJudged(domain, BASELINE, f"{what}: declare a baseline, or that door's role as trap")
