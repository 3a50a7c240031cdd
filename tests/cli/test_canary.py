"""Canaries through the doors of the lab's first story, whose mailboxes are written to a Maildir or an mbox."""

import asyncio
import contextlib
import itertools
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from msgspec import structs

from mxlatch.audit import bundle as bundles
from mxlatch.canary import run
from mxlatch.canary.conclusion import proven_doors
from mxlatch.canary.record import load
from mxlatch.lab.internet import internet
from mxlatch.lab.post import Message, Post
from mxlatch.lab.topology import parse
from mxlatch.paths.find import find
from mxlatch.terms.verdict import Certainty
from mxlatch.world.build import build
from mxlatch.world.doors import reached
from mxlatch.world.model import World

LEAVE = ("--authorised", "ticket 4711")
ANNA = "anna@example.com"
FILTER, SECONDARY = "198.51.100.25:25", "192.0.2.25:25"

Deliver = Callable[[Message], None]


@pytest.fixture
def maildir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Anna's mailbox in the lab, as a Maildir."""
    return delivered_to(tmp_path / "Maildir", monkeypatch)


def delivered_to(box: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True)
    numbers = itertools.count()

    def deliver(self: Post, message: Message) -> None:
        name = f"{next(numbers)}.lab"
        (box / "tmp" / name).write_bytes(message.content.replace(b"\r\n", b"\n"))
        (box / "tmp" / name).rename(box / "new" / name)

    monkeypatch.setattr(Post, "deliver", deliver)
    monkeypatch.setattr(run, "POLL", 0.05)
    return box


def test_an_unfiltered_door_is_proven_and_a_filtered_one_shows_its_mark(lab, mxlatch, maildir: Path, tmp_path: Path):
    kept = tmp_path / "canary.json"
    said = mxlatch("canary", *lab.options, *LEAVE, "--to", ANNA, "--maildir", str(maildir), "-o", str(kept), lab.domain)
    assert said.code == 1, said.err
    assert said.out.startswith(f"Proven: mail that enters at {SECONDARY} reaches a mailbox of example.com")
    canaries = {canary["door"]: canary for canary in json.loads(kept.read_text())["canaries"]}
    assert {door: canary["arrived"] for door, canary in canaries.items()} == {FILTER: True, SECONDARY: True}
    assert canaries[SECONDARY]["marks"] == []
    assert canaries[FILTER]["marks"] != []
    assert [hop["by"] for hop in canaries[FILTER]["chain"]] == ["mx.filter.example", "mail.example.com"]
    assert [hop["by"] for hop in canaries[SECONDARY]["chain"]] == ["mail.example.com"]
    assert load(kept.read_text(), "x").leave == "--authorised ticket 4711"


def test_a_likely_path_becomes_a_proven_one(lab, mxlatch, maildir: Path, tmp_path: Path):
    kept, bundle = tmp_path / "canary.json", tmp_path / "seen.bundle"
    mxlatch("audit", *lab.options, *LEAVE, "--no-search", "--save", str(bundle), lab.domain)
    mxlatch("canary", *lab.options, *LEAVE, "--to", ANNA, "--maildir", str(maildir), "-o", str(kept), lab.domain)
    log = bundles.load(bundle)
    world = build(lab.domain, log.get, log.scope, reached(log, log.scope.time))
    proven = proven_doors(load(kept.read_text(), "x"))
    assert certainties(world) == {FILTER: Certainty.CLOSED, SECONDARY: Certainty.LIKELY}
    assert certainties(structs.replace(world, proven=proven)) == {FILTER: Certainty.CLOSED, SECONDARY: Certainty.PROVEN}


def test_audit_and_replay_join_what_a_canary_proved(lab, mxlatch, maildir: Path, tmp_path: Path):
    kept, bundle = tmp_path / "canary.json", tmp_path / "seen.bundle"
    mxlatch("canary", *lab.options, *LEAVE, "--to", ANNA, "--maildir", str(maildir), "-o", str(kept), lab.domain)
    plain = mxlatch("audit", *lab.options, *LEAVE, "--json", "--save", str(bundle), lab.domain)
    joined = mxlatch("audit", *lab.options, *LEAVE, "--json", "--with", str(kept), lab.domain)
    again = mxlatch("replay", str(bundle), "--json", "--with", str(kept))
    assert [json.loads(said.out)["paths"][0]["certainty"] for said in (plain, joined, again)] == [
        "likely",
        "proven",
        "proven",
    ]


def certainties(world: World) -> dict[str, Certainty]:
    return {path.doors[0]: path.certainty for path in reversed(find(world).paths)}


def test_the_test_string_is_refused_by_the_filter_and_taken_beside_it(lab, mxlatch, maildir: Path, tmp_path: Path):
    kept = tmp_path / "canary.json"
    where = ("--maildir", str(maildir), "-o", str(kept))
    said = mxlatch("canary", *lab.options, *LEAVE, "--to", ANNA, "--gtube", *where, lab.domain)
    assert said.code == 1, said.err
    sent = {(c.door, c.kind): (c.sent, c.stage, c.arrived) for c in load(kept.read_text(), "x").canaries}
    assert sent == {
        (FILTER, "plain"): ("sent", "message", True),
        (SECONDARY, "plain"): ("sent", "message", True),
        (FILTER, "gtube"): ("refused", "message", None),
        (SECONDARY, "gtube"): ("sent", "message", True),
    }
    assert "550 5.7.1" in said.out


