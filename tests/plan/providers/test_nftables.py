"""Texts for each firewall, and what is carried out where; tests/real/test_plan_nftables.py does it on real machines."""

import asyncio
import shutil
import subprocess

import msgspec
import pytest

from mxlatch.inventory.nftables import Flow, Passage
from mxlatch.plan.change import REFUSE, Inward, Outward
from mxlatch.plan.provider import Done, Elsewhere, Given, Means, NotDone, Ran, Unsure
from mxlatch.plan.providers import loaded, nftables
from mxlatch.plan.providers.ruleset import ruleset
from tests.plan.providers.examples import LOCK, in_steps, plan
from tests.plan.providers.nft import printed

EDGE = msgspec.structs.replace(LOCK, firewall="edge", hook="forward")
IN = Inward("edge", ("203.0.113.0/24", "2001:db8:3::/48"), ("203.0.113.25",), (25, 587), "forward")
OUT = Outward("edge", ("203.0.113.0/24",), ("203.0.113.25",), "forward")


def test_a_file_for_each_firewall_with_its_hook() -> None:
    written = {w.name: w.text for w in nftables.render(plan((LOCK, EDGE, IN, OUT)), Given())}
    assert sorted(written) == [
        "mxlatch-edge-for-example.com-undo.nft",
        "mxlatch-edge-for-example.com.nft",
        "mxlatch-hub.example.com-for-example.com-undo.nft",
        "mxlatch-hub.example.com-for-example.com.nft",
    ]
    edge = written["mxlatch-edge-for-example.com.nft"]
    assert "hook input" not in edge
    assert all(each in edge for each in ("chain lock1", "chain in1", "chain out1"))
    tables = [line for line in edge.splitlines() if line.startswith("delete table")]
    assert [
        line for line in written["mxlatch-edge-for-example.com-undo.nft"].splitlines() if "delete" in line
    ] == tables


def test_two_domains_have_texts_and_tables_of_their_own() -> None:
    """Each has a mailbox of its own behind one firewall: no text names what the other one has."""
    inner = msgspec.structs.replace(EDGE, host="inner.example.com", addresses=("203.0.113.9",))
    other = msgspec.structs.replace(plan((inner,)), domain="second.example")
    first, second = (nftables.render(each, Given()) for each in (plan((EDGE,)), other))
    assert not {w.name for w in first} & {w.name for w in second}
    tables = [
        {line for w in texts for line in w.text.splitlines() if line.startswith("table inet")}
        for texts in (first, second)
    ]
    assert not tables[0] & tables[1]


def test_each_step_has_its_own_and_its_undo_brings_back_the_step_before() -> None:
    wider = msgspec.structs.replace(EDGE, allow=(*EDGE.allow, "192.0.2.7"))
    made = {w.name: w.text for w in nftables.render(in_steps((EDGE,), (OUT, wider)), Given())}
    first, second = (made[f"step-{n}.mxlatch-edge-for-example.com.nft"] for n in (1, 2))
    assert "chain out1" not in first
    assert "chain out1" in second
    undo = made["step-2.mxlatch-edge-for-example.com-undo.nft"]
    assert first.split("\n\n", 1)[1] in undo
    assert "192.0.2.7" in second
    assert "192.0.2.7" not in undo


def test_an_address_that_nobody_knows_is_asked_for() -> None:
    text = nftables.render(plan((msgspec.structs.replace(LOCK, addresses=("203.0.113.25",)),)), Given())[0].text
    assert "No IPv6 address of hub.example.com is known: if it has one, add it to lock1_doors_v6" in text
    assert "is known" not in nftables.render(plan((LOCK,)), Given())[0].text


def test_the_first_stage_is_the_mail_servers() -> None:
    assert nftables.render(plan((msgspec.structs.replace(LOCK, stage=REFUSE),)), Given()) == ()


def means(**answers: Ran) -> Means:
    """Programs that answer by their last word but one."""

    async def run(argv: object, text: bytes) -> Ran:
        return answers.get(" ".join(argv), Ran(0, "", ""))  # type: ignore[call-overload]

    async def nobody(*_: object) -> object:
        raise AssertionError("nothing is asked")

    return Means(exchange=nobody, ask=nobody, run=run)  # type: ignore[arg-type]


HELD = {"ip -o address": Ran(0, "2: eth0 inet 203.0.113.25/24 scope\n2: eth0 inet6 2001:db8:3::25/64 scope\n", "")}


