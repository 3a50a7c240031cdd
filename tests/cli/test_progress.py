import asyncio
import io

import pytest

from mxlatch.cli.progress import Progress
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion, SmtpQuestion

DNS = Observation(DnsQuestion("192.0.2.53", "example.org", "MX"), "nodata", None, 0.0, "internet")
SMTP = Observation(SmtpQuestion("192.0.2.25", 25, "mx"), "silent", None, 0.0, "internet")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def shown(terminal: bool, at: list[float], width: int = 100) -> str:
    """What is on the stream after ticks at these seconds."""
    stream, clock = io.StringIO(), Clock()
    progress = Progress(stream, terminal=terminal, width=width, clock=clock)
    progress.asked(
        [DNS.question, HttpQuestion("https://rdap.example/"), SmtpQuestion("192.0.2.26", 25, "mx"), SMTP.question]
    )
    for seen in (DNS, DNS, SMTP):
        progress.seen(seen)
    for second in at:
        clock.now = 100.0 + second
        progress.tick()
    progress.clear()
    return stream.getvalue()


LINE = "2 DNS, 1 SMTP; waiting for 192.0.2.26:25 and 1 more; Ctrl-C shows what there is"


@pytest.mark.parametrize(
    ("terminal", "at", "text"),
    [
        (True, [0.5, 1.9], ""),
        (True, [2.0], f"\r\033[K2 s: {LINE}\r\033[K"),
        (True, [2.0, 2.1, 3.0], f"\r\033[K2 s: {LINE}\r\033[K3 s: {LINE}\r\033[K"),
        (False, [2.0, 29.0], ""),
        (False, [31.0, 32.0, 62.0], f"31 s: {LINE}\n62 s: {LINE}\n"),
    ],
)
def test_it_shows_when_it_lasts(terminal, at, text):
    assert shown(terminal, at) == text


def test_it_stays_on_its_line():
    assert shown(True, [5.0], width=21) == "\r\033[K5 s: 2 DNS, 1 SMTP; \r\033[K"


def test_it_runs_until_it_is_cancelled():
    async def run() -> None:
        task = asyncio.create_task(Progress(io.StringIO(), terminal=True).run())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
