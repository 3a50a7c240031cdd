"""Which senders come by which record: a table that a mail admin can add to, and then every run of a small world.

The brute force plays each sender literally, in every order that chance may make and with every outcome that a door may
have, and shares no code with `paths/`.
"""

import itertools
import random
from collections import Counter

import pytest
from msgspec import structs

from mxlatch.data import tables
from mxlatch.paths import reach
from mxlatch.paths.reach import possible, reached
from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.door import AFTER_ALL, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.smtp import Reply, Session, Turn
from tests.paths.test_find import world

BEHAVIOURS = {each.id: each for each in tables().behaviours}
CONFORMING = {each.id for each in tables().behaviours if each.conforming}
LAST = {"last-only", "descending", "random", "all"}
RULE = Evidence("only from the filter")


def said(reply):
    """A session in which the valid recipient got this reply."""
    turn = Turn("RCPT TO:<a@example.com>", Reply(int(reply[:3]), (reply[4:],)), "valid")
    return Session((Turn("", Reply(220, ("hi",))), turn))


def door(number, state="open", reply="", latch="found", ruled=False):
    """latch: the state of its one latch; ruled: the inventory declares it shut."""
    states = {Latch.RECIPIENT: LatchState(latch)} if latch else {}
    session = said(reply) if reply else None
    return Door(
        f"192.0.2.{number}",
        25,
        DoorState(state),
        "said so",
        (),
        states,
        session=session,
        closed_by=RULE if ruled else None,
    )


FILTER, BARE = door(1), door(1, latch="absent")
HUB = door(2, latch="absent")


def senders(*records):
    """By preference: who may come by that record. records: (preference, door)."""
    doors = {each.id: each for _, each in records}
    ways = tuple((WayIn("mx", "example.com", p, f"mx{p}.example.com"), each.id) for p, each in records)
    seen = structs.replace(world(*doors.values()), ways_in=ways, behaviours=tables().behaviours)
    found = reached(seen)
    return {way.preference: {b.id for b in each} for (way, _), each in zip(ways, found, strict=True)}


@pytest.mark.parametrize(
    ("case", "first", "second"),
    [
        ("a filter that refuses spam", FILTER, LAST | {"persistent"}),
        ("a first door that refuses nothing", BARE, LAST),
        ("a first door that is down", door(1, "closed"), LAST | CONFORMING | {"persistent"}),
        ("one that the firewall shuts", door(1, "filtered", ruled=True), LAST | CONFORMING | {"persistent"}),
        ("one of which nothing is known", door(1, "unknown"), LAST | CONFORMING | {"persistent"}),
        ("greylisting", door(1, reply="450 later"), LAST | CONFORMING - {"qmail"} | {"persistent"}),
        ("a first door that does not serve the domain", door(1, reply="554 no"), LAST | {"persistent"}),
    ],
)
def test_who_comes_to_the_second_record(case, first, second):
    assert senders((10, first), (20, HUB))[20] == second


def test_everybody_who_follows_the_mx_may_come_to_the_first_but_those_who_begin_at_the_end():
    assert senders((10, FILTER), (20, HUB))[10] == CONFORMING | {"persistent", "first-only", "random", "all"}
    # Of a bare last door nobody is refused, so that who begins there stays there; of an open filter some are.
    assert senders((10, FILTER), (20, FILTER))[10] >= {"descending"}


def test_the_sandwich_sends_those_who_go_for_the_last_to_the_first_server():
    found = senders((10, FILTER), (20, HUB), (99, FILTER))
    assert "last-only" in found[99]
    assert "last-only" not in found[20]
    assert "descending" in found[20]  # refused at the first server, it goes on


def test_exim_tries_no_address_twice_so_that_the_sandwich_is_none_for_it():
    down = door(1, "closed")
    assert "exim" not in senders((10, down), (20, door(2, "closed")), (99, down))[99]
    assert "postfix" in senders((10, down), (20, door(2, "closed")), (99, down))[99]


