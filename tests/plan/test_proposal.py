"""What remedies see of a world: servers, their doors and records, and where mail could go instead."""

import pytest
from msgspec import structs

from mxlatch.plan.effect import changed
from mxlatch.plan.proposal import Proposal, Record
from tests.plan.small_worlds import SUB, fallback, host, knows, rogue, secondary, seen, small

BOTH = knows("scan", "host-name mx2")
NEW = Record("example.com", 30, "mx1.example.com", "192.0.2.1:25")
TWO_ADDRESSES = ["192.0.2.2", "2001:db8::2"]


def door(given, number=2):
    return given.world.door(f"192.0.2.{number}:25")


def test_the_paths_that_go_round_by_their_first_door():
    assert list(seen(secondary()).round) == ["192.0.2.2:25"]
    assert seen(small(host(1))).round == {}


@pytest.mark.parametrize(
    ("case", "world", "name"),
    [
        ("as declared", fallback(), "mx2.example.com"),
        ("as a record has it", small(host(1), host(2, declared=False), mx="10 mx1, 20 mx2"), "mx2.example.com"),
        ("a name before an address", small(host(1), host(2, declared=False, ways=BOTH)), "mx2.example.com"),
        ("by its address, if by nothing else", rogue(), "192.0.2.2"),
    ],
)
def test_the_name_of_a_server(case, world, name):
    given = seen(world)
    assert given.host(door(given)) == name


def test_a_machine_has_all_its_doors():
    given = seen(small(host(1), host(2, addresses=TWO_ADDRESSES), mx="10 mx1, 20 mx2"))
    assert [each.id for each in given.machine(door(given))] == ["192.0.2.2:25", "[2001:db8::2]:25"]
    assert given.records(door(given)) == (Record("example.com", 20, "mx2.example.com"),)


def test_who_hands_on_to_a_door():
    given = seen(secondary())
    assert [relay.door for relay in given.feeders(door(given))] == ["192.0.2.1:25"]
    assert given.feeders(door(given, 1)) == ()


BRAND = [("other-domain", "brand.example", "mx2.example.com")]
TO_THE_FIRST = (Record(SUB, 10, "mx1.example.com", "192.0.2.1:25"),)


@pytest.mark.parametrize(
    ("case", "world", "moved"),
    [
        ("the domain has another", small(host(1), host(2), mx="10 mx1, 20 mx2"), ()),
        ("it has none", small(host(1), host(2), mx="10 mx2"), None),
        ("the other is down", small(host(1, state="closed"), host(2), mx="10 mx1, 20 mx2"), None),
        ("a subdomain gets the domain's", small(host(1), host(2), mx="10 mx1, 20 mx2", sub="5 mx2"), TO_THE_FIRST),
        ("another domain's MX nobody moves", small(host(1), host(2, ways=BRAND), mx="10 mx1, 20 mx2"), None),
    ],
)
def test_where_mail_goes_instead(case, world, moved):
    given = seen(world)
    assert given.moved([door(given)]) == moved


def test_what_a_name_gets_is_laid_out_as_the_domain_will_be():
    given = seen(small(host(1), host(2), mx="10 mx1", sub="10 mx2"))
    remedy = Proposal("test", "a test", 1, (), drop=(Record("example.com", 10, "mx1.example.com"),), add=(NEW,))
    later = structs.replace(given, laid_out=changed(given.world, [remedy]))
    assert [record.preference for record in given.moved([door(given)])] == [10]
    assert [record.preference for record in later.moved([door(given)])] == [30]


def test_names_that_take_mail_and_zones_that_are_split():
    assert seen(small(host(1), sub="5 mx1")).mail_names == {"example.com", SUB}
    split = seen(small(host(1), host(2), mx="10 mx1", old="10 mx2", sub="5 mx1"))
    assert split.split == {"example.com": "example.com", SUB: "example.com"}
