"""Zone-file text to records (RFC 1035 section 5), and changes to them, for the lab's name servers.

A zone here is dnspython's, with absolute names. A change replaces whole RRsets: the records of `changed` stand in place
of what the zone has for the same name and type.
"""

import re

import dns.exception
import dns.name
import dns.rdatatype
import dns.zone

Zone = dns.zone.Zone

_TTL = "$TTL 3600\n"  # so that a mail admin may leave it out; this line is subtracted from the line numbers of errors
_AT_LINE = re.compile(r"^(?:[^:]*):(\d+): (.*)$", re.DOTALL)


class BadZone(Exception):
    """Zone text that cannot be read; `line` counts from 1 within the text, 0 where no line is to blame."""

    def __init__(self, line: int, reason: str) -> None:
        """`reason` is for people."""
        super().__init__(reason)
        self.line = line
        self.reason = reason


def read(text: str, origin: str) -> Zone:
    """The zone with this text; it must have SOA and NS at its apex.

    Raises:
        BadZone: a syntax error with its line, or an apex without SOA or NS.
    """
    zone = _parsed(text, origin)
    if zone.get_rdataset(name(origin), "SOA") is None:
        raise BadZone(
            0, f"zone {origin} has no SOA: add '@ SOA ns1.{origin}. hostmaster.{origin}. 1 7200 900 1209600 300'"
        )
    if zone.get_rdataset(name(origin), "NS") is None:
        raise BadZone(0, f"zone {origin} has no NS at its apex: add '@ NS ns1.{origin}.'")
    return zone


def changed(zone: Zone, records: str, remove: tuple[str, ...] = ()) -> Zone:
    """A copy of the zone without the RRsets in `remove` ("@ MX", "mail A", or a bare "old" for all), with `records`.

    Raises:
        BadZone: the records do not parse, or something to remove is not there.
    """
    origin = str(zone.origin)
    copy = Zone(zone.origin, relativize=False)
    for node in zone:
        for rdataset in zone.find_node(node):
            copy.replace_rdataset(node, rdataset)
    for entry in remove:
        _remove(copy, entry)
    more = _parsed(records, origin)
    for node in more:
        for rdataset in more.find_node(node):
            copy.replace_rdataset(node, rdataset)
    return copy


def name(text: str) -> dns.name.Name:
    """An absolute name."""
    return dns.name.from_text(text)


def _parsed(text: str, origin: str) -> Zone:
    try:
        return _read(text, origin)
    except BadZone as error:
        raise BadZone(_true_line(text, origin, error), error.reason) from None


def _read(text: str, origin: str) -> Zone:
    try:
        return dns.zone.from_text(_TTL + text, origin=name(origin), relativize=False, check_origin=False)
    except dns.exception.DNSException as error:
        located = _AT_LINE.match(str(error))
        line = int(located[1]) - 1 if located else 0
        raise BadZone(max(line, 0), located[2] if located else str(error) or type(error).__name__) from None
    except (ValueError, OverflowError) as error:  # numbers outside their field
        raise BadZone(0, str(error)) from None


def _true_line(text: str, origin: str, fault: BadZone) -> int:
    """The line before, where the text up to there has the same fault: dnspython has often read the line's end."""
    try:
        _read("\n".join(text.splitlines()[: fault.line - 1]) + "\n", origin)
    except BadZone as error:
        return fault.line - 1 if fault.line > 1 and error.reason == fault.reason else fault.line
    return fault.line


def _remove(zone: Zone, entry: str) -> None:
    owner, _, rrtype = entry.partition(" ")
    try:
        node = dns.name.from_text(owner, origin=zone.origin)
        if rrtype.strip():
            zone.find_rdataset(node, rrtype.strip())
            zone.delete_rdataset(node, rrtype.strip())
        else:
            zone.find_node(node)
            zone.delete_node(node)
    except (KeyError, dns.exception.DNSException):
        raise BadZone(0, f"remove: the zone has no {entry!r}: write 'owner TYPE' or 'owner'") from None
