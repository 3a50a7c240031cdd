"""The addresses and ports of a scan as numbers, and an order that looks random and needs no list.

A sweep in rising order would meet every host of a network within a moment, and anybody's intrusion alarm. The order is
a full-period linear congruential generator over the next power of two (Hull and Dobell, 1962), its low bits mixed with
its high ones, since those alone would alternate; what lies beyond the space is passed over, less than half.
"""

import ipaddress
import socket
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from mxlatch.inventory.model import Network

MOST = 1 << 26  # address-port pairs in one sweep: 18 hours at the polite pace, and 64 MiB of states

# What is known of a pair; `silent` also says that it was tried.
UNASKED, SILENT, OPEN, REFUSED, UNREACHABLE = range(5)

_MULTIPLIERS = 1 << 32  # the secret's space for the multiplier; it only has to look random


class TooLarge(ValueError):
    """More pairs of address and port than one sweep takes."""


class Space:
    """All pairs of these networks' addresses (of one family) and these ports, numbered from 0."""

    def __init__(self, networks: Sequence[Network], ports: Sequence[int]) -> None:
        """networks: no two overlap. ports: no two are equal.

        Raises:
            TooLarge: over `MOST` pairs.
        """
        self.networks, self.ports = tuple(networks), tuple(ports)
        self.version = networks[0].version if networks else 4
        self._port_places = {port: place for place, port in enumerate(ports)}
        self._firsts = [int(network.network_address) for network in networks]
        ends = list(accumulate(network.num_addresses for network in networks))
        self._starts = [0, *ends[:-1]]
        self.addresses = ends[-1] if ends else 0
        if len(self) > MOST:
            raise TooLarge(f"{self.addresses} addresses on {len(ports)} ports: at most {MOST} pairs in one scan")

    def __len__(self) -> int:
        """How many pairs."""
        return self.addresses * len(self.ports)

    def span(self, number: int) -> int:
        """Which of the networks this pair belongs to."""
        return bisect_right(self._starts, number % self.addresses) - 1

    def pair(self, number: int) -> tuple[int, int]:
        """Address, as a number, and port."""
        port, place = divmod(number, self.addresses)
        if len(self._firsts) == 1:
            return self._firsts[0] + place, self.ports[port]
        span = bisect_right(self._starts, place) - 1
        return self._firsts[span] + place - self._starts[span], self.ports[port]

    def place(self, number: int) -> tuple[str, int]:
        """Address, in its canonical form, and port."""
        address, port = self.pair(number)
        if self.version == 4:
            return socket.inet_ntoa(address.to_bytes(4)), port
        return str(ipaddress.IPv6Address(address)), port

    def number(self, address: int, port: int) -> int | None:
        """The pair's number; None if it is not in the space."""
        place = self._port_places.get(port)
        for first, start, network in zip(self._firsts, self._starts, self.networks, strict=True):
            if first <= address < first + network.num_addresses and place is not None:
                return place * self.addresses + start + address - first
        return None


def shuffled(count: int, secret: int) -> Iterator[int]:
    """Every number below `count` once, in an order that the secret (64 bits) decides."""
    bits = max(1, (count - 1).bit_length())
    mask, fold = (1 << bits) - 1, (bits + 1) // 2
    factor = secret % _MULTIPLIERS & ~3 | 5  # 1 modulo 4, and the step odd: the full period
    step = secret >> 32 | 1
    number = secret & mask
    for _ in range(mask + 1):
        number = (factor * number + step) & mask
        mixed = number ^ number >> fold
        if mixed < count:
            yield mixed
