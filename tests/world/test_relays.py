"""Who hands on to whom, as inventory and records have it: a table of mail systems that are known to go wrong."""

import pytest

from mxlatch.inventory.model import Door as Declared
from mxlatch.inventory.model import Inventory
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.world.model import BY_MX, FORWARD, NEXT_HOP
from mxlatch.world.relays import relays_of

DOMAIN = "example.com"


def host(number, *preferences, name=""):
    ways = [WayIn("mx", DOMAIN, p, name or f"mx{number}.{DOMAIN}") for p in preferences]
    return Door(f"192.0.2.{number}", 25, DoorState.OPEN, ways_in=tuple(ways))


def backup(number, **more):
    return Declared(f"mx{number}.{DOMAIN}", (f"192.0.2.{number}",), role="backup", **more)


def handed_on(doors, *declared):
    """(from, to, tried before), by host number."""
    found = relays_of(doors, Inventory(doors=declared))
    number = {door.id: int(door.address.rpartition(".")[2]) for door in doors}
    return [(number[r.door], number[r.next_door], tuple(number[b] for b in r.before)) for r in found]


@pytest.mark.parametrize(
    ("case", "doors", "declared", "relays"),
    [
        ("a backup", (host(1, 10), host(2, 20)), (backup(2),), [(2, 1, ())]),
        ("equal ones are struck out", (host(1, 10), host(2, 20), host(3, 20)), (backup(2),), [(2, 1, ())]),
        (
            "C to B to A, by the DNS alone",
            (host(1, 10), host(2, 20), host(3, 30)),
            (backup(2), backup(3)),
            [(2, 1, ()), (3, 1, ()), (3, 2, (1,))],
        ),
        (
            "known by address though the name is another's",
            (host(1, 10), host(2, 20, name="mx.isp.example")),
            (backup(2),),
            [(2, 1, ())],
        ),
        ("a sandwich's middle", (host(1, 10, 99), host(2, 20)), (backup(2),), [(2, 1, ())]),
        ("the sandwich's own name for itself", (host(1, 10), host(2, 20, 5)), (backup(2),), [(2, 2, ())]),
        ("the best of all must keep its mail: it loops back", (host(2, 10),), (backup(2),), [(2, 2, ())]),
        ("no exchanger itself: all of them are better", (host(1, 10), host(2)), (backup(2),), [(2, 1, ())]),
        (
            "a trap takes nothing",
            (host(1, 10), host(2, 20)),
            (Declared("mx2.example.com", ("192.0.2.2",), role="trap", next_hop="mx"),),
            [],
        ),
    ],
)
def test_the_relay_rule(case, doors, declared, relays):
    assert handed_on(doors, *declared) == relays


def test_behind_nat_a_server_knows_itself_by_its_names_only():
    doors = (host(1, 10), host(2, 20, name="mx.isp.example"))
    assert handed_on(doors, backup(2, behind_nat=True)) == [(2, 1, ()), (2, 2, (1,))]
    assert handed_on(doors, backup(2, behind_nat=True, public_names=("mx.isp.example",))) == [(2, 1, ())]


def test_what_the_owner_says_goes_before_the_records():
    doors = (host(1, 10), host(2, 20), host(3, 5))
    hub = Declared("hub.example.com", ("192.0.2.3",))
    found = relays_of(doors, Inventory(doors=(backup(2, next_hop="hub.example.com", hands_on_client="proxy"), hub)))
    assert [(r.kind, r.next_door, r.hands_on_client) for r in found] == [(NEXT_HOP, "192.0.2.3:25", "proxy")]


def test_an_alias_is_sent_on_and_the_rest_is_kept():
    doors = (host(1, 10), host(2, 10))
    one = Declared("mx1.example.com", ("192.0.2.1",), forwards=("192.0.2.2:25",))
    assert [r.kind for r in relays_of(doors, Inventory(doors=(one,)))] == [FORWARD]


def test_each_mail_name_has_its_own_list():
    other = WayIn("mx", "example.org", 5, "mx2.example.com")
    two = Door("192.0.2.2", 25, DoorState.OPEN, ways_in=(*host(2, 20).ways_in, other))
    found = relays_of((host(1, 10), two), Inventory(doors=(backup(2),)))
    assert {(r.kind, r.name, r.next_door) for r in found} == {
        (BY_MX, DOMAIN, "192.0.2.1:25"),
        (BY_MX, "example.org", "192.0.2.2:25"),
    }


@pytest.mark.parametrize(
    ("hop", "leads_to"),
    [
        ("hub.example.com", ["192.0.2.9:2525"]),
        ("hub.example.com:2525", ["192.0.2.9:2525"]),
        ("192.0.2.9:2525", ["192.0.2.9:2525"]),
        ("192.0.2.9:26", []),
        ("mx1.example.com", ["192.0.2.1:25"]),
        ("mial.example.com", []),
    ],
)
def test_a_next_hop_is_a_name_or_an_address_with_or_without_a_port(hop, leads_to):
    found = WayIn("declared", DOMAIN, 65536, "hub.example.com")
    hub = Door("192.0.2.9", 2525, DoorState.OPEN, ways_in=(found,))
    said = Inventory(doors=(Declared("mx2.example.com", ("192.0.2.2",), role="filter", next_hop=hop),))
    assert [r.next_door for r in relays_of((host(1, 10), host(2, 20), hub), said)] == leads_to
