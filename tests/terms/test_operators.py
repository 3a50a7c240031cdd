"""Whose an exchange is, by its name."""

import pytest

from mxlatch.terms.operators import Detect, Provider, matches, operator_of


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("smtp.google.com", "smtp.google.com", True),
        ("a.smtp.google.com", "smtp.google.com", False),
        ("eu.mimecast.com", "*.mimecast.com", True),
        ("a.b.mimecast.com", "*.mimecast.com", True),
        ("mimecast.com", "*.mimecast.com", False),
        ("notmimecast.com", "*.mimecast.com", False),
        ("mimecast.com.evil.example", "*.mimecast.com", False),
        ("inbound-smtp.eu-west-1.amazonaws.com", "inbound-smtp.*.amazonaws.com", True),
        ("inbound-smtp.a.b.amazonaws.com", "inbound-smtp.*.amazonaws.com", False),
        (".", "*.mimecast.com", False),
        ("", "*.mimecast.com", False),
    ],
)
def test_matches(name: str, pattern: str, fits: bool) -> None:
    assert matches(name, pattern) is fits


def test_the_longest_pattern_decides_whatever_the_order() -> None:
    wide = Provider("wide", "Wide", "filter", Detect(mx=("*.example.com",)), "2026-11-22", "test")
    narrow = Provider("narrow", "Narrow", "mailbox", Detect(mx=("*.in.example.com",)), "2026-11-22", "test")
    for providers in ((wide, narrow), (narrow, wide)):
        assert operator_of("MX1.In.Example.Com.", providers) is narrow
        assert operator_of("mx1.example.com", providers) is wide
        assert operator_of("example.org", providers) is None
    assert wide.filters
    assert not narrow.filters
