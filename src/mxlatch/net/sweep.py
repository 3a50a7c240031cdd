"""A scan of the owner's blocks: two passes in an order that looks random, and what they came to, block by block.

By SYN packets where this process may send them, else by connections; IPv6 always by connections. Nothing silent is
called anything before the second pass. Everything is kept in one octet a pair of address and port, so that a run which
is broken off has a result like any other.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from mxlatch.net import ports as connecting
from mxlatch.net import syn
from mxlatch.net.blocks import Allowed, concerned
from mxlatch.net.gate import Gate
from mxlatch.net.space import OPEN, REFUSED, SILENT, UNASKED, UNREACHABLE, Space, shuffled
from mxlatch.terms.scan import Opening, Swept

_REJUDGED = 1 << 14  # pairs between two judgements of the gate: leave may end during a pass that takes hours
POLITE = 1000.0  # SYNs a second (FACTS 5.3 rule 5)

Method = Literal["auto", "connect", "syn"]
Tell = Callable[[int, int, int, int], None]  # the pass (1, 2), done in it, of how many, open until now


class Sweep:
    """The scan of these networks, which the gate allowed, on these ports. Nothing is sent before `run`."""

    def __init__(
        self, gate: Gate, allowed: Sequence[Allowed], ports: Sequence[int], *, how: Method, rate: float, secret: int
    ) -> None:
        """rate: SYNs a second. secret: 64 random bits, for the order and the sequence numbers.

        Raises:
            TooLarge: too much for one run. NoRight: "syn" was asked for and is not ours to do.
        """
        may = not gate.has_table and syn.may() if how != "connect" else False
        if how == "syn" and not may:
            raise syn.NoRight("a SYN scan needs CAP_NET_RAW, and no --net table: leave it to --how connect")
        self._gate, self._rate, self._secret = gate, rate, secret
        self._parts = [
            _Part(version, [a for a in _outer(allowed) if a.network.version == version], ports, may and version == 4)
            for version in (4, 6)
        ]

    def run(self, tell: Tell = lambda *_: None) -> None:
        """Both passes over everything. Whatever breaks it off, `swept` tells what there is."""
        for part in self._parts:
            for step in (1, 2):
                if len(part.space):
                    self._pass(part, step, tell)
                    part.passes = step

    def open(self) -> list[tuple[str, int]]:
        """Address and port of everything that opened."""
        return [part.space.place(number) for part in self._parts for number in part.found()]

    def controlled(self) -> dict[str, frozenset[int]]:
        """By family, the ports on which something opened."""
        return {
            f"IPv{part.version}": frozenset(part.space.place(number)[1] for number in part.found())
            for part in self._parts
        }

    def swept(self, controlled: dict[str, frozenset[int]]) -> list[Swept]:
        """What is known, block by block. controlled: where the positive control held: ports by family."""
        return [
            swept for part in self._parts for swept in part.swept(controlled.get(f"IPv{part.version}", frozenset()))
        ]

    def _pass(self, part: "_Part", step: int, tell: Tell) -> None:
        count = part.states.count(SILENT) + part.states.count(UNREACHABLE) if step == 2 else len(part.space)

        def told(done: int) -> None:
            tell(step, done, count, part.states.count(OPEN))

        numbers = self._while_allowed(part, part.left(shuffled(len(part.space), self._secret + step)))
        if part.by_syn:
            key = self._secret.to_bytes(8) + step.to_bytes(8)
            syn.sweep(self._gate, part.space, numbers, part.states, self._rate, told, key)
        else:
            connecting.sweep(self._gate, part.space, numbers, part.states, self._rate, told)

    def _while_allowed(self, part: "_Part", numbers: Iterable[int]) -> Iterator[int]:
        """The same numbers; raises `Refused` when the leave for a block has ended meanwhile."""
        blocks = concerned(part.space.networks, self._gate.inventory)
        for count, number in enumerate(numbers, 1):
            if count % _REJUDGED == 0:
                self._gate.scan_still(blocks)
            yield number


class _Part:
    """What is of one address family."""

    def __init__(self, version: int, allowed: Sequence[Allowed], ports: Sequence[int], by_syn: bool) -> None:
        self.version = version
        self.by_syn = by_syn
        self.passes = 0
        self._allowed, self._ports = allowed, ports
        self.space = Space([n for a in allowed for n in a.networks], ports)
        self.states = bytearray(len(self.space))

    def left(self, numbers: Iterator[int]) -> Iterator[int]:
        """Those of which nothing is known, or nothing but silence."""
        states = self.states
        return (number for number in numbers if states[number] not in (OPEN, REFUSED))

    def found(self) -> Iterator[int]:
        """The numbers of what opened."""
        number = self.states.find(OPEN)
        while number >= 0:
            yield number
            number = self.states.find(OPEN, number + 1)

    def swept(self, controlled: frozenset[int]) -> Iterator[Swept]:
        """One after the other, in the order given."""
        openings = [Opening(*self.space.place(number)) for number in self.found()]
        start = 0
        for allowed in self._allowed:
            count = sum(network.num_addresses for network in allowed.networks)
            yield self._block(allowed, slice(start, start + count), controlled, openings)
            start += count

    def _block(self, allowed: Allowed, where: slice, controlled: frozenset[int], openings: Sequence[Opening]) -> Swept:
        every = {port: self._of_port(place, where) for place, port in enumerate(self._ports)}
        held = [states for port, states in every.items() if port in controlled]

        def of(state: int, rows: Sequence[bytearray]) -> int:
            return sum(row.count(state) for row in rows)

        rows = list(every.values())
        within = (o for o in openings if ipaddress.ip_address(o.address) in allowed.network)
        return Swept(
            block=str(allowed.network),
            ports=spans(self._ports),
            how="syn" if self.by_syn else "connect",
            passes=self.passes,
            open=tuple(sorted(within, key=lambda o: (int(ipaddress.ip_address(o.address)), o.port))),
            refused=of(REFUSED, rows),
            silent=of(SILENT, rows),
            unreachable=of(UNREACHABLE, rows),
            unasked=of(UNASKED, rows),
            closed=of(REFUSED, held),
            filtered=of(SILENT, held) if self.passes > 1 else 0,
            left_out=allowed.left_out,
            granted=allowed.granted,
        )

    def _of_port(self, place: int, where: slice) -> bytearray:
        base = place * self.space.addresses
        return self.states[base + where.start : base + where.stop]


def spans(ports: Iterable[int]) -> str:
    """Ports for people: "25,465-467"."""
    found: list[list[int]] = []
    for port in sorted(ports):
        if found and port == found[-1][1] + 1:
            found[-1][1] = port
        else:
            found.append([port, port])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in found)


def _outer(allowed: Sequence[Allowed]) -> list[Allowed]:
    """Without those that lie within another one: nothing is tried twice in a pass."""
    kept: list[Allowed] = []
    for one in sorted(allowed, key=lambda a: a.network.prefixlen):
        if not any(k.network.version == one.network.version and k.network.overlaps(one.network) for k in kept):
            kept.append(one)
    return kept