def test_postfix_stops_after_five_addresses_and_after_two_sessions():
    late = door(9, latch="absent")
    dead = [(n, door(n, "closed")) for n in range(1, 6)]
    assert {"rfc5321", "postfix"} <= senders(*dead[:4], (9, late))[9]
    assert "postfix" not in senders(*dead, (9, late))[9]
    busy = [(n, door(n, reply="450 later")) for n in (3, 4)]
    assert "postfix" not in senders(*busy, (9, late))[9]
    assert "rfc5321" in senders(*busy, (9, late))[9]


@pytest.mark.parametrize(
    ("tries", "sessions", "comes"),
    [(1, 0, False), (2, 0, True), (10**9, 10**9, True), (0, 1, False), (-1, 0, False), (0, -(10**9), False)],
)
def test_a_table_from_elsewhere_may_have_any_limits(tries, sessions, comes):
    behaviour = structs.replace(BEHAVIOURS["rfc5321"], tries=tries, sessions=sessions)
    first, second = door(1, reply="450 later"), door(2)
    ways = tuple((WayIn("mx", "example.com", p, f"mx{p}.example.com"), d.id) for p, d in ((10, first), (20, second)))
    found = reached(structs.replace(world(first, second), ways_in=ways, behaviours=(behaviour,)))
    assert bool(found[1]) is comes


def test_equal_preferences_are_all_first():
    found = senders((10, FILTER), (10, HUB))
    assert "first-only" in found[10]


def test_who_knows_no_record_comes_by_its_own_way():
    ways = {
        kind: WayIn(kind, "example.com", AFTER_ALL, f"{kind}.example.com")
        for kind in ("remembered", "scan", "apex-address")
    }
    seen = structs.replace(
        world(HUB), ways_in=tuple((way, HUB.id) for way in ways.values()), behaviours=tables().behaviours
    )
    found = {way.kind: [b.id for b in each] for (way, _), each in zip(seen.ways_in, reached(seen), strict=True)}
    assert found == {"remembered": ["remembered"], "scan": ["scan"], "apex-address": ["apex"]}


@pytest.mark.parametrize("behaviour", tables().behaviours, ids=lambda each: each.id)
def test_each_behaviour_is_whole(behaviour: Behaviour):
    assert behaviour.does
    assert behaviour.ways
    assert behaviour.source
    assert not behaviour.tries or behaviour.order != "random" or behaviour.tries == 1


# --- brute force ----------------------------------------------------------------------------------------------------

WORLDS = 5_000
KINDS = {
    "down": (door, ("closed",), {}),
    "shut": (door, ("filtered",), {"ruled": True}),
    "silent": (door, ("filtered",), {}),
    "unknown": (door, ("unknown",), {}),
    "bare": (door, (), {"latch": "absent"}),
    "latched": (door, (), {}),
    "greylists": (door, (), {"reply": "450 later"}),
    "refuses": (door, (), {"reply": "550 no"}),
}
MAY = {
    "down": {"no-answer"},
    "shut": {"no-answer"},
    "silent": {"no-answer", "tempfail", "reject", "accept"},
    "unknown": {"no-answer", "tempfail", "reject", "accept"},
    "bare": {"accept"},
    "latched": {"accept", "reject"},
    "greylists": {"accept", "reject", "tempfail"},
    "refuses": {"reject"},
}
# (order, what it goes on after, tries, sessions, tries no address twice), by hand and not from the table.
PLAYED = {
    "rfc5321": ("up", {"no-answer", "tempfail"}, 99, 99, False),
    "postfix": ("up", {"no-answer", "tempfail"}, 5, 2, False),
    "exim": ("up", {"no-answer", "tempfail"}, 5, 99, True),
    "qmail": ("up", {"no-answer"}, 99, 99, False),
    "persistent": ("up", {"no-answer", "tempfail", "reject"}, 99, 99, False),
    "first-only": ("up", set(), 1, 99, False),
    "last-only": ("down", set(), 1, 99, False),
    "descending": ("down", {"no-answer", "tempfail", "reject"}, 99, 99, False),
    "random": ("any", set(), 1, 99, False),
    "all": ("any", {"no-answer", "tempfail", "reject", "accept"}, 99, 99, False),
}