def test_one_message_a_door_and_no_other(lab, mxlatch, maildir: Path):
    mxlatch("canary", *lab.options, *LEAVE, "--to", ANNA, "--maildir", str(maildir), lab.domain)
    assert sorted(door for door, _, line in lab.running.post.transcript if line == "DATA") == [
        "mail.example.com",
        "mail.example.com",  # the second from the filter, which hands on what it got
        "mx.filter.example",
    ]
    assert len(list((maildir / "new").iterdir())) == 2


def test_without_leave_nothing_is_sent(lab, mxlatch, maildir: Path):
    said = mxlatch("canary", *lab.options, "--to", ANNA, "--maildir", str(maildir), "--wait", "0", lab.domain)
    assert said.code == 3
    assert "not allowed: no leave to send a canary to example.com" in said.out
    assert lab.told("RCPT") == lab.told("DATA") == []


@contextlib.contextmanager
def serving(text: str, folder: Path) -> Iterator[list[str]]:
    """An internet from this topology, in a thread; the options that lead there."""
    up, held = threading.Event(), {}

    async def serve() -> None:
        held["loop"], held["end"] = asyncio.get_running_loop(), asyncio.Event()
        async with internet(parse(text, "test.toml")) as running:
            held["options"] = [word for pair in running.write(folder).items() for word in pair]
            up.set()
            await held["end"].wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert up.wait(20)
    yield ["--rate", "10000", *held["options"]]
    held["loop"].call_soon_threadsafe(held["end"].set)
    thread.join(20)


@pytest.mark.parametrize(("until", "code"), [("2099-12-31", 1), ("2020-12-31", 3)])
def test_leave_by_the_owner_s_record_serves_where_only_the_command_line_names_a_recipient(
    mxlatch, maildir: Path, tmp_path: Path, until: str, code: int
):
    record = mxlatch("config", "key", "example.com").out.strip().splitlines()[-1]
    record = re.sub(r"until=[0-9-]+", f"until={until}", record)
    text = (resources.files("mxlatch.lab") / "topologies" / "story1.toml").read_text("utf-8")
    text = text.replace('recipient = "anna@example.com"\n', "").replace("www      A", f"{record}\nwww      A", 1)
    with serving(text, tmp_path) as options:
        where = ("--to", ANNA, "--maildir", str(maildir), "--wait", "20")
        said = mxlatch("canary", *options, *where, "example.com")
    assert said.code == code, said.err
    assert ("by leave of txt until 2099-12-31" in said.out) is (code == 1)


def test_what_does_not_arrive_proves_nothing(lab, mxlatch, tmp_path: Path):
    empty = tmp_path / "inbox"
    said = mxlatch("canary", *lab.options, *LEAVE, "--to", ANNA, "--mbox", str(empty), "--wait", "0", lab.domain)
    assert said.code == 3
    assert said.out.startswith("No canary for example.com arrived: that proves nothing.")
    assert said.out.count("not arrived: junk, quarantine and delay look the same") == 2


def test_ctrl_c_ends_the_wait_and_not_the_report(lab, tmp_path: Path):
    kept = tmp_path / "canary.json"
    where = ("--to", ANNA, "--mbox", str(tmp_path / "inbox"), "--wait", "600", "-o", str(kept))
    command = [sys.executable, "-m", "mxlatch", "canary", *lab.options, *LEAVE, *where, lab.domain]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr.readline() == "mxlatch: 2 of 2 canaries sent; looking for them for up to 600 s\n"
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=20)
    assert (waiting.returncode, err) == (130, "")
    assert "interrupted." in out
    assert [(canary.sent, canary.arrived) for canary in load(kept.read_text(), "x").canaries] == [("sent", False)] * 2


def test_doors_of_a_bundle(lab, mxlatch, maildir: Path, tmp_path: Path):
    bundle = str(tmp_path / "seen.bundle")
    mxlatch("audit", *lab.options, *LEAVE, "--save", bundle, lab.domain)
    visits = len(lab.told("EHLO"))
    where = ("--maildir", str(maildir), "--bundle", bundle)
    said = mxlatch("canary", *lab.options, *LEAVE, "--to", ANNA, *where, lab.domain)
    assert said.code == 1, said.err
    assert len(lab.told("EHLO")) - visits == 5  # each door before and after STARTTLS, and the filter's at the server
    said = mxlatch("canary", *lab.options, *LEAVE, "--to", "a@filter.example", *where, "filter.example")
    assert said.code == 65
    assert "a bundle of example.com, not of filter.example" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Missing argument 'DOMAIN'"),
        (("example.com", "--mbox", "x"), 2, "Missing option '--to'"),
        (("example.com", "--to", ANNA), 2, "Give one of --maildir, --mbox and --imap"),
        (("example.com", "--to", ANNA, "--mbox", "x", "--maildir", "y"), 2, "Give one of --maildir, --mbox and --imap"),
        (("example.com", "--to", "anna@example.net", "--mbox", "x"), 2, "the recipient must be at example.com"),
        (("example.com", "--to", ANNA, "--maildir", "/nowhere"), 66, "/nowhere is no Maildir"),
        (("example.com", "--to", ANNA, "--mbox", "/nowhere/x"), 66, "/nowhere/x is no mbox"),
        (("example.com", "--to", ANNA, "--mbox", "x", "--bundle", "b"), 2, "add --authorised REF"),
        (("example.com", "--to", ANNA, "--mbox", "x", "-o", "/nowhere/c.json"), 73, "result /nowhere/c.json"),
        (("example.com", "--to", ANNA, "--mbox", "x"), 78, "who sends the canary?"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_asked(mxlatch, monkeypatch, tmp_path, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    said = mxlatch("canary", *arguments)
    assert (said.code, said.out) == (code, "")
    assert message in said.err
