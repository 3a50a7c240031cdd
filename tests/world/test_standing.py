"""Doors beside the inventory: each with where it stands, and why."""

import pytest
from msgspec import structs

from mxlatch.inventory.model import Door as Listed
from mxlatch.inventory.model import Inventory
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.terms.standing import Standing
from mxlatch.world.standing import declared_for, standing

INVENTORY = Inventory(
    doors=(
        Listed(addresses=("192.0.2.1",)),
        Listed(name="mx2.example.com"),
        Listed(addresses=("192.0.2.3",), authorised=False),
        Listed(addresses=("192.0.2.4",), role="trap"),
        Listed(addresses=("192.0.2.6",), port=2526),
        Listed(name="filter.example.com", next_hop="192.0.2.7:25"),
    )
)


def door(address="192.0.2.9", state="open", *, valid="", published=True, exchange="rogue.example.com", **more):
    """A door that an MX leads to; valid: replies to the valid recipient, "/" between two, "-" for none."""
    replies = [None if text == "-" else Reply(int(text), ("",)) for text in valid.split("/") if text]
    turns = (Turn("", Reply(220, ("hi",))), *(Turn("RCPT TO:<a@example.com>", reply, "valid") for reply in replies))
    ways = (WayIn("mx" if published else "scan", "example.com", 10, exchange),)
    return Door(address, 25, DoorState(state), ways_in=ways, session=Session(turns), **more)


CASES = [
    ("listed", door("192.0.2.1"), "authorised", ""),
    ("listed by name", door("192.0.2.2", exchange="mx2.example.com"), "authorised", ""),
    ("named as next hop", door("192.0.2.7", valid="250", published=False), "authorised", ""),
    ("named as next hop, and shut", door("192.0.2.7", "closed", published=False), "authorised", ""),
    ("listed, and silent", door("192.0.2.1", "filtered"), "authorised", ""),
    ("listed, and shut", door("192.0.2.1", "closed"), "missing", "refuses connections"),
    (
        "listed, and shut as declared",
        door("192.0.2.1", "closed", closed_by=Evidence("only from the filter")),
        "authorised",
        "",
    ),
    ("a trap that is shut", door("192.0.2.4", "closed"), "authorised", ""),
    ("retired, and answers", door("192.0.2.3"), "retired", "still answers"),
    ("retired, and refuses the valid recipient", door("192.0.2.3", valid="550"), "retired", "still answers"),
    ("retired, and shut", door("192.0.2.3", "closed"), "gone", ""),
    ("retired, and silent", door("192.0.2.3", "filtered", reason="silent"), "unknown", "silent"),
    ("takes mail", door(valid="250"), "rogue", "takes the valid recipient"),
    ("takes it from a real sender only", door(valid="550/250"), "rogue", "takes the valid recipient"),
    ("takes mail, found by scan", door(valid="250", published=False), "rogue", "takes the valid recipient"),
    ("refuses it", door(valid="550/554"), "stray", "refuses the valid recipient"),
    ("refuses it, found by scan", door(valid="550", published=False), "stray", "refuses the valid recipient"),
    ("published", door(), "rogue", "is published as an exchanger, and recipients were not asked"),
    (
        "greylists",
        door(valid="450"),
        "rogue",
        "is published as an exchanger, and gave no clear answer for the valid recipient",
    ),
    ("found by scan, not asked", door(published=False), "unlisted", "answers, and recipients were not asked"),
    (
        "found by scan, greylists",
        door(valid="450/550", published=False),
        "unlisted",
        "answers, and gave no clear answer for the valid recipient",
    ),
    (
        "found by scan, hangs up at RCPT",
        door(valid="-", published=False),
        "unlisted",
        "answers, and gave no clear answer for the valid recipient",
    ),
    ("not listed, and shut", door(state="closed"), "gone", ""),
    ("not listed, and silent", door(state="filtered", reason="silent"), "unknown", "silent"),
    ("the listed address, another port", door("192.0.2.6", valid="250"), "rogue", "takes the valid recipient"),
]


@pytest.mark.parametrize(("case", "word", "why"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_where_a_door_stands(case, word, why):
    assert standing(case, INVENTORY) == (Standing(word), why)


def test_without_doors_in_the_inventory_nothing_is_matched():
    assert standing(door(valid="250"), Inventory()) == (Standing.UNDECLARED, "")


def test_what_is_no_address_is_nobodys():
    assert declared_for(structs.replace(door(), address="no address"), INVENTORY) is None