def play(name, records, kinds):
    """The records that any run of this sender tries. records: (preference, host number)."""
    order, goes_on, tries, sessions, distinct = PLAYED[name]
    tried = set()
    for chance in itertools.permutations(range(len(records))):
        queue = sorted(chance, key=lambda i: 0 if order == "any" else records[i][0] * (1 if order == "up" else -1))
        for outcomes in itertools.product(*(sorted(MAY[kinds[records[i][1]]]) for i in queue)):
            begun = held = 0
            hosts = set()
            for index, outcome in zip(queue, outcomes, strict=True):
                host = records[index][1]
                if distinct and host in hosts:
                    continue
                if begun >= tries or held >= sessions:
                    break
                tried.add(index)
                hosts.add(host)
                begun += 1
                held += outcome != "no-answer"
                if outcome not in goes_on:
                    break
    return tried


def small_worlds(seed):
    """Records at a few hosts, each of one kind; hosts may stand at several preferences."""
    rng = random.Random(seed)
    for _ in range(WORLDS):
        kinds = {n: rng.choice(list(KINDS)) for n in range(1, 4)}
        hosts = [rng.randint(1, 3) for _ in range(rng.randint(1, 4))]
        records = sorted({(rng.choice((10, 20, 30)), host) for host in hosts})
        yield records, kinds


def made(records, kinds):
    doors = {n: make(n, *given, **more) for n, kind in kinds.items() for make, given, more in [KINDS[kind]]}
    ways = tuple((WayIn("mx", "example.com", p, f"mx{p}-{n}.example.com"), doors[n].id) for p, n in records)
    return structs.replace(world(*doors.values()), ways_in=ways, behaviours=tables().behaviours)


def differences(seed, limit=None):
    """(records, kinds, sender) of each run in which engine and brute force differ, and what was generated."""
    counts: Counter[str] = Counter()
    wrong = []
    for records, kinds in itertools.islice(small_worlds(seed), limit):
        seen = made(records, kinds)
        found = reached(seen)
        by_sender = {name: {i for i, each in enumerate(found) if BEHAVIOURS[name] in each} for name in PLAYED}
        used = {kinds[host] for _, host in records}
        counts.update(["worlds", *(f"with {kind}" for kind in used)])
        counts["several records at one host"] += len({h for _, h in records}) < len(records)
        counts["equal preferences"] += len({p for p, _ in records}) < len(records)
        counts["not all come by all"] += any(len(each) < len(records) for each in by_sender.values())
        wrong += [(records, kinds, name) for name in PLAYED if by_sender[name] != play(name, records, kinds)]
    return wrong, counts


def test_the_engine_is_equal_to_every_run_of_every_sender():
    wrong, counts = differences(seed=4)
    print(dict(sorted(counts.items())))
    assert not wrong, wrong[0]
    assert counts["worlds"] >= 5_000
    assert min(counts[f"with {kind}"] for kind in KINDS) > 500
    assert counts["several records at one host"] > 500
    assert counts["equal preferences"] > 500


MUTANTS = {
    "who goes on after a refusal is forgotten": {"reject": 0},
    "a door that is down is taken for one that answers": {"no-answer": 0},
    "greylisting stops everybody": {"tempfail": 0},
}


@pytest.mark.parametrize("forgotten", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_of_the_engine_is_found_out(forgotten, monkeypatch):
    monkeypatch.setattr(reach, "OUTCOME_BIT", reach.OUTCOME_BIT | forgotten)
    monkeypatch.setattr(reach, "_made", [reach.Senders(())])  # made with the right bits
    wrong, _ = differences(seed=4, limit=200)
    assert wrong


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_try_may_come_to(kind):
    make, given, more = KINDS[kind]
    assert possible(make(1, *given, **more)) == MAY[kind]
