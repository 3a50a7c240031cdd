"""The ruleset as text, and what is refused; tests/real/test_plan_nftables.py loads it and meets it with packets."""

import msgspec
import pytest

from mxlatch.plan.change import Inward, Lock, Outward
from mxlatch.plan.providers import ruleset as nftables
from mxlatch.terms.errors import InputError
from tests.plan.providers.examples import FILTER, LOCK

IN = Inward("edge", ("203.0.113.0/24", "2001:db8:3::/48"), ("203.0.113.25",), (25, 587), "forward")
OUT = Outward("edge", ("203.0.113.0/24",), ("203.0.113.25",), "forward")


def test_both_families_every_port_and_nobody_else() -> None:
    text = nftables.ruleset((LOCK,))
    for line in (
        "elements = { 198.51.100.1, 198.51.100.64/26 }",
        "elements = { 2001:db8:1::1 }",
        "ip daddr @lock1_doors_v4 tcp dport { 25, 465 } jump lock1",
        "ip6 daddr @lock1_doors_v6 tcp dport { 25, 465 } jump lock1",
        "counter reject with tcp reset",
        "type filter hook input priority filter - 10; policy accept;",
        "type filter hook forward priority filter - 10; policy accept;",
    ):
        assert line in text
    assert text.startswith("add table inet mxlatch\ndelete table inet mxlatch\n")


def test_the_default_deny_of_a_firewall() -> None:
    """New connections only; who is inside, and who goes to an authorised door, passes; the rest is logged and reset."""
    text = nftables.ruleset((IN, OUT))
    for line in (
        "elements = { 25, 587 }",
        "ip daddr @in1_behind_v4 tcp dport @in1_ports tcp flags & (fin | syn | rst | ack) == syn jump in1",
        "ip6 daddr @in1_behind_v6 tcp dport @in1_ports tcp flags & (fin | syn | rst | ack) == syn jump in1",
        "ip6 saddr @out2_behind_v6 tcp dport 25 tcp flags & (fin | syn | rst | ack) == syn jump out2",
    ):
        assert line in text
    chain = text.partition("chain in1 {")[2].partition("}")[0].split("\n\t\t")[1:]
    assert [line.split("\n")[0] for line in chain] == [
        "ip saddr @in1_behind_v4 return",
        "ip6 saddr @in1_behind_v6 return",
        "ip daddr @in1_doors_v4 return",
        "ip6 daddr @in1_doors_v6 return",
        'limit rate 10/minute burst 30 packets log prefix "mxlatch in1 "',
        "counter reject with tcp reset",
    ]


@pytest.mark.parametrize(
    ("hooks", "chains"),
    [
        (("forward",), {"forward"}),
        (("input",), {"input", "output"}),
        (("input", "forward"), {"input", "forward", "output"}),
        (("", "forward"), {"input", "forward", "output"}),  # nobody says: both
    ],
)
def test_the_hook_is_the_firewalls(hooks: tuple[str, ...], chains: set[str]) -> None:
    text = nftables.ruleset([msgspec.structs.replace(OUT, hook=hook) for hook in hooks])
    assert {word for word in ("input", "forward", "output") if f"chain {word} {{" in text} == chains


def test_what_is_shared_is_said() -> None:
    text = nftables.ruleset((Lock("hub", ("203.0.113.25",), (25,), FILTER, shared=True),))
    assert "Rarer, not closed." in text


@pytest.mark.parametrize(
    "changes",
    [
        (msgspec.structs.replace(LOCK, addresses=()),),
        (msgspec.structs.replace(LOCK, ports=()),),
        (msgspec.structs.replace(LOCK, ports=(0,)),),
        (msgspec.structs.replace(LOCK, allow=("::/0",)),),
        (msgspec.structs.replace(LOCK, allow=("0.0.0.0/0",)),),
        (msgspec.structs.replace(LOCK, allow=("0.0.0.0/1", "128.0.0.0/1")),),
        (msgspec.structs.replace(IN, blocks=()),),
        (msgspec.structs.replace(IN, blocks=("0.0.0.0/0",)),),
        (msgspec.structs.replace(IN, ports=()),),
        (msgspec.structs.replace(OUT, blocks=("::/1", "8000::/1")),),
        (msgspec.structs.replace(OUT, hook="prerouting"),),
    ],
)
def test_what_would_lock_nothing_or_everything_is_refused(changes: tuple[nftables.Rule, ...]) -> None:
    with pytest.raises(InputError):
        nftables.ruleset(changes)
