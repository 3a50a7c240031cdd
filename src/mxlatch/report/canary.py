"""A run of canaries as text: door by door, what became of the message, and the hosts that it passed."""

from collections.abc import Callable, Iterator

from mxlatch.canary.result import Canary, Run
from mxlatch.report.escape import clipped, visible

_NOT_TRIED = "Without a canary"


def render(run: Run, proven: frozenset[str] = frozenset(), escape: Callable[[str], str] = visible) -> str:
    """The text. proven: the ids of doors through which mail surely goes round the filter."""
    lines = [_sentence(run, proven), "", *_givens(run)]
    for canary in run.canaries:
        lines += ["", *_canary(canary)]
    if run.skipped:
        lines += ["", f"{_NOT_TRIED}:", *(f"  {door}: {reason}" for door, reason in run.skipped)]
    return "".join(f"{escape(clipped(line))}\n" for line in lines)


def _sentence(run: Run, proven: frozenset[str]) -> str:
    doors = len({canary.door for canary in run.canaries})
    arrived = len({canary.door for canary in run.canaries if canary.arrived})
    if proven:
        named = ", ".join(sorted(proven))
        return f"Proven: mail that enters at {named} reaches a mailbox of {run.domain}, and no filter left a mark."
    if not arrived:
        return f"No canary for {run.domain} arrived: that proves nothing."
    return f"Canaries for {run.domain} came through {arrived} of {doors} doors, and a filter left its mark each time."


def _givens(run: Run) -> Iterator[str]:
    yield f"To {run.recipient} from {run.sender}, by leave of {run.leave or 'nobody'}; seen from {run.vantage}."
    ended = ", interrupted" if run.interrupted else ""
    yield f"Looked for what arrived during {run.waited:.0f} s{ended}."


def _canary(canary: Canary) -> Iterator[str]:
    test = " (with the filters' test string)" if canary.kind != "plain" else ""
    yield f"{canary.door}{test}: {canary.note}"
    yield f"  token {canary.token}"
    if canary.sent in ("sent", "unknown"):
        yield f"  {canary.sent}: {canary.reply or canary.reason}"
    if canary.where:
        yield f"  found in {canary.where}"
    for passed in canary.chain:
        client = " ".join(filter(None, (passed.sender, f"[{passed.address}]" if passed.address else "")))
        yield f"  passed {passed.by}" + (f", from {client}" if client else "")
    for mark in canary.marks:
        yield f"  filter: {mark.text}"
