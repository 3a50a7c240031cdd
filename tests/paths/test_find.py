"""Paths through small worlds: what is missing, how surely, and what it makes of each door."""

import msgspec
import pytest

from mxlatch.inventory.model import Inventory
from mxlatch.paths.find import find
from mxlatch.terms.door import Door, DoorState, DoorVerdict, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.terms.outcome import Found
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.terms.verdict import Certainty
from mxlatch.world.model import Relay, World, Zone

RECIPIENT, TLS, DNSBL, CONTENT = Latch.RECIPIENT, Latch.TLS, Latch.DNSBL, Latch.CONTENT
RULE = Evidence("firewall main: only from the filter", "inventory.toml:9")


def door(number, state=DoorState.OPEN, closed_by=None, **latches):
    way = WayIn("mx", "example.com", number * 10, f"mx{number}.example.com")
    states = {Latch(name): LatchState(word) for name, word in latches.items()}
    return Door(f"192.0.2.{number}", 25, state, "said so", (way,), states, closed_by=closed_by)


def world(*doors, baseline=(RECIPIENT,), relays=()):
    return World(
        domain="example.com",
        vantage="internet",
        time=0.0,
        zones=(Zone("example.com", (), "com", {}, Found(())),),
        names=(),
        exchanges=(),
        doors=doors,
        ways_in=tuple((way, each.id) for each in doors for way in each.ways_in),
        relays=relays,
        baseline=baseline,
        baseline_from="the inventory",
        not_asked=(),
        not_judged=(),
        inventory=Inventory(),
    )


def tried(said, recipient="a@example.com"):
    """A session in which the valid recipient got this reply."""
    reply = Reply(int(said[:3]), (said[4:],))
    return Session((Turn("", Reply(220, ("hi",))), Turn(f"RCPT TO:<{recipient}>", reply, "valid")))


GOOD = door(1, recipient="found")


@pytest.mark.parametrize(
    ("case", "second", "certainty", "verdict"),
    [
        ("equal", door(2, recipient="found"), Certainty.CLOSED, DoorVerdict.CLOSED),
        ("weaker", door(2, recipient="absent"), Certainty.LIKELY, DoorVerdict.OPEN),
        ("likely weaker", door(2, recipient="likely-absent"), Certainty.LIKELY, DoorVerdict.OPEN),
        ("latch not known", door(2, recipient="unknown"), Certainty.UNKNOWN, DoorVerdict.UNKNOWN),
        ("latch not asked", door(2, recipient="not-asked"), Certainty.UNKNOWN, DoorVerdict.UNKNOWN),
        ("latch never heard of", door(2), Certainty.UNKNOWN, DoorVerdict.UNKNOWN),
        ("closed", door(2, DoorState.CLOSED), Certainty.CLOSED, DoorVerdict.CLOSED),
        ("filtered, no rule", door(2, DoorState.FILTERED), Certainty.UNKNOWN, DoorVerdict.LIKELY_CLOSED),
        ("filtered, as declared", door(2, DoorState.FILTERED, RULE), Certainty.CLOSED, DoorVerdict.CLOSED),
        ("unknown", door(2, DoorState.UNKNOWN), Certainty.UNKNOWN, DoorVerdict.UNKNOWN),
        ("weaker, but closed", door(2, DoorState.CLOSED, recipient="absent"), Certainty.CLOSED, DoorVerdict.CLOSED),
    ],
)
def test_a_path_is_the_least_of_its_steps(case, second, certainty, verdict):
    found = find(world(GOOD, second))
    (path,) = (p for p in found.paths if p.doors == (second.id,))
    assert (path.certainty, found.doors[second.id]) == (certainty, verdict)


@pytest.mark.parametrize(
    ("said", "certainty", "verdict"),
    [
        ("250 ok", Certainty.LIKELY, DoorVerdict.OPEN),
        ("450 later", Certainty.LIKELY, DoorVerdict.OPEN),
        ("550 no", Certainty.UNKNOWN, DoorVerdict.UNKNOWN),
        ("554 Relay access denied", Certainty.CLOSED, DoorVerdict.CLOSED),
        ("454 4.7.1 Relay access denied", Certainty.CLOSED, DoorVerdict.CLOSED),
        ("530 5.7.0 Authentication required", Certainty.CLOSED, DoorVerdict.CLOSED),
        ("530 5.7.0 Must issue a STARTTLS command first", Certainty.UNKNOWN, DoorVerdict.UNKNOWN),
    ],
)
def test_nothing_gets_in_where_the_valid_recipient_is_refused(said, certainty, verdict):
    first = msgspec.structs.replace(door(1, content="found"), session=tried("250 ok"))
    second = msgspec.structs.replace(door(2, content="absent"), session=tried(said))
    found = find(world(first, second, baseline=(CONTENT,)))
    (path,) = (p for p in found.paths if p.doors == (second.id,))
    assert (path.certainty, found.doors[second.id]) == (certainty, verdict)
    shown = any(said in e.text for e in path.hops[-1].evidence)
    assert shown == (certainty is not Certainty.LIKELY and "Authentication" not in said)


