"""Which addresses may be contacted by anybody, for anybody: those that are globally routable.

The tables follow the IANA special-purpose address registries (RFC 6890 and its updates, as of 2024-04) and do not lean
on the Python version's own idea of them. IPv6 addresses that carry an IPv4 address (mapped, NAT64, 6to4) are judged
by what they carry: they are the known way to reach 10.0.0.5 past a filter that knows only IPv4.
"""

import ipaddress

from mxlatch.inventory.model import Address, Network

# (network, what it is). Order does not matter: the narrowest entry decides.
_NOT_GLOBAL_V4 = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "IETF protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay, deprecated"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
)
_NOT_GLOBAL_V6 = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::/8", "reserved"),
    ("64:ff9b:1::/48", "local-use translation"),
    ("100::/64", "discard-only"),
    ("2001::/32", "Teredo"),
    ("2001::/23", "IETF protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local, deprecated"),
    ("ff00::/8", "multicast"),
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out as global unicast
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


def _table(entries: tuple[tuple[str, str], ...]) -> list[tuple[Network, str]]:
    parsed = [(ipaddress.ip_network(cidr), what) for cidr, what in entries]
    return sorted(parsed, key=lambda entry: -entry[0].prefixlen)


_SPECIAL = {4: _table(_NOT_GLOBAL_V4), 6: _table(_NOT_GLOBAL_V6)}


def parse_address(text: str) -> Address | None:
    """The address, None if it is none. A scoped address (fe80::1%eth0) is none: its zone means nothing elsewhere."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def why_not_global(address: Address) -> str | None:
    """What this address is instead of globally routable ("private"); None if it is globally routable."""
    if isinstance(address, ipaddress.IPv6Address):
        return _why_not_global_v6(address)
    return next((what for network, what in _SPECIAL[4] if address in network), None)


def _why_not_global_v6(address: ipaddress.IPv6Address) -> str | None:
    if address.ipv4_mapped is not None:
        return f"IPv4-mapped {address.ipv4_mapped}"
    carried = _carried(address)
    if carried is not None:
        inner = why_not_global(carried)
        return inner and f"{inner} {carried} inside IPv6"
    what = next((what for network, what in _SPECIAL[6] if address in network), None)
    return what or (None if address in _GLOBAL_V6 else "not global unicast")


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a NAT64 or 6to4 address leads to."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour
