"""VANT001: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told, two_exchangers

from mxlatch.audit.checks.vant001 import check
from mxlatch.inventory.model import Door, Firewall, Rule, Vantage

FILTER = Door("filter.example.com", ("192.0.2.1",), role="filter", next_hop="192.0.2.30:25", line=3)
BACK = Door("back.example.com", ("192.0.2.30",), role="mailbox", line=9)
BEHIND = domain().declares(doors=(FILTER, BACK))
ONLY_FILTER = Firewall("edge", (Rule("192.0.2.30/32", 25, ("192.0.2.1", "inside"), line=20),))
WALLED = domain().declares(doors=(BACK,), firewalls=(ONLY_FILTER,), vantages=(Vantage("inside"),))
OPENED = domain().declares(doors=(FILTER, BACK), firewalls=(Firewall("edge", (Rule("192.0.2.0/24", 25, ("any",)),)),))

CASES = [
    (
        "the guests reach it",
        BEHIND.from_elsewhere("guest-wifi", "guest", d30="open"),
        ["medium 192.0.2.30:25: 192.0.2.30:25 is a back-end and takes connections from guest-wifi"],
    ),
    (
        "everybody reaches it",
        BEHIND.door("192.0.2.30").from_elsewhere("guest-wifi", "guest", d30="open"),
        ["high 192.0.2.30:25: 192.0.2.30:25 is a back-end and takes connections from internet and guest-wifi"],
    ),
    ("nobody does", BEHIND.from_elsewhere("guest-wifi", "guest", d30="filtered"), []),
    ("nobody knows", BEHIND.from_elsewhere("guest-wifi", "guest", d30="unknown"), []),
    ("the filter may be reached", BEHIND.from_elsewhere("guest-wifi", "guest", d1="open"), []),
    ("from inside, where no rule says who may", BEHIND.from_elsewhere("office", "inside", d30="open"), []),
    (
        "the next hop by name",
        domain()
        .declares(doors=(Door("f", ("192.0.2.1",), role="filter", next_hop="back.example.com"), BACK))
        .from_elsewhere("vps", "internet", d30="open"),
        ["high 192.0.2.30:25: 192.0.2.30:25 is a back-end and takes connections from vps"],
    ),
    (
        "a rule keeps it to some",
        WALLED.from_elsewhere("inside", "inside", d30="open").from_elsewhere("partners", "extranet", d30="open"),
        ["medium 192.0.2.30:25: 192.0.2.30:25 is a back-end and takes connections from partners"],
    ),
    (
        "published, and no rule: a matter of other rules",
        two_exchangers()
        .declares(doors=(Door(addresses=("192.0.2.1",), next_hop="192.0.2.2"), Door(addresses=("192.0.2.2",))))
        .door("192.0.2.2"),
        [],
    ),
    ("a rule that admits everybody is no restriction", OPENED.from_elsewhere("office", "inside", d30="open"), []),
    ("no inventory", domain().from_elsewhere("guest-wifi", "guest", d30="open"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_vant001(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
