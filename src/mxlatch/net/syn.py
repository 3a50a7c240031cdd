"""The SYN scan (IPv4, needs CAP_NET_RAW): one packet an address and port, and nothing kept of those under way.

What came back is known for an answer to ours by the sequence number: a keyed hash of address and port, which the answer
must repeat plus one. So nobody can make us believe in a door by sending what we did not ask for. Our port is held by a
socket that does not listen: the kernel answers each SYN-ACK with RST at once, no connection ever stands, and the server
behind it never hears of the knock. ICMP errors count if they quote our sequence number.

BUGS: a packet filter of this machine that keeps states may swallow answers or the RST; the connect scan has neither
trouble.
"""

import ctypes
import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from hashlib import blake2s
from itertools import islice

from mxlatch.net.gate import Gate
from mxlatch.net.ports import Tell
from mxlatch.net.rates import TokenBucket
from mxlatch.net.space import OPEN, REFUSED, SILENT, UNASKED, UNREACHABLE, Space

PATIENCE = 3.0  # seconds for late answers behind the last packet of a pass

_BATCH = 256  # packets before answers are read again, and in one system call
_BURST = 0.05  # seconds of the pace that may go out together
_IDLE = 0.02  # seconds to wait at most while the pace forbids more
_TELL_EVERY = 0.25  # seconds
_BUFFER = 4 << 20  # octets of answers that may wait for us
_LARGEST = 2048  # octets of an answer that we read: headers only
_WINDOW = 1024
_MSS = 1460  # some packet filters drop a SYN without options
_TCP_OCTETS = 24
# RFC 791 section 3.1, up to the addresses; the kernel fills in what is 0: identification and checksum (raw(7)).
_IP_HEAD = struct.pack("!BBHHHBBH", 0x45, 0, 20 + _TCP_OCTETS, 0, 0x4000, 64, socket.IPPROTO_TCP, 0)
# That and our address, the other address; RFC 9293 section 3.1: ports, sequence, acknowledgment, offset, flags, window,
# checksum, urgent; the MSS option.
_PACKET = struct.Struct("!16sIHHIIBBHHHI")
_PACKET_OCTETS, _pack_into = _PACKET.size, _PACKET.pack_into
_put_address = struct.Struct("!I").pack_into
_NAME_OCTETS = 16  # struct sockaddr_in (ip(7)): family, port, address, padding
_pair = struct.Struct("!IH").pack
_number = int.from_bytes
_OFFSET, _SYN, _SYN_ACK, _RST = 6 << 4, 0x02, 0x12, 0x04
_MSS_OPTION = 0x0204_0000 | _MSS
_WORD = 0xFFFF_FFFF
_SO_ATTACH_FILTER = 26  # Linux: asm-generic/socket.h
_SOL_RAW, _ICMP_FILTER = 255, 1  # Linux: raw(7)
_ICMP_UNREACHABLE = 3  # RFC 792
_REFUSALS = frozenset({2, 3, 9, 10, 13})  # codes by which a packet filter says no, as in `net.smtp`
_FULL = frozenset({errno.EAGAIN, errno.ENOBUFS})

Heard = tuple[int, int, int]  # address, port, state


class NoRight(Exception):
    """This process may not open raw sockets, or this is no Linux."""


def sweep(
    gate: Gate,
    space: Space,
    numbers: Iterator[int],
    states: bytearray,
    rate: float,
    tell: Tell,
    key: bytes,
    *,
    patience: float = PATIENCE,
) -> None:
    """Send a SYN to each pair of these numbers, and write what came of it into `states`.

    rate: SYNs a second. key: 16 octets that nobody else knows.

    Raises:
        NoRight: nothing was sent.
    """
    gate.scan_all(space.networks)
    with _Sweep(space, states, key, rate) as running:
        running.run(numbers, tell)
        running.wait(patience)


