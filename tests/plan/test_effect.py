"""What a remedy's changes make of the world."""

import pytest

from mxlatch.paths.find import find
from mxlatch.plan.change import HandOn, Harden, Inward, Listen, Lock, Outward, Retire, StopWaiving, Tenant
from mxlatch.plan.effect import admits, changed, wide
from mxlatch.plan.proposal import Proposal, Record
from mxlatch.terms.door import DoorState
from mxlatch.terms.latch import Latch
from mxlatch.terms.verdict import Certainty
from tests.plan.small_worlds import ENDPOINT, fallback, host, secondary, small, world_of

ONE, TWO, SPARE = "192.0.2.1:25", "192.0.2.2:25", "192.0.2.201:25"


def after(case, *changes, **more):
    return changed(world_of(case), [Proposal("test", "a test", 1, (), changes=changes, **more)])


def lock(*allow):
    return Lock("mx2.example.com", ("192.0.2.2",), (25,), allow)


def ways(world, door):
    return [(way.kind, way.preference, way.exchange) for way in world.door(door).ways_in]


def worst(world, door):
    return max(path.certainty for path in find(world).paths if path.doors[0] == door)


@pytest.mark.parametrize(
    ("case", "world", "change"),
    [
        ("a lock shuts the hub", secondary(), lock("192.0.2.1")),
        ("a server that is retired", fallback(), Retire(TWO, "mx2.example.com", "example.com")),
        ("a latch more", fallback(lacks=("dnsbl",)), Harden(TWO, "", "", Latch.DNSBL)),
        ("the address handed on", fallback(lacks=("dnsbl",)), HandOn(TWO, "", ONE, "xclient")),
        ("no more waiving", fallback(lacks=("content",)), StopWaiving(TWO, "", ONE, (Latch.CONTENT,))),
    ],
)
def test_what_closes_a_way(case, world, change):
    assert worst(world_of(world), TWO) >= Certainty.LIKELY
    assert worst(after(world, change), TWO) is Certainty.CLOSED


def test_a_lock_lets_the_filter_in_and_cuts_off_who_is_not_listed():
    assert [relay.cut for relay in after(secondary(), lock("192.0.2.0/28")).relays] == [None]
    assert all(relay.cut is not None for relay in after(secondary(), lock("203.0.113.1")).relays)
    assert admits(lock("2001:db8::/32"), "2001:db8::7")
    assert not admits(lock("2001:db8::/32"), "192.0.2.1")


@pytest.mark.parametrize("anybody", ["0.0.0.0/0", "0.0.0.0/7", "2000::/3"])
def test_a_lock_that_lets_anybody_in_shuts_nothing(anybody):
    assert worst(after(secondary(), lock("192.0.2.1", anybody)), TWO) >= Certainty.LIKELY


@pytest.mark.parametrize(
    ("allow", "told"),
    [
        (("192.0.2.1", "2001:db8::/48", "203.0.112.0/22"), ()),
        (("203.0.112.0/21", "203.0.112.9"), ("203.0.112.0/21",)),
        (("203.0.112.0/22", "203.0.116.0/22"), ("203.0.112.0/21",)),
        (("2001:db8::/47", "no address"), ("2001:db8::/47",)),
    ],
)
def test_ranges_that_are_more_than_one_partners_own(allow, told):
    assert wide(allow) == told


OURS = ("192.0.2.0/24", "2001:db8::/32")


def test_a_default_deny_shuts_what_is_not_authorised_to_strangers():
    case = small(host(1), host(2), host(3, addresses=["198.51.100.3"]), host(4, addresses=["2001:db8::4"]))
    made = after(case, Inward("main", OURS, ("192.0.2.1",), (25,)))
    assert {door.address for door in made.doors if door.closed_by} == {"192.0.2.2", "2001:db8::4"}
    assert not [door for door in after(case, Inward("main", OURS, (), (587,))).doors if door.closed_by]


