# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""NS005: cases, each with what is told of it."""

import pytest
from worlds import Described, domain, told

from mxlatch.audit.checks.ns005 import check

CASES = [
    (
        "one server of the parent does not delegate at all",
        domain().parent("192.0.2.100", ("ns1",)).parent("192.0.2.101", ()),
        ["medium example.com: the name servers of example.com are not named alike: ns1 only by parent 192.0.2.100"],
    ),
    (
        "a server that only one other server knows",
        domain()
        .parent("192.0.2.100", ("ns1", "ns2"))
        .server("ns1", "192.0.2.53", ns=("ns1", "ns2"))
        .server("ns2", "192.0.2.54", ns=("ns1", "ns2", "ns4")),
        ["medium example.com: the name servers of example.com are not named alike: ns4 only by zone at 192.0.2.54"],
    ),
    (
        "the registry has an old one",
        domain()
        .parent("192.0.2.100", ("ns1", "ns2"))
        .server("ns1", "192.0.2.53", ns=("ns1", "ns2"))
        .registered("ns1", "ns6"),
        [
            "low example.com: the name servers of example.com are not named alike: ns2 not by registry and ns6 only by registry"
        ],
    ),
    (
        "servers of the parent disagree",
        domain().parent("192.0.2.100", ("ns1",)).parent("192.0.2.101", ("ns2",)),
        [
            "medium example.com: the name servers of example.com are not named alike: ns1 only by parent 192.0.2.100 and ns2 only by parent 192.0.2.101"
        ],
    ),
    (
        "all alike",
        domain()
        .parent("192.0.2.100", ("ns1", "ns2"))
        .server("ns1", "192.0.2.53", ns=("ns2", "ns1"))
        .registered("ns1", "ns2"),
        [],
    ),
    (
        "nobody else answered",
        domain()
        .parent("192.0.2.100", ("ns1", "ns2"))
        .parent("192.0.2.101", None)
        .server("ns1", "192.0.2.53", "no-response", None),
        [],
    ),
    ("no delegation above", domain().parent("192.0.2.100", ()).server("ns1", "192.0.2.53", ns=("ns1",)), []),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_ns005(case: Described, lines: list[str]) -> None:
    assert told(check, case) == lines
