"""TLSA records: which certificate or key a service has, out of the RDATA's octets (RFC 6698 section 2.1)."""

import struct

from msgspec import Struct

from mxlatch.terms.errors import ProtocolError

RRTYPE = "TLSA"
_FIXED = struct.Struct("!BBB")
DANE_TA, DANE_EE = 2, 3  # usages
SPKI = 1  # a selector: the key alone
FULL, SHA256, SHA512 = 0, 1, 2  # matching types


class Tlsa(Struct, frozen=True, order=True):
    """One record. association: hexadecimal, lower case."""

    usage: int
    selector: int
    matching: int
    association: str

    @property
    def usable(self) -> bool:
        """True if SMTP senders heed it: usages 0 and 1, of public authorities, are not theirs (RFC 7672 3.1.3)."""
        return self.usage in (DANE_TA, DANE_EE) and self.selector <= SPKI and self.matching <= SHA512

    @property
    def is_of_key(self) -> bool:
        """True if it speaks of the server's key alone, whatever names and dates are on its certificate (3 1 x)."""
        return self.usage == DANE_EE and self.selector == SPKI and self.usable

    def __str__(self) -> str:
        """In presentation form."""
        return f"{self.usage} {self.selector} {self.matching} {self.association}"


def parse(rdata: bytes) -> Tlsa:
    """Read one RDATA.

    Raises:
        ProtocolError: it is cut off.
    """
    if len(rdata) <= _FIXED.size:
        raise ProtocolError(f"a TLSA of {len(rdata)} octets")
    usage, selector, matching = _FIXED.unpack_from(rdata)
    return Tlsa(usage, selector, matching, rdata[_FIXED.size :].hex())


def owner(host: str, port: int = 25) -> str:
    """Where the TLSA records of a mail server stand (RFC 7672 section 2.2.3)."""
    return f"_{port}._tcp.{host}"
