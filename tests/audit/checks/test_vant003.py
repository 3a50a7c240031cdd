# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""VANT003: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, seen, told

from mxlatch.audit.checks.vant003 import check
from mxlatch.world.model import DnsDifference


def differs(rrtype: str, here: str, there: str, same_serial: bool) -> Described:
    """Another vantage that is told something else of a name."""
    name = "example.com" if rrtype == "MX" else "mx1.example.com"
    split = (here,) if here else (), (there,) if there else ()
    difference = DnsDifference(name, rrtype, *split, same_serial, seen(f"{name} {there}", "192.0.2.53"))
    return domain().from_elsewhere("guest-wifi", "guest", differs=(difference,))


CASES = [
    (
        "another MX at the same serial",
        differs("MX", "10 mx1.example.com", "10 inside.example.com", True),
        [
            "low example.com: the MX of example.com is 10 mx1.example.com to internet, 10 inside.example.com to guest-wifi"
        ],
    ),
    (
        "at another serial",
        differs("MX", "10 mx1.example.com", "", False),
        [
            "info example.com: the MX of example.com is 10 mx1.example.com to internet, none to guest-wifi (at another serial)"
        ],
    ),
    (
        "another address",
        differs("addresses", "192.0.2.1", "10.0.0.5", False),
        ["low mx1.example.com: the addresses of mx1.example.com are 192.0.2.1 to internet, 10.0.0.5 to guest-wifi"],
    ),
    ("the same", domain().from_elsewhere("guest-wifi", "guest"), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_vant003(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
