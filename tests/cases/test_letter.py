"""Drafts from templates: what stands in them, and that a template is text and nothing more."""

from datetime import date

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
