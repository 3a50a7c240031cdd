"""What every door should have."""

import pytest

from mxlatch.inventory.model import Domain, Inventory
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.latch import Latch, LatchState
from mxlatch.world.baseline import find_baseline

RECIPIENT, TLS = Latch.RECIPIENT, Latch.TLS


def door(preference, state=DoorState.OPEN, role="", name="example.com", **latches):
    way = WayIn("mx", name, preference, f"mx{preference}.example.com")
    states = {Latch(latch): LatchState(word) for latch, word in latches.items()}
    return Door(f"192.0.2.{preference}", 25, state, ways_in=(way,), latches=states, role=role)


GOOD, BARE = door(10, recipient="found", tls="found"), door(20, recipient="absent", tls="found")


@pytest.mark.parametrize(
    ("case", "doors", "latches", "gap"),
    [
        ("the best door decides", (GOOD, BARE), (RECIPIENT, TLS), False),
        ("equal doors, together", (door(10, recipient="found"), door(10, tls="found")), (RECIPIENT, TLS), False),
        ("likely counts", (door(10, content="likely-found"),), (Latch.CONTENT,), False),
        ("the best is dead: the rest may be too little", (door(10, DoorState.CLOSED), BARE), (TLS,), True),
        ("the best is silent", (door(10, DoorState.FILTERED), BARE), (TLS,), True),
        ("the best is a trap, dead on purpose", (door(10, DoorState.CLOSED, role="trap"), BARE), (TLS,), False),
        ("a worse one is dead", (GOOD, door(20, DoorState.CLOSED)), (RECIPIENT, TLS), False),
        ("nobody answers", (door(10, DoorState.UNKNOWN),), (), False),
        (
            "another name's better door is no measure",
            (door(5, name="lists.example.com"), GOOD),
            (RECIPIENT, TLS),
            False,
        ),
    ],
)
def test_without_a_demand(case, doors, latches, gap):
    found = find_baseline("example.com", Inventory(), doors)
    assert (found.latches, bool(found.gaps)) == (latches, gap)


def test_the_inventorys_demand_needs_no_door():
    wanted = Inventory((Domain("example.com", baseline=(Latch.DNSBL,)),))
    found = find_baseline("example.com", wanted, (door(10, DoorState.CLOSED), BARE))
    assert (found.latches, found.source, found.gaps) == ((Latch.DNSBL,), "the inventory", ())


def test_the_gap_names_the_door_and_the_remedy():
    (gap,) = find_baseline("example.com", Inventory(), (door(10, DoorState.CLOSED), BARE)).gaps
    assert "192.0.2.10:25 did not answer" in gap.reason
    assert "declare a baseline" in gap.reason
