"""Cases from the command line, over the lab's internets and over audits that mean harm."""

import http.server
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mxlatch.cli import places
from mxlatch.report import scan as report
from mxlatch.report.as_json import SEVERAL
from mxlatch.terms.scan import Opening, Scan, Swept

DOOR = "198.51.100.66:25"
EVIL = "\x1b[2J\u202e$door${x}\nBcc: all@example.net"


def audit(domain="example.com", time="2024-11-01T12:00:00Z", vantage="internet", **door):
    """The JSON of an audit with one door."""
    host, state = door.get("host", "mx2.example.com"), door.get("state", "open")
    address, port = door.get("address", "198.51.100.66"), door.get("port", 25)
    evidence = [{"text": door.get("text", "220 hi"), "source": DOOR, "time": 1.0, "command": "nc -v x 25"}]
    way = {"kind": "mx", "name": domain, "preference": 20, "exchange": host, "evidence": []}
    described = {
        "id": door.get("id", f"{address}:{port}"),
        "address": address,
        "port": port,
        "state": state,
        "reason": door.get("reason", ""),
        "ways_in": [way],
        "latches": {},
        "authorised": False,
        "role": "",
        "operator": "",
        "software": "",
        "verdict": door.get("verdict", "open"),
        "evidence": evidence,
        "standing": door.get("standing", "rogue"),
        "standing_reason": "takes the valid recipient",
    }
    return {
        "schema": "mxlatch.audit/1",
        "domain": domain,
        "vantage": vantage,
        "time": time,
        "verdict": "open",
        "complete": True,
        "sentence": "",
        "baseline": [],
        "baseline_from": "",
        "doors": [] if door.get("gone") else [described],
        "paths": [],
        "findings": [],
        "not_asked": [],
        "not_judged": [],
        "dns": {"zones": [], "names": []},
    }


@pytest.fixture
def written(tmp_path: Path):
    """Write audits to a file, one or several."""

    def write(*audits, name="audit.json"):
        path = tmp_path / name
        whole = audits[0] if len(audits) == 1 else {"schema": SEVERAL, "audits": list(audits)}
        path.write_text(json.dumps(whole))
        return str(path)

    return write


@pytest.fixture
def begun(mxlatch, written):
    """Case 1 is open."""
    assert mxlatch("cases", "open", written(audit())).code == 0


def test_a_case_from_the_first_day_to_the_last(mxlatch, written):
    assert mxlatch("cases").out == "no open case: mxlatch cases open AUDIT begins one\n"
    said = mxlatch("cases", "open", written(audit()))
    assert (said.code, said.out) == (0, f"case 1 opened: {DOOR}, rogue: takes the valid recipient (found)\n")
    assert "case 1 known" in mxlatch("cases", "open", written(audit())).out
    for step in ("contacted", "agreed", "escalated"):
        assert mxlatch("cases", "step", "1", step, "--note", "Ms Doe").code == 0
    assert mxlatch("cases", "check", written(audit(time="2024-11-09T12:00:00Z"))).code == 1
    refused = mxlatch("cases", "step", "1", "closed")
    assert (refused.code, refused.out) == (2, "")
    assert "still answers (open from internet at 2024-11-09T12:00:00Z)" in refused.err
    assert "--reason" in refused.err
    shut = audit(time="2024-11-10T12:00:00Z", state="closed", standing="gone")
    assert mxlatch("cases", "check", written(shut)).code == 0
    assert mxlatch("cases", "step", "1", "closed").code == 0
    assert "no open case" in mxlatch("cases").out
    assert re.search(rf"1 +closed .* rogue +{DOOR} +shut +example.com", mxlatch("cases", "--all").out)
    shown = mxlatch("cases", "show", "1").out
    for word in ("found", "contacted: Ms Doe", "transition agreed: Ms Doe", "escalated: Ms Doe", "closed", "220 hi"):
        assert word in shown


def test_closed_with_a_reason(mxlatch, begun):
    assert mxlatch("cases", "step", "1", "closed", "--reason", "accepted until May").code == 0
    assert "closed: reason: accepted until May" in mxlatch("cases", "show", "1").out


