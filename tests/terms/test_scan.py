"""What a scan leaves unknown."""

import pytest

from mxlatch.terms.scan import Opening, Scan, Swept


@pytest.mark.parametrize(
    ("counts", "unknown"),
    [
        ({}, 0),
        ({"refused": 4, "closed": 4, "silent": 9, "filtered": 9}, 0),
        ({"refused": 4, "silent": 9, "filtered": 9}, 4),
        ({"refused": 4, "closed": 4, "silent": 9}, 9),
        ({"unreachable": 2, "unasked": 3}, 5),
    ],
)
def test_unknown_is_the_rest(counts: dict[str, int], unknown: int) -> None:
    assert Swept("192.0.2.0/24", "25", "connect", 2, **counts).unknown == unknown  # type: ignore[arg-type]


def test_what_opened_in_all_blocks() -> None:
    one, two = Opening("192.0.2.1", 25), Opening("2001:db8::1", 2526)
    blocks = (Swept("192.0.2.0/24", "25", "syn", 2, (one,)), Swept("2001:db8::/120", "25", "connect", 2, (two,)))
    assert Scan(blocks, "internet", 0.0).open == (one, two)
    assert [o.id for o in (one, two)] == ["192.0.2.1:25", "[2001:db8::1]:2526"]


DOOR = Opening("192.0.2.1", 25, "smtp")


@pytest.mark.parametrize(
    ("opening", "stray", "unclear"),
    [
        (DOOR, True, False),
        (Opening("192.0.2.1", 2526, "smtp", authorised=False), True, False),
        (Opening("192.0.2.1", 25, "smtp", authorised=True), False, False),
        (Opening("192.0.2.1", 25, "nothing"), False, True),
        (Opening("192.0.2.1", 465, "nothing", authorised=True), False, True),
        (Opening("192.0.2.1", 25, "not-asked"), False, True),
        (Opening("192.0.2.1", 8080, "nothing"), False, False),
        (Opening("192.0.2.1", 22, "other"), False, False),
    ],
)
def test_doors_that_nobody_authorised_and_openings_that_are_unclear(
    opening: Opening, stray: bool, unclear: bool
) -> None:
    scan = Scan((Swept("192.0.2.0/24", "25", "connect", 2, (opening,)),), "internet", 0.0)
    assert bool(scan.strays) is stray
    assert bool(scan.unclear) is unclear
    assert scan.complete is not unclear


def test_a_scan_that_was_broken_off_or_leaves_something_unknown_is_incomplete() -> None:
    assert not Scan((), "internet", 0.0, interrupted=True).complete
    assert not Scan((Swept("192.0.2.0/24", "25", "connect", 2, silent=1),), "internet", 0.0).complete


@pytest.mark.parametrize(
    ("address", "port", "held"),
    [
        ("192.0.2.7", 25, True),
        ("192.0.2.7", 2527, True),
        ("192.0.2.7", 26, False),
        ("198.51.100.7", 25, False),
        ("2001:db8::7", 25, False),
    ],
)
def test_what_a_block_holds(address: str, port: int, held: bool) -> None:
    assert Swept("192.0.2.0/24", "25,2525-2530", "connect", 2).holds(address, port) is held


def test_an_import_outside_all_blocks_holds_nothing() -> None:
    assert not Swept("outside the inventory's blocks", "25", "nmap", 0).holds("192.0.2.7", 25)


@pytest.mark.parametrize(
    ("counts", "all_closed"),
    [
        ({"refused": 4, "closed": 4}, True),
        ({"refused": 4}, False),
        ({"refused": 4, "closed": 4, "silent": 1, "filtered": 1}, False),
        ({"refused": 4, "closed": 4, "left_out": ("192.0.2.4 is on the opt-out list",)}, False),
        ({"passes": 0}, False),
    ],
)
def test_only_where_all_that_did_not_open_is_closed_is_each_place(counts: dict[str, object], all_closed: bool) -> None:
    given: dict[str, object] = {"passes": 2, **counts}
    assert Swept("192.0.2.0/24", "25", "connect", **given).all_closed is all_closed  # type: ignore[arg-type]
