"""SRV records: where a service is, out of the RDATA's octets (RFC 2782). Targets are not compressed there."""

import struct

from msgspec import Struct

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.dns.text import LONGEST_LABEL, LONGEST_NAME, name_octets, name_text

RRTYPE = "TYPE33"  # as `terms.dns` names a type without a mnemonic of its own there
_NUMBERS = struct.Struct("!HHH")
_FIXED = _NUMBERS.size  # octets before the target


class Srv(Struct, frozen=True, order=True):
    """One record. target: "." says that the service is not offered."""

    priority: int
    weight: int
    port: int
    target: str


def parse(rdata: bytes) -> Srv:
    """Read one RDATA.

    Raises:
        ProtocolError: it is cut off, or something stands behind the target.
    """
    if not _FIXED < len(rdata) <= _FIXED + LONGEST_NAME:
        raise ProtocolError(f"an SRV of {len(rdata)} octets")
    priority, weight, port = _NUMBERS.unpack_from(rdata)
    return Srv(priority, weight, port, _target(rdata[_FIXED:]))


def build(record: Srv) -> bytes:
    """The RDATA of a record.

    Raises:
        ValueError: the target is no name.
    """
    return _NUMBERS.pack(record.priority, record.weight, record.port) + name_octets(record.target)


def _target(octets: bytes) -> str:
    labels, at = [], 0
    while at < len(octets) and (length := octets[at]):
        if length > LONGEST_LABEL or at + 1 + length >= len(octets):
            raise ProtocolError("the target of an SRV is cut off, or compressed")
        labels.append(octets[at + 1 : at + 1 + length])
        at += 1 + length
    if at != len(octets) - 1:
        raise ProtocolError("the target of an SRV does not end with its RDATA")
    return name_text(labels)
