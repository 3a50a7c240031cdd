"""Renumber: the lines of a server get the preferences that their owner means."""

import pytest

from mxlatch.plan.change import Records
from mxlatch.plan.make import PAIR, plan
from mxlatch.plan.proposal import Record
from mxlatch.plan.remedies.renumber import also, cannot
from tests.plan.small_worlds import Host, host, seen, small, world_of

ONE, TWO = "192.0.2.1", "192.0.2.151"
LINES = {"line1.example.com": [ONE], "line2.example.com": [TWO]}
SHARED = ()  # no line is dear


def lined(mx, dear, *others, lines=LINES, **more):
    return small(host(1, addresses=[ONE, TWO], lines=lines, dear=dear), *others, mx=mx, **more)


def numbers(case):
    """The MX as it would be, by exchange without the domain, where anything is renumbered."""
    world = seen(case)
    now = {(x.partition(".")[0], p) for p, x in world.world.names[0].mx}
    for each in also(world):
        now -= {(r.exchange.partition(".")[0], r.preference) for r in each.drop}
        now |= {(r.exchange.partition(".")[0], r.preference) for r in each.add}
    return ", ".join(f"{p} {x}" for x, p in sorted(now, key=lambda each: (each[1], each[0])))


@pytest.mark.parametrize(
    ("case", "mx", "dear", "wanted"),
    [
        ("the dear one is used as much", "10 line1, 10 line2", (TWO,), "10 line1, 20 line2"),
        ("the dear one is used alone", "10 line2, 20 line1", (TWO,), "10 line1, 20 line2"),
        ("before another server, if there is room", "10 line1, 10 line2, 30 mx2", (TWO,), "10 line1, 20 line2, 30 mx2"),
        ("there is little room", "10 line1, 10 line2, 15 mx2", (TWO,), "10 line1, 11 line2, 15 mx2"),
        ("there is none", "10 line1, 10 line2, 11 mx2", (TWO,), "10 line1, 11 line2, 11 mx2"),
        ("the other one is dear", "10 line1, 10 line2", (ONE,), "10 line2, 20 line1"),
        ("at the end of the numbers", "65535 line1, 65535 line2", (TWO,), "65535 line1, 65535 line2"),
        ("as it should be", "10 line1, 20 line2", (TWO,), "10 line1, 20 line2"),
        ("they shall share", "10 line1, 20 line2", SHARED, "10 line1, 10 line2"),
        ("they share", "10 line1, 10 line2", SHARED, "10 line1, 10 line2"),
        ("a layout, and no slip", "10 line1, 20 mx2, 30 line2", SHARED, "10 line1, 20 mx2, 30 line2"),
        ("a sandwich of lines", "10 line1, 10 line2, 20 mx2, 30 line1", SHARED, "10 line1, 10 line2, 20 mx2, 30 line1"),
        ("nobody says", "10 line1, 10 line2", None, "10 line1, 10 line2"),
        ("one line only", "10 line1", (TWO,), "10 line1"),
        ("a name leads to both", "10 mx1, 20 line1", (TWO,), "20 line1, 10 mx1"),
    ],
)
def test_the_numbers(case, mx, dear, wanted):
    made = numbers(lined(mx, dear, host(2)))
    assert sorted(made.split(", ")) == sorted(wanted.split(", "))


def test_what_is_told():
    (each,) = also(seen(lined("10 line1, 10 line2", (TWO,))))
    assert each.title == (
        "renumber the MX of mx1.example.com: its dear line is for when the others are down (line2.example.com 20)"
    )
    assert each.drop == (Record("example.com", 10, "line2.example.com"),)
    assert each.add == (Record("example.com", 20, "line2.example.com", f"{TWO}:25"),)
    assert (each.cost, each.doors, each.hazards) == (1, (), ())
    assert each.undo == "give the MX of mx1.example.com their old preferences"
    (each,) = also(seen(lined("10 line1, 20 line2", SHARED)))
    assert "all its lines share the load (line2.example.com 10)" in each.title


BOTH = "the dear line of mx1.example.com (192.0.2.151) takes mail while others are up"


@pytest.mark.parametrize(
    ("case", "mx", "dear", "names"),
    [
        ("one name for both lines, the usual slip", "10 mx1", (TWO,), ["mx1"]),
        ("behind the cheap line, and a name of its own too", "10 line1, 20 mx1, 20 line2", (TWO,), []),
        ("the name comes before the cheap line", "10 mx1, 20 line1", (TWO,), ["mx1"]),
        ("and beside it", "10 mx1, 10 line1", (TWO,), ["mx1"]),
        ("after it nobody comes to the dear line while the cheap one is up", "10 line1, 20 mx1", (TWO,), []),
        ("a sandwich of one name", "10 mx1, 20 mx2, 30 mx1", (TWO,), ["mx1"]),
        ("each line has its name", "10 line1, 20 line2", (TWO,), []),
        ("the dear line alone", "10 line2", (TWO,), []),
        ("they share the load", "10 mx1", SHARED, []),
        ("nobody says", "10 mx1", None, []),
    ],
)
def test_a_name_that_leads_to_both(case, mx, dear, names):
    made = list(cannot(seen(lined(mx, dear, host(2)))))
    assert [each.why.partition(".")[0] for each in made] == names
    assert {each.what for each in made} <= {BOTH}


def test_the_plan_says_what_to_do_about_it():
    """A postmaster who declared the second line dear, and has one name for both in a sandwich."""
    world = world_of(lined("10 mx1, 20 mx2, 30 mx1", (TWO,), host(2)))
    made = plan(world)
    assert (made.after, made.remedies, made.conflicts) == ("closed", (), ())
    (told,) = made.stays_open
    assert (told.what, told.judged) == (BOTH, True)
    assert told.why == (
        "mx1.example.com leads to it and to 192.0.2.1, and a preference tells names apart, not addresses: "
        "give the dear line a name of its own"
    )


def test_only_what_counts_is_renumbered():
    """What a name server with old data says is that server's fault, and another remedy's."""
    assert not list(also(seen(lined("10 line1, 20 line2", (TWO,), old="10 line1, 10 line2"))))


def final(case, profile="best"):
    made = plan(world_of(case), profile)
    assert not made.conflicts
    return [change for change in made.changes if isinstance(change, Records)][-1].after


def test_a_pair_of_which_one_has_two_lines():
    second = host(2, addresses=["192.0.2.2", "192.0.2.152"])
    second.lines = {"line1.example.com": ["192.0.2.2"], "line2.example.com": ["192.0.2.152"]}
    second.dear = SHARED
    case = small(host(1), second, mx="10 mx1, 20 line1, 30 line2")
    assert final(case, PAIR) == ("10 line1.example.com.", "10 line2.example.com.", "10 mx1.example.com.")
    second.dear = ("192.0.2.152",)
    case = small(host(1), second, mx="10 mx1, 30 line1, 30 line2")
    assert final(case, PAIR) == ("10 line1.example.com.", "10 mx1.example.com.", "40 line2.example.com.")


def test_a_trap_still_stands_after_the_dear_line():
    trap = Host("trap.example.com", ["192.0.2.99"], "puts-off", {}, role="trap")
    assert final(lined("10 line1, 10 line2", (TWO,), trap))[-2:] == ("20 line2.example.com.", "30 trap.example.com.")
