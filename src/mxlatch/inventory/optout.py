"""Who asked not to be probed: addresses, blocks and domains that no scope can override (RFC 9511's courtesy).

One entry a line: an address, a CIDR or a domain (with all below it); "#" begins a comment.
"""

import ipaddress

from msgspec import Struct

from mxlatch.inventory.model import Network
from mxlatch.terms.errors import InputError
from mxlatch.terms.names import BadName, domain_name, is_below


class OptOut(Struct, frozen=True):
    """The list, parsed."""

    networks: tuple[Network, ...] = ()
    domains: tuple[str, ...] = ()

    def address(self, address: str) -> str | None:
        """The entry that covers this address, None if there is none."""
        parsed = ipaddress.ip_address(address)
        return next((str(n) for n in self.networks if parsed in n), None)

    def name(self, name: str) -> str | None:
        """The domain that covers this name, None if there is none."""
        return next((d for d in self.domains if is_below(name.lower().removesuffix("."), d)), None)


def parse(text: str, path: str) -> OptOut:
    """Parse an opt-out list.

    Raises:
        InputError: names the path and every line that is neither an address, nor a CIDR, nor a domain.
    """
    networks: list[Network] = []
    domains: list[str] = []
    faults: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        entry = raw.partition("#")[0].strip()
        try:
            if entry:
                _sort(entry, networks, domains)
        except BadName:
            faults.append(f"{path}:{number}: {entry[:60]!r}: write an address, a CIDR or a domain")
    if faults:
        raise InputError("\n".join(faults))
    return OptOut(tuple(networks), tuple(domains))


def _sort(entry: str, networks: list[Network], domains: list[str]) -> None:
    try:
        networks.append(ipaddress.ip_network(entry, strict=False))
    except ValueError:
        if "/" in entry or entry.replace(".", "").isdigit():  # meant as an address, and wrong
            raise BadName(entry) from None
        domains.append(domain_name(entry))
