"""Each question goes to the transport of its kind."""

import asyncio

from mxlatch.inventory.leave import by_reference
from mxlatch.net.ask import Net
from mxlatch.net.gate import Gate
from mxlatch.terms.question import DnsQuestion, HttpQuestion, SmtpQuestion
from tests.fakes.internet import seen

QUESTIONS = [
    DnsQuestion("192.0.2.1", "example.com", "MX"),
    HttpQuestion("https://rdap.example/"),
    SmtpQuestion("192.0.2.21", 25, "mx1.example.com"),
]


class Transport:
    def __init__(self):
        self.asked = []

    async def ask(self, questions, told):
        self.asked.extend(questions)
        for question in questions:
            told(seen(question, "failed"))


def test_a_mixed_round_is_split_and_every_answer_told():
    transports = [Transport(), Transport(), Transport()]
    told = []
    asyncio.run(Net(Gate(), *transports).ask(QUESTIONS, told.append))
    assert [t.asked for t in transports] == [[q] for q in QUESTIONS]
    assert {o.question for o in told} == set(QUESTIONS)


def test_leave_is_handed_to_the_gate():
    gate = Gate()
    leave = by_reference("example.com", "ticket 7")
    Net(gate, *[Transport()] * 3).allow(leave)
    assert gate.leaves == {"example.com": leave}
