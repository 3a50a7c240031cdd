"""What proves that an address block is the owner's, so that it may be asked about recipients and scanned (DESIGN 6).

Its own reference in the inventory, until its last day; `--authorised REF`, for the run; or the record that its owner
publishes in its reverse zone, `_mxlatch.100.51.198.in-addr.arpa` for 198.51.100.0/24, in the form of `inventory.leave`.
A domain's proof covers no block.

Reverse zones begin at whole labels: octets in IPv4 (RFC 1035 section 3.5), nibbles in IPv6 (RFC 3596 section 2.5). A
block that does not is proved by the zone that holds it, or by all of those that it consists of. Of zones below a /24
(RFC 2317) or /64 none is asked: the holder of the whole speaks for its parts.
"""

import ipaddress
from collections.abc import Mapping

from msgspec import Struct

from mxlatch.inventory.model import Block, Network

MOST_PARTS = 16  # zones that one block may consist of: a /20 or /12; beyond it, only the one that holds it is asked
_LABEL = {4: 8, 6: 4}  # bits
_FINEST = {4: 24, 6: 64}  # prefix length


class Granted(Struct, frozen=True):
    """A block is proved; by: what proves it, for the result."""

    by: str


class BlockLeave(Struct, frozen=True):
    """What a block's reverse zones grant. granted: for the result. until: seconds since 1970 UTC."""

    granted: str
    until: float


Reverse = Mapping[str, BlockLeave | str]  # by CIDR: what its reverse zones grant, or why they prove nothing


def proof_of(block: Block, reference: str | None, reverse: Reverse, now: float) -> Granted | str:
    """What proves the block, or the reason why nothing does.

    reference: of the whole run, None without one. reverse: of the blocks whose zones were asked. now: seconds since
    1970 UTC: leave may end while a run waits.
    """
    own, zone = block.reference(now), reverse.get(block.cidr, "")
    if own is not None:
        return Granted(f"block {block.cidr}: {own}")
    if reference is not None:
        return Granted(reference)
    if isinstance(zone, BlockLeave):
        if now < zone.until:
            return Granted(f"block {block.cidr}: {zone.granted}")
        zone = f"that leave ({zone.granted}) has ended"
    return _why_no_reference(block) + (f"; by its reverse zone it could not be proved, because {zone}" if zone else "")


def holder(network: Network) -> Network | None:
    """The smallest network with a reverse zone in which all of this one lies; None for one that is too large."""
    bits = min(network.prefixlen, _FINEST[network.version])
    bits -= bits % _LABEL[network.version]
    return network.supernet(new_prefix=bits) if bits else None


def parts(network: Network) -> tuple[Network, ...]:
    """The networks with reverse zones of which this one consists; none where it has one itself, or where too many."""
    more = _bits_to_parts(network)
    return tuple(network.subnets(prefixlen_diff=more)) if more and 1 << more <= MOST_PARTS else ()


def is_in_too_many_parts(network: Network) -> bool:
    """True if its parts are not asked, for their number."""
    return 1 << _bits_to_parts(network) > MOST_PARTS


def _bits_to_parts(network: Network) -> int:
    inside = network.prefixlen > _FINEST[network.version]
    return 0 if inside else -network.prefixlen % _LABEL[network.version]


def zone_of(network: Network) -> str:
    """The name of a reverse zone; the network begins at a whole label."""
    kept = network.prefixlen // _LABEL[network.version] + len(("in-addr", "arpa"))
    return ".".join(network.network_address.reverse_pointer.split(".")[-kept:])


def zones_of(block: Block) -> tuple[str, ...]:
    """The names at which the leave for a block may stand: its holder's, and those of its parts."""
    network = ipaddress.ip_network(block.cidr)
    return tuple(zone_of(each) for each in (holder(network), *parts(network)) if each is not None)


def _why_no_reference(block: Block) -> str:
    if block.authorised is not None:
        return f"the leave for block {block.cidr} ({block.authorised}) ended on {block.until}"
    return f"block {block.cidr} has no proof of control"
