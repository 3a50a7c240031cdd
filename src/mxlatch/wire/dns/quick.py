"""Packs DNS queries and parses the common answer by hand: the hot loop of an audit (RFC 1035 section 4, RFC 6891).

Limits: class IN; the types of `text.TYPES` but TLSA; an OPT record without options; names of plain octets. Everything
else, and everything that breaks a rule, is left to `full`: this module never says that a message is wrong, only that it
is odd.
"""

import struct
from functools import lru_cache

from mxlatch.terms.dns import Record, Reply
from mxlatch.terms.names import ROOT
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns.text import IN, LONGEST_LABEL, LONGEST_NAME, OPT, TYPES, name_octets, type_code

UDP_SIZE = 1232  # DNS flag day 2020: what passes every path unfragmented
HEADER = 12  # octets

# Each a cache of names or labels that come again, bounded because strangers fill them.
_NAMES_KEPT = 8192
_LABELS_KEPT = 4096
_ADDRESSES_KEPT = 4096
_MOST_POINTERS = 16  # in a row, for one name: as many as dnspython follows

_LONGEST_TEXT = LONGEST_NAME - 2  # a plain name's text lacks the first length and the root
_LONGEST_TTL = 0x7FFFFFFF  # RFC 2181 section 8: beyond it, full knows what to do
_POINTER = 0xC0
_PLAIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
_PLAIN_NAME = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
_COUNTED = {length: bytes((length,)) for length in range(1, LONGEST_LABEL + 1)}
_CASE_BIT = bytes(0x20 if chr(octet).isascii() and chr(octet).isalpha() else 0 for octet in range(256))

# Type and class as one number.
_A, _NS, _CNAME, _SOA = (TYPES[name] << 16 | IN for name in ("A", "NS", "CNAME", "SOA"))
_PTR, _MX, _TXT, _AAAA = (TYPES[name] << 16 | IN for name in ("PTR", "MX", "TXT", "AAAA"))

_ID_FLAGS_COUNTS = struct.Struct("!HHHHHH")
_FLAGS_COUNTS = struct.Struct("!xxHxxHHH").unpack_from
_FIXED = struct.Struct("!IIH").unpack_from  # type and class, TTL, length of RDATA
_POINTED = struct.Struct("!HIIH").unpack_from  # the same behind an owner that is a pointer
_FIVE = struct.Struct("!IIIII").unpack_from
_GROUPS = struct.Struct("!8H").unpack_from

_ZERO_RUNS = tuple(":0" * count for count in range(7, 1, -1))

_from_bytes = int.from_bytes
_OPT_RECORD = struct.pack("!BHHIH", 0, OPT, UDP_SIZE, 0, 0)
# A resolver that validates says so only to who asks for its word: AD in a query (RFC 6840 section 5.7).
_RD_AD = 0x0120


class _Odd(Exception):
    """Not the common case: for `full` to judge."""


# Packing


def _after_id(recursion: bool) -> bytes:
    return _ID_FLAGS_COUNTS.pack(0, _RD_AD if recursion else 0, 1, 0, 0, 1)[2:]


_AFTER_ID = {recursion: _after_id(recursion) for recursion in (False, True)}


@lru_cache(_NAMES_KEPT)
def _octets(name: str) -> tuple[bytes, int]:
    """The name on the wire, and a number with bit 5 of each octet set that is a letter."""
    wire = _plain_octets(name) or name_octets(name)
    return wire, _from_bytes(wire.translate(_CASE_BIT), "big")


def _plain_octets(name: str) -> bytes | None:
    plain = name.encode("ascii", "replace")
    if plain.translate(None, _PLAIN_NAME) or len(plain) > _LONGEST_TEXT:
        return None
    try:
        return b"".join([_COUNTED[len(label)] + label for label in plain.split(b".")]) + b"\0"
    except KeyError:
        return None


@lru_cache(_LABELS_KEPT)
def _type_and_class(rrtype: str) -> bytes:
    return struct.pack("!HH", type_code(rrtype), IN)


@lru_cache(_LABELS_KEPT)
def _after_name(rrtype: str) -> bytes:
    return _type_and_class(rrtype) + _OPT_RECORD


