"""The registry's word on a domain's name servers, and on who holds a domain or an address (RFC 9083 section 5).

Of contacts only what an enquiry needs is read: names, organisations and mail addresses (jCard, RFC 7095). All of it
was typed by somebody: it is bounded, and a mail address is taken only if it is plainly one.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import msgspec

from mxlatch.terms.errors import InputError, ProtocolError
from mxlatch.terms.names import domain_name

_MOST_NAMESERVERS = 64  # no registry takes more than 13; a longer list is not an answer
_MOST_HOLDERS = 16  # contacts of one object that are kept; registries give three to six
_DEEPEST = 3  # contacts within contacts: an organisation, its desk, a person
_MOST_EMAILS = 4  # of one contact
_LONGEST = 200  # characters of a name that are kept
_MAILBOX = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII | re.IGNORECASE)
_LONGEST_MAILBOX = 64  # octets of a local part (RFC 5321 section 4.5.3.1.1)


class _Nameserver(msgspec.Struct):
    ldhName: str = ""  # the member's name in RFC 9083


class _Domain(msgspec.Struct):
    objectClassName: str
    ldhName: str = ""
    nameservers: list[_Nameserver] = []


class _Entity(msgspec.Struct):
    handle: str = ""
    roles: list[str] = []
    vcardArray: Any = None
    entities: list["_Entity"] = []


class _Registered(msgspec.Struct):
    """A domain or an IP network, as far as an enquiry about its holder reads it."""

    objectClassName: str
    ldhName: str = ""
    name: str = ""
    startAddress: str = ""
    endAddress: str = ""
    entities: list[_Entity] = []


class Holder(msgspec.Struct, frozen=True):
    """Somebody whom the registry names. roles: its words ("registrant", "abuse", "technical"…)."""

    roles: tuple[str, ...]
    name: str = ""
    organisation: str = ""
    emails: tuple[str, ...] = ()


class Registration(msgspec.Struct, frozen=True):
    """What is registered under this name ("" if it bears none), and for whom."""

    name: str
    holders: tuple[Holder, ...]


_decoder = msgspec.json.Decoder(_Domain)
_registered = msgspec.json.Decoder(_Registered)


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


def domain_holders(body: bytes, domain: str) -> Registration:
    """Who holds a domain.

    Raises:
        ProtocolError: not an RDAP domain object, or one for another domain.
    """
    found = _object(body, "domain")
    if found.ldhName and found.ldhName.rstrip(".").lower() != domain:
        raise ProtocolError(f"RDAP speaks of {found.ldhName!r}, not of {domain}")
    return Registration(domain, _holders(found))


def network_holders(body: bytes, address: str) -> Registration:
    """Who holds the network of an address.

    Raises:
        ProtocolError: not an RDAP IP network object, or one for other addresses.
    """
    found = _object(body, "ip network")
    if found.startAddress or found.endAddress:
        _check_range(found, address)
    return Registration(found.name[:_LONGEST], _holders(found))


def mail_address(text: str) -> str:
    """A mail address with its domain in lower case, "" for what is not plainly one (quoted local parts, UTF-8)."""
    local, _, domain = text.strip().rpartition("@")
    if len(local) > _LONGEST_MAILBOX or not _MAILBOX.fullmatch(local) or "." not in domain:
        return ""
    try:
        return f"{local}@{domain_name(domain)}"
    except InputError:
        return ""


def _object(body: bytes, kind: str) -> _Registered:
    try:
        found = _registered.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ProtocolError(f"not an RDAP object: {error}") from error
    if found.objectClassName != kind:
        raise ProtocolError(f"RDAP object of class {found.objectClassName!r}, not {kind}")
    return found


def _check_range(found: _Registered, address: str) -> None:
    wanted = ip_address(address)
    try:
        first, last = ip_address(found.startAddress), ip_address(found.endAddress)
    except ValueError as error:
        raise ProtocolError(f"RDAP gives a network that is none: {error}") from error
    if wanted.version != first.version or first.version != last.version or not int(first) <= int(wanted) <= int(last):
        raise ProtocolError(f"RDAP speaks of {first} to {last}, not of {address}")


def _holders(found: _Registered) -> tuple[Holder, ...]:
    holders = (_holder(entity) for entity in _walk(found.entities, 1))
    named = dict.fromkeys(holder for holder in holders if holder.name or holder.organisation or holder.emails)
    return tuple(named)[:_MOST_HOLDERS]


def _walk(entities: list[_Entity], depth: int) -> Iterator[_Entity]:
    for entity in entities[:_MOST_HOLDERS]:
        yield entity
        if depth < _DEEPEST:
            yield from _walk(entity.entities, depth + 1)


def _holder(entity: _Entity) -> Holder:
    emails = (mail_address(text) for text in _texts(entity.vcardArray, "email"))
    return Holder(
        roles=tuple(role[:_LONGEST] for role in entity.roles[:_MOST_HOLDERS]),
        name=next(_texts(entity.vcardArray, "fn"), ""),
        organisation=next(_texts(entity.vcardArray, "org"), ""),
        emails=tuple(dict.fromkeys(filter(None, emails)))[:_MOST_EMAILS],
    )


def _texts(card: Any, name: str) -> Iterator[str]:
    """The values of a jCard's properties of this name: ["vcard", [[name, {…}, "text", value], …]]."""
    properties = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    for each in properties:
        if isinstance(each, list) and len(each) > 3 and each[0] == name:
            value = each[3][0] if isinstance(each[3], list) and each[3] else each[3]
            if isinstance(value, str) and value.strip():
                yield value.strip()[:_LONGEST]