@pytest.mark.parametrize(
    ("newer", "code", "line"),
    [
        (audit(time="2024-11-02T12:00:00Z"), 1, "answers: open from internet at 2024-11-02T12:00:00Z"),
        (audit(time="2024-11-02T12:00:00Z", state="closed", standing="gone"), 0, "shut: closed from internet"),
        (audit(time="2024-11-02T12:00:00Z", state="filtered", reason="silent"), 3, "unknown: filtered"),
        (audit(time="2024-11-02T12:00:00Z", state="filtered", verdict="closed"), 0, "shut: filtered"),
        (audit(time="2024-11-02T12:00:00Z", gone=True), 3, "the audit of example.com did not come there"),
        (audit(time="2024-10-02T12:00:00Z", state="closed"), 1, "answers: open from internet at 2024-11-01"),
        (audit(time="2024-11-02T12:00:00Z", state="closed", vantage="wifi"), 1, "answers: open from internet"),
        (audit("example.net", time="2024-11-02T12:00:00Z", gone=True), 1, "answers: open from internet"),
    ],
    ids=["open", "shut", "silent", "shut as declared", "not asked", "older", "from elsewhere", "another domain"],
)
def test_what_a_newer_audit_says(mxlatch, written, begun, newer, code, line):
    said = mxlatch("cases", "check", written(newer))
    assert (said.code, line in said.out) == (code, True), said.out


def test_check_without_cases(mxlatch, written):
    said = mxlatch("cases", "check", written(audit()))
    assert (said.code, said.out) == (0, "no open case\n")


def test_an_audit_without_such_doors_opens_nothing(mxlatch, written):
    said = mxlatch("cases", "open", written(audit(standing="authorised")))
    assert (said.code, said.out.partition(":")[0]) == (0, "no door that nobody authorised")
    assert not places.cases().exists()


def test_one_door_of_several_domains_is_one_case(mxlatch, written):
    several = written(audit(standing="stray"), audit("example.net", host="mx.example.net"))
    made = json.loads(mxlatch("cases", "open", several, "--json").out)
    assert [(c["domains"], c["standing"]) for c in made["cases"]] == [(["example.com", "example.net"], "rogue")]
    assert made["schema"] == "mxlatch.cases/1"


def test_json(mxlatch, begun):
    made = json.loads(mxlatch("cases", "show", "1", "--json").out)
    assert made["schema"] == "mxlatch.case/1"
    assert (made["case"]["state"], made["case"]["answering"]) == ("found", "answers")
    assert json.loads(mxlatch("cases", "--json").out)["cases"][0]["door"] == DOOR


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("open",), 2, "give the JSON file of an audit or a scan, or --bundle"),
        (("open", "a", "--bundle", "b"), 2, "give the JSON file of an audit or a scan, or --bundle"),
        (("open", "nowhere.json"), 66, "there is no such file"),
        (("open", "--bundle", "nowhere.bundle"), 66, "no such file"),
        (("show", "7"), 2, "there is no case 7: mxlatch cases --all lists them"),
        (("owner", "7"), 2, "there is no case 7"),
        (("letter", "7"), 2, "there is no case 7"),
        (("step", "7", "closed"), 2, "there is no case 7"),
        (("step", "1", "buried"), 2, "'buried' is not one of"),
        (("step", "1", "contacted", "--date", "2199-01-01"), 2, "has not come yet"),
        (("step", "1", "contacted", "--date", "2020-01-01"), 2, "before the last step (2024-11-01)"),
        (("step", "1", "contacted", "--reason", "so"), 2, "--reason is for closed"),
        (("step", "1", "contacted", "--note", "x" * 5000), 2, "longer than 4000"),
        (("letter", "1", "--templates", "nowhere"), 66, "there is no such file"),
        (("letter", "1", "-o", "nowhere/letter.txt"), 73, "there is no folder"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy(mxlatch, begun, arguments, code, message):
    said = mxlatch("cases", *arguments)
    assert (said.code, said.out) == (code, "")
    assert message in said.err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"schema": "mxlatch.audit/1"}',
        '{"schema": "mxlatch.audits/1", "audits": [7]}',
        json.dumps(audit(time="yesterday")),
        json.dumps(audit(address="no address")),
        json.dumps(audit(id="198.51.100.66:26")),
        json.dumps(audit(port=0)),
        json.dumps(audit(domain="a b")),
        "[" * 100_000,
        '{"schema": "mxlatch.audit/1", "x": ' + "[" * 200_000,
    ],
)
def test_what_is_no_audit(mxlatch, tmp_path, text):
    (tmp_path / "odd.json").write_text(text)
    said = mxlatch("cases", "open", str(tmp_path / "odd.json"))
    assert (said.code, said.out) == (65, "")
    assert "wrote, or --bundle BUNDLE" in said.err


