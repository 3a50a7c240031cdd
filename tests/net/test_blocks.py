"""Leave to scan, as a table: listed, proved, not opted out; or the reason."""

import ipaddress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.inventory.blocks import proof_of
from mxlatch.inventory.model import Block, Inventory
from mxlatch.inventory.optout import OptOut, parse
from mxlatch.net.blocks import Allowed, concerned, judge
from mxlatch.net.gate import Gate, Refused

INVENTORY = Inventory(
    blocks=(
        Block("198.51.100.0/24", "ticket 7"),
        Block("10.0.0.0/8"),
        Block("10.1.0.0/16", "contract 3"),
        Block("10.1.2.0/24"),
        Block("2001:db8::/32", "ticket 7"),
        Block("192.0.2.0/24", "ticket 7", until=date(2026, 12, 31)),
    )
)
LAST_DAY, DAY_AFTER = (datetime(*day, tzinfo=UTC).timestamp() for day in ((2026, 12, 31), (2027, 1, 1)))


def judged(network: str, reference: str | None = None, optout: str = "", now: float = LAST_DAY) -> Allowed | str:
    opted = parse(optout, "x") if optout else OptOut()
    return judge(ipaddress.ip_network(network), INVENTORY, opted, lambda block: proof_of(block, reference, {}, now))


@pytest.mark.parametrize(
    ("network", "reference", "optout", "why"),
    [
        ("203.0.113.0/24", None, "", "203.0.113.0/24 is not in a block of the inventory"),
        ("203.0.113.0/24", "--authorised all", "", "203.0.113.0/24 is not in a block of the inventory"),
        ("198.51.0.0/16", "--authorised all", "", "198.51.0.0/16 is not in a block of the inventory"),
        ("0.0.0.0/0", "--authorised all", "", "0.0.0.0/0 is not in a block of the inventory"),
        ("10.9.0.0/16", None, "", "block 10.0.0.0/8 has no proof of control"),
        ("10.1.2.128/25", None, "", "block 10.1.2.0/24 has no proof of control"),
        ("2001:db8::/64", None, "", "give those you know with --ipv6-seeds FILE"),
        ("2001:db9::/128", None, "", "not in a block of the inventory"),
        ("198.51.100.0/25", None, "198.51.100.0/24", "nothing of it is left: 198.51.100.0/24 is on the opt-out list"),
        ("198.51.100.0/25", "--authorised all", "0.0.0.0/0", "nothing of it is left"),
    ],
)
def test_refused(network: str, reference: str | None, optout: str, why: str) -> None:
    told = judged(network, reference, optout)
    assert isinstance(told, str)
    assert why in told


@pytest.mark.parametrize(
    ("network", "reference", "granted"),
    [
        ("198.51.100.0/24", None, "block 198.51.100.0/24: ticket 7"),
        ("198.51.100.9/32", None, "block 198.51.100.0/24: ticket 7"),
        ("10.9.0.0/16", "--authorised R1", "--authorised R1"),
        ("10.1.0.0/24", "--authorised R1", "block 10.1.0.0/16: contract 3"),
        ("2001:db8::25/128", None, "block 2001:db8::/32: ticket 7"),
    ],
)
def test_allowed_whole(network: str, reference: str | None, granted: str) -> None:
    told = judged(network, reference)
    assert isinstance(told, Allowed)
    assert told.granted == granted
    assert [str(n) for n in told.networks] == [network]
    assert told.left_out == ()


@pytest.mark.parametrize(
    ("network", "optout", "hole", "size", "reason"),
    [
        ("198.51.100.0/24", "198.51.100.7", "198.51.100.7/32", 1, "198.51.100.7/32 is on the opt-out list"),
        ("198.51.100.0/24", "198.51.100.64/26", "198.51.100.64/26", 64, "198.51.100.64/26 is on the opt-out list"),
        ("10.1.0.0/16", "", "10.1.2.0/24", 256, "block 10.1.2.0/24 has no proof of control"),
    ],
)
def test_what_is_left_out_is_left_out_to_the_address(
    network: str, optout: str, hole: str, size: int, reason: str
) -> None:
    told = judged(network, None, optout)
    assert isinstance(told, Allowed)
    assert sum(n.num_addresses for n in told.networks) == ipaddress.ip_network(network).num_addresses - size
    assert not any(n.overlaps(ipaddress.ip_network(hole)) for n in told.networks)  # type: ignore[arg-type]
    assert told.left_out == (reason,)


@pytest.mark.parametrize(
    ("reference", "now", "granted", "why"),
    [
        (None, LAST_DAY, "block 192.0.2.0/24: ticket 7", ""),
        (None, DAY_AFTER - 1, "block 192.0.2.0/24: ticket 7", ""),
        (None, DAY_AFTER, "", "the leave for block 192.0.2.0/24 (ticket 7) ended on 2026-12-31: publish the record"),
        ("--authorised R1", DAY_AFTER, "--authorised R1", ""),
    ],
)
def test_a_reference_serves_through_its_last_day(reference: str | None, now: float, granted: str, why: str) -> None:
    told = judged("192.0.2.128/25", reference, now=now)
    if isinstance(told, Allowed):
        assert told.granted == granted
    else:
        assert granted == ""
        assert told.startswith(why)


@pytest.mark.parametrize(
    ("networks", "cidrs"),
    [
        (["198.51.100.7/32"], {"198.51.100.0/24"}),
        (["10.1.2.3/32", "10.9.0.0/30"], {"10.0.0.0/8", "10.1.2.0/24"}),  # the narrowest around each
        (["10.1.3.0/24"], {"10.1.0.0/16"}),  # the /8 around it has no proof and needs none
        (["10.1.0.0/16"], {"10.1.0.0/16", "10.1.2.0/24"}),  # its part too
        (["10.9.0.0/30"], {"10.0.0.0/8"}),
        (["2001:db8::1/128"], {"2001:db8::/32"}),
        (["203.0.113.0/24"], set()),
        ([], set()),
    ],
)
def test_whose_proof_may_end_while_these_are_scanned(networks: list[str], cidrs: set[str]) -> None:
    found = concerned([ipaddress.ip_network(each) for each in networks], INVENTORY)
    assert {block.cidr for block in found} == cidrs


CIDRS = st.builds(
    lambda bits, number: str(ipaddress.ip_network((number >> (8 - bits) << (8 - bits), 24 + bits))),
    st.integers(0, 8),
    st.integers(0, 255),
)


@given(st.dictionaries(CIDRS, st.sampled_from(["", "short", "long"]), max_size=8), CIDRS)
def test_to_judge_the_proofs_again_is_to_judge_all_again(blocks: dict[str, str], network: str) -> None:
    """Whatever is nested in what: the quick way refuses after a proof's end where the full way does."""
    until = {"": {}, "short": {"authorised": "t", "until": date(2026, 12, 31)}, "long": {"authorised": "t"}}
    inventory = Inventory(blocks=tuple(Block(cidr, **until[leave]) for cidr, leave in blocks.items()))  # type: ignore[arg-type]
    times = [LAST_DAY]
    gate = Gate(inventory, now=lambda: times[0])
    try:
        pieces = gate.scan(ipaddress.ip_network(network)).networks
    except Refused:
        return
    for times[0] in (LAST_DAY, DAY_AFTER):
        told = []
        for again in (lambda: gate.scan_all(pieces), lambda: gate.scan_still(concerned(pieces, inventory))):
            try:
                again()
                told.append("allowed")
            except Refused:
                told.append("refused")
        assert told[0] == told[1]
