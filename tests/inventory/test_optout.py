"""The list of those who asked not to be probed."""

import pytest

from mxlatch.inventory.optout import parse
from mxlatch.terms.errors import InputError

LIST = parse("# by mail, 2026-11\n192.0.2.7\n198.51.100.0/24 # all of it\n2001:db8::/32\nexample.com\n\n", "optout.txt")


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.8", None),
        ("198.51.100.255", "198.51.100.0/24"),
        ("2001:db8::1", "2001:db8::/32"),
    ],
)
def test_addresses(address: str, entry: str | None) -> None:
    assert LIST.address(address) == entry


@pytest.mark.parametrize(
    ("name", "entry"),
    [("example.com", "example.com"), ("MX.Example.com.", "example.com"), ("notexample.com", None), ("", None)],
)
def test_names(name: str, entry: str | None) -> None:
    assert LIST.name(name) == entry


@pytest.mark.parametrize("wrong", ["192.0.2.256", "192.0.2.0/33", "exämple.com", "a b"])
def test_a_line_that_cannot_be_used_is_named(wrong: str) -> None:
    with pytest.raises(InputError, match=r"^optout\.txt:2: .*: write an address, a CIDR or a domain$"):
        parse(f"192.0.2.7\n{wrong}\n", "optout.txt")
