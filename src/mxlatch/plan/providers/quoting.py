"""How values get into foreign syntaxes: parsed into what they must be, or refused; what is for people becomes one line.

All values of a plan are hostile: names come from other people's DNS. What is an address, a name or a port is parsed and
written anew; a value that is none is an error and not quoted away. Only remarks may hold anything, as printable ASCII.
"""

import ipaddress
import shlex
from collections.abc import Iterable

from mxlatch.terms.errors import InputError
from mxlatch.terms.names import domain_name

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST_REMARK = 300  # characters; a name has 253, and a reader has a terminal
_MOST_NETWORKS = 4096  # of one list: large filters publish some hundred


def address(text: str) -> str:
    """An IP address in its canonical form.

    Raises:
        InputError: it is none, or has a zone index, which means something on one machine only.
    """
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        raise InputError(f"{remark(text)!r} is no IP address: the plan cannot be written out") from None
    if getattr(parsed, "scope_id", None):
        raise InputError(f"{remark(text)!r}: an address with a zone index holds on one machine only")
    return str(parsed)


def network(text: str) -> Network:
    """An address or CIDR. Bits after the prefix are cut off.

    Raises:
        InputError: it is neither.
    """
    try:
        if "%" in text:
            raise ValueError
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InputError(f"{remark(text)!r} is no address or CIDR: the plan cannot be written out") from None


def families(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses and CIDRs, IPv4 and IPv6 apart, sorted, none inside another; a single address without its length."""
    parsed = [network(text) for text in texts]
    if len(parsed) > _MOST_NETWORKS:
        raise InputError(f"{len(parsed)} addresses in one list: give blocks, at most {_MOST_NETWORKS}")
    v4 = ipaddress.collapse_addresses(n for n in parsed if isinstance(n, ipaddress.IPv4Network))
    v6 = ipaddress.collapse_addresses(n for n in parsed if isinstance(n, ipaddress.IPv6Network))
    return tuple(map(_short, v4)), tuple(map(_short, v6))


def _short(net: Network) -> str:
    return str(net.network_address) if net.prefixlen == net.max_prefixlen else str(net)


def door(text: str) -> tuple[str, int]:
    """Address and port of a door by its id, "192.0.2.1:25" or "[2001:db8::1]:25".

    Raises:
        InputError: it is none.
    """
    where, colon, number = text.rpartition(":")
    bare = where[1:-1] if where.startswith("[") and where.endswith("]") else where
    if not colon or not (number.isascii() and number.isdigit() and len(number) < 6) or (":" in bare) != (bare != where):
        raise InputError(f"{remark(text)!r} is no door: write address:port, or [address]:port")
    return address(bare), port(int(number))


def port(number: int) -> int:
    """A TCP port.

    Raises:
        InputError: it is none.
    """
    if not 0 < number < 65536:
        raise InputError(f"{number} is no port")
    return number


def host(text: str) -> str:
    """A host name as `terms.names` writes it.

    Raises:
        InputError: it is none.
    """
    return domain_name(text)


def remark(text: str) -> str:
    """Anything, as one line of printable ASCII: for comments, where it can neither end the line nor deceive the eye."""
    shown = "".join(c if " " <= c <= "~" else c.encode("unicode_escape", "replace").decode() for c in text)
    return shown if len(shown) <= _LONGEST_REMARK else shown[:_LONGEST_REMARK] + "..."


def shell(text: str) -> str:
    """One word for a POSIX shell.

    Raises:
        InputError: it has a NUL or a line break, which no setting of a mail server holds.
    """
    if any(c in text for c in "\0\r\n"):
        raise InputError(f"{remark(text)!r} cannot be an argument of a command")
    return shlex.quote(text)


def file_name(text: str) -> str:
    """A name for a file, made from a name in the plan: letters, digits, dots and dashes, never hidden, never a path."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "_" for c in text.lower())
    return kept.strip("._-")[:100] or "unnamed"
