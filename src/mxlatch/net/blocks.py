"""Which blocks may be scanned: those that the inventory lists and that have proof of control (DESIGN 6, FACTS 5.3).

`inventory.blocks` says what proof is. What the opt-out list names, and a narrower block within that has no proof, is
left out address by address.
"""

import bisect
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from mxlatch.inventory.blocks import Granted
from mxlatch.inventory.model import Block, Inventory, Network
from mxlatch.inventory.optout import OptOut

MOST_IPV6 = 1 << 16  # addresses of one IPv6 network: beyond it a sweep finds nothing, and seeds are needed

ProofOf = Callable[[Block], Granted | str]  # what proves a block, or the reason why nothing does


class Allowed(Struct, frozen=True):
    """A network that may be scanned. networks: what of it is left, no two overlapping. granted: by which proof."""

    network: Network
    networks: tuple[Network, ...]
    granted: str
    left_out: tuple[str, ...] = ()


def judge(network: Network, inventory: Inventory, optout: OptOut, proof_of: ProofOf) -> Allowed | str:
    """The leave to scan this network, or the reason why not."""
    listed = [(b, ipaddress.ip_network(b.cidr)) for b in inventory.blocks]
    around = [(b, n) for b, n in listed if _within(network, n)]
    if not around:
        return f"{network} is not in a block of the inventory"
    block, _ = max(around, key=lambda pair: pair[1].prefixlen)
    proof = proof_of(block)
    if isinstance(proof, str):
        return f"{proof}: {remedy(block)}"
    if network.version == 6 and network.num_addresses > MOST_IPV6:
        return f"{network} has too many addresses to try: give those you know with --ipv6-seeds FILE"
    holes = dict(_holes(network, listed, optout, proof_of))
    left = tuple(_without(network, holes))
    if not left:
        return f"{network}: nothing of it is left: {'; '.join(holes.values())}"
    return Allowed(network, left, proof.by, tuple(holes.values()))


def remedy(block: Block) -> str:
    """What to do about a block without proof."""
    record = f"publish the record that `mxlatch config key {block.cidr}` prints"
    return f'{record}, or give the block authorised = "…", or give --authorised REF'


def concerned(networks: Iterable[Network], inventory: Inventory) -> tuple[Block, ...]:
    """The blocks of whose proof `judge` makes the leave for these networks, each once.

    Of those around a network it is the narrowest alone: a wider one may have no proof. No two networks overlap.
    """
    spans = sorted((n.version, int(n.network_address), int(n.broadcast_address)) for n in networks)
    listed = sorted(((b, ipaddress.ip_network(b.cidr)) for b in inventory.blocks), key=lambda p: -p[1].prefixlen)
    kept = set[str]()
    answered: list[bool] = [False] * len(spans)  # the narrowest block around it is found
    for block, network in listed:
        first, last = _meeting(network, spans)
        if any(not answered[place] or _holds(spans[place], network) for place in range(first, last)):
            kept.add(block.cidr)
        answered[first:last] = [answered[p] or not _holds(spans[p], network) for p in range(first, last)]
    return tuple(block for block in inventory.blocks if block.cidr in kept)


def _meeting(block: Network, spans: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Where those that overlap the block begin and end. spans: (version, first, last), sorted and apart."""
    low: tuple[int, int] = (block.version, int(block.network_address))
    high: tuple[int, int] = (block.version, int(block.broadcast_address))
    first = bisect.bisect_left(spans, low, key=lambda span: (span[0], span[2]))
    return first, max(first, bisect.bisect_right(spans, high, key=lambda span: (span[0], span[1])))


def _holds(span: tuple[int, int, int], block: Network) -> bool:
    """True if the block is a part of it, and not the whole."""
    whole = span[2] - span[1] + 1
    return whole > block.num_addresses


def _within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _holes(
    network: Network, listed: list[tuple[Block, Network]], optout: OptOut, proof_of: ProofOf
) -> Iterator[tuple[Network, str]]:
    """What of the network must not be touched, each with its reason."""
    for entry in optout.networks:
        if entry.version == network.version and entry.overlaps(network):
            yield entry, f"{entry} is on the opt-out list"
    for block, within in listed:
        if within != network and _within(within, network) and isinstance(why := proof_of(block), str):
            yield within, why


def _without(network: Network, holes: Iterable[Network]) -> list[Network]:
    left = [network]
    for hole in holes:
        left = [piece for whole in left for piece in _cut(whole, hole)]
    return sorted(left, key=lambda n: int(n.network_address))


def _cut(whole: Network, hole: Network) -> Iterable[Network]:
    if not whole.overlaps(hole):
        return (whole,)
    return () if _within(whole, hole) else whole.address_exclude(hole)  # type: ignore[arg-type]