def may() -> bool:
    """True if this process may send such packets."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP).close()
    except OSError:
        return False
    return hasattr(select, "epoll")


class Sender:
    """Makes the packets of one source address and port; knows its own by the cookie."""

    def __init__(self, source: str, port: int, key: bytes) -> None:
        """key: 16 octets."""
        self._port, self._key = port, key
        own = int.from_bytes(socket.inet_aton(source))
        self._head = _IP_HEAD + socket.inet_aton(source)
        # All that is the same in every packet's checksum; words add up modulo 65535, so whole numbers may be added.
        fixed = (own, socket.IPPROTO_TCP, _TCP_OCTETS, port, _OFFSET << 8 | _SYN, _WINDOW, _MSS_OPTION)
        self._sum = sum(fixed)

    def cookie(self, address: int, port: int) -> int:
        """The sequence number for this address and port."""
        return _number(blake2s(_pair(address, port), digest_size=4, key=self._key).digest())

    def packet(self, address: int, port: int) -> bytes:
        """A SYN for this address and port, IPv4 header and all."""
        made = bytearray(_PACKET_OCTETS)
        self.put(made, 0, address, port)
        return bytes(made)

    def put(self, buffer: bytearray, offset: int, address: int, port: int) -> None:
        """Write such a packet into a buffer."""
        # As `cookie`: this is the hot loop, and a call more would be felt.
        sequence = _number(blake2s(_pair(address, port), digest_size=4, key=self._key).digest())
        check = 65535 - (self._sum + address + port + sequence) % 65535
        _pack_into(
            buffer,
            offset,
            self._head,
            address,
            self._port,
            port,
            sequence,
            0,
            _OFFSET,
            _SYN,
            _WINDOW,
            check,
            0,
            _MSS_OPTION,
        )

    def answer(self, packet: bytes) -> Heard | None:
        """Address, port and state that an IPv4 packet with TCP tells of; None if it answers nothing of ours."""
        start = (packet[0] & 15) * 4 if packet else 0
        if len(packet) < start + 20 or start < 20:
            return None
        port, to, _, ack, _, flags = struct.unpack_from("!HHIIBB", packet, start)
        address = _number(packet[12:16])
        if to != self._port or (ack - 1) & _WORD != self.cookie(address, port):
            return None
        if flags & _RST:
            return address, port, REFUSED
        return (address, port, OPEN) if flags & _SYN_ACK == _SYN_ACK else None

    def quoted(self, packet: bytes) -> Heard | None:
        """The same of an IPv4 packet with ICMP "destination unreachable", which quotes the head of ours."""
        start = (packet[0] & 15) * 4 + 8 if packet else 8
        if len(packet) < start + 20 or packet[start - 8] != _ICMP_UNREACHABLE:
            return None
        code = packet[start - 7]
        inner = start + (packet[start] & 15) * 4
        if len(packet) < inner + 8 or packet[start + 9] != socket.IPPROTO_TCP:
            return None
        own, port, sequence = struct.unpack_from("!HHI", packet, inner)
        address = _number(packet[start + 16 : start + 20])
        if own != self._port or sequence != self.cookie(address, port):
            return None
        return address, port, REFUSED if code in _REFUSALS else UNREACHABLE


class _Sweep:
    """One pass."""

    def __init__(self, space: Space, states: bytearray, key: bytes, rate: float) -> None:
        self._space, self._states = space, states
        self._pace = TokenBucket(rate, max(1.0, rate * _BURST), time.monotonic())
        source = _source(space)
        try:
            self._held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._held.bind((source, 0))
            self._port = self._held.getsockname()[1]
            self._raw = _raw(source, self._port)
            self._icmp = _raw_icmp(source)
        except PermissionError as error:
            raise NoRight(f"raw sockets: {error.strerror}") from None
        self._sender = Sender(source, self._port, key)
        self._burst = _Burst(self._raw)
        self._poll = select.epoll()
        for waiting in (self._raw, self._icmp):
            self._poll.register(waiting, select.EPOLLIN)
        self._done = 0

    def __enter__(self) -> "_Sweep":
        return self

    def __exit__(self, *_: object) -> None:
        for held in (self._poll, self._raw, self._icmp, self._held):
            held.close()

    def run(self, numbers: Iterator[int], tell: Tell) -> None:
        """Send all, reading answers between."""
        tell_at = 0.0
        while True:
            now = time.monotonic()
            allowed = min(_BATCH, self._pace.available(now))
            if allowed:
                batch = list(islice(numbers, allowed))
                if not batch:
                    break
                self._send(batch)
                self._pace.take(len(batch))
                self._done += len(batch)
            self._read(0.0 if allowed else _IDLE)
            if now >= tell_at:
                tell(self._done)
                tell_at = now + _TELL_EVERY
        tell(self._done)

    def wait(self, seconds: float) -> None:
        """Read late answers."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def _send(self, batch: list[int]) -> None:
        pair, put, states = self._space.pair, self._sender.put, self._states
        packets, names = self._burst.packets, self._burst.names
        for place, number in enumerate(batch):
            address, port = pair(number)
            if states[number] == UNASKED:
                states[number] = SILENT
            put(packets, place * _PACKET_OCTETS, address, port)
            _put_address(names, place * _NAME_OCTETS + 4, address)
        for place, fault in self._burst.send(len(batch)):
            self._again(batch[place], fault)

    def _again(self, number: int, fault: int) -> None:
        """A queue that is full gets the packet a little later; any other error says that there is no way there."""
        if fault not in _FULL:
            self._states[number] = UNREACHABLE
            return
        self._read(_IDLE)
        try:
            self._raw.sendto(self._sender.packet(*self._space.pair(number)), self._space.place(number))
        except OSError:
            self._states[number] = UNASKED

    def _read(self, wait: float) -> None:
        """Take all that arrived."""
        for descriptor, _ in self._poll.poll(wait, 2):
            if descriptor == self._raw.fileno():
                self._take(self._raw, self._sender.answer)
            else:
                self._take(self._icmp, self._sender.quoted)

    def _take(self, waiting: socket.socket, reading: Callable[[bytes], Heard | None]) -> None:
        while True:
            try:
                told = reading(waiting.recv(_LARGEST))
            except BlockingIOError:
                return
            if told is not None:
                self._settle(*told)

    def _settle(self, address: int, port: int, state: int) -> None:
        number = self._space.number(address, port)
        if number is not None and self._states[number] not in (OPEN, REFUSED):
            self._states[number] = state


