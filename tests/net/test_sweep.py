"""A scan from the gate to the counts: what is closed, filtered and unknown, with and without the control."""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import date

import pytest

from mxlatch.inventory.model import Block, Inventory, end_of
from mxlatch.inventory.optout import parse
from mxlatch.net import sweep as sweep_module
from mxlatch.net import table
from mxlatch.net.gate import Gate, Refused
from mxlatch.net.sweep import Sweep, spans
from mxlatch.net.syn import NoRight

ONE, OTHER = "127.77.2.0/29", "127.77.3.0/30"
INVENTORY = Inventory(blocks=(Block(ONE, "ticket 1"), Block(OTHER, "ticket 2")))
NONE = {"IPv4": frozenset[int](), "IPv6": frozenset[int]()}


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.77.2.5", 0), backlog=64) as made:
        yield made.getsockname()[1]


def sweep(gate: Gate, ports: list[int], *networks: str) -> Sweep:
    allowed = [gate.scan(ipaddress.ip_network(n)) for n in networks]
    return Sweep(gate, allowed, ports, how="connect", rate=1e6, secret=7)


def test_blocks_each_have_their_counts_and_share_the_control(port: int) -> None:
    made = sweep(Gate(INVENTORY), [port], ONE, OTHER)
    made.run()
    assert made.open() == [("127.77.2.5", port)]
    assert made.controlled() == {"IPv4": frozenset({port}), "IPv6": frozenset()}
    one, other = made.swept(made.controlled())
    assert (one.block, [o.id for o in one.open], one.refused, one.closed, one.unknown) == (
        ONE,
        [f"127.77.2.5:{port}"],
        7,
        7,
        0,
    )
    assert (other.block, other.open, other.refused, other.closed, other.unknown) == (OTHER, (), 4, 4, 0)
    assert (one.granted, one.passes, one.how) == (f"block {ONE}: ticket 1", 2, "connect")


def test_without_the_control_a_refusal_is_unknown(port: int) -> None:
    made = sweep(Gate(INVENTORY), [port], OTHER)
    made.run()
    (other,) = made.swept(made.controlled())
    assert (other.refused, other.closed, other.unknown) == (4, 0, 4)
    (other,) = made.swept({"IPv4": frozenset({port})})  # a door elsewhere, seen by the same vantage
    assert (other.refused, other.closed, other.unknown) == (4, 4, 0)


def test_what_was_not_asked_is_unknown(port: int) -> None:
    (one,) = sweep(Gate(INVENTORY), [port], ONE).swept({"IPv4": frozenset({port})})
    assert (one.unasked, one.unknown, one.closed, one.filtered, one.passes) == (8, 8, 0, 0, 0)


def test_leave_that_ends_in_the_midst_of_a_pass_ends_it(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_module, "_REJUDGED", 3)
    times = iter([0.0, 0.0, 0.0, end_of(date(2026, 12, 31))])  # asked for, begun, third pair, sixth
    inventory = Inventory(blocks=(Block(ONE, "ticket 1", until=date(2026, 12, 31)),))
    made = sweep(Gate(inventory, now=lambda: next(times)), [port], ONE)
    with pytest.raises(Refused, match=r"ticket 1\) ended on 2026-12-31"):
        made.run()
    (one,) = made.swept({"IPv4": frozenset({port})})
    assert (one.passes, one.unasked > 0, one.unknown > 0) == (0, True, True)


def test_silence_of_one_pass_is_never_filtered() -> None:
    """Broken off between the passes: nobody was tried twice."""
    made = sweep(Gate(INVENTORY), [25], OTHER)
    part = made._parts[0]
    part.states[:] = bytes([1, 1, 1, 1])
    part.passes = 1
    (seen,) = made.swept({"IPv4": frozenset({25})})
    assert (seen.silent, seen.filtered, seen.unknown) == (4, 0, 4)
    part.passes = 2
    (seen,) = made.swept({"IPv4": frozenset({25})})
    assert (seen.silent, seen.filtered, seen.unknown) == (4, 4, 0)
    (seen,) = made.swept(NONE)
    assert (seen.silent, seen.filtered, seen.unknown) == (4, 0, 4)


def test_the_opt_out_list_is_honoured_to_the_address(port: int) -> None:
    made = sweep(Gate(INVENTORY, optout=parse("127.77.2.5", "x")), [port], ONE)
    made.run()
    (one,) = made.swept(NONE)
    assert (one.open, one.refused) == ((), 7)
    assert one.left_out == ("127.77.2.5/32 is on the opt-out list",)


def test_a_block_within_another_is_tried_once(port: int) -> None:
    made = sweep(Gate(INVENTORY), [port], ONE, "127.77.2.4/30", ONE)
    made.run()
    assert [s.block for s in made.swept(NONE)] == [ONE]


def test_a_lab_is_scanned_by_connections_only() -> None:
    gate = Gate(INVENTORY, table=table.parse("", "net"))
    with pytest.raises(NoRight, match="--net"):
        Sweep(gate, [gate.scan(ipaddress.ip_network(ONE))], [25], how="syn", rate=1.0, secret=1)


@pytest.mark.parametrize(
    ("ports", "text"),
    [((25,), "25"), ((587, 25, 465, 466, 467), "25,465-467,587"), (range(1, 65536), "1-65535"), ((), "")],
)
def test_ports_for_people(ports: list[int], text: str) -> None:
    assert spans(ports) == text


def test_what_was_seen_before_it_was_broken_off_stands(port: int) -> None:
    made = sweep(Gate(INVENTORY), [port], ONE)

    def enough(step: int, done: int, count: int, found: int) -> None:
        assert (step, count) == (1, 8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.run(enough)
    (one,) = made.swept({"IPv4": frozenset({port})})
    assert one.passes == 0
    assert len(one.open) + one.refused + one.silent + one.unasked == 8
    assert one.filtered == 0


def test_a_proved_block_within_one_without_proof_is_swept_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_module, "_REJUDGED", 3)
    made = sweep(Gate(Inventory(blocks=(Block("127.0.0.0/8"), Block(ONE, "ticket 1")))), [9], ONE)
    made.run()
    (one,) = made.swept(NONE)
    assert (one.passes, one.unasked) == (2, 0)


def test_within_a_pass_each_proof_is_judged_once_however_many_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of four blocks are swept, by single addresses: every third pair costs two judgements, and no more."""
    monkeypatch.setattr(sweep_module, "_REJUDGED", 3)
    more = (Block("127.77.4.0/24", "ticket 3"), Block("127.77.5.0/24"))
    gate = Gate(Inventory(blocks=(*INVENTORY.blocks, *more)))
    made = sweep(gate, [9], *(f"127.77.2.{last}/32" for last in range(8)), "127.77.3.1/32")
    part = made._parts[0]
    judged: list[str] = []
    monkeypatch.setattr(gate, "scan_all", lambda networks: pytest.fail("judged whole again"))
    known = gate.proof_of
    monkeypatch.setattr(gate, "proof_of", lambda block: (judged.append(block.cidr), known(block))[1])
    assert len(list(made._while_allowed(part, range(9)))) == 9
    assert judged == [ONE, OTHER] * 3
