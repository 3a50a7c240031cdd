"""From what became of the messages to figures: parts, weighted percentiles, curves. Each figure has a key of its own.

A figure that has nothing to count (the delay of mail of which none is delivered) is None, never 0.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mxlatch.simulate.draws import Draws, Floats
from mxlatch.simulate.layout import Exposure, Layout
from mxlatch.simulate.mix import Sender
from mxlatch.simulate.play import EXPOSURES, NEVER, Played
from mxlatch.simulate.quantity import HOUR
from mxlatch.terms.door import PUBLISHED

Key = tuple[str, ...]
Figures = dict[Key, float | None]

LATE = 4 * HOUR  # seconds: the wait after which sendmail and Exchange have always told the sender
REACHED = (Exposure.PAST, Exposure.UNLATCHED, Exposure.NOT_KNOWN)
CURVE_POINTS = 41


def honest_use(layout: Layout, played: Played, weights: Floats) -> Figures:
    """The part of honest mail that comes by each published record."""
    total = float(weights.sum())
    by_way = np.bincount(played.way + 1, weights=weights, minlength=len(layout.ways) + 1)[1:]
    return {
        ("use", str(number)): float(by_way[number]) / total
        for number, way in enumerate(layout.ways)
        if way.kind in PUBLISHED
    }


def exposure(layout: Layout, played: Played, senders: Sequence[Sender], draws: Draws, weights: Floats) -> Figures:
    """Spam in the mailbox as parts of all spam sent: in all, by kind of way in, by class of sender."""
    total = float(weights.sum())
    found: Figures = {}
    kinds = np.array([*(way.kind for way in layout.ways), ""])[played.way]
    for word in REACHED:
        got_in = np.where(played.reached == 1 + EXPOSURES.index(word), weights, 0.0)
        found["reached", "", word.value] = float(got_in.sum()) / total
        for kind in {way.kind for way in layout.ways}:
            found["way", kind, word.value] = float(got_in[kinds == kind].sum()) / total
        by_class = np.bincount(draws.sender, weights=got_in, minlength=len(senders))
        for number, sender in enumerate(senders):
            found["behaviour", sender.id, word.value] = float(by_class[number]) / total
    sent = np.bincount(draws.sender, weights=weights, minlength=len(senders))
    found |= {("sent", sender.id): float(sent[n]) / total for n, sender in enumerate(senders)}
    found["backscatter",] = 1000 * float((played.backscatter * weights).sum()) / total
    found["backscatter-not-known",] = 1000 * float((played.backscatter_unsure * weights).sum()) / total
    return found


def honest(played: Played, senders: Sequence[Sender], draws: Draws, weights: Floats, curve: Floats) -> Figures:
    """Lost, bounced, late and told of honest mail. curve: the delays at which to say how much has come by then."""
    total = float(weights.sum())
    delay = played.delivered - draws.written
    came = played.delivered < NEVER
    bounced, lost = ~came & (played.told_failure < NEVER), ~came & (played.told_failure == NEVER)
    late = delay > LATE
    told_after = np.minimum(played.told_delay, played.told_failure) - draws.written
    told = late & (told_after < NEVER)
    found: Figures = {
        ("lost",): float(weights[lost].sum()) / total,
        ("bounced",): float(weights[bounced].sum()) / total,
        ("late",): float(weights[late].sum()) / total,
        ("told",): float(weights[told].sum() / weights[late].sum()) if weights[late].any() else None,
        ("told-after",): percentile(told_after[told], weights[told], 0.5),
    }
    found |= {("delay", str(p)): percentile(delay[came], weights[came], p / 100) for p in (50, 95, 99)}
    in_time = np.searchsorted(np.sort(curve), delay)
    within = np.cumsum(np.bincount(in_time, weights=weights, minlength=len(curve) + 1))[: len(curve)] / total
    found |= {("delivered", str(n)): float(value) for n, value in enumerate(within)}
    for number, sender in enumerate(senders):
        mine = draws.of(number)
        found["loser", sender.id, "lost"] = float(lost[mine].mean())
        found["loser", sender.id, "bounced"] = float(bounced[mine].mean())
    return found


def percentile(values: Floats, weights: Floats, part: float) -> float | None:
    """The least value that at least this part of the weight does not exceed; None of nothing."""
    if not weights.any():
        return None
    order = np.argsort(values)
    summed = np.cumsum(weights[order])
    return float(values[order][min(np.searchsorted(summed, part * summed[-1]), len(values) - 1)])


def differences(base: Figures, varied: Figures) -> Mapping[Key, float]:
    """By how much each figure moves; what cannot be said in either moves by nothing."""
    return {
        key: moved - value
        for key, value in base.items()
        if value is not None and (moved := varied.get(key)) is not None
    }
