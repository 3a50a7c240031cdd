"""The cheapest set that closes; that it is the cheapest, tests/plan/test_random_worlds.py tries by brute force."""

from pathlib import Path

import pytest

from mxlatch.plan import search
from mxlatch.plan.make import plan
from mxlatch.plan.proof import every_case
from mxlatch.plan.proposal import Seen
from mxlatch.plan.remedies import proposals
from mxlatch.plan.search import LISTED, Goal, Wanted, cheapest, fits
from tests.plan.small_worlds import fallback, host, rogue, secondary, seen, small, world_of

TWO = "192.0.2.2:25"


def wanted(given, gone=()):
    cases = every_case(given.world, given.world, given.paths)
    return Wanted(frozenset(gone), lost={each.failure: each.lost for each in cases})


def found(case, only=(), gone=()):
    """The search's word, where only these remedies are offered (all, if none is named)."""
    given = seen(case)
    given = Seen(given.world, given.paths, (), frozenset(gone))
    return cheapest(given, lambda offer: not only or offer.remedy in only, (), wanted(given, gone))


@pytest.mark.parametrize(
    ("case", "world", "only", "taken"),
    [
        ("nothing is wrong", small(host(1)), (), []),
        ("the hub as secondary", secondary(), (), ["lock"]),
        ("a stranger's server", rogue(), (), ["retire"]),
        ("the backup goes rather than get what it lacks", fallback(), (), ["retire"]),
        ("or gets it, if it must stay", fallback(), ("harden",), ["harden", "harden"]),
        ("one latch is less than XCLIENT", fallback(lacks=("dnsbl",)), ("harden", "hand-on"), ["harden"]),
        ("what is waived is applied", fallback(lacks=("content",)), ("harden", "stop-waiving"), ["stop-waiving"]),
    ],
)
def test_the_cheapest(case, world, only, taken):
    result = found(world, only)
    assert sorted(each.remedy for each in result.taken) == taken
    assert (dict(result.left), result.exact) == ({}, True)


def test_what_nothing_closes_is_left_and_the_rest_is_closed():
    case = small(host(1), host(2, "content"), host(3, "dnsbl"), mx="10 mx1, 20 mx2, 30 mx3")
    given = seen(case)
    result = cheapest(given, lambda offer: offer.doors == (TWO,), (), wanted(given))
    assert [each.title for each in result.taken] == [
        "give mx2.example.com the content filter, as mx1.example.com has it"
    ]
    assert list(result.left) == [Goal("192.0.2.3:25")]
    assert result.exact


def test_a_record_may_have_to_go_where_nothing_is_open():
    result = found(small(host(1), host(2), mx="10 mx1, 20 mx2"), gone=(TWO,))
    assert [each.remedy for each in result.taken] == ["delete"]
    result = found(small(host(1), host(2), mx="20 mx2"), gone=(TWO,))
    assert (result.taken, dict(result.left)) == ((), {Goal(TWO, LISTED): None})


def test_with_one_server_goes_the_one_that_would_loop():
    """Without mx1 the backup would be the best exchanger, and find nobody to hand on to."""
    case = small(host(1), host(2, role="backup", next="mx"), host(3), mx="10 mx1, 20 mx2, 30 mx3")
    result = found(case, only=("delete",), gone=("192.0.2.1:25",))
    assert [each.title for each in result.taken] == [f"delete the MX of mx{n}.example.com" for n in (1, 2)]


def test_what_comes_up_later_must_be_allowed_too():
    case = small(host(1), host(2, "content", role="backup", next="mx"), mx="10 mx1, 20 mx2")
    case.hosts[1].waives = ("content",)
    result = found(case, only=("delete",))
    assert (result.taken, list(result.left)) == ((), [Goal(TWO)])


def test_records_may_go_once_a_server_that_lacked_some_has_them_too():
    """What it served was part of what counts: nothing is gone with the old data, and the servers agree all the same."""
    front = host(1, role="filter", next="mx2.example.com")
    case = small(front, host(2, "content"), mx="10 mx1, 20 mx2", old="10 mx1", fed=True)
    assert sorted(each.id for each in plan(world_of(case)).remedies) == ["agree", "lock"]


def test_beyond_its_bound_it_says_so(monkeypatch):
    monkeypatch.setattr(search, "_MOST_WORLDS", 1)
    case = small(host(1), host(2, "content", "dnsbl"), host(3, "content", "dnsbl"), mx="10 mx1, 20 mx2, 30 mx3")
    assert not found(case, only=("harden",)).exact


def test_the_page_tells_the_bounds():
    text = " ".join((Path(__file__).parents[2] / "docs/reference/plan.md").read_text("utf-8").split())
    assert f"The search ends after {search._MOST_WORLDS:,} worlds" in text
    assert f"each door gets {search._MOST_ALONE} more by itself" in text
    assert f"those that could be closed {search._MOST_OF_THE_REST} together" in text


def many(count=20):
    """Backups that may go or be made as strong, and a mailbox that has to be."""
    backups = [host(n, "dnsbl", role="backup", next="mx1.example.com") for n in range(3, count)]
    return small(host(1), host(2, "content"), *backups, mx=", ".join(f"{n} mx{n}" for n in range(1, count)))


def test_a_large_world_is_closed_within_its_bound_and_that_is_said(monkeypatch):
    monkeypatch.setattr(search, "_MOST_DOORS", 0)
    result = found(many())
    assert (dict(result.left), result.exact) == ({}, False)
    assert len(result.taken) == 18


def test_within_its_bound_it_leaves_out_what_loses_mail(monkeypatch):
    """Two exchangers that nobody listed, and nothing else: one must stay."""
    case = small(*(host(n, "content", declared=False) for n in (1, 2)), host(3, state="closed"), mx="10 mx1, 20 mx2")
    monkeypatch.setattr(search, "_MOST_DOORS", 0)
    result = found(case)
    assert (len(result.taken), len(result.left), result.exact) == (1, 1, False)


def test_what_only_one_remedy_helps_is_taken_at_once():
    """Else it would take as many worlds as there are servers."""
    given = seen(many(30))
    judge = search._Search(given, lambda offer: offer.remedy == "harden", wanted(given))
    node = judge.best(judge.judged(()), frozenset(), 10)
    assert len(node.taken) == 28
    assert len(judge._nodes) == 2


def test_what_opens_a_way_or_loses_mail_does_not_fit():
    given = seen(small(host(1), host(2, role="backup", next="mx"), mx="10 mx1, 20 mx2"))
    first, second = [each for each in proposals(given) if each.remedy == "delete"]
    assert not fits(given, [first], wanted(given))
    assert fits(given, [], wanted(given))
    assert fits(given, [second], wanted(given))
    blind = seen(small(host(1), host(2, "content", role="backup", next="mx"), mx="10 mx1, 20 mx2"))
    second = [each for each in proposals(blind) if each.remedy == "delete"][1]
    # A server to which no record leads still hands on by the MX: what met the latch behind it does so now.
    assert fits(blind, [second], wanted(blind))
