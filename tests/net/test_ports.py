"""The connect scan against what a loopback can play: open, refused, silent, nowhere."""

import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from mxlatch.inventory.model import Block, Inventory
from mxlatch.net import table
from mxlatch.net.gate import Gate, Refused
from mxlatch.net.ports import room, sweep
from mxlatch.net.space import OPEN, REFUSED, SILENT, UNASKED, UNREACHABLE, Space

NETWORK = ipaddress.ip_network("127.77.0.0/24")
INVENTORY = Inventory(blocks=(Block(str(NETWORK), "a test"),))
UNBOUND = 1e6
SHORT = 0.2


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.77.0.5", 0), backlog=64) as made:
        yield made


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """A place that answers nothing: its queue is full, and nobody accepts."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.77.0.6", 0), backlog=0))
        for _ in range(3):
            knock = stack.enter_context(socket.socket())
            knock.setblocking(False)
            knock.connect_ex(full.getsockname())
        yield full.getsockname()


def swept(gate: Gate, space: Space, passes: int = 1) -> bytearray:
    states = bytearray(len(space))
    for _ in range(passes):
        sweep(gate, space, iter(range(len(space))), states, UNBOUND, patience=SHORT)
    return states


def test_open_and_refused(listener: socket.socket) -> None:
    space = Space([NETWORK], [listener.getsockname()[1]])
    states = swept(Gate(INVENTORY), space)
    assert [n for n, state in enumerate(states) if state == OPEN] == [5]
    assert states.count(REFUSED) == 255


def test_what_never_answers_is_silent(silent: tuple[str, int]) -> None:
    space = Space([ipaddress.ip_network("127.77.0.6/32")], [silent[1]])
    for passes in (1, 2):
        assert list(swept(Gate(INVENTORY), space, passes)) == [SILENT]


def test_what_was_silent_and_answers_the_second_time_is_open(listener: socket.socket) -> None:
    space = Space([ipaddress.ip_network("127.77.0.5/32")], [listener.getsockname()[1]])
    states = bytearray([SILENT])
    sweep(Gate(INVENTORY), space, iter([0]), states, UNBOUND, patience=SHORT)
    assert list(states) == [OPEN]


def test_the_table_is_heeded_and_what_it_lacks_is_nowhere(listener: socket.socket, silent: tuple[str, int]) -> None:
    rows = f"127.77.0.1:25 = 127.77.0.5:{listener.getsockname()[1]}\n127.77.0.2:25 = {silent[0]}:{silent[1]}\n"
    gate = Gate(INVENTORY, table=table.parse(rows, "net"))
    space = Space([ipaddress.ip_network("127.77.0.0/30")], [25])
    assert list(swept(gate, space, 2)) == [UNREACHABLE, OPEN, SILENT, UNREACHABLE]


def test_nothing_goes_where_the_gate_says_no(listener: socket.socket) -> None:
    space = Space([NETWORK], [listener.getsockname()[1]])
    for inventory in (Inventory(), Inventory(blocks=(Block(str(NETWORK)),))):
        with pytest.raises(Refused, match=r"not in a block|no proof of control"):
            swept(Gate(inventory), space)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_the_pace_is_kept(listener: socket.socket) -> None:
    """At 200 a second 60 tries take over 0.2 s: what may go out together is a twentieth of a second's."""
    space = Space([ipaddress.ip_network("127.77.0.64/26")], [listener.getsockname()[1]])
    times: list[int] = []
    states = bytearray(len(space))
    sweep(Gate(INVENTORY), space, iter(range(60)), states, 200.0, times.append)
    assert times[0] <= 200 * 0.05 + 1
    assert times[-1] == 60
    assert states.count(REFUSED) == 60
    assert states.count(UNASKED) == 4


def test_files_are_left_to_others() -> None:
    assert 1 <= room() <= 8192


def test_who_answered_while_we_were_late_is_not_silent(listener: socket.socket) -> None:
    """The deadline is looked at only after what had arrived was read."""
    space = Space([NETWORK], [listener.getsockname()[1]])

    def numbers() -> Iterator[int]:
        yield 5
        late = time.monotonic() + 2 * SHORT
        while time.monotonic() < late:  # this machine is busy elsewhere
            pass
        yield 6

    states = bytearray(len(space))
    sweep(Gate(INVENTORY), space, numbers(), states, UNBOUND, patience=SHORT)
    assert (states[5], states[6]) == (OPEN, REFUSED)


def test_ipv6() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with listener:
        space = Space([ipaddress.ip_network("::1/128")], [listener.getsockname()[1]])
        assert list(swept(Gate(Inventory(blocks=(Block("::1/128", "a test"),))), space)) == [OPEN]
