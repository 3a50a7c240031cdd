"""`mxlatch apply`: refusals before anything is asked, and a zone file changed and brought back over the lab."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from mxlatch.plan.change import Records
from mxlatch.plan.result import Hazard, Plan, Step
from mxlatch.report.plan_json import as_json
from tests.plan.providers.hand import LOCK, mx, plan


def made(*steps: Step | list[object], days: float = 0, hazards: tuple[Hazard, ...] = ()) -> Plan:
    moment = datetime.now(UTC) - timedelta(days=days)
    return structs.replace(plan(*steps, hazards=hazards), made=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.fixture
def file(tmp_path: Path):
    def write(whole: Plan) -> str:
        path = tmp_path / "plan.json"
        path.write_text(as_json([whole]))
        return str(path)

    return write


HAZARD = (Hazard("no-backup", "one exchanger is left"),)


@pytest.mark.parametrize(
    ("whole", "options", "code", "told"),
    [
        (made([mx()], hazards=HAZARD), (), 2, "--accept no-backup"),
        (made([mx()]), ("--accept", "no-backup"), 2, "no such hazard"),
        (made([mx()]), ("--digest", "0123456789abcdef"), 2, "not the plan that was shown"),
        (made([mx()], days=8), (), 2, "--max-age"),
        (made([mx()]), ("--tsig", "owner:hmac-sha256:c2VjcmV0"), 2, "never here"),
        (made([mx()]), ("--tsig-file", "/nowhere/key"), 66, "key /nowhere/key"),
        (made([mx()]), ("--server", "ns1"), 2, "write ADDRESS"),
        (made([mx()]), ("--zone-file", "example.org=db"), 2, "changes nothing in example.org"),
        (made([mx()]), ("--journal", "/nowhere/j"), 73, "there is no folder /nowhere"),
        (made([LOCK]), ("--done", "2"), 2, "the plan has steps 1 to 1"),
    ],
)
def test_what_is_refused_is_refused_before_anything_is_asked(file, mxlatch, tmp_path, whole, options, code, told):
    said = mxlatch("apply", file(whole), *options)
    assert said.code == code, said
    assert told in said.err
    assert "c2VjcmV0" not in said.err
    assert not (tmp_path / "plan.json.journal").exists()


def test_an_altered_plan_is_refused(file, mxlatch, tmp_path):
    path = Path(file(made([mx()])))
    path.write_text(path.read_text().replace("10 mx1", "10 evil"))
    said = mxlatch("apply", str(path))
    assert (said.code, "altered since it was made" in said.err) == (65, True)


def test_what_is_by_hand_alone_needs_no_network(file, mxlatch, tmp_path):
    path = file(made([LOCK]))
    said = mxlatch("apply", path)
    assert said.code == 3
    assert "by hand     step 1: lock of mx1.example.com" in said.out
    assert f"mxlatch apply {path} --done 1" in said.out
    said = mxlatch("apply", path, "--done", "1")
    assert (said.code, "the plan is carried out" in said.out) == (0, True)
    said = mxlatch("apply", path, "--rollback")
    assert (said.code, "by hand     step 1" in said.out) == (3, True)
    assert f"when that is undone: mxlatch apply {path} --rollback --done 1" in said.out
    said = mxlatch("apply", path, "--rollback", "--done", "1")
    assert (said.code, "everything is back as it was" in said.out) == (0, True)


def test_a_word_that_comes_too_early_is_taken_and_warned_of(file, mxlatch):
    path = file(made(Step("refuse", (LOCK,), wait=7 * 86_400, why="who still comes is told"), [LOCK]))
    assert mxlatch("apply", path).code == 3
    said = mxlatch("apply", path, "--done", "1")
    assert "too early" not in said.err
    said = mxlatch("apply", path, "--done", "2")
    assert (said.code, "the plan is carried out" in said.out) == (0, True)
    assert "WARNING: step 2 was done too early: the wait after step 1 is not over: " in said.err
    assert "left (who still comes is told); it is noted as done" in said.err
    said = mxlatch("apply", path, "--rollback")
    assert "by hand     step 2" in said.out


def test_nft_is_run_only_if_asked_for_and_another_machine_is_left_alone(file, mxlatch, tmp_path):
    path = file(made([LOCK]))
    said = mxlatch("apply", path, "--nft", "--dry-run")
    assert said.code == 1, said
    assert "this machine has not the address 203.0.113.1" in said.out
    assert "by hand" not in said.out
    assert "by hand" in mxlatch("apply", path, "--dry-run").out


def test_what_is_a_firewalls_is_refused_elsewhere_with_where_to_run_it(file, mxlatch, tmp_path):
    path = file(made([structs.replace(LOCK, firewall="edge one")]))
    said = mxlatch("apply", path, "--nft")
    assert said.code == 1, said
    assert "step 1: nftables at edge one: this machine is not said to be the firewall edge one" in said.out
    assert "run it there with --nft --firewall 'edge one'" in said.out
    assert not (tmp_path / "plan.json.journal").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--firewall", "edge"), "--firewall says which machine this is, for --nft: give both"),
        (("--nft", "--firewall", "egde"), "the plan has nothing for a firewall of that name; it has for: edge"),
    ],
)
def test_a_firewall_is_one_that_the_plan_names(options, told, file, mxlatch):
    said = mxlatch("apply", file(made([structs.replace(LOCK, firewall="edge")])), *options)
    assert (said.code, told in said.err) == (2, True), said


OLD_SERIAL, NEW_SERIAL = "2026010101", "2026010102"  # of the lab's zone, before and after `delete-secondary`


def zone_plan(lab, serial: str = OLD_SERIAL) -> tuple[Plan, str]:
    """The second exchanger of the lab's domain goes; and the domain's zone file."""
    domain = lab.domain
    before = ("10 mx.filter.example.", "20 mail.example.com.")
    text = "\n".join((f"$ORIGIN {domain}.", "$TTL 3600", f"@ SOA ns1 hostmaster {serial} 3600 600 86400 60", "@ NS ns1",
                      *(f"@ MX {each}" for each in before), ""))  # fmt: skip
    change = Records(domain, domain, "MX", before, before[:1], 3600, 3600)
    return made([change]), text


def test_a_zone_file_over_the_lab(lab, file, mxlatch, tmp_path):
    whole, text = zone_plan(lab)
    path, db = file(whole), tmp_path / "db"
    db.write_text(text)
    options = (*lab.options, "--zone-file", str(db))
    dry = mxlatch("apply", path, *options, "--dry-run")
    assert (dry.code, db.read_text(), "would do" in dry.out) == (0, text, True), dry
    said = mxlatch("apply", path, *options)
    assert (said.code, "still serves" in said.out) == (3, True), said
    there = db.read_text()
    assert "20 mail" not in there
    assert OLD_SERIAL not in there
    assert json.loads((tmp_path / "plan.json.journal").read_text())["acts"][0]["state"] == "done"
    back = mxlatch("apply", path, *options, "--rollback")
    assert (back.code, db.read_text(), "everything is back as it was" in back.out) == (0, text, True), back
    mx = "back: example.com MX becomes 10 mx.filter.example., 20 mail.example.com. (now 10 mx.filter.example.) ("
    assert mx in back.out


@pytest.mark.parametrize("lab", ["story1:delete-secondary"], indirect=True)
def test_a_zone_that_is_served_already_is_not_back_before_its_servers_say_so(lab, file, mxlatch, tmp_path):
    whole, text = zone_plan(lab, serial="7")  # the servers have a newer one than is written: it counts as loaded
    path, db = file(whole), tmp_path / "db"
    db.write_text(text)
    options = (*lab.options, "--zone-file", str(db))
    said = mxlatch("apply", path, *options)
    assert (said.code, "the plan is carried out" in said.out) == (0, True), said
    back = mxlatch("apply", path, *options, "--rollback")
    assert (back.code, "everything is back" in back.out) == (3, False), back
    assert db.read_text() == text.replace(" 7 ", " 9 ")
    assert "as before but for the serial, which rises to 9; in force when the server has loaded it" in back.out
    assert "not yet     step 1: back everywhere: 192.0.2.53 still serves example.com MX 10 mx.filter" in back.out
    assert "to do: let the server load the file" in back.out
    again = mxlatch("apply", path, *options, "--rollback")
    assert (again.code, "still serves" in again.out, "done" in again.out) == (3, True, False), again


def test_looking_needs_no_hazard_accepted_and_tells_which_there_are(lab, file, mxlatch, tmp_path):
    whole, text = zone_plan(lab)
    hazards = (*HAZARD, Hazard("cut-off:mail.example.com", "who else connects there is cut off"))
    path, db = file(structs.replace(whole, hazards=hazards)), tmp_path / "db"
    db.write_text(text)
    options = (*lab.options, "--zone-file", str(db))
    said = mxlatch("apply", path, *options, "--dry-run", "--accept", "no-backup")
    assert (said.code, db.read_text()) == (0, text), said
    assert "would do    step 1: example.com MX becomes 10 mx.filter.example. (now" in said.out
    accept = "to accept   who else connects there is cut off: --accept cut-off:mail.example.com"
    assert [line for line in said.out.splitlines() if "accept" in line] == [accept]
    assert not (tmp_path / "plan.json.journal").exists()
    assert mxlatch("apply", path, *options, "--accept", "no-backup").code == 2
    said = mxlatch("apply", path, *options, "--dry-run", "--accept", "one-exchanger-left")
    assert (said.code, "no such hazard" in said.err) == (2, True), said


def test_where_updates_go_has_to_be_known(file, mxlatch, lab):
    other = Records("example.invalid", "example.invalid", "MX", (), ("10 a.example.",), 300, 300)
    said = mxlatch("apply", file(made([other])), *lab.options)
    assert said.code == 2, said
    assert "where do updates of example.invalid go?" in said.err
    assert "--server example.invalid=ADDRESS" in said.err


def test_a_primary_that_takes_no_updates_is_told(lab, file, mxlatch):
    whole, _ = zone_plan(lab)
    said = mxlatch("apply", file(whole), *lab.options)
    assert said.code == 1, said
    assert "not done" in said.out
