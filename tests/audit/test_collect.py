"""Collecting asks round after round, and keeps what there is when it is stopped."""

import asyncio

import pytest

from mxlatch.audit.collect import collect
from mxlatch.audit.log import Log
from mxlatch.terms.question import SmtpQuestion
from tests.fakes.example import internet, scope


class Net:
    """Answers from a fake internet; stops answering after so many."""

    def __init__(self, answers, most=10_000):
        self.answers, self.most, self.allowed, self.stuck = answers, most, [], asyncio.Event()

    async def ask(self, questions, seen):
        for question in questions:
            if self.most == 0:
                self.stuck.set()
                await asyncio.Event().wait()
            self.most -= 1
            seen(self.answers.ask(question))

    def allow(self, leave):
        self.allowed.append(leave)


def test_everything_is_asked_and_leave_is_told_before_recipients_are():
    log, net = Log(scope()), Net(internet())
    asyncio.run(collect(log, net))
    assert [leave.domain for leave in net.allowed] == ["example.com"]
    assert sum(isinstance(o.question, SmtpQuestion) for o in log) == 2


def test_without_leave_nothing_is_allowed():
    net = Net(internet())
    asyncio.run(collect(Log(scope(leave=False)), net))
    assert net.allowed == []


def test_progress_is_told_each_answer():
    log, told = Log(scope()), []
    asyncio.run(collect(log, Net(internet()), told.append))
    assert told == list(log)


def test_what_there_was_when_it_was_stopped_stays_and_is_marked():
    async def stopped_after(answers):
        log, net = Log(scope()), Net(internet(), most=answers)
        task = asyncio.create_task(collect(log, net))
        await net.stuck.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return log

    log = asyncio.run(stopped_after(7))
    assert (len(log), log.interrupted) == (7, True)


def test_what_the_log_holds_already_is_not_asked_again():
    log, answers = Log(scope()), internet()
    asyncio.run(collect(log, Net(answers)))
    asked = len(answers.asked)
    asyncio.run(collect(log, Net(answers)))
    assert len(answers.asked) == asked