def test_an_audit_from_the_future_decides_nothing(mxlatch, written, begun):
    shut = written(audit(time="2199-01-01T00:00:00Z", state="closed", standing="gone"))
    for command in ("open", "check"):
        said = mxlatch("cases", command, shut)
        assert (said.code, said.out) == (65, "")
        assert "is a clock wrong?" in said.err
    assert mxlatch("cases", "step", "1", "closed").code == 2


def test_a_note_that_is_no_utf8(mxlatch, begun):
    assert mxlatch("cases", "step", "1", "contacted", "--note", "M\udce4r").code == 0
    assert "contacted: M\\udce4r" in mxlatch("cases", "show", "1").out


def test_steps_bear_the_day_they_were_taken(mxlatch, begun):
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    mxlatch("cases", "step", "1", "contacted", "--date", yesterday)
    mxlatch("cases", "step", "1", "agreed")
    steps = json.loads(mxlatch("cases", "show", "1", "--json").out)["case"]["steps"]
    assert [step["date"] for step in steps][:2] == ["2024-11-01", yesterday]
    assert steps[2]["date"] > yesterday


def test_the_letters_have_the_evidence(mxlatch, begun, tmp_path):
    mxlatch("cases", "step", "1", "contacted")
    owner, escalation = mxlatch("cases", "letter", "1").out, mxlatch("cases", "letter", "1", "--escalation").out
    for draft in (owner, escalation):
        assert f"mx2.example.com ({DOOR})" in draft
        assert "- 220 hi\n" in draft
        assert "$" not in draft.replace("$ ", "")
    assert "Escalation" in escalation
    where = tmp_path / "letter.txt"
    assert mxlatch("cases", "letter", "1", "-o", str(where)).out == ""
    assert where.read_text() == owner


def test_templates_of_ones_own(mxlatch, begun, tmp_path):
    (tmp_path / "owner.txt").write_text("Case $case costs $$5: ${door}\n")
    assert mxlatch("cases", "letter", "1", "--templates", str(tmp_path)).out == f"Case 1 costs $5: {DOOR}\n"
    (tmp_path / "escalation.txt").write_text("a\n$nonsense\n")
    said = mxlatch("cases", "letter", "1", "--escalation", "--templates", str(tmp_path))
    assert (said.code, said.out) == (65, "")
    assert f"{tmp_path}/escalation.txt:2: there is no $nonsense: write $case" in said.err


@pytest.mark.parametrize(
    "arguments",
    [("cases",), ("cases", "show", "1"), ("cases", "letter", "1"), ("cases", "letter", "1", "--escalation")],
)
def test_what_strangers_wrote_is_harmless(mxlatch, written, arguments):
    mxlatch("cases", "open", written(audit(text=EVIL, host=EVIL, reason=EVIL)))
    mxlatch("cases", "step", "1", "contacted", "--note", EVIL)
    said = mxlatch(*arguments)
    assert said.code == 0
    assert not {"\x1b", "\u202e"} & set(said.out)
    assert not [line for line in said.out.splitlines() if line.startswith("Bcc")]
    if len(arguments) > 1:
        assert "$door${x}" in said.out


