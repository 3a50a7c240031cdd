"""What if: assumptions as a mail admin types them, and the world as it would be then."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Door as Declared
from mxlatch.inventory.model import Inventory
from mxlatch.paths.assume import Assumption, assumed, down, dropped, parse, single_failures
from mxlatch.paths.facts import facts_of
from mxlatch.terms.door import DoorState, WayIn
from mxlatch.terms.errors import InputError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.verdict import Certainty
from mxlatch.world.relays import relays_of
from tests.paths.test_find import door, world

ONE, TWO, THREE = (f"192.0.2.{number}:25" for number in (1, 2, 3))
CUT = Evidence("firewall main: not from the backup")


def system(*doors, declared=()):
    inventory = Inventory(doors=declared)
    return structs.replace(world(*doors), inventory=inventory, relays=relays_of(doors, inventory))


def backup(number, **more):
    return Declared(f"mx{number}.example.com", (f"192.0.2.{number}",), role="backup", **more)


SMALL = system(door(1), door(2), door(3), declared=(backup(2), backup(3)))


def records(seen):
    return {(way.kind, way.preference, way.exchange, to) for way, to in seen.ways_in}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("down:mx1.example.com", Assumption("down", "mx1.example.com")),
        ("down:MX1.Example.Com.", Assumption("down", "mx1.example.com")),
        ("drop: 192.0.2.2 ", Assumption("drop", "192.0.2.2")),
        ("add:20 mx2.example.com", Assumption("add", "mx2.example.com", 20)),
        ("add:20 mx2.example.com 192.0.2.2", Assumption("add", "mx2.example.com", 20, "192.0.2.2")),
    ],
)
def test_what_one_can_type(text, meant):
    assert parse(text) == meant
    assert parse(str(meant)) == meant


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("mx1.example.com", "write down:mx1.example.com, drop:mx2.example.com or add:'20 mx2.example.com'"),
        ("down:", "write down:mx1"),
        ("up:mx1", "write down:mx1"),
        ("add:mx2.example.com", "write add:'PREFERENCE EXCHANGER' or add:'PREFERENCE EXCHANGER ADDRESS'"),
        ("add:70000 mx2.example.com", "write add:'PREFERENCE EXCHANGER'"),
        ("add:-1 mx2.example.com", "write add:'PREFERENCE EXCHANGER'"),
        ("add:10 mx2.example.com 192.0.2.2 more", "write add:'PREFERENCE EXCHANGER'"),
        ("add:10 mx..example.com", "mx..example.com"),
    ],
)
def test_what_is_no_assumption_and_how_to_write_one(text, remedy):
    with pytest.raises(InputError) as error:
        parse(text)
    assert remedy in str(error.value)


@pytest.mark.parametrize("what", ["mx2.example.com", "mx2", "192.0.2.2", "192.0.2.2:25"])
def test_a_server_is_known_by_name_short_name_address_and_door(what):
    then = assumed(SMALL, [parse(f"down:{what}")])
    assert [each.state for each in then.doors] == [DoorState.OPEN, DoorState.CLOSED, DoorState.OPEN]
    assert then.door(TWO).reason == "is down (assumed)"
    gone = assumed(SMALL, [parse(f"drop:{what}")])
    assert ("mx", 20, "mx2.example.com", TWO) not in records(gone)


def test_who_is_known_by_nothing_is_told_whom_there_is():
    with pytest.raises(
        InputError, match=r"down:mx9: no server of example.com is known by that: there are mx1.*mx2.*mx3"
    ):
        assumed(SMALL, [parse("down:mx9")])


def test_a_dropped_record_is_remembered_and_the_relays_go_by_the_others():
    then = assumed(SMALL, [parse("drop:mx1")])
    assert records(then) == {
        ("remembered", 65536, "mx1.example.com", ONE),
        ("mx", 20, "mx2.example.com", TWO),
        ("mx", 30, "mx3.example.com", THREE),
    }
    # The second is the best now and finds nothing better than itself.
    assert {(relay.door, relay.next_door) for relay in then.relays} == {(TWO, TWO), (THREE, TWO)}


def test_a_backup_whose_own_record_is_gone_hands_on_all_the_same():
    then = assumed(SMALL, [parse("drop:mx3")])
    assert [(r.next_door, r.before) for r in then.relays if r.door == THREE] == [(ONE, ()), (TWO, (ONE,))]


def test_of_two_records_of_one_server_a_name_drops_its_own_only():
    twice = structs.replace(door(1), ways_in=(*door(1).ways_in, WayIn("mx", "example.com", 99, "last.example.com")))
    by_name = assumed(system(twice, door(2)), [parse("drop:last.example.com")])
    assert ("mx", 10, "mx1.example.com", ONE) in records(by_name)
    assert ("mx", 99, "last.example.com", ONE) not in records(by_name)
    by_address = assumed(system(twice, door(2)), [parse("drop:192.0.2.1")])
    assert {kind for kind, _, _, to in records(by_address) if to == ONE} == {"remembered"}


def test_what_was_remembered_before_is_so_once():
    old = WayIn("remembered", "example.com", 65536, "mx2.example.com")
    two = structs.replace(door(2), ways_in=(*door(2).ways_in, old))
    assert len(dropped(system(door(1), two), two.ways_in[:1]).door(TWO).ways_in) == 1


def test_a_name_without_any_record_is_served_by_its_own_address():
    home = structs.replace(door(2), ways_in=(WayIn("apex-address", "example.com", 65536, "example.com"),))
    then = dropped(system(door(1), home), door(1).ways_in)
    assert ("implicit-mx", 0, "example.com", TWO) in records(then)
    again = assumed(then, [parse("add:10 mx1.example.com 192.0.2.1")])
    assert ("apex-address", 65536, "example.com", TWO) in records(again)
    assert not any(kind == "implicit-mx" for kind, *_ in records(again))


def test_a_server_that_is_added_at_a_known_address_has_one_record_more():
    then = assumed(SMALL, [parse("add:5 mx2.example.com")])
    assert records(then) - records(SMALL) == {("mx", 5, "mx2.example.com", TWO)}
    # It is the best now: by the MX it would hand mail to itself.
    assert (TWO, TWO) in {(relay.door, relay.next_door) for relay in then.relays}


def test_of_an_exchanger_that_nobody_knows_nothing_is_known():
    with pytest.raises(
        InputError, match=r"no address of new.example.net is known: write add:'40 new.example.net ADDRESS'"
    ):
        assumed(SMALL, [parse("add:40 new.example.net")])
    then = assumed(SMALL, [parse("add:40 new.example.net 192.0.2.9")])
    new = then.door("192.0.2.9:25")
    assert (new.state, new.reason, new.latches) == (DoorState.UNKNOWN, "nothing is known of it (assumed)", {})
    assert ("mx", 40, "new.example.net", "192.0.2.9:25") in records(then)


def test_a_declared_server_is_added_by_its_label():
    hub = Declared("hub.example.com", ("192.0.2.3",))
    then = assumed(system(door(1), door(3), declared=(hub,)), [parse("add:30 hub")])
    assert ("mx", 30, "hub.example.com", THREE) in records(then)


def test_assumptions_hold_in_their_order():
    then = assumed(SMALL, [parse("add:40 new.example.net 192.0.2.9"), parse("down:new.example.net")])
    assert then.door("192.0.2.9:25").state is DoorState.CLOSED


@pytest.mark.parametrize(
    ("state", "handed"),
    [(DoorState.OPEN, Certainty.PROVEN), (DoorState.UNKNOWN, Certainty.UNKNOWN), (DoorState.CLOSED, Certainty.UNKNOWN)],
)
def test_what_is_handed_on_waits_for_a_server_that_is_down_and_gets_in_as_it_did_before(state, handed):
    then = down(system(door(1, state), door(2)), [ONE])
    assert facts_of(then.door(ONE)).handed == handed
    assert facts_of(down(then, [ONE]).door(ONE)).handed == handed


def test_what_is_cut_off_stays_cut_off():
    cut = structs.replace(
        SMALL, relays=tuple(structs.replace(r, cut=CUT) if r.next_door == ONE else r for r in SMALL.relays)
    )
    then = assumed(cut, [parse("add:5 mx9.example.com 192.0.2.9")])
    assert {(r.door, r.cut) for r in then.relays if r.next_door == ONE} == {(TWO, CUT), (THREE, CUT)}
    assert {r.cut for r in then.relays if r.next_door == "192.0.2.9:25"} == {None}


def test_a_machine_fails_with_all_its_addresses():
    twin = Declared("mx1.example.com", ("192.0.2.1", "192.0.2.2"))
    seen = system(door(1), door(2), door(3), door(4, DoorState.CLOSED), declared=(twin,))
    assert dict(single_failures(seen)) == {"mx1.example.com": [ONE, TWO], "mx3.example.com": [THREE]}
    assert dict(single_failures(system(door(1), door(2)))) == {"mx1.example.com": [ONE], "mx2.example.com": [TWO]}
