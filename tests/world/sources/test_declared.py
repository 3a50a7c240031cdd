"""The owner's own doors, whether or not a record leads there."""

from mxlatch.inventory.model import Door
from mxlatch.world.candidate import Known
from mxlatch.world.sources.declared import find
from tests.fakes.example import internet, inventory, scope

DOORS = (
    Door("old.example.com", ("192.0.2.77", "2001:db8::77"), port=2525, line=9),
    Door("trap.example.com", ("192.0.2.79",), role="trap"),
    Door("mx.example.net", ("192.0.2.78",)),
    Door("nowhere.example.com"),
)


def test_every_address_of_a_door_below_the_domain_but_of_no_trap():
    found = internet().conclude(find(Known("example.com", (), ()), scope(inventory=inventory(doors=DOORS)))).candidates
    assert [(c.kind, c.name, c.address, c.port) for c in found] == [
        ("declared", "old.example.com", "192.0.2.77", 2525),
        ("declared", "old.example.com", "2001:db8::77", 2525),
        ("declared", "nowhere.example.com", "", 25),  # by its name only: it is looked up
    ]
    assert found[0].evidence[0].source == "inventory:9"


def test_a_spool_that_hands_on_to_the_domain_is_looked_for_under_whatever_name():
    doors = (
        Door("hub.example.com", ("192.0.2.1",)),
        Door("fallback.isp.example", ("192.0.2.2",), role="backup", next_hop="192.0.2.1:25"),
        Door("spool.isp.example", ("192.0.2.3",), role="backup", next_hop="fallback.isp.example"),
        Door("other.isp.example", ("192.0.2.4",), next_hop="hub.example.org"),
    )
    found = internet().conclude(find(Known("example.com", (), ()), scope(inventory=inventory(doors=doors)))).candidates
    assert [c.name for c in found] == ["hub.example.com", "fallback.isp.example", "spool.isp.example"]


def test_what_the_domains_doors_hand_on_to_and_once_what_is_a_door_besides():
    doors = (
        Door("mx.example.com", ("192.0.2.1",), next_hop="hub7.example.com", forwards=("192.0.2.9:2525",), line=4),
        Door("spool.example.com", ("192.0.2.2",), next_hop="mx.example.com"),
        Door("other.isp.example", ("192.0.2.4",), next_hop="hub.example.org"),
    )
    found = internet().conclude(find(Known("example.com", (), ()), scope(inventory=inventory(doors=doors)))).candidates
    assert [(c.name, c.address, c.port) for c in found] == [
        ("mx.example.com", "192.0.2.1", 25),
        ("spool.example.com", "192.0.2.2", 25),
        ("hub7.example.com", "", 25),
        ("192.0.2.9", "192.0.2.9", 2525),
    ]
    assert (found[2].evidence[0].text, found[2].evidence[0].source) == (
        "mx.example.com: next_hop = hub7.example.com",
        "inventory:4",
    )