def test_json_is_plain_ascii(mxlatch, written):
    mxlatch("cases", "open", written(audit(text=EVIL)))
    made = mxlatch("cases", "show", "1", "--json").out
    assert made.isascii()
    assert json.loads(made)["case"]["evidence"][0]["text"] == EVIL


def test_a_damaged_store_is_left_as_it_is(mxlatch, written):
    places.cases().parent.mkdir(parents=True)
    places.cases().write_bytes(b"not a database, but long enough to look like something" * 40)
    before = places.cases().read_bytes()
    for arguments in (("cases",), ("cases", "open", written(audit())), ("cases", "show", "1")):
        said = mxlatch(*arguments)
        assert (said.code, said.out) == (65, "")
        assert "move it away" in said.err
    assert places.cases().read_bytes() == before


def test_over_the_lab_from_the_audit_to_the_letter(lab, mxlatch, tmp_path):
    """The old server of story 1, not listed: a case, by JSON and by bundle; its owner asked, and the letter."""
    told, saved = tmp_path / "audit.json", tmp_path / "seen.bundle"
    listed = lab.folder / "inventory.toml"
    elsewhere = listed.read_text().replace('next_hop = "192.0.2.25:25"', 'next_hop = "192.0.2.99:25"')
    listed.write_text(elsewhere.replace('addresses = ["192.0.2.25"]', 'addresses = ["192.0.2.99"]'))
    mxlatch("audit", *lab.options, "--authorised", "ticket 7", "--save", str(saved), "-o", str(told), lab.domain)
    said = mxlatch("cases", "open", str(told))
    assert said.out == "case 1 opened: 192.0.2.25:25, rogue: takes the valid recipient (found)\n"
    assert "case 1 known" in mxlatch("cases", "open", "--bundle", str(saved)).out
    before = len(lab.running.post.transcript)
    said = mxlatch("cases", "owner", "1", *lab.options)
    assert said.code == 0, said.err
    assert len(lab.running.post.transcript) == before, "the door is not contacted"
    assert f"zone {lab.domain}: its SOA names hostmaster@{lab.domain}" in said.out
    assert "network of 192.0.2.25: HTTP status 400" in said.out, "the lab's registry has no addresses: unknown"
    draft = mxlatch("cases", "letter", "1").out
    assert draft.startswith(f"To: hostmaster@{lab.domain}, postmaster@{lab.domain}, abuse@{lab.domain}")
    assert "mail.example.com (192.0.2.25:25)" in draft


NETWORK = b"""{"objectClassName": "ip network", "name": "LAB-NET", "startAddress": "192.0.2.0",
  "endAddress": "192.0.2.255", "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [
  ["fn", {}, "text", "Network desk\\u001b[2J"],
  ["email", {}, "text", "noc@physics.example"]]]}]}"""


class Registry(http.server.BaseHTTPRequestHandler):
    """Knows one network and no domain."""

    def do_GET(self):
        known = self.path == "/ip/192.0.2.25"
        body = NETWORK if known else b"{}"
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def registry():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_holder_of_the_network_by_its_registry(lab, mxlatch, written, registry):
    mxlatch("cases", "open", written(audit(address="192.0.2.25", host="mail.example.com")))
    said = mxlatch("cases", "owner", "1", *lab.options, "--rdap", registry)
    assert said.code == 0, said.err
    assert "network of 192.0.2.25: abuse: Network desk\\x1b[2J, noc@physics.example (127.0.0.1:" in said.out
    assert "domain example.com: the registry knows none" in said.out
    assert mxlatch("cases", "letter", "1").out.startswith("To: noc@physics.example, ")


# --- from a scan ----------------------------------------------------------------------------------------------------


