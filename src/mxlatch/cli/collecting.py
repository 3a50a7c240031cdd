"""Runs the collection of an audit, tells how far it is, and on Ctrl-C keeps what there is."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from mxlatch.audit.collect import Asks, Seen, collect
from mxlatch.audit.log import Log
from mxlatch.cli.progress import Progress
from mxlatch.inventory.leave import Leave
from mxlatch.terms.question import Question
from mxlatch.world.enquiry import Enquiry


def run(log: Log, net: Asks, progress: Progress, enquiries: Iterable[Enquiry[Any]] | None = None) -> None:
    """Ask until nothing is left to ask or the user presses Ctrl-C; then `log.interrupted` is set. Twice: at once."""
    try:
        asyncio.run(watched(log, net, progress, enquiries))
    except KeyboardInterrupt:
        # asyncio.run has cancelled the collection first, which marks the log; a second Ctrl-C may come before that.
        log.interrupted = True


async def watched(log: Log, net: Asks, progress: Progress, enquiries: Iterable[Enquiry[Any]] | None = None) -> None:
    """Collect, and tell how far it is."""
    ticking = asyncio.create_task(progress.run())
    try:
        await collect(log, _Watched(net, progress), progress.seen, enquiries)
    finally:
        ticking.cancel()
        progress.clear()


class _Watched:
    """Asks, and lets the progress know what was asked."""

    def __init__(self, net: Asks, progress: Progress) -> None:
        self._net, self._progress = net, progress

    async def ask(self, questions: Sequence[Question], seen: Seen) -> None:
        self._progress.asked(questions)
        await self._net.ask(questions, seen)

    def allow(self, leave: Leave) -> None:
        self._net.allow(leave)
