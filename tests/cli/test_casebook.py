"""Cases as text: what a person reads, in every state, with nothing left of what strangers meant to do."""

from datetime import date

import pytest
from msgspec import structs

from mxlatch.cases.case import State, begin, observe, take
from mxlatch.cases.sighting import Sighting
from mxlatch.cli.casebook import checked, listing, one, opened, safe, several, story
from mxlatch.report import Style
from mxlatch.report.escape import json_text
from mxlatch.terms.evidence import Evidence
from mxlatch.world.owner import Owner

TODAY = date(2026, 11, 22)
PLAIN = Style()
CASE = begin(
    7,
    Sighting(
        "192.0.2.9:25",
        "192.0.2.9",
        25,
        "example.com",
        "internet",
        "2026-11-01T12:00:00Z",
        "open",
        False,
        standing="rogue",
        why="takes the valid recipient",
        names=("old.example.com",),
        evidence=(Evidence("220 hi", "192.0.2.9:25", 1.0, "nc -v 192.0.2.9 25"),),
    ),
)
OWNER = Owner((Evidence("reverse name old.example.com"),), ("abuse@example.com",), ("network: no answer",))


def test_a_list():
    assert listing([CASE, structs.replace(CASE, id=12, domains=("a.example", "b.example", "c.example"))], PLAIN) == [
        "case  state  since       standing  door          now      for",
        "7     found  2026-11-01  rogue     192.0.2.9:25  answers  example.com",
        "12    found  2026-11-01  rogue     192.0.2.9:25  answers  a.example, b.example and 1 more",
    ]


def test_a_story():
    case = structs.replace(take(CASE, State.CONTACTED, TODAY, note="Ms Doe"), owner=OWNER)
    assert story(case, PLAIN) == [
        "Case 7: 192.0.2.9:25, rogue: takes the valid recipient",
        "  state     contacted since 2026-11-22",
        "  mail for  example.com",
        "  found as  old.example.com",
        "  now       answers: open from internet at 2026-11-01T12:00:00Z",
        "",
        "Steps",
        "  2026-11-01  found: audit of example.com from internet",
        "  2026-11-22  contacted: Ms Doe",
        "",
        "Evidence",
        "  220 hi (192.0.2.9:25, 1970-01-01 00:00:01 UTC)",
        "    $ nc -v 192.0.2.9 25",
        "",
        "Owner",
        "  reverse name old.example.com",
        "  unknown: network: no answer",
        "  write to: abuse@example.com",
        "",
        "Next: mxlatch cases step 7 agreed, or mxlatch cases letter 7 --escalation",
    ]


@pytest.mark.parametrize("state", [s for s in State if s is not State.FOUND])
def test_every_state_says_what_is_next(state):
    assert story(take(CASE, state, TODAY, reason="so"), PLAIN)[-1].startswith("Next: ")


def test_a_bare_address_without_evidence_and_owner():
    told = story(structs.replace(CASE, names=(), evidence=(), owner=Owner()), PLAIN)
    for line in ("  found as  an address only", "  none", "  write to: nobody known"):
        assert line in told


def test_what_opening_and_checking_say():
    assert opened(CASE, True, PLAIN) == "case 7 opened: 192.0.2.9:25, rogue: takes the valid recipient (found)"
    shut = observe(CASE, (structs.replace(CASE.seen[0], time="2026-11-02T12:00:00Z", state="closed", shut=True),))
    assert checked([CASE, shut], PLAIN) == [
        "case 7 192.0.2.9:25 answers: open from internet at 2026-11-01T12:00:00Z (found)",
        "case 7 192.0.2.9:25 shut: closed from internet at 2026-11-02T12:00:00Z (found)",
        "1 door of 2 open cases still answering",
    ]


def test_every_string_is_made_safe():
    bad = "\x1b[2J\u202e" + "x" * 5000
    case = take(structs.replace(CASE, why=bad, names=(bad,), domains=(bad,)), State.CONTACTED, TODAY, note=bad[:900])
    case = structs.replace(case, owner=Owner((Evidence(bad, bad, None, bad),), (bad,), (bad,)))
    for line in (*story(case, PLAIN), *listing([case], PLAIN)):
        assert line.isprintable()
        assert len(line) < 4000
    assert "\u00e9".isprintable()
    assert safe(structs.replace(CASE, why="é"), Style(ascii=True)).why == "\\xe9"


def test_json_escapes_what_utf8_cannot_hold():
    assert "\\\\ud800" in json_text(one(structs.replace(CASE, why="\ud800")))
    assert several([])["cases"] == []
