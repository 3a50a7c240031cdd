"""Our tables that are loaded: which older ones a new lock can take the place of, and what of others would be opened."""

import pytest

from mxlatch.plan.change import Lock, Outward
from mxlatch.plan.providers import held, loaded
from tests.plan.providers.nft import jump, printed, read

V4, V6, OTHER = "203.0.113.25", "2001:db8:3::25", "203.0.113.26"
HUB = Lock("hub.example.com", (V4, V6), (25, 587), ("198.51.100.1",), "the filter")
OLD = "mxlatch_01234567"


@pytest.mark.parametrize(
    ("case", "locks", "besides"),
    [
        ("fewer ports", [((V4, V6), (25,))], ""),
        ("fewer addresses", [((V4,), (25, 587))], ""),
        ("the same", [((V4, V6), (25, 587))], ""),
        ("in two locks", [((V4,), (25,)), ((V6,), (25,))], ""),
        ("a port that the new one leaves open", [((V4, V6), (25, 2525))], f"{V4} port 2525 and {V6} port 2525"),
        ("an address that the new one leaves open", [((V4, OTHER), (25,))], f"{OTHER} port 25"),
        ("a network round the address", [(("203.0.113.0/24",), (25,))], "203.0.113.0/24 port 25"),
        ("another server, of the same text", [((V4,), (25,)), ((OTHER,), (465,))], f"{OTHER} port 465"),
    ],
)
def test_an_older_lock_of_the_same_door(case, locks, besides):
    assert loaded.older(read({OLD: locks}), "mxlatch_new", (HUB,)) == {OLD: besides}


@pytest.mark.parametrize(
    ("case", "table", "lock"),
    [
        ("another server's", OLD, ((OTHER,), (25, 587))),
        ("another port's", OLD, ((V4,), (465,))),
        ("the rules' own", "mxlatch_new", ((V4,), (25,))),
        ("the site's", "site", ((V4,), (25,))),
        ("somebody's, with a like name", "mxlatches", ((V4,), (25,))),
    ],
)
def test_none_of_our_business(case, table, lock):
    assert loaded.older(read({table: [lock]}), "mxlatch_new", (HUB,)) == {}


def test_what_somebody_loaded_from_our_text_is_ours_too():
    ((table, _),) = held.apart((Lock("hub", (V4,), (25,), ()),))
    assert loaded.older(read({table: [((V4,), (25,))]}), "mxlatch_new", (HUB,)) == {table: ""}


def test_what_else_a_table_does_is_not_taken_away():
    """`mxlatch apply` has the locks and the default-deny of a step at one firewall in one table."""
    outward = jump(OLD, "@out2_behind_v4", (25,), "out2")
    assert loaded.older(read({OLD: [((V4,), (25,))]}, outward), "new", (HUB,)) == {OLD: "other rules"}
    edited = jump(OLD, "@friends", (25,), "lock1")
    edited["rule"]["expr"].insert(0, {"limit": {"rate": 1}})
    assert loaded.older(read({OLD: [((V4,), (25,))]}, edited), "new", (HUB,)) == {OLD: "other rules"}


def test_what_is_no_lock_takes_no_place():
    outward = Outward("edge", ("203.0.113.0/24",), (V4,))
    assert loaded.older(read({OLD: [((V4,), (25,))]}), "new", (outward,)) == {}


def over(saved):
    """The mark of the table that took the place of what was saved."""
    name = loaded.marked(OLD, saved).split()[-1]
    return {"chain": {"family": "inet", "table": OLD, "name": name}}


def test_a_lock_stands_if_its_sets_hold_what_was_written():
    allow = {"set": {"family": "inet", "table": OLD, "name": "lock1_allow_v4", "elem": ["198.51.100.1"]}}
    none = {"set": {"family": "inet", "table": OLD, "name": "lock1_allow_v6"}}
    there = read({OLD: [((V4, V6), (25, 587))]}, allow, none, over("before"))
    assert loaded.is_there(there, OLD)
    assert loaded.stands(there, OLD, (HUB,), "before")
    assert not loaded.is_there(there, "mxlatch_new")
    assert not loaded.stands(read({OLD: [((V4, V6), (25, 587))]}, allow, over("before")), OLD, (HUB,), "before")
    assert not loaded.stands(read({OLD: [((V4,), (25, 587))]}, allow, none, over("before")), OLD, (HUB,), "before")


def test_the_same_lock_of_another_domains_plan_is_another_one():
    """It stands over the first one, and not over what was there before that."""
    second = read({OLD: [((V4, V6), (25, 587))]}, over("the first"))
    assert loaded.is_over(second, OLD, "the first")
    assert not loaded.is_over(second, OLD, "nothing")
    assert not loaded.stands(second, OLD, (HUB,), "nothing")


def test_one_table_alone():
    both = read({OLD: [((V4,), (25,))], "mxlatch": [((V6,), (25,))]})
    assert loaded.only(both, OLD) == read({OLD: [((V4,), (25,))]})
    assert printed({}) == '{"nftables": []}'
