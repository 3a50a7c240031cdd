import pytest

from mxlatch.terms.door import Door, DoorState, WayIn, door_id, is_vacant


@pytest.mark.parametrize(
    ("address", "port", "name"),
    [("192.0.2.1", 25, "192.0.2.1:25"), ("2001:db8::1", 25, "[2001:db8::1]:25"), ("192.0.2.1", 587, "192.0.2.1:587")],
)
def test_id(address, port, name):
    assert door_id(address, port) == Door(address, port, DoorState.OPEN).id == name


def test_ways_in_stand_in_the_order_of_their_preference():
    ways = [WayIn("mx", "example.org", preference, f"mx{preference}") for preference in (20, 5, 10)]
    assert [way.preference for way in sorted(ways)] == [5, 10, 20]


@pytest.mark.parametrize(
    ("case", "state", "kinds", "authorised", "vacant"),
    [
        ("a guess at which nothing listens", "closed", ["host-name"], None, True),
        ("a retired server that is off", "closed", ["declared", "scan"], False, True),
        ("an exchanger that refuses", "closed", ["host-name", "mx"], None, False),
        ("a listed server that refuses", "closed", ["declared"], True, False),
        ("silence", "filtered", ["host-name"], None, False),
        ("nobody knows", "unknown", ["host-name"], None, False),
    ],
)
def test_where_a_search_found_nothing_there_is_no_door(case, state, kinds, authorised, vacant):
    ways = [WayIn(kind, "example.com", 10, "mail.example.com") for kind in kinds]
    assert is_vacant(state, ways, authorised) is vacant
