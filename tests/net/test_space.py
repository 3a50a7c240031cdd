"""Pairs of address and port as numbers, and the order in which they are tried."""

import ipaddress
import itertools
from collections.abc import Sequence

import pytest

from mxlatch.net.space import MOST, Space, TooLarge, shuffled


def space(networks: Sequence[str], *ports: int) -> Space:
    return Space([ipaddress.ip_network(n) for n in networks], ports)


@pytest.mark.parametrize(
    ("networks", "ports", "places"),
    [
        (("192.0.2.0/31",), (25,), {("192.0.2.0", 25), ("192.0.2.1", 25)}),
        (("192.0.2.7/32",), (25, 587), {("192.0.2.7", 25), ("192.0.2.7", 587)}),
        (
            ("192.0.2.8/32", "198.51.100.4/31"),
            (25, 26),
            {(a, p) for a in ("192.0.2.8", "198.51.100.4", "198.51.100.5") for p in (25, 26)},
        ),
        (("2001:db8::5/128", "2001:db8:1::/127"), (25,), {(f"2001:db8{a}", 25) for a in ("::5", ":1::", ":1::1")}),
        ((), (25,), set()),
    ],
)
def test_every_pair_has_one_number(networks: Sequence[str], ports: Sequence[int], places: set[tuple[str, int]]) -> None:
    made = space(networks, *ports)
    assert len(made) == len(places)
    assert {made.place(n) for n in range(len(made))} == places
    for number in range(len(made)):
        assert made.number(*made.pair(number)) == number


@pytest.mark.parametrize(("address", "port"), [("192.0.2.2", 25), ("192.0.1.255", 25), ("192.0.2.1", 26)])
def test_what_is_outside_has_no_number(address: str, port: int) -> None:
    assert space(["192.0.2.0/31"], 25).number(int(ipaddress.ip_address(address)), port) is None


def test_a_space_is_bounded() -> None:
    with pytest.raises(TooLarge, match="16777216 addresses on 5 ports"):
        space(["10.0.0.0/8"], 1, 2, 3, 4, 5)
    assert len(space(["10.0.0.0/8"], 1, 2, 3, 4)) == MOST


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 64, 100, 1000, 4096, 5001])
@pytest.mark.parametrize("secret", [0, 1, 2**64 - 1, 0x9E3779B97F4A7C15])
def test_the_order_meets_every_number_once(count: int, secret: int) -> None:
    assert sorted(shuffled(count, secret)) == list(range(count))


def test_the_order_is_the_secrets_and_spreads() -> None:
    one, other = list(shuffled(65536, 0x1234567890ABCDEF)), list(shuffled(65536, 0xFEDCBA0987654321))
    assert one != other
    for order in (one, other):
        near = sum(abs(a - b) <= 256 for a, b in itertools.pairwise(order))
        assert near < 65536 // 20, "one network would be met many times in a row"
        turns = sum((a ^ b) & 1 for a, b in itertools.pairwise(order))
        assert 0.3 < turns / 65536 < 0.7, "odd and even addresses would take turns"
        for start in range(0, 65536, 8192):
            seen = {number >> 8 for number in order[start : start + 2048]}
            assert len(seen) > 128, "some networks would be met first"