class _Iovec(ctypes.Structure):
    """struct iovec (writev(2))."""

    _fields_ = [("base", ctypes.c_void_p), ("octets", ctypes.c_size_t)]


class _Header(ctypes.Structure):
    """struct msghdr (sendmsg(2))."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_octets", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_octets", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class _Message(ctypes.Structure):
    """struct mmsghdr (sendmmsg(2))."""

    _fields_ = [("header", _Header), ("sent", ctypes.c_uint)]


class _Burst:
    """Room for a batch of packets that go out by one call of sendmmsg(2): a call each costs as much as the packet."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self.packets, self.names = bytearray(_BATCH * _PACKET_OCTETS), bytearray(_BATCH * _NAME_OCTETS)
        packets, names = (ctypes.addressof(ctypes.c_char.from_buffer(held)) for held in (self.packets, self.names))
        self._vectors = (_Iovec * _BATCH)()
        self._messages = (_Message * _BATCH)()
        for place in range(_BATCH):
            struct.pack_into("=H", self.names, place * _NAME_OCTETS, socket.AF_INET)
            self._vectors[place] = _Iovec(packets + place * _PACKET_OCTETS, _PACKET_OCTETS)
            vector = ctypes.addressof(self._vectors) + place * ctypes.sizeof(_Iovec)
            self._messages[place] = _Message(_Header(names + place * _NAME_OCTETS, _NAME_OCTETS, vector, 1))
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg

    def send(self, count: int) -> Iterator[tuple[int, int]]:
        """Send the first so many; place and errno of each that could not be."""
        done = 0
        while done < count:
            start = ctypes.byref(self._messages, done * ctypes.sizeof(_Message))
            sent = self._sendmmsg(self._raw.fileno(), start, count - done, 0)
            if sent < 0:
                yield done, ctypes.get_errno()
            done += max(sent, 1)


def _source(space: Space) -> str:
    """Our own address on the way there, by the kernel's routes; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(space.place(0))
        return str(asking.getsockname()[0])


def _raw(source: str, port: int) -> socket.socket:
    """Sends TCP, and gets what comes to this port and nothing else."""
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_TCP)
    _attach(made, port)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    made.bind((source, 0))
    return made


def _raw_icmp(source: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
    made.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", _WORD ^ 1 << _ICMP_UNREACHABLE))
    made.bind((source, 0))
    return made


def _attach(receiving: socket.socket, port: int) -> None:
    """Let the kernel pass by what is not for this port (BPF: load header length, load port, compare)."""
    program = b"".join(
        struct.pack("=HBBI", *step)
        for step in (
            (0xB1, 0, 0, 0),  # ldx 4*([0]&0xf)
            (0x48, 0, 0, 2),  # ldh [x + 2]
            (0x15, 0, 1, port),  # jeq port
            (0x06, 0, 0, _LARGEST),  # ret, accepted
            (0x06, 0, 0, 0),  # ret, passed by
        )
    )
    held = ctypes.create_string_buffer(program, len(program))
    receiving.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    )
