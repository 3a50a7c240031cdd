"""What an inventory answers to: is this address listed, whose door is it, does a declared rule close it."""

import pytest

from mxlatch.inventory.model import Block, Domain, Door, Firewall, Inventory, Operator, Rule, Vantage

INVENTORY = Inventory(
    domains=(
        Domain("example.com", sender="", subdomains=("lists.example.com",)),
        Domain("example.net", sender="probe@example.net"),
    ),
    blocks=(Block("198.51.100.0/24"), Block("198.51.100.0/28", "ticket 7"), Block("2001:db8::/32")),
    doors=(
        Door("mx1.example.com", ("192.0.2.1", "2001:db9::1"), public_names=("mail.example.org",)),
        Door("mx1.example.com", ("192.0.2.1",), port=2525),
    ),
    firewalls=(
        Firewall(
            "edge",
            (
                Rule("198.51.100.0/24", 25, ("203.0.113.7", "guest"), line=40),
                Rule("198.51.100.9/32", 25, ("any",)),
                Rule("198.51.100.8/32", 25, ("0.0.0.0/0",)),
                Rule("198.51.100.10/32", None, ()),
                Rule("198.51.100.10/32", 587, ("any",)),
                Rule("2001:db8::/32", 25, ("0.0.0.0/0",)),
            ),
        ),
    ),
    vantages=(
        Vantage("guest"),
        Vantage("inside", networks=("10.0.0.0/8",)),
        Vantage("filter", networks=("203.0.113.0/24",)),
    ),
    operator=Operator(sender="probe@operator.example"),
    path="mxlatch.toml",
)


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("192.0.2.1", True),  # a door's
        ("2001:0db9:0::1", True),  # the same address, written otherwise
        ("192.0.2.2", False),
        ("198.51.100.77", True),  # in a block
        ("2001:db8:1::1", True),
        ("2001:dba::1", False),
        ("::ffff:192.0.2.1", False),  # not the door's address, though it leads there
    ],
)
def test_is_listed(address: str, listed: bool) -> None:
    assert INVENTORY.is_listed(address) is listed


@pytest.mark.parametrize(
    ("address", "port", "vantage", "closed"),
    [
        ("198.51.100.1", 25, "internet", True),
        ("198.51.100.1", 25, "guest", False),  # named in the rule
        ("198.51.100.1", 25, "inside", True),
        ("198.51.100.1", 25, "filter", False),  # the allowed address is one of its own
        ("198.51.100.1", 587, "internet", False),  # no rule speaks of that port
        ("198.51.100.9", 25, "internet", False),  # the narrower rule decides
        ("198.51.100.8", 25, "internet", False),
        ("198.51.100.10", 25, "internet", True),  # every port, from nobody
        ("198.51.100.10", 587, "internet", False),  # the rule that names the port decides
        ("2001:db8::1", 25, "internet", True),  # 0.0.0.0/0 lets nobody in over IPv6
        ("192.0.2.1", 25, "internet", False),  # nobody declared anything
    ],
)
def test_declared_closed(address: str, port: int, vantage: str, closed: bool) -> None:
    assert (INVENTORY.declared_closed(address, port, vantage) is not None) is closed


def test_a_declared_rule_is_quoted_with_its_line() -> None:
    quoted = INVENTORY.declared_closed("198.51.100.1", 25, "internet")
    assert quoted is not None
    assert quoted.text == "firewall edge: 198.51.100.0/24 port 25: only from 203.0.113.7, guest"
    assert quoted.source == "mxlatch.toml:40"


def test_names_and_doors_are_found() -> None:
    assert INVENTORY.domain("lists.example.com") is INVENTORY.domains[0]
    assert INVENTORY.domain("example.org") is None
    assert INVENTORY.door_at("192.0.2.1") is INVENTORY.doors[0]
    assert INVENTORY.door_at("192.0.2.1", 2525) is INVENTORY.doors[1]
    assert INVENTORY.door_at("192.0.2.1", 587) is None
    assert INVENTORY.doors_named("mail.example.org") == INVENTORY.doors[:1]
    block = INVENTORY.block_of("198.51.100.3")
    assert block is not None
    assert block.authorised == "ticket 7"


def test_the_sender_is_the_domains_or_else_the_operators() -> None:
    assert INVENTORY.sender_for("example.net") == "probe@example.net"
    assert INVENTORY.sender_for("example.com") == "probe@operator.example"
    assert INVENTORY.sender_for("example.org") == "probe@operator.example"


def test_an_empty_inventory_lists_and_closes_nothing() -> None:
    assert not Inventory().is_listed("192.0.2.1")
    assert Inventory().declared_closed("192.0.2.1", 25) is None
