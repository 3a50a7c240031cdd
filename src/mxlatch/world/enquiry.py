"""An enquiry: questions in whole rounds, each made from the answers before it, and at last what they add up to.

An enquiry is a generator. It yields a round of questions, is sent the observations in the same order, and returns its
conclusion. The same generator collects (the rounds go to the network), replays (they are looked up in a log) and
builds from an interrupted log (what is missing counts as not asked yet), so the three cannot differ.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Generic, TypeVar

from mxlatch.terms.observation import NOT_YET, Observation
from mxlatch.terms.question import Question

T = TypeVar("T")

Enquiry = Generator[Sequence[Question], Sequence[Observation], T]


def together(enquiries: Sequence[Enquiry[T]]) -> Enquiry[list[T]]:
    """Run enquiries side by side, their rounds merged; return their conclusions in the same order."""
    running = [_Running(enquiry) for enquiry in enquiries]
    while waiting := [each for each in running if each.questions is not None]:
        questions = list(dict.fromkeys(q for each in waiting for q in each.questions or ()))
        seen = dict(zip(questions, (yield questions), strict=True))
        for each in waiting:
            each.send(seen)
    return [each.conclusion[0] for each in running if each.conclusion]


def conclude(enquiry: Enquiry[T], lookup: Callable[[Question], Observation | None], now: float, vantage: str) -> T:
    """Run an enquiry over a log; a question without an answer there counts as not asked yet."""
    try:
        questions = next(enquiry)
        while True:
            questions = enquiry.send([lookup(q) or Observation(q, NOT_YET, None, now, vantage) for q in questions])
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # StopIteration.value is untyped


class _Running(Generic[T]):
    """One enquiry on its way; `questions` is None, and `conclusion` holds one value, once it has come to its end."""

    def __init__(self, enquiry: Enquiry[T]) -> None:
        self._enquiry = enquiry
        self.questions: Sequence[Question] | None = None
        self.conclusion: tuple[T, ...] = ()
        self._advance(None)

    def send(self, seen: dict[Question, Observation]) -> None:
        self._advance([seen[q] for q in self.questions or ()])

    def _advance(self, observations: Sequence[Observation] | None) -> None:
        try:
            if observations is None:
                self.questions = next(self._enquiry)
            else:
                self.questions = self._enquiry.send(observations)
        except StopIteration as stop:
            self.questions, self.conclusion = None, (stop.value,)
