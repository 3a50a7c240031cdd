import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mxlatch.report import FORMATS

LEAVE = ("--authorised", "ticket 4711")


def test_a_way_round_is_a_finding_and_exit_1(lab, mxlatch):
    said = mxlatch("audit", *lab.options, *LEAVE, lab.domain)
    assert said.code == 1
    assert said.out.startswith("1 of 2 doors reaches the mailbox without")
    assert said.err == ""


@pytest.mark.parametrize("lab", ["plain"], indirect=True)
def test_nothing_found_is_exit_0(lab, mxlatch):
    said = mxlatch("audit", *lab.options, *LEAVE, lab.domain)
    assert (said.code, said.err) == (0, ""), said.out


def test_without_leave_no_recipient_is_tried(lab, mxlatch):
    said = mxlatch("audit", *lab.options, lab.domain)
    assert said.code == 1
    assert lab.told("RCPT") == [] != lab.told("EHLO")
    assert "Not asked" in said.out


@pytest.mark.parametrize("given", [("--json",), ("--format", "json"), ("-o", "{tmp}/audit.json")])
def test_json_three_ways(lab, mxlatch, tmp_path: Path, given):
    where = [word.format(tmp=tmp_path) for word in given]
    said = mxlatch("audit", *lab.options, *where, lab.domain)
    text = Path(where[1]).read_text() if given[0] == "-o" else said.out
    assert json.loads(text)["domain"] == lab.domain
    assert said.err == ""


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "json"])
def test_every_format_names_the_door(lab, mxlatch, form):
    assert "192.0.2.25:25" in mxlatch("audit", *lab.options, "--format", form, lab.domain).out


