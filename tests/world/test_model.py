import pytest

from mxlatch.inventory.model import Inventory
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.outcome import Unknown
from mxlatch.world.model import MailName, MxView, NameServer, ServerAddress, World, Zone


def test_an_address_that_two_servers_share_stands_once():
    shared, own = ServerAddress("192.0.2.53", (), "answer"), ServerAddress("192.0.2.54", (), "answer")
    servers = (NameServer("ns1", (), (shared,)), NameServer("ns2", (), (shared, own)))
    assert Zone("example.org", servers, "org", {}, Unknown("not asked")).addresses == (shared, own)


def test_every_mx_that_any_server_gives():
    views = (
        MxView("192.0.2.53", "answer", ((20, "b"), (10, "a"))),
        MxView("192.0.2.54", "answer", ((10, "a"), (30, "c"))),
        MxView("192.0.2.55", "nodata", ()),
        MxView("192.0.2.56", "no-response", None),
    )
    assert MailName("example.org", "example.org", "apex", views).mx == ((10, "a"), (20, "b"), (30, "c"))


def test_a_door_is_found_by_its_id():
    doors = tuple(Door(address, 25, DoorState.OPEN) for address in ("192.0.2.1", "2001:db8::1"))
    world = World("example.org", "internet", 0.0, (), (), (), doors, (), (), (), "", (), (), Inventory())
    assert world.door("[2001:db8::1]:25") is doors[1]
    with pytest.raises(KeyError):
        world.door("192.0.2.9:25")