def pack(question: DnsQuestion, message_id: int, case_bits: int) -> bytes:
    """The query for a question, with an OPT record (RFC 6891).

    case_bits: bit 5 of each of its octets turns the case of the letter at that place, counted from the end of the name,
    if the question's spelling is "mixed" (0x20, draft-vixie-dnsext-dns0x20).

    Raises:
        ValueError: the question's name or type cannot be written.
    """
    name, letters = _octets(question.name)
    if question.spelling == "mixed":
        name = (_from_bytes(name, "big") ^ (letters & case_bits)).to_bytes(len(name), "big")
    return message_id.to_bytes(2, "big") + _AFTER_ID[question.recursion] + name + _after_name(question.rrtype)


def question_section(packet: bytes) -> bytes:
    """The question section of a query that `pack` made, in the spelling that was sent."""
    return packet[HEADER : -len(_OPT_RECORD)]


def without_edns(packet: bytes) -> bytes:
    """The same query without its OPT record, for servers that refuse it (RFC 6891 section 7)."""
    return packet[: HEADER - 2] + b"\0\0" + packet[HEADER : -len(_OPT_RECORD)]


def lower_question(question: DnsQuestion) -> bytes:
    """The question section in lower case.

    Raises:
        ValueError: the question's name or type cannot be written.
    """
    return _octets(question.name)[0] + _type_and_class(question.rrtype)


# Parsing


def parse(message: bytes, name: str, start: int) -> Reply | None:
    """The reply, or None where something is odd.

    start: where the answer section begins; what stands before it is known to be the one question, for `name`.
    """
    try:
        return _parse(message, name, start)
    except (_Odd, IndexError, struct.error):
        return None


def _parse(message: bytes, name: str, at: int) -> Reply:
    """Over 50 lines, against the rule: a call for each record or type would cost as much as the parsing.

    No record's end is compared with the message's: one that goes beyond it makes the last comparison fail.
    """
    flags, answers, authorities, additionals = _FLAGS_COUNTS(message)
    names = _question_names(name)
    records: list[Record] = []
    rcode = flags & 0xF
    seen_opt = False
    before_additional = answers + authorities
    for number in range(before_additional + additionals):
        if message[at] >= _POINTER:
            target, kind, ttl, length = _POINTED(message, at)
            owner = names.get(target & 0x3FFF) or _name(message, at, names)[0]
            at += 12
        else:
            owner, at = _name(message, at, names)
            kind, ttl, length = _FIXED(message, at)
            at += 10
        end = at + length
        if kind == _A:
            record = _ipv4(owner, ttl, message[at:end])
        elif kind == _AAAA:
            record = _ipv6(owner, ttl, message[at:end])
        elif kind >> 16 == OPT:
            if seen_opt or length or owner != ROOT or number < before_additional:
                raise _Odd
            seen_opt = True
            rcode |= ttl >> 20 & 0xFF0
            continue
        else:
            if kind == _MX:
                exchange, stop = _name(message, at + 2, names)
                record = Record(owner, "MX", ttl, (message[at] << 8 | message[at + 1], exchange))
            elif kind == _NS:
                host, stop = _name(message, at, names)
                record = Record(owner, "NS", ttl, host)
            elif kind == _SOA:
                mname, stop = _name(message, at, names)
                rname, stop = _name(message, stop, names)
                serial, refresh, retry, expire, minimum = _FIVE(message, stop)
                record = Record(owner, "SOA", ttl, (mname, rname, serial, refresh, retry, expire, minimum))
                stop += 20
            elif kind == _TXT:
                strings, stop = _strings(message, at, end)
                record = Record(owner, "TXT", ttl, strings)
            elif kind == _CNAME:
                host, stop = _name(message, at, names)
                record = Record(owner, "CNAME", ttl, host)
            elif kind == _PTR:
                host, stop = _name(message, at, names)
                record = Record(owner, "PTR", ttl, host)
            else:
                raise _Odd
            if stop != end:
                raise _Odd
        if ttl > _LONGEST_TTL:
            raise _Odd
        records.append(record)
        at = end
    if at != len(message) or (len(names) > _MOST_POINTERS and not _followable(message, names)):
        raise _Odd
    return Reply(
        rcode,
        flags & 0x0400 != 0,
        flags & 0x0200 != 0,
        tuple(records[:answers]),
        tuple(records[answers:before_additional]),
        tuple(records[before_additional:]),
        flags & 0x0020 != 0,
    )


def _question_names(name: str) -> dict[int, str]:
    """The two names of the question that answers point at most: its own, and its parent's."""
    if name == ROOT or "\\" in name:
        raise _Odd
    label, dot, rest = name.partition(".")
    return {HEADER: name, HEADER + 1 + len(label): rest} if dot else {HEADER: name}


