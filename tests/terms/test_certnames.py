"""Names in certificates (RFC 9525 section 6.3)."""

import pytest

from mxlatch.terms.certnames import covers


@pytest.mark.parametrize(
    ("name", "host", "fits"),
    [
        ("mx1.example.com", "mx1.example.com", True),
        ("MX1.Example.COM", "mx1.example.com.", True),
        ("mx1.example.com", "mx2.example.com", False),
        ("*.example.com", "mx1.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.mx1.example.com", False),
        ("mx*.example.com", "mx1.example.com", False),  # only a whole label
        ("mx1.*.com", "mx1.example.com", False),  # only the left-most label
        ("*.com", "example.com", False),  # nobody may stand for a whole top-level domain
        ("*", "localhost", False),
        ("example.com", "mx1.example.com", False),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", True),
        ("*.example.com", "*.example.com", False),  # no host is called that
        ("*.example.com", ".example.com", False),
        ("", "", False),
    ],
)
def test_which_host_a_name_stands_for(name: str, host: str, fits: bool) -> None:
    assert covers(name, host) is fits
