"""The connect scan: asks the kernel for TCP connections, thousands at once, and needs no rights.

A pass sends one SYN to each address and port: its patience ends before the kernel would repeat it. How many wait at
once follows the lag of the loop. A deadline is looked at only after everything that had arrived was read, so that an
answer in time is never taken for silence because we were slow. What stays silent, or could not be reached, is for the
next pass. To those that could not be reached it goes with the ICMP messages switched on that tell a packet filter's
refusal from a missing network (the table at the head of `net.smtp`).

BUGS: an open port sees a connection that is reset at once; some servers write a line into their log for it.
"""

import errno
import importlib
import resource
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import ModuleType

from mxlatch.net.gate import Gate, Refused
from mxlatch.net.rates import TokenBucket
from mxlatch.net.space import OPEN, REFUSED, SILENT, UNASKED, UNREACHABLE, Space
from mxlatch.terms.observation import RESET

PATIENCE = 0.95  # seconds: the kernel would repeat the SYN after one (RFC 6298), and FACTS 5.3 has one retry: ours
MOST_AT_ONCE = 8192  # about 25 MiB of the kernel's memory
_SPARE_FILES = 64  # descriptors that are left to the rest of the process
_LEAST_AT_ONCE = 64
_BATCH = 128  # connections begun before answers are read again: a millisecond or two
_LAG = 0.1  # seconds by which a deadline may be missed before fewer are tried at once
_BURST = 0.05  # seconds of the pace that may go out together
_IDLE = 0.02  # seconds to wait at most while the pace forbids more
_TELL_EVERY = 0.25  # seconds