def test_each_machine_is_a_group_of_its_own() -> None:
    assert nftables.group(LOCK, means()) == "nftables at hub.example.com"
    assert {nftables.group(change, means()) for change in (EDGE, IN, OUT)} == {"nftables at edge"}
    assert nftables.group(msgspec.structs.replace(LOCK, stage=REFUSE), means()) is None
    assert nftables.group(LOCK, msgspec.structs.replace(means(), run=None)) is None


WRONG = [
    ("this machine has not the address", LOCK, "", {}, "this machine has not the address 203.0.113.25", "hub"),
    ("nobody says which machine it is", EDGE, "", HELD, "this machine is not said to be the firewall edge", "edge"),
    ("it is another firewall", IN, "wifi", {}, "this machine is not said to be the firewall edge", "--firewall edge"),
    ("outward too", OUT, "", {}, "this machine is not said to be the firewall edge", "--nft --firewall edge"),
]


@pytest.mark.parametrize(
    ("change", "said", "answers", "reason", "remedy"), [c[1:] for c in WRONG], ids=[c[0] for c in WRONG]
)
def test_another_machines_part_is_touched_by_nothing(change, said, answers, reason, remedy) -> None:
    here = msgspec.structs.replace(means(**answers), firewall=said)
    for outcome in (
        nftables.look((change,), here),
        nftables.carry_out((change,), "", here),
        nftables.undo((change,), "", here),
        nftables.holds((change,), here),
    ):
        told = asyncio.run(outcome)
        assert isinstance(told, Elsewhere)
        assert told.reason == reason
        assert remedy in told.remedy


def test_a_machine_with_some_of_the_addresses_is_asked_about() -> None:
    some = {"ip -o address": Ran(0, "2: eth0 inet 203.0.113.25/24 scope\n", "")}
    outcome = asyncio.run(nftables.look((LOCK,), means(**some)))
    assert isinstance(outcome, NotDone)
    assert outcome.reason == "this machine has not the address 2001:db8:3::25, and has others of hub.example.com"


def test_at_the_firewall_it_is_looked_up() -> None:
    here = msgspec.structs.replace(means(), firewall="edge")
    saved = asyncio.run(nftables.look((IN,), here))
    assert saved == nftables.nothing(nftables._own_table((IN,)))


def test_a_newer_rule_for_the_same_firewall_replaces_the_older_one() -> None:
    newer = Inward("edge", ("198.51.100.0/24",), (), (25,))
    assert nftables._own_table((IN,)) == nftables._own_table((newer,)) != nftables._own_table((OUT,))
    assert len({nftables._own_table((each,)) for each in (LOCK, IN, OUT)}) == 3


OLD = "mxlatch_01234567"
TABLES = f"table inet site\ntable inet {OLD}\n"
HERE, ELSEWHERE = (("203.0.113.25",), (25,)), (("203.0.113.99",), (25,))


def standing(*locks, tables=TABLES, **more):
    """The hub, where an older plan's table has these locks; and what was loaded there, the last at the end."""
    answers = HELD | {
        "nft list tables": Ran(0, tables, ""),
        "nft -j list ruleset": Ran(0, printed({OLD: locks}), ""),
        f"nft -s list table inet {OLD}": Ran(0, f"table inet {OLD} {{\n}}\n", ""),
    }
    sent: list[str] = []
    here = means(**answers | more)

    async def run(argv, text):
        if list(argv) == ["nft", "-f", "-"]:
            sent.append(text.decode())
        return await here.run(argv, text)

    return msgspec.structs.replace(here, run=run), sent


def test_a_newer_lock_of_more_doors_replaces_the_older_one_and_gives_it_back():
    """The hub listens at 465 too since the first plan. Two tables would refuse whom either does not know."""
    here, sent = standing(HERE)
    saved = asyncio.run(nftables.look((LOCK,), here))
    own = nftables._own_table((LOCK,))
    assert saved == f"{nftables.nothing(own)}{nftables.nothing(OLD)}table inet {OLD} {{\n}}\n"
    assert asyncio.run(nftables.carry_out((LOCK,), saved, here)) == Done(f"loaded in place of {OLD}")
    assert sent[-1] == nftables.nothing(OLD) + ruleset((LOCK,), own) + loaded.marked(own, saved)


