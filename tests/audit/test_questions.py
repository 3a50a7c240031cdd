"""What is asked next depends on the log alone."""

import random

import msgspec

from mxlatch.audit.log import Log
from mxlatch.audit.questions import Rounds, next_questions
from mxlatch.audit.verdict import judge
from tests.fakes.example import ZONE, internet, scope

HIDDEN = ZONE + "example.com NS ns9.example.com\nns9.example.com A 192.0.2.19"
ROGUE = ZONE + "example.com MX 30 mx3.example.com\nmx3.example.com A 192.0.2.23"


def net():
    return internet(other=HIDDEN, more={"192.0.2.19": {"example.com": ROGUE}}, resolver="")


def test_the_rounds_kept_and_the_rounds_from_the_beginning_are_the_same():
    log, answers = Log(scope(words=("mail",))), net()
    rounds = Rounds(log)
    while questions := rounds.next():
        assert questions == next_questions(log) == list(dict.fromkeys(questions))
        for question in questions:
            log.add(answers.ask(question))
    assert next_questions(log) == []


def test_the_order_in_which_answers_come_changes_nothing():
    audits = set()
    for seed in range(20):
        log, answers, order = Log(scope(words=("mail",))), net(), random.Random(seed)
        rounds = Rounds(log)
        while questions := rounds.next():
            order.shuffle(questions)
            for question in questions:
                log.add(answers.ask(question))
        audits.add(msgspec.json.encode(judge(log, "example.com")))
    assert len(audits) == 1


def test_a_round_that_was_answered_in_part_asks_for_the_rest():
    log, answers = Log(scope()), net()
    rounds = Rounds(log)
    first = rounds.next()
    log.add(answers.ask(first[0]))
    questions = next_questions(log)
    assert first[0] not in questions


def test_two_domains_share_what_they_have_in_common():
    log = Log(scope(domains=("example.com", "other.com")))
    assert [q.name for q in Rounds(log).next()] == ["com"]


def test_nobody_to_ask_is_no_endless_loop():
    assert next_questions(Log(scope(root_hints=()))) != []  # the registry still knows something
