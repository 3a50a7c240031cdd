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