def scan(tmp_path, name="scan.json", time=1.73e9, silent=0, **openings):
    """A scan of 198.51.100.64/29 in which these last octets greeted; the value: whether the inventory knows them."""
    opened = tuple(
        Opening(f"198.51.100.{octet[1:]}", 25, "smtp", "220 hi", authorised=known) for octet, known in openings.items()
    )
    refused = 8 - len(opened) - silent
    block = Swept(
        "198.51.100.64/29", "25", "connect", 2, opened, refused=refused, silent=silent, closed=refused, filtered=silent
    )
    path = tmp_path / name
    path.write_text(report.as_json(Scan((block,), "internet", time, {"IPv4": (25,)})))
    return str(path)


def test_a_scan_opens_cases_and_a_later_one_closes_them(mxlatch, tmp_path):
    said = mxlatch("cases", "open", scan(tmp_path, _66=None, _67=False, _68=True))
    assert said.code == 0
    assert said.out.splitlines() == [
        f"case 1 opened: {DOOR}, unlisted: answers, and recipients were not asked (found)",
        "case 2 opened: 198.51.100.67:25, retired: still answers (found)",
    ]
    assert "mail for  not known" in mxlatch("cases", "show", "1").out
    letter = " ".join(mxlatch("cases", "letter", "1").out.split())
    assert "Whether it takes mail for us was not tried." in letter
    assert "does not pass our filter. What we saw" not in letter
    assert "scan.json" not in letter
    assert mxlatch("cases", "check", scan(tmp_path, time=1.74e9, _66=None)).code == 1
    assert mxlatch("cases", "check", scan(tmp_path, time=1.75e9)).code == 0
    assert mxlatch("cases", "step", "1", "closed").code == 0


def test_one_silent_place_leaves_every_place_of_the_block_unknown(mxlatch, tmp_path):
    mxlatch("cases", "open", scan(tmp_path, _66=None))
    assert mxlatch("cases", "check", scan(tmp_path, time=1.74e9, silent=1)).code == 3
    assert mxlatch("cases", "step", "1", "closed").code == 2


def test_an_audit_says_whose_mail_it_is(mxlatch, written, tmp_path):
    mxlatch("cases", "open", scan(tmp_path, _66=None))
    said = mxlatch("cases", "open", written(audit(time="2025-11-01T12:00:00Z")))
    assert "case 1 known" in said.out
    shown = mxlatch("cases", "show", "1").out
    assert "rogue: takes the valid recipient" in shown
    assert "mail for  example.com" in shown


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"mxlatch.scan/1"', '"mxlatch.scan/2"', "it is no mxlatch.scan/1"),
        ("198.51.100.66", "198.51.100.266", "198.51.100.266"),
        ('"port": 25', '"port": 0', "is no door"),
        ('"time": 1730000000.0', '"time": -1', "is no time"),
        ('"blocks"', '"bricks"', "missing required field"),
        ('"ports": "25"', '"ports": "25-x"', "is no list of ports"),
        ('"ports": "25"', f'"ports": "{"9" * 5000}"', "is no list of ports"),
        ('"block": "198.51.100.64/29"', '"block": "198.51.100.64/99"', "198.51.100.64/99"),
        ('"silent": 0', '"silent": -1', "counts below 0"),
        ('"closed": 7', '"closed": 8', "more closed or filtered"),
        ('"ports": "25"', '"ports": "0"', "is no list of ports"),
        ('"ports": "25"', '"ports": "99999"', "is no list of ports"),
        ('"ports": "25"', '"ports": "30-20"', "is no list of ports"),
        ('"ports": "25"', f'"ports": "25{",25" * 40_000}"', "is no list of ports"),
        ('"block": "198.51.100.64/29"', '"block": "outside the inventory\'s blocks"', "is no block of addresses"),
        ('"how": "connect"', '"how": "nmap", "block": "junk"', "is no block of addresses"),
        ('"address": "198.51.100.66"', '"address": "fe80::1%x"', "is no door"),
        ('"complete"', f'"x": {"[" * 200_000}, "complete"', "scan -o FILE"),
    ],
)
def test_what_is_no_scan(mxlatch, tmp_path, old, new, why):
    path = Path(scan(tmp_path, _66=None))
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    said = mxlatch("cases", "open", str(path))
    assert said.code == 65
    assert f"{path}: " in said.err
    assert why in said.err
