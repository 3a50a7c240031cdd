"""Collecting: ask what is to be asked next, until nothing is."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from mxlatch.audit.log import Log
from mxlatch.audit.questions import Rounds
from mxlatch.inventory.leave import Leave
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import Question, SmtpQuestion
from mxlatch.world.domain import enquire_leave
from mxlatch.world.enquiry import Enquiry, conclude

Seen = Callable[[Observation], None]


class Asks(Protocol):
    """The world, as far as it can be asked (`net.ask.Net`)."""

    async def ask(self, questions: Sequence[Question], seen: Seen) -> None:
        """Ask a whole round; tell each answer as it comes."""

    def allow(self, leave: Leave) -> None:
        """Let RCPT probes pass that this leave covers."""


async def collect(
    log: Log, net: Asks, seen: Seen | None = None, enquiries: Iterable[Enquiry[Any]] | None = None
) -> None:
    """Ask everything that the log's scope calls for.

    The log grows as answers come. When the task is cancelled it holds what there was, marked interrupted.

    Args:
        log: where the answers go; what it holds already is not asked again.
        net: asks.
        seen: is told each answer too (progress).
        enquiries: what to ask instead of an audit of each domain.
    """

    def keep(observation: Observation) -> None:
        log.add(observation)
        if seen is not None:
            seen(observation)

    rounds = Rounds(log, enquiries)
    try:
        while questions := rounds.next():
            for leave in _leaves(log, questions):
                net.allow(leave)
            await net.ask(questions, keep)
    except asyncio.CancelledError:
        log.interrupted = True
        raise


def _leaves(log: Log, questions: Sequence[Question]) -> Iterator[Leave]:
    """The leave that the log proves for each domain whose recipients are about to be asked."""
    scope = log.scope
    for domain in sorted({q.domain for q in questions if isinstance(q, SmtpQuestion) and q.probes}):
        leave = conclude(enquire_leave(domain, scope), log.get, scope.time, scope.vantage)
        if isinstance(leave, Leave):
            yield leave
