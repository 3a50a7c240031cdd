"""The tables of texts, by door and domain; tests/real/test_plan_nftables.py loads those of two domains."""

import msgspec
import pytest

from mxlatch.plan.change import Inward, Lock, Outward
from mxlatch.plan.providers import held
from tests.plan.providers.examples import FILTER, LOCK

BEHIND = ("203.0.113.0/24",)


@pytest.mark.parametrize(
    ("addresses", "ports", "tables"),
    [
        (("203.0.113.25",), (25,), ["mxlatch_203.0.113.25_25"]),
        (("203.0.113.25",), (465, 25, 25), ["mxlatch_203.0.113.25_25", "mxlatch_203.0.113.25_465"]),
        (("2001:db8:3::25", "203.0.113.25"), (25,), ["mxlatch_203.0.113.25_25", "mxlatch_2001-db8-3--25_25"]),
        (("203.0.113.16/28",), (25,), ["mxlatch_203.0.113.16_28_25"]),
    ],
)
def test_a_lock_has_a_table_for_each_door(
    addresses: tuple[str, ...], ports: tuple[int, ...], tables: list[str]
) -> None:
    parts = list(held.apart((Lock("hub", addresses, ports, FILTER),)))
    assert [table for table, _ in parts] == tables
    assert all(isinstance(rule, Lock) and rule.allow == FILTER for _, rule in parts)


def test_each_way_of_each_firewall_has_its_own() -> None:
    """Two firewalls may be one machine."""
    rules = [
        kind(name, BEHIND, (), *more) for name in ("edge", "wifi") for kind, more in ((Inward, ((25,),)), (Outward, ()))
    ]
    tables = [table for table, _ in held.apart(rules)]
    assert len(set(tables)) == 4
    assert [table.rpartition("_")[0] for table in tables] == ["mxlatch_inward", "mxlatch_outward"] * 2


def test_a_domains_mark_stands_before_and_after() -> None:
    """Before, nft compares it with the one that is there; the table that is loaded has it again."""
    ((table, rule),) = held.apart((msgspec.structs.replace(LOCK, addresses=("203.0.113.25",), ports=(25,)),))
    text = held.load(table, rule, "example.com")
    marks = [line for line in text.splitlines() if line.startswith("add element")]
    assert len(marks) == 2
    assert "for example.com" in marks[0]
    assert marks[0] == f"{marks[1]} # {held._REFUSED}"
    assert marks[0] in held.unload(table, "example.com")
    assert marks[0] not in held.unload(table, "second.example")


@pytest.mark.parametrize(
    ("addresses", "said"),
    [(("203.0.113.25",), "IPv6"), (("2001:db8:3::25",), "IPv4"), (("203.0.113.25", "2001:db8:3::25"), "")],
)
def test_an_address_that_nobody_knows(addresses: tuple[str, ...], said: str) -> None:
    told = list(held.lacking(msgspec.structs.replace(LOCK, addresses=addresses)))
    assert len(told) == bool(said)
    assert all(f"No {said} address" in line for line in told)