def test_an_older_lock_that_has_other_doors_too_stays_and_is_told():
    """To take it away would open them."""
    here, sent = standing(HERE, ELSEWHERE)
    saved = asyncio.run(nftables.look((LOCK,), here))
    assert saved == nftables.nothing(nftables._own_table((LOCK,)))
    outcome = asyncio.run(nftables.carry_out((LOCK,), saved, here))
    assert outcome == Done(
        f"loaded; table inet {OLD} of an older plan stays, for it has 203.0.113.99 port 25 too; whom it does not name "
        f"it refuses: `nft delete table inet {OLD}` removes it"
    )
    assert OLD not in sent[-1]


def test_an_older_lock_is_not_taken_for_absent_where_nobody_can_read_it():
    broken = {"nft -j list ruleset": Ran(1, "", "netlink: out of memory")}
    looked = asyncio.run(nftables.look((LOCK,), standing(HERE, **broken)[0]))
    assert isinstance(looked, NotDone)
    assert looked.reason == "which older locks stand there is not known: nft: netlink: out of memory"
    # Where none of our tables is loaded, nothing needs to be read.
    assert isinstance(asyncio.run(nftables.look((LOCK,), standing(tables="table inet site\n", **broken)[0])), str)


def test_an_older_lock_that_refuses_the_filter_is_named():
    """The new filter may connect by the new table, and the old one resets it."""
    here, _ = standing(HERE, ELSEWHERE)
    outcome = asyncio.run(nftables.holds((LOCK,), here))
    assert isinstance(outcome, NotDone)
    assert outcome.reason == "198.51.100.1/32 to 203.0.113.25/32 port 25: refused, and should be allowed"
    assert f"nft delete table inet {OLD}" in outcome.remedy
    nothing_loaded, _ = standing()
    assert asyncio.run(nftables.holds((LOCK,), nothing_loaded)) == NotDone(
        "a stranger to 203.0.113.25/32 port 25: allowed, and should be refused"
    )


def test_what_a_newer_plan_replaced_is_not_undone():
    own = nftables._own_table((LOCK,))
    outcome = asyncio.run(nftables.undo((LOCK,), nftables.nothing(own), standing(HERE)[0]))
    assert outcome == NotDone(
        f"table {own} is not there any more", "if a newer plan took its place, roll that one back first"
    )


def test_who_is_tried_to_see_that_it_holds() -> None:
    """Of each block somebody who is no authorised door; each of those; and the world, where that is not behind it."""
    refused, allowed = Passage.REFUSED, Passage.ALLOWED
    alone = msgspec.structs.replace(IN, ports=(25,))
    assert list(nftables._flows(alone)) == [
        (Flow(None, "203.0.113.0/32", 25), refused),
        (Flow(None, "2001:db8:3::/128", 25), refused),
        (Flow(None, "203.0.113.25/32", 25), allowed),
    ]
    assert list(nftables._flows(OUT)) == [
        (Flow("203.0.113.0/32", "198.51.100.1/32", 25), refused),
        (Flow("203.0.113.25/32", "198.51.100.1/32", 25), allowed),
    ]
    assert list(nftables._flows(Inward("edge", ("203.0.113.25/32",), ("203.0.113.25",), (25,)))) == [
        (Flow(None, "203.0.113.25/32", 25), allowed)
    ]


def test_one_that_was_ended_may_have_loaded_it() -> None:
    listed = {"nft list tables": Ran(0, "", ""), **HELD}
    saved = nftables.nothing(nftables._own_table((LOCK,)))
    for code, kind in ((0, Done), (1, NotDone), (-9, Unsure)):
        outcome = asyncio.run(nftables.carry_out((LOCK,), saved, means(**listed, **{"nft -f -": Ran(code, "", "")})))
        assert isinstance(outcome, kind)


def test_on_another_machine_the_lock_is_not_asked_about() -> None:
    outcome = asyncio.run(nftables.holds((LOCK,), msgspec.structs.replace(means(), run=None)))
    assert isinstance(outcome, Elsewhere)
    assert "--nft" in outcome.remedy


@pytest.mark.skipif(shutil.which("nft") is None, reason="nft is not installed")
def test_nft_reads_it() -> None:
    """In a namespace of its own; tests/real loads it."""
    command = ("unshare", "--user", "--map-root-user", "--net", "nft", "-c", "-f", "-")
    tried = subprocess.run((*command[:-3], "list", "tables"), capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no namespace: {tried.stderr.strip()}")
    for written in nftables.render(in_steps((LOCK, EDGE), (IN, OUT)), Given()):
        done = subprocess.run(command, input=written.text, capture_output=True, text=True)
        assert done.returncode == 0, written.name + done.stderr