def test_what_was_saved_gives_the_same_report(lab, mxlatch, tmp_path: Path):
    bundle = str(tmp_path / "seen.bundle")
    first = mxlatch("audit", *lab.options, *LEAVE, "--json", "--save", bundle, lab.domain)
    again = mxlatch("replay", bundle, "--json")
    assert (again.code, again.out) == (first.code, first.out)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Missing argument 'DOMAIN...'"),
        (("anna@example.org",), 65, "'anna@example.org' is an address, not a domain: write example.org"),
        (("exämple.org",), 65, "write it in its A-label form"),
        (("@/nowhere/list",), 66, "list of domains /nowhere/list: there is no such file or folder"),
        (("--inventory", "/nowhere/i.toml", "example.org"), 66, "inventory /nowhere/i.toml"),
        (("--net", "/nowhere/net", "example.org"), 66, "table /nowhere/net"),
        (("--baseline", "/nowhere/b.json", "example.org"), 66, "baseline /nowhere/b.json"),
        (("--resolver", "one.one.one.one", "example.org"), 2, "--resolver 'one.one.one.one': write ADDRESS"),
        (("--rate", "5", "example.org"), 2, "over 1 only for servers of your own"),
        (("--rate", "0", "example.org"), 2, "Invalid value for '--rate'"),
        (("--vantage", " ", "example.org"), 2, "it names nothing"),
        (("--ca", "/etc/hosts", "example.org"), 65, "/etc/hosts: no certificates: give a file in PEM form"),
        (("--save", "/nowhere/b", "example.org"), 73, "bundle /nowhere/b: there is no folder /nowhere"),
        (("-o", "/nowhere/a.json", "example.org"), 73, "report /nowhere/a.json: there is no folder /nowhere"),
        (("-o", "/", "--json", "example.org"), 73, "report /: this is a folder"),
        (("--format", "yaml", "example.org"), 2, "There is no format 'yaml'"),
        (("-o", "report.docx", "example.org"), 2, "no format has that suffix"),
        (("--json", "--format", "text", "example.org"), 2, "contradict"),
        (("--fail-on", "severe", "example.org"), 2, "Invalid value for '--fail-on'"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_asked(mxlatch, arguments, code, message):
    said = mxlatch("audit", *arguments)
    assert (said.code, said.out) == (code, "")
    assert message in said.err


def test_an_inventory_is_configuration(mxlatch, tmp_path: Path):
    inventory = tmp_path / "inventory.toml"
    inventory.write_text('[[domain]]\nnmae = "example.org"\n')
    said = mxlatch("audit", "--inventory", str(inventory), "example.org")
    assert said.code == 78
    assert f"mxlatch: {inventory}:2:" in said.err


def test_a_full_disk_does_not_cost_the_report(lab, mxlatch, tmp_path: Path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mxlatch.audit.bundle.save", full)
    said = mxlatch("audit", *lab.options, "--save", str(tmp_path / "b"), lab.domain)
    assert said.code == 73
    assert said.out.startswith("1 of 2 doors")
    assert "bundle" in said.err
    assert "No space left" in said.err


def test_a_memory_that_cannot_be_read_is_told(mxlatch, tmp_path: Path, monkeypatch):
    """Nothing is asked: every server opted out, and "invalid" has no registry."""
    kept = tmp_path / "state" / "mxlatch" / "remembered.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("nonsense")
    (tmp_path / "nobody").write_text("0.0.0.0/0\n::/0\n")
    said = mxlatch("audit", "--opt-out", str(tmp_path / "nobody"), "--resolver", "192.0.2.1", "example.invalid")
    assert said.code == 3
    assert f"mxlatch: {kept} cannot be read" in said.err


def test_ctrl_c_shows_and_saves_what_there_is(lab, tmp_path: Path):
    """A door that says nothing holds the audit up until we interrupt it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        knocked = threading.Event()
        held: list[object] = []
        threading.Thread(target=lambda: (held.append(silent.accept()), knocked.set()), daemon=True).start()
        net = lab.folder / "net.txt"
        rows = [row for row in net.read_text().splitlines() if not row.startswith("192.0.2.25:25 ")]
        net.write_text("\n".join([*rows, f"192.0.2.25:25 = 127.0.0.1:{silent.getsockname()[1]}"]))
        bundle, report = tmp_path / "seen.bundle", tmp_path / "report.json"
        options = [*lab.options, "--save", str(bundle), "-o", str(report)]
        run = subprocess.Popen(
            [sys.executable, "-m", "mxlatch", "audit", *options, lab.domain],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
        )  # fmt: skip
        assert knocked.wait(20)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=20)
    assert run.returncode == 130
    assert (out, err) == ("", "mxlatch: interrupted: this is what was seen until then\n")
    told = json.loads(report.read_text())
    assert told["complete"] is False
    assert told["doors"], "the door that had answered is there"
    assert '"interrupted":true' in bundle.read_text().splitlines()[0]


@pytest.mark.parametrize("lab", ["story1:delete-secondary"], indirect=True)
def test_search_finds_the_host_that_no_record_names_any_more(lab, mxlatch):
    plain = json.loads(mxlatch("audit", *lab.options, *LEAVE, "--json", "--no-search", lab.domain).out)
    searched = json.loads(mxlatch("audit", *lab.options, *LEAVE, "--json", lab.domain).out)
    assert (plain["verdict"], searched["verdict"]) == ("closed", "open")
    kinds = {way["kind"] for door in searched["doors"] if door["address"] == "192.0.2.25" for way in door["ways_in"]}
    assert kinds == {"declared", "host-name"}
    # The web server at the apex was looked at, and is no door.
    assert "192.0.2.80:25" in {door["id"] for door in searched["doors"]}
    assert searched["sentence"].startswith("1 of 2 doors reaches")


@pytest.mark.parametrize("lab", ["story1:delete-secondary"], indirect=True)
def test_a_door_of_an_earlier_audit_is_remembered(lab, mxlatch, tmp_path):
    old = str(tmp_path / "old.bundle")
    mxlatch("audit", *lab.options, *LEAVE, "--save", old, "-o", str(tmp_path / "old.json"), lab.domain)
    again = json.loads(mxlatch("audit", *lab.options, *LEAVE, "--json", "--names-from", old, lab.domain).out)
    ways = [way for door in again["doors"] if door["address"] == "192.0.2.25" for way in door["ways_in"]]
    (way,) = [way for way in ways if way["kind"] == "remembered"]
    assert way["evidence"][0]["source"] == old


def test_names_that_cannot_be_read_are_told_before_anything_is_asked(mxlatch, tmp_path):
    said = mxlatch("audit", "--names-from", str(tmp_path / "missing"), "example.com")
    assert (said.code, said.out) == (66, "")
    assert "missing: there is no such file" in said.err


@pytest.mark.parametrize(("lab", "broken"), [("story1", True), ("plain", False)], indirect=["lab"])
def test_a_policy_is_held_or_told_with_its_line(lab, mxlatch, broken):
    inventory = Path(lab.options[lab.options.index("--inventory") + 1])
    text = inventory.read_text()
    inventory.write_text(f'{text}\n[[policy]]\npasses = ["recipient"]\n')
    audit = json.loads(mxlatch("audit", *lab.options, *LEAVE, "--json", "--no-search", lab.domain).out)
    (held,) = (each["holds"] for each in audit["properties"] if each["name"] == "policies hold")
    found = [finding for finding in audit["findings"] if finding["id"] == "POLICY001"]
    assert (held, bool(found)) == (("no", True) if broken else ("yes", False))
    for finding in found:
        line = text.count("\n") + 2
        assert finding["subject"] == "every path from internet passes recipient"
        assert finding["evidence"][0]["source"] == f"{inventory}:{line}"
