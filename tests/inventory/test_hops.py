"""What a next hop means: how it is written, which doors it names, and whose mail ends there."""

import pytest

from mxlatch.inventory.hops import hands_on_to, hop_to, hops_of, parse, why_inside, written
from mxlatch.inventory.model import Domain, Inventory
from mxlatch.inventory.model import Door as Listed
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.errors import InputError

HUB = Listed("hub.example.com", ("192.0.2.25", "2001:db8::25"), port=2525, public_names=("mail.example.org",))
BARE = Listed("bare.example.com", port=26)
TRAP = Listed("trap.example.com", ("192.0.2.79",), role="trap")
LISTED = Inventory(doors=(HUB, BARE, TRAP))


@pytest.mark.parametrize(
    ("text", "host", "port", "canonical"),
    [
        ("Hub.Example.com.", "hub.example.com", None, "hub.example.com"),
        ("hub.example.com:2525", "hub.example.com", 2525, "hub.example.com:2525"),
        ("hub", "hub", None, "hub"),
        ("192.0.2.25", "192.0.2.25", None, "192.0.2.25"),
        ("192.0.2.25:2525", "192.0.2.25", 2525, "192.0.2.25:2525"),
        ("2001:DB8:0::25", "2001:db8::25", None, "2001:db8::25"),
        ("[2001:db8::25]:25", "2001:db8::25", 25, "[2001:db8::25]:25"),
        ("[hub.example.com]:25", "hub.example.com", 25, "hub.example.com:25"),  # as in Postfix's relayhost
        ("[192.0.2.25]", "192.0.2.25", None, "192.0.2.25"),
    ],
)
def test_how_it_is_written(text, host, port, canonical):
    assert parse(text) == (host, port)
    assert written(host, port) == canonical


@pytest.mark.parametrize("text", ["lmtp:unix:private/lmtp", "Dovecot on the hub", "hub.example.com:0", "hub:65536"])
def test_what_is_no_place(text):
    with pytest.raises(InputError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("hub.example.com", [("hub.example.com", "192.0.2.25", 2525), ("hub.example.com", "2001:db8::25", 2525)]),
        ("mail.example.org", [("hub.example.com", "192.0.2.25", 2525), ("hub.example.com", "2001:db8::25", 2525)]),
        ("hub.example.com:25", [("hub.example.com", "192.0.2.25", 25), ("hub.example.com", "2001:db8::25", 25)]),
        ("192.0.2.25", [("hub.example.com", "192.0.2.25", 2525)]),
        ("192.0.2.25:25", [("", "192.0.2.25", 25)]),  # another port than that of the door which is listed
        ("bare.example.com", [("bare.example.com", "", 26)]),
        ("elsewhere.example.net", [("elsewhere.example.net", "", 25)]),
        ("203.0.113.9:2525", [("", "203.0.113.9", 2525)]),
    ],
)
def test_the_places_that_are_meant(text, places):
    assert list(hop_to(text, LISTED).places) == places


def door(address="192.0.2.99", port=25, name="mx.example.com"):
    return Door(address, port, DoorState.OPEN, ways_in=(WayIn("mx", "example.com", 10, name),))


@pytest.mark.parametrize(
    ("text", "found", "leads"),
    [
        ("hub.example.com", door("192.0.2.25", 2525), True),
        ("hub.example.com", door("192.0.2.25", 25), False),
        ("hub.example.com:25", door("192.0.2.25", 25), True),
        ("192.0.2.25:2525", door("192.0.2.25", 2525), True),
        ("192.0.2.26:25", door("192.0.2.26"), True),
        ("192.0.2.26:2525", door("192.0.2.26"), False),
        ("mx.example.com", door(), True),
        ("mx.example.com:2525", door(), False),
        ("mial.example.com", door(), False),
        ("words that are no host", door(), False),  # as in a bundle of old
    ],
)
def test_the_door_it_leads_to(text, found, leads):
    assert hop_to(text, LISTED).leads_to(found) is leads


def said(*doors, note="", addresses=()):
    domain = Domain("example.com", next_hop=note)
    found = hops_of("example.com", frozenset(addresses), Inventory(domains=(domain,), doors=doors))
    return [(hop.text, hop.key, hop.by) for hop in found]


def test_each_door_of_the_domain_and_what_stands_behind_it_in_turn():
    doors = (
        Listed("mx.example.com", ("192.0.2.1",), next_hop="hub.corp.example"),
        Listed("hub.corp.example", ("192.0.2.2",), next_hop="store.corp.example"),
        Listed("store.corp.example", ("192.0.2.3",), forwards=("192.0.2.4:24", "hub.corp.example")),
        Listed("mx.example.org", ("192.0.2.9",), next_hop="hub.example.org"),
    )
    assert said(*doors) == [
        ("hub.corp.example", "next_hop", "mx.example.com"),
        ("store.corp.example", "next_hop", "hub.corp.example"),
        ("192.0.2.4:24", "forwards", "store.corp.example"),
    ]
    assert ("hub.example.org", "next_hop", "mx.example.org") in said(*doors, addresses={"192.0.2.9"})


def test_who_goes_by_the_mx_and_who_takes_nothing_names_no_place():
    backup = Listed("mx.example.com", role="backup")
    assert (
        said(backup, Listed("b.example.com", next_hop="mx"), Listed("t.example.com", role="trap", next_hop="x")) == []
    )


def test_what_is_next_hop_of_one_and_forward_of_another_is_a_next_hop():
    doors = Listed("a.example.com", forwards=("c.example.com",)), Listed("b.example.com", next_hop="c.example.com")
    assert said(*doors) == [("c.example.com", "next_hop", "b.example.com")]


@pytest.mark.parametrize(
    ("note", "places"),
    [("mail.example.com", ["mail.example.com"]), ("192.0.2.25:25", ["192.0.2.25:25"]), ("the hub", []), ("hub", [])],
)
def test_the_note_of_a_domain_counts_where_it_is_a_place(note, places):
    assert [text for text, _, _ in said(note=note)] == places


def test_whom_the_owner_names_as_next_hop():
    inventory = Inventory(doors=(Listed("f.example.com", next_hop="192.0.2.25:2525"),))
    assert hands_on_to(door("192.0.2.25", 2525), inventory)
    assert not hands_on_to(door("192.0.2.25", 25), inventory)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("10.0.0.5", "private, RFC 1918"),
        ("172.31.255.1", "private, RFC 1918"),
        ("127.0.0.1", "loopback"),
        ("fd00::25", "unique local, RFC 4193"),
        ("172.32.0.1", ""),
        ("192.0.2.25", ""),
        ("no address", ""),
    ],
)
def test_where_nobody_on_the_internet_comes(address, why):
    assert why_inside(address) == why
