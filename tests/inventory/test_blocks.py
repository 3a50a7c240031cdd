"""What proves a block, day by day."""

import ipaddress
from datetime import UTC, date, datetime

import pytest

from mxlatch.inventory.blocks import BlockLeave, Granted, holder, parts, proof_of, zone_of, zones_of
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
    assert proof_of(block, reference, {}, now) == told


TXT = BlockLeave("txt at _mxlatch.100.51.198.in-addr.arpa until 2026-12-31", MIDNIGHT)
BY_TXT = Granted("block 198.51.100.0/24: txt at _mxlatch.100.51.198.in-addr.arpa until 2026-12-31")


@pytest.mark.parametrize(
    ("block", "zone", "now", "told"),
    [
        (BARE, TXT, MIDNIGHT - 1, BY_TXT),
        (ENDS, TXT, NOON, Granted("block 198.51.100.0/24: ticket 7")),
        (Block(CIDR, "x", until=date(2026, 1, 1)), TXT, NOON, BY_TXT),
        (
            BARE,
            TXT,
            MIDNIGHT,
            "block 198.51.100.0/24 has no proof of control; by its reverse zone it could not be proved",
        ),
        (BARE, "nobody answered", NOON, "could not be proved, because nobody answered"),
        (ENDS, "nobody answered", MIDNIGHT, "ended on 2026-12-31; by its reverse zone it could not be proved, because"),
    ],
)
def test_a_block_is_proved_by_its_reverse_zone(
    block: Block, zone: BlockLeave | str, now: float, told: Granted | str
) -> None:
    said = proof_of(block, None, {CIDR: zone, "203.0.113.0/24": TXT}, now)
    assert said == told if isinstance(told, Granted) else told in str(said)


def test_the_zone_of_another_block_proves_nothing() -> None:
    assert proof_of(BARE, None, {"198.51.0.0/16": TXT}, NOON) == "block 198.51.100.0/24 has no proof of control"


V6 = "8.b.d.0.1.0.0.2.ip6.arpa"


@pytest.mark.parametrize(
    ("cidr", "holds", "consists_of"),
    [
        ("198.51.100.0/24", "100.51.198.in-addr.arpa", 0),
        ("198.51.0.0/16", "51.198.in-addr.arpa", 0),
        ("10.0.0.0/8", "10.in-addr.arpa", 0),
        ("198.51.100.7/32", "100.51.198.in-addr.arpa", 0),
        ("198.51.100.128/25", "100.51.198.in-addr.arpa", 0),
        ("198.51.100.0/23", "51.198.in-addr.arpa", 2),
        ("198.51.96.0/20", "51.198.in-addr.arpa", 16),
        ("198.51.0.0/17", "51.198.in-addr.arpa", 0),  # 128: too many
        ("196.0.0.0/6", "", 4),
        ("0.0.0.0/0", "", 0),
        ("2001:db8::/32", V6, 0),
        ("2001:db8::/31", "b.d.0.1.0.0.2.ip6.arpa", 2),
        ("2001:db8:5::/48", f"5.0.0.0.{V6}", 0),
        ("2001:db8:0:5::/64", f"5.0.0.0.0.0.0.0.{V6}", 0),
        ("2001:db8::25/128", f"0.0.0.0.0.0.0.0.{V6}", 0),
    ],
)
def test_which_reverse_zones_prove_a_block(cidr: str, holds: str, consists_of: int) -> None:
    network = ipaddress.ip_network(cidr)
    whole, pieces = holder(network), parts(network)
    assert (zone_of(whole) if whole else "") == holds
    assert whole is None or network.subnet_of(whole)  # type: ignore[arg-type]
    assert len(pieces) == consists_of
    assert not pieces or list(ipaddress.collapse_addresses(pieces)) == [network]  # type: ignore[type-var]
    assert len(zones_of(Block(cidr))) == bool(whole) + consists_of