@pytest.mark.parametrize(
    ("case", "first", "recipient"),
    [
        ("no door takes the recipient: perhaps it is none", "554 Relay access denied", "a@example.com"),
        ("another domain's recipient was tried", "250 ok", "a@example.net"),
    ],
)
def test_who_says_that_a_domain_is_foreign_is_believed_of_that_domain_and_beside_one_that_takes_it(
    case, first, recipient
):
    one = msgspec.structs.replace(door(1, recipient="found"), session=tried(first))
    two = msgspec.structs.replace(door(2, recipient="found"), session=tried("554 Relay access denied", recipient))
    found = find(world(one, two))
    (path,) = (p for p in found.paths if p.doors == (two.id,))
    assert path.certainty is Certainty.UNKNOWN


def test_the_counter_example_is_the_surest_and_shortest():
    found = find(world(GOOD, door(2, recipient="unknown"), door(3, recipient="absent")))
    assert found.shortest_open.doors == ("192.0.2.3:25",)
    assert [hop.kind for hop in found.shortest_open.hops] == ["sender", "way-in", "door", "latch", "mailbox"]


def test_no_counter_example_where_nothing_is_open():
    assert find(world(GOOD)).shortest_open is None


def test_doors_that_are_equal_but_have_no_latch_are_never_closed():
    found = find(world(door(1, recipient="absent"), door(2, recipient="absent"), baseline=()))
    assert set(found.doors.values()) == {DoorVerdict.UNLATCHED}
    assert found.paths[0].certainty is Certainty.LIKELY


def test_without_latches_and_without_having_asked_it_is_unknown():
    found = find(world(door(1, recipient="not-asked", tls="absent"), baseline=()))
    assert found.paths[0].certainty is Certainty.UNKNOWN


HANDS_ON = Relay("192.0.2.2:25", "192.0.2.1:25")


@pytest.mark.parametrize(
    ("case", "latch", "relay", "missing"),
    [
        ("the envelope goes along", RECIPIENT, HANDS_ON, ()),
        ("the content goes along", CONTENT, HANDS_ON, ()),
        ("the client's address does not: blind", DNSBL, HANDS_ON, (DNSBL,)),
        ("unless the relay hands it on", DNSBL, Relay("192.0.2.2:25", "192.0.2.1:25", hands_on_client=True), ()),
        ("waived for a friend", CONTENT, Relay("192.0.2.2:25", "192.0.2.1:25", waives=(CONTENT,)), (CONTENT,)),
    ],
)
def test_a_latch_behind_a_relay_counts_if_it_can_see_and_is_not_waived(case, latch, relay, missing):
    first, second = door(1, **{latch.value: "found"}), door(2, **{latch.value: "absent"})
    found = find(world(first, second, baseline=(latch,), relays=(relay,)))
    (path,) = (p for p in found.paths if p.doors[0] == second.id)
    assert (path.doors, path.missing) == ((second.id, first.id), missing)


def test_relays_in_a_ring_end():
    ring = (HANDS_ON, Relay("192.0.2.1:25", "192.0.2.2:25"))
    found = find(world(door(1, recipient="absent"), door(2, recipient="absent"), relays=ring))
    assert {path.doors for path in found.paths} == {
        ("192.0.2.1:25", "192.0.2.2:25"),
        ("192.0.2.2:25", "192.0.2.1:25"),
    }


def test_relays_that_all_hand_on_to_each_other_end():
    doors = [door(number, recipient="absent") for number in range(1, 31)]
    relays = tuple(Relay(one.id, other.id) for one in doors for other in doors if one is not other)
    found = find(world(*doors, relays=relays))
    assert len(found.paths) < 30 * 100
    assert max(len(path.doors) for path in found.paths) <= 8


def test_what_is_only_inferred_is_missing_but_not_surely():
    found = find(world(GOOD, door(2, recipient="absent", content="likely-absent"), baseline=(RECIPIENT, CONTENT)))
    assert found.shortest_open.missing == (RECIPIENT, CONTENT)
    assert found.shortest_open.surely_missing == (RECIPIENT,)


def test_without_a_baseline_a_door_of_which_nothing_is_known_is_unknown():
    verdicts = find(world(door(1, tls="absent", recipient="not-asked"), door(2, tls="unknown"), baseline=())).doors
    assert verdicts == {"192.0.2.1:25": DoorVerdict.UNLATCHED, "192.0.2.2:25": DoorVerdict.UNKNOWN}


def test_a_canary_that_arrived_makes_of_likely_proven():
    seen = Evidence("message 7 in the mailbox", "mailbox of alice@example.com")
    bare = msgspec.structs.replace(world(GOOD, door(2, recipient="absent")), proven={"192.0.2.2:25": seen})
    path = find(bare).shortest_open
    assert (path.certainty, path.hops[-1].evidence) == (Certainty.PROVEN, (seen,))


def test_a_canary_through_one_door_says_nothing_of_another():
    seen = {"192.0.2.1:25": Evidence("message 7 in the mailbox")}
    bare = msgspec.structs.replace(world(GOOD, door(2, recipient="absent")), proven=seen)
    assert find(bare).shortest_open.certainty is Certainty.LIKELY


def test_who_asks_for_ways_alone_gets_the_same_ways():
    given = world(door(1, recipient="found"), door(2, recipient="absent"))
    whole, ways = find(given), find(given, properties=False)
    assert [(path.doors, path.certainty) for path in ways.paths] == [(p.doors, p.certainty) for p in whole.paths]
    assert (ways.doors, ways.properties) == (whole.doors, ())
