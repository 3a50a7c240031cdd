"""What to ask next: the rounds of every domain's enquiry, as far as the log answers them."""

from mxlatch.audit.log import Log
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion, Question, SmtpQuestion
from mxlatch.world.domain import DomainSeen, enquire
from mxlatch.world.enquiry import Enquiry

_ORDER = {DnsQuestion: 0, HttpQuestion: 1, SmtpQuestion: 2}


def next_questions(log: Log) -> list[Question]:
    """The whole next round for every domain of the log's scope, sorted; empty when nothing is left to ask.

    Depends on nothing but the log: not on the order in which its answers came, nor on how it was collected.
    """
    return Rounds(log).next()


class Rounds:
    """The same, kept between rounds, so that a long run does not begin again from the first answer each time."""

    def __init__(self, log: Log) -> None:
        """Begin every domain's enquiry."""
        self._log = log
        self._waiting = [_Waiting(enquire(domain, log.scope)) for domain in log.scope.domains]

    def next(self) -> list[Question]:
        """Go on with what the log answers now, and return what it does not."""
        missing: set[Question] = set()
        for each in self._waiting:
            missing.update(each.advance(self._log))
        self._waiting = [each for each in self._waiting if each.questions]
        return sorted(missing, key=_order)


class _Waiting:
    """One enquiry and the round it waits for; no questions, no more rounds."""

    def __init__(self, enquiry: Enquiry[DomainSeen]) -> None:
        self._enquiry = enquiry
        self.questions: tuple[Question, ...] = ()
        self._send(None)

    def advance(self, log: Log) -> list[Question]:
        """Go on while the log answers; return what it does not answer."""
        while self.questions:
            seen = [(question, log.get(question)) for question in self.questions]
            missing = [question for question, observation in seen if observation is None]
            if missing:
                return missing
            self._send([observation for _, observation in seen if observation is not None])
        return []

    def _send(self, seen: list[Observation] | None) -> None:
        try:
            questions = next(self._enquiry) if seen is None else self._enquiry.send(seen)
            while not questions:  # an empty round needs no answer, and is no end
                questions = self._enquiry.send([])
            self.questions = tuple(questions)
        except StopIteration:
            self.questions = ()


def _order(question: Question) -> tuple[int, Question]:
    return _ORDER[type(question)], question
