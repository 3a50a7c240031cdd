"""What a run that takes a while says meanwhile, on standard error: one line, rewritten; nothing if it is quick."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TextIO

from mxlatch.terms.door import door_id
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion, Question, SmtpQuestion

PATIENCE = 2.0  # seconds in which nobody wonders
_REDRAWN = 0.5  # seconds
_SPARSE = 30.0  # seconds between lines where they cannot be rewritten (a log, a pipe)
_ERASE = "\r\033[K"
_KINDS = {DnsQuestion: "DNS", SmtpQuestion: "SMTP", HttpQuestion: "registry"}


class Progress:
    """Counts the answers, and says so on a stream."""

    def __init__(
        self, stream: TextIO, *, terminal: bool, width: int = 80, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """terminal: lines can be rewritten. clock: seconds."""
        self._stream, self._terminal, self._width, self._clock = stream, terminal, width, clock
        self._began = clock()
        self._next = self._began + (PATIENCE if terminal else _SPARSE)
        self._counts: Counter[str] = Counter()
        self._open: dict[Question, None] = {}  # asked and not answered, in the order asked
        self._shown = False

    def asked(self, questions: Sequence[Question]) -> None:
        """Take note of a round of questions."""
        self._open = dict.fromkeys(questions)

    def seen(self, observation: Observation) -> None:
        """Take note of an answer."""
        self._open.pop(observation.question, None)
        self._counts[_KINDS[type(observation.question)]] += 1

    def tick(self) -> None:
        """Say how far it is, if it is time."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (_REDRAWN if self._terminal else _SPARSE)
        line = self._line(now - self._began)
        self._stream.write(f"{_ERASE}{line[: self._width - 1]}" if self._terminal else f"{line}\n")
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away: what follows is the report."""
        if self._shown and self._terminal:
            self._stream.write(_ERASE)
            self._stream.flush()

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await asyncio.sleep(_REDRAWN / 2)
            self.tick()

    def _line(self, seconds: float) -> str:
        answers = ", ".join(f"{self._counts[kind]} {kind}" for kind in _KINDS.values() if self._counts[kind])
        return f"{seconds:.0f} s: {answers or 'nothing yet'}{self._waiting()}; Ctrl-C shows what there is"

    def _waiting(self) -> str:
        """For whom: the last one asked is what takes long, a door rather than a name server."""
        last = next(reversed(self._open), None)
        if last is None:
            return ""
        more = f" and {len(self._open) - 1} more" if len(self._open) > 1 else ""
        return f"; waiting for {_whom(last)}{more}"


def _whom(question: Question) -> str:
    match question:
        case DnsQuestion():
            return question.server
        case SmtpQuestion():
            return door_id(question.address, question.port)
        case HttpQuestion():
            return "the registry"
