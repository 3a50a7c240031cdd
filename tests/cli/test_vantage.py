"""A look from the guest Wi-Fi and from a second place on the internet, joined with the audit's own (the lab)."""

import json
from pathlib import Path

import pytest

from mxlatch.audit import bundle

GUEST, PROVIDER = "203.0.113.77", "203.0.113.9"
FRONT, SECOND, BACK = "192.0.2.11:25", "192.0.2.12:25", "192.0.2.25:25"


@pytest.fixture
def facts(seen_from, mxlatch, tmp_path: Path):
    """Look from an address under a name; gives the file and what was said."""

    def look(name: str, address: str):
        where = str(tmp_path / f"{name}.json")
        with seen_from("guest-wifi", address) as lab:
            said = mxlatch("vantage", "run", "--name", name, "-o", where, *lab.options)
            assert lab.told("RCPT") == [] != lab.told("EHLO")
        return where, said

    return look


def audited(seen_from, mxlatch, *joined: str) -> dict:
    """The audit's JSON, joined with these facts."""
    with seen_from("guest-wifi", "") as lab:
        options = [word for path in joined for word in ("--with", path)]
        return json.loads(mxlatch("audit", *lab.options, *options, "--json", lab.domain).out)


def test_a_door_that_guests_reach_and_the_internet_does_not(seen_from, mxlatch, facts):
    path, said = facts("guest-wifi", GUEST)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "guest-wifi: 3 doors: 3 open",
        "port 25 out to the world: open",
        f"kept in {path}; join it: mxlatch audit --with {path} example.com",
    ]
    made = audited(seen_from, mxlatch, path)
    seen = {view["vantage"]: {door["id"]: door["state"] for door in view["doors"]} for view in made["vantages"]}
    assert seen == {
        "internet": {FRONT: "open", SECOND: "closed", BACK: "closed"},
        "guest-wifi": {FRONT: "open", SECOND: "open", BACK: "open"},
    }
    found = {(f["id"], f["severity"], f["subject"]) for f in made["findings"]}
    assert found >= {
        ("VANT001", "medium", BACK),
        ("FW001", "high", BACK),
        ("VANT002", "medium", "guest-wifi"),
    }
    assert not any(f["id"] == "VANT003" for f in made["findings"])
    # The guests do not speak for the internet: what refuses it is closed all the same.
    assert {door["id"]: door["verdict"] for door in made["doors"]}[SECOND] == "closed"


def test_a_second_place_on_the_internet_sees_the_same(seen_from, mxlatch, facts):
    path, said = facts("vps", PROVIDER)
    assert said.out.startswith("vps: 3 doors: 2 closed, 1 open\nport 25 out to the world: not-asked\n")
    alone, joined = audited(seen_from, mxlatch), audited(seen_from, mxlatch, path)
    assert (alone["vantages"], [view["vantage"] for view in joined["vantages"]]) == ([], ["internet", "vps"])
    assert [f["id"] for f in joined["findings"]] == [f["id"] for f in alone["findings"]]


def test_the_report_has_the_matrix_and_a_replay_has_the_same(seen_from, mxlatch, facts, tmp_path: Path):
    path, _ = facts("guest-wifi", GUEST)
    run = str(tmp_path / "run")
    with seen_from("guest-wifi", "") as lab:
        first = mxlatch("audit", *lab.options, "--with", path, "--save", run, lab.domain)
    again = mxlatch("replay", run, "--with", path)
    assert (again.code, again.out) == (first.code, first.out)
    assert "Seen from each vantage" in first.out
    assert "Seen from each vantage" not in mxlatch("replay", run).out


def test_a_control_of_the_command_line_is_tried_and_told_in_the_facts(seen_from, mxlatch, tmp_path: Path):
    where = tmp_path / "facts"
    with seen_from("guest-wifi", PROVIDER) as lab:
        said = mxlatch("vantage", "run", "--name", "vps", "--control", "198.51.100.25", "-o", str(where), *lab.options)
    assert "port 25 out to the world: open" in said.out
    assert bundle.load(where).scope.inventory.vantage("vps").controls == ("198.51.100.25",)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Missing option '--name'"),
        (("--name", "x"), 2, "Missing option '--output'"),
        (("--name", " ", "-o", "facts"), 2, "--name names nothing"),
        (("--name", "x", "-o", "/nowhere/facts"), 73, "facts /nowhere/facts: there is no folder"),
        (("--name", "x", "-o", "facts"), 2, "there is nothing to look at"),
        (
            ("--name", "x", "-o", "facts", "--control", "mx.example"),
            2,
            "--control mx.example: give the server's address",
        ),
        (
            ("--name", "x", "-o", "facts", *(word for n in range(17) for word in ("--control", f"192.0.2.{n}"))),
            2,
            "17 controls: at most 16",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(mxlatch, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    said = mxlatch("vantage", "run", *arguments)
    assert (said.code, said.out) == (code, "")
    assert message in said.err


def test_facts_that_cannot_be_read_are_told_at_once(mxlatch, tmp_path: Path):
    (tmp_path / "facts").write_text("hello")
    said = mxlatch("audit", "--with", str(tmp_path / "facts"), "example.com")
    assert (said.code, said.out) == (65, "")
    assert "facts:1: not an mxlatch bundle" in said.err
    assert mxlatch("audit", "--with", "/nowhere/facts", "example.com").code == 66
