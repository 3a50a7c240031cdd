# ruff: noqa: E501  (the sentences stand here as a user reads them)
"""BACK001: cases, each with what is told of it."""

from dataclasses import dataclass

import pytest
from msgspec import structs
from worlds import Described, domain, seen, told, two_exchangers

from mxlatch.audit.checks.back001 import check
from mxlatch.paths.model import Paths
from mxlatch.terms.door import AFTER_ALL, ENDPOINT, Door, DoorState, WayIn
from mxlatch.world.model import World

NAME = "example-com.mail.protection.outlook.com"


@dataclass
class Behind:
    """A described domain, and an endpoint behind it at these addresses."""

    case: Described
    state: str
    addresses: tuple[str, ...] = ("192.0.2.99",)
    operator: str = "microsoft"
    name: str = NAME
    of: str = "example.com"

    def world(self) -> World:
        """The world with the endpoint's doors."""
        world = self.case.world()
        way = WayIn(ENDPOINT, self.of, AFTER_ALL, self.name, seen(f"{self.name} A", "resolver"))
        doors = tuple(
            Door(
                address,
                25,
                DoorState.OPEN,
                ways_in=(way, *(w for w, at in world.ways_in if at == f"{address}:25")),
                operator=self.operator,
                endpoint=self.state,
                evidence=seen("RCPT TO:<postmaster@example.com> -> 550 5.4.1", address),
            )
            for address in self.addresses
        )
        others = tuple(door for door in world.doors if door.address not in self.addresses)
        return structs.replace(
            world, doors=(*others, *doors), ways_in=(*world.ways_in, *((way, door.id) for door in doors))
        )

    def paths(self) -> Paths:
        """Those of the domain."""
        return self.case.paths()


FILTERED = (
    two_exchangers()
    .filters("proofpoint", "microsoft")
    .door("192.0.2.1", operator="proofpoint")
    .door("192.0.2.2", operator="proofpoint")
)
PLAIN = two_exchangers().door("192.0.2.1").door("192.0.2.2")
AROUND_A_FILTER = f"high {NAME}: mail to example.com can go round the filter (proofpoint) in its MX: microsoft takes it from strangers at {NAME}, as far as RCPT"

CASES = [
    ("a filter in the MX, an open endpoint behind it", Behind(FILTERED, "open"), [AROUND_A_FILTER]),
    (
        "two addresses of one endpoint are told of once",
        Behind(FILTERED, "open", ("192.0.2.98", "192.0.2.99")),
        [AROUND_A_FILTER],
    ),
    ("locked to the filter", Behind(FILTERED, "closed"), []),
    ("not served there", Behind(FILTERED, "wrong"), []),
    ("nobody can tell without a canary", Behind(FILTERED, "unknown"), []),
    ("no recipient was asked", Behind(FILTERED, ""), []),
    (
        "no known filter in front: the owner's own exchangers",
        Behind(PLAIN, "open"),
        [
            f"medium {NAME}: mail to example.com can go round its exchangers (mx1.example.com and mx2.example.com): microsoft takes it from strangers at {NAME}, as far as RCPT"
        ],
    ),
    (
        "a null MX, and yet the host takes mail",
        Behind(domain().says("0 ."), "open"),
        [
            f"medium {NAME}: mail to example.com can go round its MX, which takes no mail: microsoft takes it from strangers at {NAME}, as far as RCPT"
        ],
    ),
    (
        "the host's own exchangers are in the MX: nothing behind it",
        Behind(two_exchangers().door("192.0.2.1", operator="microsoft").door("192.0.2.2"), "open"),
        [],
    ),
    ("the endpoint's address is published", Behind(FILTERED, "open", ("192.0.2.2",)), []),
    (
        "an operator that nobody knows by name",
        Behind(FILTERED, "open", operator=""),
        [
            f"high {NAME}: mail to example.com can go round the filter (proofpoint) in its MX: {NAME} takes it from strangers at {NAME}, as far as RCPT"
        ],
    ),
]


@pytest.mark.parametrize(("case", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_back001(case: Behind, lines: list[str]) -> None:
    assert told(check, case) == lines
