"""What proves a block, day by day."""

from datetime import UTC, date, datetime

import pytest

from mxlatch.inventory.blocks import Granted, proof_of
from mxlatch.inventory.model import Block

NOON = datetime(2026, 12, 31, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
CIDR = "198.51.100.0/24"
BARE = Block(CIDR)
ENDS = Block(CIDR, "ticket 7", until=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("block", "reference", "now", "told"),
    [
        (Block(CIDR, "ticket 7"), None, NOON, Granted("block 198.51.100.0/24: ticket 7")),
        (Block(CIDR, "ticket 7"), "--authorised all", NOON, Granted("block 198.51.100.0/24: ticket 7")),
        (BARE, None, NOON, "block 198.51.100.0/24 has no proof of control"),
        (BARE, "--authorised all", NOON, Granted("--authorised all")),
        (ENDS, None, MIDNIGHT - 1, Granted("block 198.51.100.0/24: ticket 7")),
        (ENDS, None, MIDNIGHT, "the leave for block 198.51.100.0/24 (ticket 7) ended on 2026-12-31"),
        (ENDS, "--authorised all", MIDNIGHT, Granted("--authorised all")),
        (Block(CIDR, "x", until=date(9999, 12, 31)), None, MIDNIGHT, Granted("block 198.51.100.0/24: x")),
    ],
)
def test_a_reference_and_its_last_day(block: Block, reference: str | None, now: float, told: Granted | str) -> None:
    assert proof_of(block, reference, now) == told
