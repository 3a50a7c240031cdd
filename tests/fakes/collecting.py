"""Collecting from a fake internet, without an event loop."""

from mxlatch.audit.log import Log
from mxlatch.audit.questions import Rounds
from mxlatch.world.scope import Scope
from tests.fakes.internet import FakeInternet


def collected(internet: FakeInternet, scope: Scope) -> Log:
    """The whole log of a run over this internet."""
    log = Log(scope)
    rounds = Rounds(log)
    while questions := rounds.next():
        for question in questions:
            log.add(internet.ask(question))
    return log
