"""Where the owner's doors hand mail on to: places that hold the mail, and that a stranger may come to as well.

A next hop or a forward is written as a name or an address, either with or without a port; brackets may stand round it,
as Postfix writes them. It means the doors that the inventory lists under it, or else just that place.
"""

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from mxlatch.inventory.model import MX, SMTP_PORT, TRAP, Door, Inventory
from mxlatch.terms import door as terms
from mxlatch.terms.door import door_id
from mxlatch.terms.errors import InputError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import domain_name

NEXT_HOP, FORWARDS = "next_hop", "forwards"  # `Hop.key`
_LARGEST_PORT = 65535
_WITH_PORT = re.compile(r"(\[[^\[\]]+\]|[^\[\]:]+):(\d{1,5})", re.ASCII)
_FULL_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", re.ASCII)

# What an address is that nobody on the internet comes to, though doors stand at such.
_INSIDE = tuple(
    (ipaddress.ip_network(cidr), what)
    for cidr, what in (
        ("10.0.0.0/8", "private, RFC 1918"),
        ("172.16.0.0/12", "private, RFC 1918"),
        ("192.168.0.0/16", "private, RFC 1918"),
        ("100.64.0.0/10", "carrier-grade NAT, RFC 6598"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("fc00::/7", "unique local, RFC 4193"),
        ("::1/128", "loopback"),
        ("fe80::/10", "link-local"),
    )
)


class Hop(Struct, frozen=True):
    """A place to which a door hands mail on, or some of it.

    host: a name or an address. port: None if none is said. key: NEXT_HOP or FORWARDS. by: who hands on, for people.
    line: where the inventory says so. doors: those that it lists under this name or address.
    """

    host: str
    port: int | None
    key: str
    by: str
    line: int
    doors: tuple[Door, ...] = ()

    @property
    def text(self) -> str:
        """As the inventory writes it."""
        return written(self.host, self.port)

    @property
    def is_trap(self) -> bool:
        """True if what stands there takes nothing, on purpose."""
        return any(door.role == TRAP for door in self.doors)

    @property
    def places(self) -> tuple[tuple[str, str, int], ...]:
        """(name, address, port) of each place that is meant; "" for an address that only the DNS knows."""
        if self.doors:
            listed = ((d, address) for d in self.doors for address in self._addresses(d))
            return tuple((d.name if address else self.host, address, self.port or d.port) for d, address in listed)
        port = self.port or SMTP_PORT
        return (("", self.host, port),) if is_address(self.host) else ((self.host, "", port),)

    def leads_to(self, door: terms.Door) -> bool:
        """True if this door is one of those that are meant."""
        if self.port not in (None, door.port):
            return False
        named = any(way.exchange == self.host for way in door.ways_in)
        return (
            named or self.host == door.address or any(place[1:] == (door.address, door.port) for place in self.places)
        )

    def evidence(self, inventory: Inventory) -> Evidence:
        """The declaration, and where it stands."""
        return inventory.evidence(f"{self.by}: {self.key} = {self.text}", self.line)

    def _addresses(self, door: Door) -> tuple[str, ...]:
        if is_address(self.host):
            return (self.host,)
        return door.addresses or ("",)


def hop_to(text: str, inventory: Inventory, key: str = NEXT_HOP, by: str = "", line: int = 0) -> Hop:
    """What a next hop or a forward means in this inventory."""
    try:
        host, port = parse(text)
    except InputError:  # inventories of old bundles were not read so closely
        host, port = text, None
    doors = [d for d in inventory.doors if host in (d.name, *d.public_names, *d.addresses)]
    if is_address(host):
        doors = [d for d in doors if port in (None, d.port)]
    return Hop(host, port, key, by, line, tuple(doors))


def hops_of(domain: str, addresses: frozenset[str], inventory: Inventory) -> tuple[Hop, ...]:
    """Where the doors of a domain hand mail on to, and where those do, each place once; not those that go by the MX.

    addresses: of the domain's exchangers. What the domain's own entry notes as its next hop counts if it is a place.
    """
    found: dict[tuple[str, int | None], Hop] = {}
    hops = [*_noted(domain, inventory)]
    hops += [hop for door in inventory.doors_of(domain, addresses) for hop in _from(door, inventory)]
    while hops:
        hop = hops.pop(0)
        known = found.get((hop.host, hop.port))
        if known is None:
            hops += [further for door in hop.doors for further in _from(door, inventory)]
        if known is None or (known.key, hop.key) == (FORWARDS, NEXT_HOP):
            found[hop.host, hop.port] = hop
    return tuple(found.values())


def hands_on_to(door: terms.Door, inventory: Inventory) -> bool:
    """True if the owner says of some door of his that it hands mail on to this one, which he does not list."""
    hosts = (door.address, *(way.exchange for way in door.ways_in))
    called = {written(host, port) for host in hosts for port in (None, door.port)}
    return any(not called.isdisjoint((d.next_hop, *d.forwards)) for d in inventory.doors if d.role != TRAP)


@lru_cache(maxsize=65536)
def parse(text: str) -> tuple[str, int | None]:
    """The name or address, and the port if one is said.

    Raises:
        InputError: it is neither.
    """
    split = _WITH_PORT.fullmatch(text.strip())
    if split is None:
        return _host(text.strip()), None
    port = int(split[2])
    if not 0 < port <= _LARGEST_PORT:
        raise InputError(f"{text!r}: {port} is no port: write a number from 1 to {_LARGEST_PORT}")
    return _host(split[1]), port


def written(host: str, port: int | None) -> str:
    """The same as text, in its canonical form."""
    return host if port is None else door_id(host, port)


def is_address(host: str) -> bool:
    """True for an address, false for a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def why_inside(address: str) -> str:
    """What this address is, if nobody on the internet can come there ("private, RFC 1918"); "" if somebody may."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a world made by hand may hold what is no address
        return ""
    return next((what for network, what in _INSIDE if parsed in network), "")


def _host(text: str) -> str:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return domain_name(bare)


def _from(door: Door, inventory: Inventory) -> Iterator[Hop]:
    if door.role == TRAP:
        return
    by = door.name or ", ".join(door.addresses)
    if door.next_hop and door.hop != MX:
        yield hop_to(door.next_hop, inventory, NEXT_HOP, by, door.line)
    for forward in door.forwards:
        yield hop_to(forward, inventory, FORWARDS, by, door.line)


def _noted(domain: str, inventory: Inventory) -> Iterator[Hop]:
    """The note of the domain's own entry; other words than a host's are for people only."""
    entry = inventory.domain(domain)
    if entry is None or not entry.next_hop:
        return
    hop = hop_to(entry.next_hop, inventory, NEXT_HOP, entry.name, entry.line)
    if hop.doors or is_address(hop.host) or _FULL_NAME.fullmatch(hop.host):
        yield hop
