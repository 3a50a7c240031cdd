"""What to ask next: the rounds of every domain's enquiry, as far as the log answers them."""

from collections.abc import Iterable
from typing import Any

from mxlatch.audit.log import Log
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import Question
from mxlatch.world.domain import enquire
from mxlatch.world.enquiry import Enquiry


def next_questions(log: Log) -> list[Question]:
    """The whole next round for every domain of the log's scope; empty when nothing is left to ask.

    Depends on nothing but the log: not on the order in which its answers came, nor on how it was collected. It comes
    domain by domain as the scope has them, each enquiry's part in the order in which the enquiry sorts it.
    """
    return Rounds(log).next()


class Rounds:
    """The same, kept between rounds, so that a long run does not begin again from the first answer each time."""

    def __init__(self, log: Log, enquiries: Iterable[Enquiry[Any]] | None = None) -> None:
        """Begin every domain's enquiry, or these."""
        self._log = log
        if enquiries is None:
            enquiries = (enquire(domain, log.scope) for domain in log.scope.domains)
        self._waiting = [_Waiting(enquiry) for enquiry in enquiries]

    def next(self) -> list[Question]:
        """Go on with what the log answers now, and return what it does not."""
        missing: dict[Question, None] = {}
        for each in self._waiting:
            missing.update(dict.fromkeys(each.advance(self._log)))
        self._waiting = [each for each in self._waiting if each.questions]
        return list(missing)


class _Waiting:
    """One enquiry and the round it waits for; no questions, no more rounds."""

    def __init__(self, enquiry: Enquiry[Any]) -> None:
        self._enquiry = enquiry
        self.questions: tuple[Question, ...] = ()
        self._send(None)

    def advance(self, log: Log) -> list[Question]:
        """Go on while the log answers; return what it does not answer."""
        while self.questions:
            seen = list(map(log.get, self.questions))
            if None in seen:
                return [q for q, observation in zip(self.questions, seen, strict=True) if observation is None]
            self._send(seen)  # type: ignore[arg-type]  # None is not in it
        return []

    def _send(self, seen: list[Observation] | None) -> None:
        try:
            questions = next(self._enquiry) if seen is None else self._enquiry.send(seen)
            while not questions:  # an empty round needs no answer, and is no end
                questions = self._enquiry.send([])
            self.questions = tuple(questions)
        except StopIteration:
            self.questions = ()
