"""What an arrival, or its absence, says of a door: which are proven to go round the filter, and which meet it.

Pure. An arrival without any sign of a filter turns a path from likely into proven. An arrival with one proves that the
path delivers and is filtered. No arrival proves nothing at all.
"""

from collections.abc import Collection, Iterator, Sequence

from msgspec import structs

from mxlatch.canary.message import TEST_STRING
from mxlatch.canary.result import FILTER_HOST, NOT_ARRIVED, Arrival, Canary, Mark, Run
from mxlatch.terms.evidence import Evidence

_MAY_ARRIVE = "the connection broke after the message had begun to go out: it may arrive; it is not sent again"
_SAID = {"deferred": "not sent: deferred", "refused": "not sent: refused", "not-sent": "not sent"}


def conclude(canary: Canary, arrivals: Collection[Arrival], filters: Collection[str], now: float) -> Canary:
    """The canary with what became of it.

    filters: the ids of doors that the inventory gives the role of a filter: what enters there met it, whatever it
    writes. now: seconds since 1970 UTC.
    """
    mine = [arrival for arrival in arrivals if arrival.token == canary.token]
    if canary.sent not in ("sent", "unknown") and not mine:
        return structs.replace(canary, arrived=None, note=_not_sent(canary))
    if not mine:
        note = NOT_ARRIVED if canary.sent == "sent" else f"{_MAY_ARRIVE}; {NOT_ARRIVED}"
        return structs.replace(canary, arrived=False, note=note)
    marks = mine[0].marks
    if canary.door in filters:
        marks = tuple(
            dict.fromkeys([Mark(FILTER_HOST, f"entered at {canary.door}, a filter of the inventory"), *marks])
        )
    seen = structs.replace(
        canary,
        arrived=True,
        where=mine[0].where,
        chain=mine[0].chain,
        marks=marks,
        copies=len(mine),
    )
    note = _arrived(seen)
    seen = structs.replace(seen, note=note)
    return structs.replace(seen, evidence=Evidence(_story(seen), source=seen.where, time=now))


def proven_doors(run: Run) -> dict[str, Evidence]:
    """The doors through which mail surely reaches the mailbox without any sign of a filter, by id, with the evidence.

    A door that filters any of its messages is not among them: the two may have taken different ways.
    """
    filtered = filtered_doors(run)
    return {door: evidence for door, evidence in _delivering(run, filtered=False) if door not in filtered}


def filtered_doors(run: Run) -> dict[str, Evidence]:
    """The doors through which mail surely reaches the mailbox, with the mark of a filter."""
    return dict(_delivering(run, filtered=True))


def unsettled(run: Run) -> tuple[Canary, ...]:
    """The canaries that proved nothing: all that did not arrive, less those that a door refused for good."""
    return tuple(canary for canary in run.canaries if not canary.arrived and canary.sent != "refused")


def _delivering(run: Run, *, filtered: bool) -> Iterator[tuple[str, Evidence]]:
    for canary in reversed(run.canaries):  # of several, the first stands
        if canary.arrived and canary.evidence is not None and bool(canary.marks) is filtered:
            yield canary.door, canary.evidence


def _not_sent(canary: Canary) -> str:
    said = _SAID[canary.sent]
    where = f" at {canary.stage}" if canary.reply else ""
    return f"{said}{where}: {canary.reply or canary.reason}"


def _arrived(canary: Canary) -> str:
    test = " with the filters' test string" if canary.kind == TEST_STRING else ""
    more = f"; {canary.copies} copies" if canary.copies > 1 else ""
    if not canary.marks:
        return f"arrived{test}, and no filter left a mark{more}"
    return f"arrived{test}; {_listed([mark.text for mark in canary.marks])}{more}"


def _story(canary: Canary) -> str:
    """One line for whoever checks it: the token finds the message in the mailbox."""
    hosts = " -> ".join(passed.by for passed in canary.chain) or "no Received header"
    return f"canary {canary.token} sent to {canary.door} arrived by {hosts}; {canary.note}"


def _listed(texts: Sequence[str]) -> str:
    shown = 3
    rest = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return "; ".join(texts[:shown]) + rest
