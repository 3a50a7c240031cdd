"""SYN packets and what counts as an answer to them; with the right, a sweep of the loopback."""

import ipaddress
import socket
import struct
from collections.abc import Callable

import pytest

from mxlatch.inventory.model import Block, Inventory
from mxlatch.net import syn
from mxlatch.net.gate import Gate, Refused
from mxlatch.net.space import OPEN, REFUSED, UNASKED, UNREACHABLE, Space

KEY = bytes(range(16))
SENDER = syn.Sender("192.0.2.1", 40000, KEY)
DOOR = socket.inet_aton("198.51.100.7")
NUMBER = int.from_bytes(DOOR)
COOKIE = SENDER.cookie(NUMBER, 25)


def ones_sum(data: bytes) -> int:
    """RFC 1071: the sum over header and pseudo-header; all ones if the checksum is right."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize("address", ["198.51.100.7", "0.0.0.0", "255.255.255.255", "10.77.128.1"])
@pytest.mark.parametrize("port", [1, 25, 65535])
def test_a_packet_is_a_syn_with_a_right_checksum(address: str, port: int) -> None:
    packed = socket.inet_aton(address)
    whole = SENDER.packet(int.from_bytes(packed), port)
    assert (whole[0], whole[9], whole[12:16], whole[16:20]) == (0x45, 6, socket.inet_aton("192.0.2.1"), packed)
    assert int.from_bytes(whole[2:4]) == len(whole)
    packet = whole[20:]
    pseudo = socket.inet_aton("192.0.2.1") + packed + struct.pack("!HH", 6, len(packet))
    assert ones_sum(pseudo + packet) == 0xFFFF
    own, to, sequence, ack, offset, flags = struct.unpack_from("!HHIIBB", packet)
    assert (own, to, sequence, ack, offset >> 4, flags) == (
        40000,
        port,
        SENDER.cookie(int.from_bytes(packed), port),
        0,
        6,
        2,
    )


def reply(
    source: bytes = DOOR,
    port: int = 25,
    to: int = 40000,
    ack: int = COOKIE + 1,
    flags: int = 0x12,
    options: bytes = b"",
) -> bytes:
    """An IPv4 packet as a raw socket gives it."""
    head = bytes([0x45 + len(options) // 4, 0]) + bytes(7) + b"\x06" + bytes(2) + source + bytes(4) + options
    return head + struct.pack("!HHIIBBHHH", port, to, 99, ack & 0xFFFFFFFF, 5 << 4, flags, 0, 0, 0)


@pytest.mark.parametrize(
    ("packet", "state"),
    [
        (reply(), OPEN),
        (reply(options=bytes(8)), OPEN),
        (reply(flags=0x14), REFUSED),
        (reply(flags=0x04), REFUSED),
        (reply(flags=0x10), None),  # a bare ACK is no greeting
        (reply(flags=0x02), None),
        (reply(ack=COOKIE), None),
        (reply(ack=COOKIE + 2), None),
        (reply(port=26), None),  # the cookie is the door's, and no other's
        (reply(source=socket.inet_aton("198.51.100.8")), None),
        (reply(to=40001), None),
        (reply()[:39], None),
        (b"", None),
        (b"\x4f", None),
        (b"\x00" * 60, None),
    ],
)
def test_an_answer_must_repeat_the_cookie(packet: bytes, state: int | None) -> None:
    told = SENDER.answer(packet)
    assert told == (None if state is None else (NUMBER, 25, state))


def test_another_key_gives_other_cookies() -> None:
    assert syn.Sender("192.0.2.1", 40000, bytes(16)).cookie(NUMBER, 25) != COOKIE


def icmp(code: int, kind: int = 3, sequence: int = COOKIE, own: int = 40000) -> bytes:
    outer = b"\x45" + bytes(8) + b"\x01" + bytes(10)
    inner = b"\x45" + bytes(8) + b"\x06" + bytes(2) + socket.inet_aton("192.0.2.1") + DOOR
    return outer + bytes([kind, code]) + bytes(6) + inner + struct.pack("!HHI", own, 25, sequence)


@pytest.mark.parametrize(
    ("packet", "state"),
    [
        (icmp(13), REFUSED),  # administratively prohibited
        (icmp(10), REFUSED),
        (icmp(3), REFUSED),
        (icmp(1), UNREACHABLE),  # host unreachable: says nothing of the door
        (icmp(0), UNREACHABLE),
        (icmp(13, kind=11), None),
        (icmp(13, sequence=COOKIE + 1), None),
        (icmp(13, own=1), None),
        (icmp(13)[:-1], None),
        (icmp(13)[:30], None),
        (b"", None),
    ],
)
def test_icmp_must_quote_the_cookie(packet: bytes, state: int | None) -> None:
    told = SENDER.quoted(packet)
    assert told == (None if state is None else (NUMBER, 25, state))


@pytest.mark.parametrize("read", [SENDER.answer, SENDER.quoted])
def test_garbage_is_no_answer(read: Callable[[bytes], object]) -> None:
    whole = reply() + icmp(13)
    for packet in (whole, reply(), icmp(13), b"\xff" * 80):
        for end in range(len(packet)):
            read(packet[:end])  # raises nothing
    assert read(b"\xff" * 80) is None


needs_right = pytest.mark.skipif(not syn.may(), reason="no CAP_NET_RAW: the SYN sweep itself is not tried")


@needs_right
def test_a_sweep_of_the_loopback() -> None:
    network = ipaddress.ip_network("127.77.1.0/24")
    gate = Gate(Inventory(blocks=(Block(str(network), "a test"),)))
    with socket.create_server(("127.77.1.5", 0)) as listener:
        space = Space([network], [listener.getsockname()[1]])
        states = bytearray(256)
        syn.sweep(gate, space, iter(range(250)), states, 1e6, lambda _: None, KEY, patience=0.2)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()  # no connection ever stood
    assert [n for n, state in enumerate(states) if state == OPEN] == [5]
    assert states.count(REFUSED) == 249
    assert states.count(UNASKED) == 6


@needs_right
def test_nothing_goes_where_the_gate_says_no() -> None:
    space = Space([ipaddress.ip_network("127.77.1.0/24")], [25])
    with pytest.raises(Refused):
        syn.sweep(Gate(), space, iter([1]), bytearray(256), 1e6, lambda _: None, KEY)