@lru_cache(_LABELS_KEPT)
def _label(label: bytes) -> str:
    if label.translate(None, _PLAIN):
        raise _Odd
    return label.lower().decode()


def _name(message: bytes, start: int, names: dict[int, str]) -> tuple[str, int]:
    """The name at `start` and the offset behind it. `names` keeps, by offset, the names that were read before.

    Here the usual: the root, a pointer to a name read before, one label and such a pointer.
    """
    length = message[start]
    if not length:
        return ROOT, start + 1
    after = start if length >= _POINTER else start + 1 + length
    if message[after] >= _POINTER:
        known = names.get((message[after] & 0x3F) << 8 | message[after + 1])
        if known is not None:
            if after == start:
                return known, start + 2
            text = f"{_label(message[start + 1 : after])}.{known}"
            if length <= LONGEST_LABEL and len(text) <= _LONGEST_TEXT:
                names[start] = text
                return text, after + 2
    return _any_name(message, start, names)


def _any_name(message: bytes, start: int, names: dict[int, str]) -> tuple[str, int]:
    at, labels = start, []
    while 0 < (length := message[at]) < _POINTER:
        if length > LONGEST_LABEL:
            raise _Odd
        after = at + 1 + length
        labels.append(_label(message[at + 1 : after]))
        at = after
    if length:
        labels.append(_pointed(message, at, start, names))
        at += 1
    text = ".".join(labels)
    if len(text) > _LONGEST_TEXT:
        raise _Odd
    if len(labels) > 1 or not length:
        names[start] = text
    return text, at + 1


def _pointed(message: bytes, at: int, start: int, names: dict[int, str]) -> str:
    """The name that the pointer at `at` means; the name that ends in this pointer begins at `start`.

    Only names before that, so that loops end. A pointer to a pointer, to the root or into the header is odd.
    """
    target = (message[at] & 0x3F) << 8 | message[at + 1]
    known = names.get(target)
    if known is not None:
        return known
    if (
        not HEADER <= target < start
        or not 0 < message[target] < _POINTER
        or _pointers(message, target) > _MOST_POINTERS
    ):
        raise _Odd
    text, end = _name(message, target, names)
    if end > start:
        raise _Odd
    return text


def _followable(message: bytes, names: dict[int, str]) -> bool:
    """False if some name might take more pointers than dnspython follows; so few names cannot make so long a chain."""
    return all(_pointers(message, at) < _MOST_POINTERS for at in names)


def _pointers(message: bytes, at: int) -> int:
    """How many pointers are followed to read the name at `at`, which is known to end."""
    count = 0
    while message[at]:
        if message[at] < _POINTER:
            at += 1 + message[at]
        elif count > _MOST_POINTERS:
            break
        else:
            at = (message[at] & 0x3F) << 8 | message[at + 1]
            count += 1
    return count


def _strings(message: bytes, at: int, end: int) -> tuple[tuple[bytes, ...], int]:
    strings = []
    while at < end:
        after = at + 1 + message[at]
        strings.append(message[at + 1 : after])
        at = after
    if not strings:
        raise _Odd
    return tuple(strings), at


# The addresses of a domain's servers come with one answer after the other.
@lru_cache(_ADDRESSES_KEPT)
def _ipv4(owner: str, ttl: int, octets: bytes) -> Record:
    if len(octets) != 4:
        raise _Odd
    return Record(owner, "A", ttl, "%d.%d.%d.%d" % (*octets,))  # noqa: UP031 (half the time of format)


@lru_cache(_ADDRESSES_KEPT)
def _ipv6(owner: str, ttl: int, octets: bytes) -> Record:
    """As in RFC 5952, section 4: the longest run of two or more zero groups left out, the first of equals."""
    groups = _GROUPS(octets)
    if len(octets) != 16 or not groups[0]:
        raise _Odd  # addresses that embed an IPv4 address are written in other ways
    text = "%x:%x:%x:%x:%x:%x:%x:%x" % groups  # noqa: UP031
    for zeros in _ZERO_RUNS:
        if zeros in text:  # whole groups: none but zero itself is written with a leading zero
            head, _, tail = text.partition(zeros)
            text = f"{head}:{tail or ':'}"
            break
    return Record(owner, "AAAA", ttl, text)
