import pytest

from mxlatch.terms.door import Door, DoorState, WayIn, door_id


@pytest.mark.parametrize(
    ("address", "port", "name"),
    [("192.0.2.1", 25, "192.0.2.1:25"), ("2001:db8::1", 25, "[2001:db8::1]:25"), ("192.0.2.1", 587, "192.0.2.1:587")],
)
def test_id(address, port, name):
    assert door_id(address, port) == Door(address, port, DoorState.OPEN).id == name


def test_ways_in_stand_in_the_order_of_their_preference():
    ways = [WayIn("mx", "example.org", preference, f"mx{preference}") for preference in (20, 5, 10)]
    assert [way.preference for way in sorted(ways)] == [5, 10, 20]
