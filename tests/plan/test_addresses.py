"""The address records of exchangers: which may go, and what stays."""

import pytest
from msgspec import structs

from mxlatch.plan.addresses import AddressRecord, changes, emptied, zone_of
from mxlatch.world.model import AddressView
from tests.plan.small_worlds import ADDRESS_TTL, DOMAIN, stranger, world_of

NAME = f"mx1.{DOMAIN}"
GOOD, BAD = AddressRecord(NAME, "192.0.2.1"), AddressRecord(NAME, "192.0.2.66")
SERVERS = ("198.51.100.1", "198.51.100.2")


def world(*addresses: AddressView, **more):
    """The domain, whose first exchanger has these addresses, or its own and a stranger's."""
    made = world_of(stranger())
    given = {"addresses": addresses, **more} if addresses else more
    return structs.replace(
        made, exchanges=tuple(structs.replace(each, **given) if each.name == NAME else each for each in made.exchanges)
    )


@pytest.mark.parametrize(
    ("case", "given", "zone"),
    [
        ("every server says the same", world(), DOMAIN),
        ("an alias has its addresses elsewhere", world(cname="a.example.net"), ""),
        (
            "the servers do not agree",
            world(AddressView("192.0.2.1", SERVERS), AddressView("192.0.2.66", SERVERS[:1])),
            "",
        ),
        ("only a resolver was asked", world(AddressView("192.0.2.1", ("public resolution",))), ""),
    ],
)
def test_in_which_zone(case, given, zone):
    assert zone_of(given, NAME) == zone


def test_a_name_out_of_no_known_zone():
    assert zone_of(world(), "mx.example.net") == ""


def test_one_address_goes_and_the_others_stay():
    (change,) = changes(world(), {BAD})
    assert (change.rrtype, change.before, change.after) == ("A", ("192.0.2.1", "192.0.2.66"), ("192.0.2.1",))
    assert (change.zone, change.ttl, change.ttl_before) == (DOMAIN, ADDRESS_TTL, ADDRESS_TTL)


def test_the_last_address_of_a_family_goes_whole():
    views = (AddressView("192.0.2.1", SERVERS, ttl=60), AddressView("2001:db8::66", SERVERS, ttl=300))
    (change,) = changes(world(*views), {AddressRecord(NAME, "2001:db8::66")})
    assert (change.rrtype, change.before, change.after, change.ttl_before) == ("AAAA", ("2001:db8::66",), (), 300)


def test_of_a_name_that_would_lead_nowhere_no_address_goes_but_its_mx():
    assert emptied(world(), {GOOD, BAD}) == {NAME}
    assert emptied(world(), {BAD}) == frozenset()
    assert list(changes(world(), {GOOD, BAD})) == []
