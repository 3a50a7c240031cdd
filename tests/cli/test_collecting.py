import io
from collections.abc import Callable, Sequence

from mxlatch.audit.log import Log
from mxlatch.cli import collecting
from mxlatch.cli.progress import Progress
from mxlatch.inventory.leave import Leave
from mxlatch.inventory.model import Inventory
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import Question
from mxlatch.world.scope import Scope


class Answers:
    """Answers every question "no response", and presses Ctrl-C after so many rounds."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    async def ask(self, questions: Sequence[Question], seen: Callable[[Observation], None]) -> None:
        if not self.rounds:
            raise KeyboardInterrupt
        self.rounds -= 1
        for question in questions:
            seen(Observation(question, "no-response", None, 0.0, "internet", reason="timeout"))

    def allow(self, leave: Leave) -> None:
        raise AssertionError("nobody gave leave")


def log() -> Log:
    hints = (("a.root", "198.41.0.4"),)
    scope = Scope(
        inventory=Inventory(), domains=("example.org",), vantage="internet", time=0.0, nonce="x", root_hints=hints
    )
    return Log(scope)


def test_to_the_end():
    seen, stream = log(), io.StringIO()
    collecting.run(seen, Answers(99), Progress(stream, terminal=True))
    assert not seen.interrupted
    assert len(seen) > 0
    assert stream.getvalue() == "", "it was quick: nothing to say"


def test_interrupted_keeps_what_there_is():
    seen = log()
    collecting.run(seen, Answers(1), Progress(io.StringIO(), terminal=True))
    assert seen.interrupted
    assert len(seen) > 0
