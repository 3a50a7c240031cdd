"""Runs the collection of an audit, tells how far it is, and on Ctrl-C keeps what there is."""

import asyncio

from mxlatch.audit.collect import Asks, collect
from mxlatch.audit.log import Log
from mxlatch.cli.progress import Progress


def run(log: Log, net: Asks, progress: Progress) -> None:
    """Ask until nothing is left to ask or the user presses Ctrl-C; then `log.interrupted` is set. Twice: at once."""
    try:
        asyncio.run(watched(log, net, progress))
    except KeyboardInterrupt:
        # asyncio.run has cancelled the collection first, which marks the log; a second Ctrl-C may come before that.
        log.interrupted = True


async def watched(log: Log, net: Asks, progress: Progress) -> None:
    """Collect, and tell how far it is."""
    ticking = asyncio.create_task(progress.run())
    try:
        await collect(log, net, progress.seen)
    finally:
        ticking.cancel()
        progress.clear()
