"""What a ruleset does beside what is declared, and what nobody can tell."""

import pytest

from mxlatch.inventory.model import Block, Firewall, Inventory, Rule, Vantage
from mxlatch.inventory.model import Door as Listed
from mxlatch.inventory.nftables import Passage
from mxlatch.terms.door import Door, DoorState
from mxlatch.world.firewalls import behind, compare, not_judged, overlaps, within

BASE = '{"chain": {"family": "ip", "table": "t", "name": "c", "type": "filter", "hook": "forward", "policy": "drop"}}'
RULES = {
    "refuses": "",
    "limits": ', {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"limit": {}}, {"accept": null}]}}',
}
GUESTS = Vantage("guest-wifi", "guest", ("10.20.0.0/16", "2001:db8:20::/48"))
UNSEEN = Vantage("partners", "extranet")  # from where they come nobody says


def declared(does: str, *allow: str, to: str = "192.0.2.0/24") -> Inventory:
    edge = Firewall("edge", (Rule(to, 25, allow, line=4),), ruleset=f'{{"nftables": [{BASE}{RULES[does]}]}}')
    return Inventory(doors=(Listed(addresses=("192.0.2.30",)),), firewalls=(edge,), vantages=(GUESTS, UNSEEN))


def test_who_is_tried() -> None:
    found = list(compare(declared("refuses", "192.0.2.9", "2001:db8::9", "partners", "any"), ()))
    assert [(each.source, each.admitted) for each in found] == [
        ("internet", True),
        ("guest-wifi", True),
        ("192.0.2.9", True),
    ]
    assert {each.passage for each in found} == {Passage.REFUSED}
    assert all(each.differs for each in found)


@pytest.mark.parametrize(("does", "reasons"), [("refuses", 0), ("limits", 1)])
def test_what_cannot_be_told_is_not_judged(does: str, reasons: int) -> None:
    gaps = list(not_judged(declared(does), ()))
    assert len(gaps) == reasons
    assert all(gap.subject == "firewall edge" and "internet and guest-wifi" in gap.reason for gap in gaps)
    assert not any(each.differs for each in compare(declared("limits"), ()))


def test_only_doors_that_a_rule_covers_are_compared() -> None:
    door = Door("198.51.100.7", 25, DoorState.OPEN)
    assert {c.door for c in compare(declared("refuses"), [door])} == {"192.0.2.30:25"}
    assert {c.door for c in compare(declared("refuses", to="198.51.100.0/24"), [door])} == {"198.51.100.7:25"}
    assert list(compare(Inventory(firewalls=(Firewall("edge", (Rule("198.51.100.7/32"),)),)), [door])) == []


@pytest.mark.parametrize(
    ("rules", "stands"),
    [
        ((), ()),
        (("192.0.2.0/24", "2001:db8::/32", "192.0.2.0/24"), ("192.0.2.0/24", "2001:db8::/32")),
        (("0.0.0.0/0",), ("198.51.100.0/24", "192.0.2.30")),  # all that is the owner's, of this family
        (("::/0",), ("2001:db8:1::/48",)),
    ],
)
def test_what_stands_behind_a_firewall_is_what_its_rules_name(rules: tuple[str, ...], stands: tuple[str, ...]) -> None:
    edge = Firewall("edge", tuple(Rule(to, None if at else 25) for at, to in enumerate(rules)))
    blocks = (Block("198.51.100.0/24"), Block("2001:db8:1::/48"))
    assert behind(Inventory(blocks=blocks, doors=(Listed(addresses=("192.0.2.30",)),)), edge) == stands


@pytest.mark.parametrize(
    ("place", "inside", "touches"),
    [
        ("192.0.2.7", True, True),
        ("192.0.2.0/25", True, True),
        ("192.0.0.0/16", False, True),
        ("198.51.100.1", False, False),
        ("2001:db8::1", False, False),
        ("no address", False, False),
    ],
)
def test_within_and_overlaps(place: str, inside: bool, touches: bool) -> None:
    assert (within(place, ("192.0.2.0/24",)), overlaps(place, ("192.0.2.0/24",))) == (inside, touches)
