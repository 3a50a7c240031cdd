"""What a scan found, joined to an audit: a door without a name or record, from the scan to the verdict."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.cases.sighting import of_place, strays
from mxlatch.cli.exits import WrongUsage
from mxlatch.cli.scanned import is_scan, joined
from mxlatch.cli.scanned import parse as parse_scan
from mxlatch.lab.topology import parse
from mxlatch.report import scan as report
from mxlatch.terms.errors import InputError
from mxlatch.terms.scan import Opening, Scan, Swept
from tests.cli.conftest import Lab, serving
from tests.fakes.example import scope

TOPOLOGIES = Path(__file__).parents[1] / "lab" / "topologies"
HUB = "192.0.2.66:25"
FOREIGN = """
[[mailhost]]
name = "mail.example.net"
addresses = ["192.0.2.70"]
domains = ["example.net"]
"""


@pytest.fixture
def hidden(tmp_path: Path) -> Iterator[Lab]:
    """A hub that nothing gives away, and a server of another domain, in the owner's block."""
    text = (TOPOLOGIES / "hidden-hub.toml").read_text() + FOREIGN
    with serving(parse(text, "hidden-hub.toml"), tmp_path / "lab") as there:
        yield there


def test_a_door_that_only_a_scan_finds_is_a_way_in(mxlatch, hidden, tmp_path):
    scan, bundle = str(tmp_path / "scan.json"), str(tmp_path / "seen.bundle")
    assert mxlatch("scan", "192.0.2.64/28", "--how", "connect", *hidden.options, "-o", scan).code == 1
    leave = ("--authorised", "ticket 7", "--json")
    before = json.loads(mxlatch("audit", *hidden.options, *leave, hidden.domain).out)
    assert HUB not in {door["id"] for door in before["doors"]}
    said = mxlatch("audit", *hidden.options, *leave, "--with", scan, "--save", bundle, hidden.domain)
    after = json.loads(said.out)
    doors = {door["id"]: door for door in after["doors"]}
    (way,) = doors[HUB]["ways_in"]
    assert (way["kind"], way["exchange"], doors[HUB]["verdict"]) == ("scan", "192.0.2.66", "open")
    assert way["evidence"][0]["source"] == scan
    assert after["verdict"] == "open"
    hops = [hop["text"] for path in after["paths"] if path["doors"] == [HUB] for hop in path["hops"]]
    assert hops[0] == "A stranger tries every address"
    # What the server of another domain said keeps it out of the ways round, and the audit whole.
    assert doors["192.0.2.70:25"]["verdict"] == "closed"
    assert after["complete"]
    assert mxlatch("replay", bundle, "--json").out == said.out


def test_replay_asks_nobody_and_says_so(mxlatch, hidden, tmp_path):
    scan, bundle = str(tmp_path / "scan.json"), str(tmp_path / "seen.bundle")
    mxlatch("scan", "192.0.2.64/28", "--how", "connect", *hidden.options, "-o", scan)
    mxlatch("audit", *hidden.options, "--save", bundle, hidden.domain)
    said = mxlatch("replay", bundle, "--with", scan)
    assert (said.code, said.out) == (2, "")
    assert f"--with {scan}: " in said.err
    assert "give it to the audit" in said.err


def scanned(*openings: Opening) -> Scan:
    return Scan((Swept("192.0.2.0/24", "25", "connect", 2, openings),), "internet", 1.0)


def test_what_speaks_smtp_or_may_is_knocked_at():
    found = scanned(
        Opening("192.0.2.1", 2526, "smtp", "220 odd"),
        Opening("192.0.2.2", 25, "nothing"),
        Opening("192.0.2.3", 22, "other"),
        Opening("192.0.2.4", 8080, "nothing"),
    )
    after = joined(scope(search="listed"), {"scan.json": found})
    assert [(each.address, each.port, each.greeting, each.where) for each in after.scanned] == [
        ("192.0.2.1", 2526, "220 odd", "scan.json"),
        ("192.0.2.2", 25, "", "scan.json"),
    ]


def test_a_scan_that_found_nothing_changes_nothing():
    assert joined(scope(search="listed"), {"scan.json": scanned()}) == scope(search="listed")


def test_a_scan_and_no_search_contradict_one_another():
    with pytest.raises(WrongUsage, match="--no-search forbids it"):
        joined(scope(), {"scan.json": scanned()})


@pytest.mark.parametrize(
    ("text", "is_one"),
    [('{"schema": "mxlatch.scan/9"}', True), ('{"schema": "mxlatch.audit/1"}', False), ("[]", False), ("", False)],
)
def test_the_json_of_a_scan_is_known_by_its_schema(text, is_one):
    assert is_scan(text) is is_one


ODD = st.one_of(st.text("0123456789-,x%/.: ", max_size=12), st.integers(), st.floats(), st.none(), st.just([]))
KEYS = st.sampled_from(["block", "ports", "how", "passes", "refused", "silent", "closed", "filtered", "open"])


@given(st.dictionaries(KEYS, ODD, max_size=3), st.dictionaries(st.sampled_from(["address", "port", "speaks"]), ODD))
def test_a_damaged_scan_is_refused_or_can_be_used(block, opening):
    """Nothing but an error of input; and what is taken answers for any place."""
    whole = json.loads(report.as_json(scanned(Opening("192.0.2.1", 25, "smtp", "220 hi"))))
    whole["blocks"][0]["open"][0].update(opening)
    whole["blocks"][0].update(block)
    try:
        taken = parse_scan(json.dumps(whole), "scan.json")
    except InputError as refusal:
        said = str(refusal)
    else:
        said = ""
        of_place(taken, "192.0.2.9", 25)
        strays(taken)
        report.as_json(taken)
    assert not said or (said.startswith("scan.json: ") and "give a file that `mxlatch scan -o FILE.json` wrote" in said)
