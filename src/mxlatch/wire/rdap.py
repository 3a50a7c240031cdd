"""The registry's word on a domain's name servers, out of an RDAP domain object (RFC 9083 sections 5.2 and 5.3)."""

import msgspec

from mxlatch.terms.errors import InputError, ProtocolError
from mxlatch.terms.names import domain_name

_MOST_NAMESERVERS = 64  # no registry takes more than 13; a longer list is not an answer


class _Nameserver(msgspec.Struct):
    ldhName: str = ""  # the member's name in RFC 9083


class _Domain(msgspec.Struct):
    objectClassName: str
    ldhName: str = ""
    nameservers: list[_Nameserver] = []


_decoder = msgspec.json.Decoder(_Domain)


def name_servers(body: bytes, domain: str) -> tuple[str, ...]:
    """The host names of the domain's name servers as the registry lists them, sorted.

    Raises:
        ProtocolError: not an RDAP domain object, or one for another domain.
    """
    try:
        found = _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"not an RDAP domain object: {error}") from error
    if found.objectClassName != "domain":
        raise ProtocolError(f"RDAP object of class {found.objectClassName!r}, not domain")
    if found.ldhName and found.ldhName.rstrip(".").lower() != domain:
        raise ProtocolError(f"RDAP speaks of {found.ldhName!r}, not of {domain}")
    if len(found.nameservers) > _MOST_NAMESERVERS:
        raise ProtocolError(f"RDAP lists {len(found.nameservers)} name servers, over {_MOST_NAMESERVERS}")
    try:
        return tuple(sorted({domain_name(server.ldhName) for server in found.nameservers}))
    except InputError as error:
        raise ProtocolError(f"RDAP lists a name server that is no name: {error}") from error