_RST_AT_ONCE = b"\x01\0\0\0\0\0\0\0"  # struct linger, on with 0 seconds: no TIME_WAIT, no FIN
_LATER = frozenset({errno.EAGAIN, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_IN_TIME = frozenset({errno.EINPROGRESS, errno.EALREADY})

Tell = Callable[[int], None]  # how many pairs of the pass are done


def room() -> int:
    """How many connections this process may hold: the descriptors up to the hard limit, which is asked for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files = MOST_AT_ONCE + _SPARE_FILES if hard == resource.RLIM_INFINITY else hard
    return max(1, min(MOST_AT_ONCE, files - _SPARE_FILES))


def sweep(
    gate: Gate,
    space: Space,
    numbers: Iterator[int],
    states: bytearray,
    rate: float,
    tell: Tell = lambda _: None,
    *,
    patience: float = PATIENCE,
) -> None:
    """Try the pairs of these numbers once, and write what came of it into `states`.

    gate: judges the space's networks once more, and maps each pair where there is a `--net` table. rate: SYNs a second.

    Raises:
        Refused: nothing was sent.
    """
    gate.scan_all(space.networks)
    place = _mapped(gate, space) if gate.has_table else space.place
    with _Sweep(place, states, patience, rate) as running:
        running.run(numbers, tell)


def _mapped(gate: Gate, space: Space) -> Callable[[int], tuple[str, int] | None]:
    def place(number: int) -> tuple[str, int] | None:
        try:
            return gate.scan_place(*space.place(number))
        except Refused:
            return None

    return place


class _Sweep:
    """The connections under way in one pass. Every one has the same patience, so they end in the order begun."""

    def __init__(
        self,
        place: Callable[[int], tuple[str, int] | None],
        states: bytearray,
        patience: float,
        rate: float,
    ) -> None:
        self._place, self._states, self._patience = place, states, patience
        self._most = room()
        self._ceiling = min(self._most, 4 * _LEAST_AT_ONCE)
        self._pace = TokenBucket(rate, max(1.0, rate * _BURST), time.monotonic())
        self._poll = select.epoll()
        self._flying: dict[int, tuple[int, socket.SocketType]] = {}
        self._ends: deque[tuple[float, int, int]] = deque()  # when, descriptor, number
        self._postponed: list[int] = []
        self.done = 0

    def __enter__(self) -> "_Sweep":
        return self

    def __exit__(self, *_: object) -> None:
        for waiting in self._flying.values():
            waiting[1].close()
        self._poll.close()

    def run(self, numbers: Iterator[int], tell: Tell) -> None:
        """Until every number is tried and has answered or waited long enough."""
        more, tell_at = True, 0.0
        while more or self._flying or self._postponed:
            wait = self._begin_some(numbers) if more or self._postponed else None
            more = wait is not None
            self._read(self._until_next() if wait is None else wait)
            self._expire()
            if (now := time.monotonic()) >= tell_at:
                tell(self.done)
                tell_at = now + _TELL_EVERY
        tell(self.done)

    def _begin_some(self, numbers: Iterator[int]) -> float | None:
        """Begin what pace and ceiling allow; seconds to wait for answers before more, None if there are no more."""
        allowed = min(_BATCH, self._ceiling - len(self._flying), self._pace.available(time.monotonic()))
        if allowed <= 0:
            return min(_IDLE, self._until_next()) if self._flying else _IDLE
        begun = 0
        end = time.monotonic() + self._patience
        for _ in range(allowed):
            number = self._postponed.pop() if self._postponed else next(numbers, None)
            if number is None:
                self._pace.take(begun)
                return None
            if not self._begin(number, end):
                self._postponed.append(number)
                self._ceiling = max(1, min(self._ceiling, len(self._flying)))
                break
            begun += 1
        self._pace.take(begun)
        return 0.0 if begun else _IDLE

    def _begin(self, number: int, end: float) -> bool:
        """Send a SYN; False if this machine has no room for it now."""
        place = self._place(number)
        if place is None:
            self._settle(number, UNREACHABLE)
            return True
        try:
            # A lab's table may lead from IPv6 to IPv4.
            version = 6 if ":" in place[0] else 4
            made = socket.SocketType(_FAMILIES[version], _STREAM)
            if self._states[number] == UNREACHABLE:
                _refusals().queue_errors(made, version, "on")
        except OSError as error:
            return self._no_room(error)
        fault = made.connect_ex(place)
        if fault in _LATER:
            made.close()
            return self._no_room(OSError(fault, "connect"))
        if fault and fault not in _IN_TIME:
            self._fail(number, made, fault)
            return True
        descriptor = made.fileno()
        self._poll.register(descriptor, select.EPOLLOUT)
        self._flying[descriptor] = (number, made)
        self._ends.append((end, descriptor, number))
        return True

    def _no_room(self, error: OSError) -> bool:
        """Wait for those under way to end; a machine that has no room even for one is a failure of the run."""
        if error.errno not in _LATER or not self._flying:
            raise error
        return False

    def _until_next(self) -> float:
        return max(0.0, self._ends[0][0] - time.monotonic()) if self._ends else 0.0

    def _read(self, wait: float) -> None:
        """Take all that arrived, until there is nothing left."""
        while events := self._poll.poll(wait, 1024):
            for descriptor, _ in events:
                number, connection = self._flying.pop(descriptor)
                fault = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if fault:
                    self._fail(number, connection, fault)
                else:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_AT_ONCE)
                    connection.close()
                    self._settle(number, OPEN)
            wait = 0.0

    def _fail(self, number: int, connection: socket.SocketType, fault: int) -> None:
        """The attempt is over and nothing stands: refused, unreachable, or (the kernel gave up first) silent."""
        if fault == errno.ETIMEDOUT:
            state = SILENT
        elif fault == errno.ECONNREFUSED:
            state = REFUSED
        else:
            told = _refusals().no_connection(OSError(fault, ""), _refusals().icmp_of(connection))
            state = REFUSED if told.status == RESET else UNREACHABLE
        connection.close()
        self._settle(number, state)

    def _expire(self) -> None:
        """End those whose time is over; how late we are says how many may be under way at once."""
        now = time.monotonic()
        lag = now - self._ends[0][0] if self._ends else 0.0
        while self._ends and self._ends[0][0] <= now:
            _, descriptor, number = self._ends.popleft()
            waiting = self._flying.get(descriptor)
            if waiting is not None and waiting[0] == number:
                del self._flying[descriptor]
                waiting[1].close()
                self._settle(number, SILENT)
        if lag > _LAG:
            self._ceiling = max(min(_LEAST_AT_ONCE, self._most), self._ceiling * 3 // 4)
        elif len(self._flying) + _BATCH >= self._ceiling:
            self._ceiling = min(self._most, self._ceiling + _BATCH)

    def _settle(self, number: int, state: int) -> None:
        # Who was refused once, and is silent now, has answered.
        if self._states[number] in (UNASKED, SILENT, UNREACHABLE) and not (
            state == SILENT and self._states[number] == UNREACHABLE
        ):
            self._states[number] = state
        self.done += 1


def _refusals() -> ModuleType:
    """What tells refusals apart, loaded when there is one: with it come TLS and certificates."""
    return importlib.import_module("mxlatch.net.smtp")


_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_STREAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
