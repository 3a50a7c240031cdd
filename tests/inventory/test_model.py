"""What an inventory answers to: is this address listed, whose door is it, does a declared rule close it."""

import pytest
from msgspec import structs

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


@pytest.mark.parametrize(
    ("vantage", "kind"),
    [
        (Vantage("internet"), "internet"),
        (Vantage("vps", "internet, at a provider"), "internet"),
        (Vantage("guest-wifi"), "guest"),  # its name, where nothing else is said
        (Vantage("w", "Wi-Fi of the visitors"), "guest"),
        (Vantage("guest-wifi", "inside"), "inside"),
        (Vantage("partners", "extranet"), "extranet"),
        (Vantage("lan"), "inside"),
        (Vantage("b7"), "other"),
    ],
)
def test_the_kind_of_a_vantage(vantage: Vantage, kind: str) -> None:
    assert vantage.kind == kind


def test_a_control_is_an_address_to_try_and_no_door() -> None:
    inventory = Inventory(vantages=(Vantage("guest-wifi", controls=("203.0.113.9",)),))
    assert inventory.is_control("203.0.113.9")
    assert not inventory.is_listed("203.0.113.9")


# A ruleset: (from, what becomes of it); the rule of the table; vantage; is the door closed, and who says so?
RULESETS = [
    ("drops", ("any",), "internet", "its ruleset refuses internet"),
    ("accepts", (), "internet", None),  # the table says closed, and the ruleset lets it in
    ("drops", (), "internet", "only from nobody"),
    ("limits", (), "internet", "only from nobody"),  # nobody can tell what the ruleset does: the table stands
    ("limits", ("any",), "internet", None),
    ("drops", ("any",), "guest", None),  # from where the guests come nobody says
    ("drops", ("inside",), "inside", "its ruleset refuses inside"),
]


@pytest.mark.parametrize(("does", "allow", "vantage", "said"), RULESETS)
def test_a_ruleset_comes_before_the_table(does: str, allow: tuple[str, ...], vantage: str, said: str | None) -> None:
    rules = {"drops": "", "accepts": '{"accept": null}', "limits": '{"limit": {}}, {"accept": null}'}
    where = '"family": "ip", "table": "t"'
    base = f'{{"chain": {{{where}, "name": "c", "type": "filter", "hook": "forward", "policy": "drop"}}}}'
    text = f'{{"nftables": [{base}, {{"rule": {{{where}, "chain": "c", "expr": [{rules[does]}]}}}}]}}'
    wall = Firewall("edge", (Rule("198.51.100.0/24", 25, allow),), ruleset=text)
    inventory = structs.replace(INVENTORY, firewalls=(wall,))
    closed = inventory.declared_closed("198.51.100.1", 25, vantage)
    assert (closed is None) if said is None else (closed is not None and said in closed.text)
    assert (inventory.refused_by_rule("198.51.100.1", 25, vantage) is None) == bool(allow)
