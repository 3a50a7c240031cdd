"""Drafts from templates: what stands in them, and that a template is text and nothing more."""

from datetime import date
from importlib.resources import files

import pytest
from msgspec import structs

from mxlatch.cases.case import State, begin, take
from mxlatch.cases.letter import compose, placeholders, said_by
from mxlatch.cases.sighting import Sighting
from mxlatch.terms.errors import InputError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.standing import UNSETTLED
from mxlatch.world.owner import Owner

TODAY = date(2026, 11, 22)
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
        names=("old.example.com",),
        evidence=(Evidence("220 hi $door ${evidence}", "192.0.2.9:25", 1.0, "nc -v 192.0.2.9 25"),),
    ),
)


def draft(template, case=CASE):
    return compose(template, "mine.txt", case, TODAY)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$case ${case}x $$case", "7 7x $case"),
        ("$server $what", "old.example.com (192.0.2.9:25) answers and takes mail for example.com, and nobody has "
         "authorised it to"),
        ("$evidence", "  - 220 hi $door ${evidence}\n    said by 192.0.2.9:25, 1970-01-01 00:00:01 UTC\n"
         "    to see it: nc -v 192.0.2.9 25"),
        ("$history", "  2026-11-01  found: audit of example.com from internet"),
        ("$contacts", "(nobody known: mxlatch cases owner asks)"),
        ("$contacted, $today", "never, 2026-11-22"),
        ("no placeholder", "no placeholder"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_put_in(template, text):
    assert draft(template) == text


def test_what_was_done_and_whom_to_write_to():
    case = take(CASE, State.CONTACTED, TODAY, note="Ms Doe")
    owner = Owner((Evidence("reverse name old.example.com"),), ("abuse@example.com",), ())
    case = structs.replace(case, owner=owner)
    assert draft("$contacts|$contacted|$owner", case) == (
        "abuse@example.com|2026-11-22|  - reverse name old.example.com"
    )
    assert draft("$history", case).endswith("2026-11-22  contacted: Ms Doe")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a\nb $nobody", r"mine.txt:2: there is no \$nobody: write \$case, "),
        ("${door", r"mine.txt:1: a \$ that names nothing: write \$\$ for a dollar"),
        ("costs 5$", "a \\$ that names nothing"),
        ("${case.__class__}", "names nothing"),
        ("$__class__", "names nothing"),
        ("${case!r}", "names nothing"),
        ("$CASE", "names nothing"),
    ],
)
def test_what_is_wrong_with_a_template(template, message):
    with pytest.raises(InputError, match=message):
        draft(template)


@pytest.mark.parametrize("standing", UNSETTLED)
def test_every_standing_has_its_sentence(standing):
    assert "example.com" in placeholders(structs.replace(CASE, standing=standing), TODAY)["what"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (Evidence("x", "door", 0.0), "door, 1970-01-01 00:00:00 UTC"),
        (Evidence("x", "inventory:7"), "inventory:7"),
        (Evidence("x"), ""),
        (Evidence("x", "door", 1e300), "door"),
        (Evidence("x", "door", -1e300), "door"),
    ],
)
def test_who_said_it_and_when(line, said):
    assert said_by(line) == said


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("192.0.2.53:53/udp", "192.0.2.53:53/udp"),
        ("[2001:db8::25]:25/tcp", "[2001:db8::25]:25/tcp"),
        ("192.0.2.80:443/https", "192.0.2.80:443/https"),
        ("192.0.2.9:25", "192.0.2.9:25"),
        ("2001:db8::25", "2001:db8::25"),
        ("scan.json", "our own records"),
        ("/home/me/secret/scan.json", "our own records"),
        ("beef", "our own records"),
        ("feed/scan", "our own records"),
        ("..", "our own records"),
        ("192.0.2.9/scan", "our own records"),
        ("fe80::1%/home/me", "our own records"),
        ("inventory.toml:7", "our own records"),
    ],
)
def test_an_outsider_reads_of_no_file_of_ours(source, told):
    case = structs.replace(CASE, evidence=(Evidence("x", source),))
    assert draft("$evidence", case) == f"  - x\n    said by {told}"


@pytest.mark.parametrize(
    ("standing", "claims"),
    [
        ("rogue", "Mail that comes in there does not pass our filter."),
        ("retired", "Mail that comes in there does not pass our filter."),
        ("unlisted", "was not tried"),
        ("stray", "It refused mail for us when we tried."),
    ],
)
@pytest.mark.parametrize("name", ["owner", "escalation"])
def test_a_letter_claims_what_was_seen(standing, claims, name):
    template = (files("mxlatch.data") / "letters" / f"{name}.txt").read_text("utf-8")
    sighting = structs.replace(CASE.seen[0], standing=standing, domain="", names=("192.0.2.9",))
    text = draft(template, begin(7, sighting))
    said = " ".join(text.split())
    assert claims in said
    assert ("does not pass" in said) is (standing in ("rogue", "retired"))
    assert "192.0.2.9 (" not in said
    assert said.count("(your domains)") <= 1
    assert all(len(line) <= 80 for line in placeholders(begin(7, sighting), TODAY)["risk"].splitlines())
