"""The ruleset as text, and what is refused; tests/real/test_plan_nftables.py loads it and meets it with packets."""

import asyncio
import shutil
import subprocess

import msgspec
import pytest

from mxlatch.inventory.model import Block, Firewall, Inventory
from mxlatch.plan.change import REFUSE, Lock, Outward
from mxlatch.plan.provider import Done, Given, Means, NotDone, Ran, Unsure
from mxlatch.plan.providers import nftables
from mxlatch.terms.errors import InputError
from tests.plan.providers.examples import FILTER, LOCK, in_steps, plan

EDGE = msgspec.structs.replace(LOCK, firewall="edge")
OUT = Outward("edge", ("203.0.113.25",))
INSIDE = Inventory(blocks=(Block("203.0.113.0/24"),), firewalls=(Firewall("edge", hook="forward"),))


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


def test_a_file_for_each_firewall_with_its_hook() -> None:
    written = {w.name: w.text for w in nftables.render(plan((LOCK, EDGE, OUT)), Given(inventory=INSIDE))}
    assert sorted(written) == [
        "mxlatch-edge-undo.nft",
        "mxlatch-edge.nft",
        "mxlatch-hub.example.com-undo.nft",
        "mxlatch-hub.example.com.nft",
    ]
    assert "hook input" not in written["mxlatch-edge.nft"]
    assert "out2_inside_v4" in written["mxlatch-edge.nft"]
    assert written["mxlatch-edge-undo.nft"] == nftables.nothing()


def test_a_later_step_keeps_the_earlier_one_and_its_undo_brings_it_back() -> None:
    made = {w.name: w.text for w in nftables.render(in_steps((EDGE,), (OUT,)), Given(inventory=INSIDE))}
    first, second = made["step-1.mxlatch-edge.nft"], made["step-2.mxlatch-edge.nft"]
    assert "chain lock1" in first
    assert "chain out2" not in first
    assert "chain lock1" in second
    assert "chain out2" in second
    assert made["step-2.mxlatch-edge-undo.nft"] in first


def test_the_first_stage_is_the_mail_servers() -> None:
    assert nftables.render(plan((msgspec.structs.replace(LOCK, stage=REFUSE),)), Given()) == ()


def test_what_is_shared_and_what_is_not_known_is_said() -> None:
    text = nftables.ruleset((Lock("hub", ("203.0.113.25",), (25,), FILTER, shared=True),))
    assert "Rarer, not closed." in text
    assert "No IPv6 address of this host is known" in text


@pytest.mark.parametrize(
    "changes",
    [
        (msgspec.structs.replace(LOCK, addresses=()),),
        (msgspec.structs.replace(LOCK, ports=()),),
        (msgspec.structs.replace(LOCK, ports=(0,)),),
        (msgspec.structs.replace(LOCK, allow=("::/0",)),),
        (msgspec.structs.replace(LOCK, allow=("0.0.0.0/0",)),),
        (msgspec.structs.replace(LOCK, allow=("0.0.0.0/1", "128.0.0.0/1")),),
        (OUT,),
    ],
)
def test_what_would_lock_nothing_is_refused(changes: tuple[Lock | Outward, ...]) -> None:
    with pytest.raises(InputError):
        nftables.ruleset(changes)


def means(**answers: Ran) -> Means:
    """Programs that answer by their last word but one."""

    async def run(argv: object, text: bytes) -> Ran:
        return answers.get(" ".join(argv), Ran(0, "", ""))  # type: ignore[call-overload]

    async def nobody(*_: object) -> object:
        raise AssertionError("nothing is asked")

    return Means(exchange=nobody, ask=nobody, run=run)  # type: ignore[arg-type]


def test_only_a_lock_on_the_host_itself_is_carried_out() -> None:
    assert nftables.group(LOCK, means()) == "nftables at hub.example.com"
    for change in (EDGE, OUT, msgspec.structs.replace(LOCK, stage=REFUSE)):
        assert nftables.group(change, means()) is None
    assert nftables.group(LOCK, msgspec.structs.replace(means(), run=None)) is None


def test_a_machine_without_the_address_is_another_one() -> None:
    outcome = asyncio.run(nftables.look((LOCK,), means()))
    assert "this machine has not the address 203.0.113.25" in getattr(outcome, "reason", "")


def test_one_that_was_ended_may_have_loaded_it() -> None:
    listed = {"nft list tables": Ran(0, "", "")}
    saved = nftables.nothing(nftables._own_table((LOCK,)))
    for code, kind in ((0, Done), (1, NotDone), (-9, Unsure)):
        outcome = asyncio.run(nftables.carry_out((LOCK,), saved, means(**listed, **{"nft -f -": Ran(code, "", "")})))
        assert isinstance(outcome, kind)


def test_on_another_machine_the_lock_is_not_asked_about() -> None:
    outcome = asyncio.run(nftables.holds((LOCK,), msgspec.structs.replace(means(), run=None)))
    assert isinstance(outcome, Unsure)
    assert "--nft" in outcome.remedy


@pytest.mark.skipif(shutil.which("nft") is None, reason="nft is not installed")
def test_nft_reads_it() -> None:
    """In a namespace of its own; tests/real loads it."""
    command = ("unshare", "--user", "--map-root-user", "--net", "nft", "-c", "-f", "-")
    tried = subprocess.run((*command[:-3], "list", "tables"), capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no namespace: {tried.stderr.strip()}")
    for written in nftables.render(in_steps((LOCK, EDGE), (OUT,)), Given(inventory=INSIDE)):
        done = subprocess.run(command, input=written.text, capture_output=True, text=True)
        assert done.returncode == 0, written.name + done.stderr
