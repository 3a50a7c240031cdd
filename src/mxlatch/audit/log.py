"""The log of a run: every answer, in the order in which it came, found again by its question."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import Question
from mxlatch.world.scope import Scope
from mxlatch.world.vantages import Look


class Log:
    """Observations of one run from one vantage, append-only.

    interrupted: the run was stopped before every question was asked. others: finished runs from other vantages.
    proven: by domain and door, the canary that arrived through it without meeting a filter. torn: the number of the
    saved run's last line, which broke off and is left out; 0 if none did.
    """

    def __init__(
        self,
        scope: Scope,
        observations: Iterable[Observation] = (),
        *,
        interrupted: bool = False,
        others: Iterable["Log"] = (),
    ) -> None:
        """A log for this scope, with what is known already."""
        self.scope = scope
        self.interrupted = interrupted
        self.torn = 0
        self.others = tuple(others)
        self.proven: dict[str, dict[str, Evidence]] = {}
        self._by_question: dict[Question, Observation] = {}
        for observation in observations:
            self.add(observation)

    def add(self, observation: Observation) -> None:
        """Append an answer. The first answer to a question stands: to ask again is another question or another run."""
        self._by_question.setdefault(observation.question, observation)

    def get(self, question: Question) -> Observation | None:
        """The answer to a question, None if there is none yet."""
        return self._by_question.get(question)

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        """The other runs, as the world takes them."""
        return tuple(Look(other.scope, other.get, tuple(other)) for other in self.others)

    def __iter__(self) -> Iterator[Observation]:
        """Every observation, in order of arrival."""
        return iter(self._by_question.values())

    def __len__(self) -> int:
        """How many questions were answered."""
        return len(self._by_question)
