"""What a door is to the engine: a table of doors, what a try at each may come to, and who gets in."""

import pytest
from msgspec import structs

from mxlatch.paths.facts import ASSUMED_DOWN, OUTCOME_BIT, facts_of, latch_mask, latches_of
from mxlatch.terms.door import DoorState
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from tests.paths.test_find import RULE, door, tried

OPEN, SHUT, SILENT, UNSEEN = DoorState.OPEN, DoorState.CLOSED, DoorState.FILTERED, DoorState.UNKNOWN
ANYTHING = {"no-answer", "tempfail", "reject", "accept"}


def at(state, said="", rule=None, endpoint="", role="", **latches):
    made = door(1, state, rule, **(latches or {"recipient": "found"}))
    return structs.replace(made, session=tried(said) if said else None, endpoint=endpoint, role=role)


def words(mask):
    return {word for word, bit in OUTCOME_BIT.items() if mask & bit}


@pytest.mark.parametrize(
    ("case", "given", "stranger", "relay", "entry", "handed"),
    [
        ("answers", at(OPEN), {"accept", "reject"}, {"accept", "reject"}, "PROVEN", "PROVEN"),
        ("refuses nobody", at(OPEN, recipient="absent"), {"accept"}, {"accept", "reject"}, "PROVEN", "PROVEN"),
        ("greylists", at(OPEN, "450 later"), ANYTHING - {"no-answer"}, ANYTHING - {"no-answer"}, "PROVEN", "PROVEN"),
        ("refuses us", at(OPEN, "550 no"), {"reject"}, {"accept", "reject"}, "PROVEN", "PROVEN"),
        (
            "wants a login",
            at(OPEN, "530 Authentication required"),
            {"reject"},
            {"accept", "reject"},
            "PROVEN",
            "PROVEN",
        ),
        ("locked to the filter", at(OPEN, endpoint="closed"), {"reject"}, {"accept", "reject"}, "CLOSED", "PROVEN"),
        ("refuses connections", at(SHUT), {"no-answer"}, {"no-answer"}, "CLOSED", "UNKNOWN"),
        ("shut by a rule: relays may come", at(SHUT, rule=RULE), {"no-answer"}, ANYTHING, "CLOSED", "PROVEN"),
        ("silent, as a rule says", at(SILENT, rule=RULE), {"no-answer"}, ANYTHING, "CLOSED", "PROVEN"),
        ("silent", at(SILENT), ANYTHING, ANYTHING, "UNKNOWN", "UNKNOWN"),
        ("nothing is known", at(UNSEEN), ANYTHING, ANYTHING, "UNKNOWN", "UNKNOWN"),
        ("a trap, not asked", at(OPEN, role="trap"), {"tempfail"}, {"tempfail"}, "CLOSED", "CLOSED"),
        ("a trap that puts off", at(OPEN, "451 later", role="trap"), {"tempfail"}, {"tempfail"}, "CLOSED", "CLOSED"),
        ("a trap that refuses", at(OPEN, "550 no", role="trap"), {"reject"}, {"reject"}, "CLOSED", "CLOSED"),
        (
            "a trap that was seen to take mail",
            at(OPEN, "250 ok", role="trap"),
            {"accept", "reject"},
            {"accept", "reject"},
            "PROVEN",
            "PROVEN",
        ),
        ("a silent trap", at(SILENT, role="trap"), ANYTHING - {"accept"}, ANYTHING - {"accept"}, "CLOSED", "CLOSED"),
        ("a trap where nothing listens", at(SHUT, role="trap"), {"no-answer"}, {"no-answer"}, "CLOSED", "CLOSED"),
        ("assumed down: mail waits", at(SHUT, rule=ASSUMED_DOWN), {"no-answer"}, {"no-answer"}, "CLOSED", "PROVEN"),
    ],
)
def test_what_a_try_may_come_to_and_who_gets_in(case, given, stranger, relay, entry, handed):
    facts = facts_of(given)
    assert (words(facts.outcomes), words(facts.relayed)) == (stranger, relay)
    assert (Certainty(facts.entry).name, Certainty(facts.handed).name) == (entry, handed)


@pytest.mark.parametrize(
    ("state", "sets"),
    [
        ("found", ["found"]),
        ("likely-found", ["found"]),
        ("likely-absent", ["lacks"]),
        ("absent", ["lacks", "absent"]),
        ("unknown", ["others", "unknown"]),
        ("not-asked", ["others", "unknown"]),
    ],
)
def test_a_latch_is_there_likely_not_surely_not_or_only_spoken_of(state, sets):
    facts = facts_of(door(1, spf=state))
    spf = latch_mask((Latch.SPF,))
    assert [each for each in ("found", "lacks", "absent", "others", "unknown") if getattr(facts, each) & spf] == sets
    assert facts.found | facts.lacks | facts.absent | facts.others | spf == spf
    assert facts.unknown | spf == latch_mask(Latch)


@pytest.mark.parametrize(
    ("said", "mute"),
    [
        ("554 Relay access denied", (Latch.RECIPIENT, Latch.RELAY)),
        ("530 Authentication required", (Latch.RECIPIENT, Latch.RELAY)),
        ("250 ok", ()),
        ("550 no", ()),
    ],
)
def test_who_refuses_every_stranger_shows_nothing_of_what_it_takes_from_relays(said, mute):
    assert latches_of(facts_of(at(OPEN, said)).mute) == mute


def test_masks_and_latches_are_the_same_thing():
    assert latches_of(latch_mask(Latch)) == tuple(Latch)
    assert latches_of(0) == ()


def test_facts_are_worked_out_once_and_belong_to_one_door():
    one = at(OPEN)
    assert facts_of(one) is facts_of(one)
    assert facts_of(structs.replace(one, state=SHUT)).outcomes != facts_of(one).outcomes
