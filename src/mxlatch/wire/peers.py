"""Hosts that a mail server's log names with their addresses: next hops and clients (Postfix, sendmail, Exim).

Only what stands as NAME[ADDRESS] behind a word that the server itself writes counts. A client's name is its reverse
name as the server looked it up, so a stranger can write any name there; it is a hint and no more.
"""

import ipaddress
import re
from collections.abc import Iterable

from mxlatch.terms.names import BadName, domain_name

MOST_HOSTS = 50_000  # of one log
LONGEST_LINE = 4096  # octets that are looked at; syslog itself stops at 2,048 (RFC 5424 section 6.1)

_NAME = rb"([A-Za-z0-9_][A-Za-z0-9_.-]{2,253})"
_ADDRESS = rb"\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]"
# Postfix relay= and client=, "connect from"; sendmail puts a dot and a space before the address; Exim writes H=.
_HOST = re.compile(rb"(?:\b(?:relay|client)=|\bconnect from |\bH=)" + _NAME + rb"(?: \([^()\n]{0,255}\))? ?" + _ADDRESS)


def hosts(lines: Iterable[bytes]) -> tuple[tuple[str, str], ...]:
    """(name, address) of every host, each once, sorted; at most `MOST_HOSTS`."""
    found: set[tuple[str, str]] = set()
    for line in lines:
        for match in _HOST.finditer(line[:LONGEST_LINE]):
            found.update(_host(match[1].decode("ascii"), match[2].decode("ascii")))
        if len(found) >= MOST_HOSTS:
            break
    return tuple(sorted(found)[:MOST_HOSTS])


def _host(name: str, address: str) -> tuple[tuple[str, str], ...]:
    try:
        return ((domain_name(name), str(ipaddress.ip_address(address))),)
    except (BadName, ValueError):
        return ()