@pytest.mark.parametrize(
    ("relay", "to", "change", "cut"),
    [
        (["198.51.100.1"], ["192.0.2.2"], Inward("main", OURS, (), (25,)), True),
        (["198.51.100.1"], ["192.0.2.2"], Inward("main", OURS, ("192.0.2.2",), (25,)), False),
        (["192.0.2.1"], ["2001:db8::2"], Inward("main", OURS, (), (25,)), False),  # from inside to inside
        (["192.0.2.1"], ["198.51.100.2"], Inward("main", OURS, (), (25,)), False),
        (["192.0.2.1"], ["198.51.100.2"], Outward("main", OURS, ()), True),
        (["192.0.2.1"], ["198.51.100.2"], Outward("main", OURS, ("192.0.2.1",)), False),
        (["192.0.2.1"], ["2001:db8::2"], Outward("main", OURS, ()), False),
        (["198.51.100.1"], ["192.0.2.2"], Outward("main", OURS, ()), False),
    ],
)
def test_a_default_deny_cuts_off_relays_that_pass_the_firewall(relay, to, change, cut):
    case = small(host(1, addresses=relay, role="filter", next="mx2.example.com"), host(2, addresses=to), mx="10 mx1")
    case.hosts[1].ways.append(("host-name", "example.com", "mx2.example.com"))
    assert [each.cut is not None for each in after(case, change).relays] == [cut]


def test_an_endpoint_is_locked():
    cloud = host(2, "content", endpoint="open", declared=False, ways=[("endpoint", "example.com", ENDPOINT)])
    made = after(small(host(1), cloud), Tenant("cloud", "example.com", ENDPOINT, ("192.0.2.1",)))
    assert made.door(TWO).endpoint == "closed"


@pytest.mark.parametrize(
    ("case", "world", "given", "left"),
    [
        (
            "a deleted record is remembered",
            small(host(1), host(2), mx="10 mx1, 20 mx2"),
            {"drop": (Record("example.com", 20, "mx2.example.com"),)},
            [("remembered", 65536, "mx2.example.com")],
        ),
        (
            "a new preference is no new name",
            small(host(1), host(2), mx="10 mx1, 20 mx2"),
            {
                "drop": (Record("example.com", 20, "mx2.example.com"),),
                "add": (Record("example.com", 10, "mx2.example.com", TWO),),
            },
            [("mx", 10, "mx2.example.com")],
        ),
        (
            "published for another name, it is remembered for this one all the same",
            small(host(1), host(2), mx="10 mx1, 20 mx2", sub="5 mx2"),
            {"drop": (Record("example.com", 20, "mx2.example.com"),)},
            [("mx", 5, "mx2.example.com"), ("remembered", 65536, "mx2.example.com")],
        ),
    ],
)
def test_records(case, world, given, left):
    assert ways(after(world, **given), TWO) == left


def test_a_record_leads_to_every_address_of_its_exchange():
    two = host(2, addresses=["192.0.2.2", "2001:db8::2"], state="closed")
    made = after(small(host(1), two, mx="10 mx1, 20 mx2"), add=(Record("example.com", 5, "mx2.example.com", TWO),))
    assert all(("mx", 5, "mx2.example.com") in ways(made, door) for door in (TWO, "[2001:db8::2]:25"))


def test_a_new_address_is_the_same_server():
    first = host(1, "dnsbl", role="filter", next="mx2.example.com", spare=("192.0.2.201",))
    made = after(
        small(first, host(2)),
        Listen("mx1.example.com", ONE, "192.0.2.201"),
        Harden(ONE, "mx1.example.com", "", Latch.DNSBL),
        add=(Record("example.com", 30, "mx3.example.com", SPARE),),
    )
    assert made.door(SPARE).state is DoorState.OPEN
    assert made.door(SPARE).latches[Latch.DNSBL].state == "found"
    assert (SPARE, TWO) in {(relay.door, relay.next_door) for relay in made.relays}


def test_who_hands_on_by_the_mx_sees_the_new_records():
    case = small(host(1), host(2, role="backup", next="mx"), mx="10 mx1, 20 mx2")
    made = after(case, drop=(Record("example.com", 10, "mx1.example.com"),))
    assert [(relay.door, relay.next_door) for relay in made.relays] == [(TWO, TWO)]  # mail loops back to it


def test_the_world_before_is_not_touched():
    world = world_of(secondary())
    assert changed(world, []).doors == world.doors
    after(secondary(), lock("192.0.2.1"))
    assert world.door(TWO).state is DoorState.OPEN
