"""Packs DNS queries and parses the common answer by hand: the hot loop of an audit (RFC 1035 section 4, RFC 6891).

Limits: class IN; the types of `text.TYPES`; an OPT record without options; names of plain octets. Everything else, and
everything that breaks a rule, is left to `full`: this module never says that a message is wrong, only that it is odd.
"""

import struct
from functools import lru_cache

from mxlatch.terms.dns import Record, Reply
from mxlatch.terms.names import ROOT
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns.text import IN, LONGEST_NAME, OPT, TYPES, name_octets, type_code

UDP_SIZE = 1232  # DNS flag day 2020: what passes every path unfragmented
HEADER = 12  # octets

# Each a cache of names or labels that come again, bounded because strangers fill them.
_NAMES_KEPT = 8192
_LABELS_KEPT = 4096
_MOST_POINTERS = 16  # in a row, for one name: as many as dnspython follows

_LONGEST_TEXT = LONGEST_NAME - 2  # a plain name's text lacks the first length and the root
_LONGEST_TTL = 0x7FFFFFFF  # RFC 2181 section 8: beyond it, full knows what to do
_POINTER = 0xC0
_PLAIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
_CASE_BIT = bytes(0x20 if chr(octet).isascii() and chr(octet).isalpha() else 0 for octet in range(256))

_A, _NS, _CNAME, _SOA = TYPES["A"], TYPES["NS"], TYPES["CNAME"], TYPES["SOA"]
_PTR, _MX, _TXT, _AAAA = TYPES["PTR"], TYPES["MX"], TYPES["TXT"], TYPES["AAAA"]

_ID_FLAGS_COUNTS = struct.Struct("!HHHHHH")
_FLAGS_COUNTS = struct.Struct("!xxHxxHHH").unpack_from
_FIXED = struct.Struct("!HHIH").unpack_from  # type, class, TTL, length of RDATA
_POINTED = struct.Struct("!HHHIH").unpack_from  # the same behind an owner that is a pointer
_FIVE = struct.Struct("!IIIII").unpack_from
_GROUPS = struct.Struct("!8H").unpack_from

_ZERO_RUNS = tuple(":0" * count for count in range(7, 1, -1))

_OPT_RECORD = struct.pack("!BHHIH", 0, OPT, UDP_SIZE, 0, 0)
_RD = 0x0100


class _Odd(Exception):
    """Not the common case: for `full` to judge."""


# Packing


def _after_id(recursion: bool) -> bytes:
    return _ID_FLAGS_COUNTS.pack(0, _RD if recursion else 0, 1, 0, 0, 1)[2:]


_AFTER_ID = {recursion: _after_id(recursion) for recursion in (False, True)}

_octets = lru_cache(_NAMES_KEPT)(name_octets)


@lru_cache(_LABELS_KEPT)
def _type_and_class(rrtype: str) -> bytes:
    return struct.pack("!HH", type_code(rrtype), IN)


def pack(question: DnsQuestion, message_id: int, case_bits: int) -> bytes:
    """The query for a question, with an OPT record (RFC 6891).

    case_bits: bit 5 of each of its octets turns the case of the letter at that place, counted from the end of the name,
    if the question's spelling is "mixed" (0x20, draft-vixie-dnsext-dns0x20).

    Raises:
        ValueError: the question's name or type cannot be written.
    """
    name = _octets(question.name)
    if question.spelling == "mixed":
        letters = int.from_bytes(name.translate(_CASE_BIT), "big")
        name = (int.from_bytes(name, "big") ^ (letters & case_bits)).to_bytes(len(name), "big")
    return b"".join(
        (
            message_id.to_bytes(2, "big"),
            _AFTER_ID[question.recursion],
            name,
            _type_and_class(question.rrtype),
            _OPT_RECORD,
        )
    )


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
    return _octets(question.name) + _type_and_class(question.rrtype)


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
    """Over 50 lines, against the rule: a call for each record or type would cost as much as the parsing."""
    flags, answers, authorities, additionals = _FLAGS_COUNTS(message)
    names = {HEADER: name}
    records: list[Record] = []
    rcode = flags & 0xF
    seen_opt = False
    size = len(message)
    before_additional = answers + authorities
    for number in range(before_additional + additionals):
        if message[at] >= _POINTER:
            target, rrtype, rrclass, ttl, length = _POINTED(message, at)
            owner = names.get(target & 0x3FFF)
            if owner is None:
                owner = _name(message, at, names)[0]
            at += 12
        else:
            owner, at = _name(message, at, names)
            rrtype, rrclass, ttl, length = _FIXED(message, at)
            at += 10
        end = at + length
        if end > size:
            raise _Odd
        if rrtype == OPT:
            if seen_opt or length or owner != ROOT or number < before_additional:
                raise _Odd
            seen_opt = True
            rcode |= ttl >> 20 & 0xFF0
            continue
        if rrclass != IN or ttl > _LONGEST_TTL:
            raise _Odd
        if rrtype == _MX:
            exchange, stop = _name(message, at + 2, names)
            record = Record(owner, "MX", ttl, (message[at] << 8 | message[at + 1], exchange))
        elif rrtype == _NS:
            host, stop = _name(message, at, names)
            record = Record(owner, "NS", ttl, host)
        elif rrtype == _A:
            stop = at + 4
            if stop != end:
                raise _Odd
            record = Record(owner, "A", ttl, "%d.%d.%d.%d" % (*message[at:end],))  # noqa: UP031 (half the time of format)
        elif rrtype == _AAAA:
            stop = at + 16  # compared with `end` below, before the record is kept
            record = Record(owner, "AAAA", ttl, _ipv6(message, at))
        elif rrtype == _SOA:
            mname, stop = _name(message, at, names)
            rname, stop = _name(message, stop, names)
            serial, refresh, retry, expire, minimum = _FIVE(message, stop)
            record = Record(owner, "SOA", ttl, (mname, rname, serial, refresh, retry, expire, minimum))
            stop += 20
        elif rrtype == _TXT:
            strings, stop = _strings(message, at, end)
            record = Record(owner, "TXT", ttl, strings)
        elif rrtype in (_CNAME, _PTR):
            host, stop = _name(message, at, names)
            record = Record(owner, "CNAME" if rrtype == _CNAME else "PTR", ttl, host)
        else:
            raise _Odd
        if stop != end:
            raise _Odd
        records.append(record)
        at = end
    if at != size:
        raise _Odd
    return Reply(
        rcode,
        flags & 0x0400 != 0,
        flags & 0x0200 != 0,
        tuple(records[:answers]),
        tuple(records[answers:before_additional]),
        tuple(records[before_additional:]),
    )


@lru_cache(_LABELS_KEPT)
def _label(label: bytes) -> str:
    if label.translate(None, _PLAIN):
        raise _Odd
    return label.lower().decode()


def _name(message: bytes, start: int, names: dict[int, str]) -> tuple[str, int]:
    """The name at `start` and the offset behind it. `names` keeps, by offset, the names that were read before."""
    length = message[start]
    if length >= _POINTER:
        return _pointed(message, start, names), start + 2
    if length == 0:
        return ROOT, start + 1
    at = start
    labels = []
    while 0 < length < _POINTER:
        if length > 63:
            raise _Odd
        after = at + 1 + length
        labels.append(_label(message[at + 1 : after]))
        at = after
        length = message[at]
    if length:
        labels.append(_pointed(message, at, names, start))
        at += 1
    text = ".".join(labels)
    if len(text) > _LONGEST_TEXT:
        raise _Odd
    names[start] = text
    return text, at + 1


def _pointed(message: bytes, at: int, names: dict[int, str], start: int | None = None) -> str:
    """The name that the pointer at `at` means; `start` is where the name that ends in this pointer begins.

    Only names before it: so that loops end. A pointer to a pointer, to the root or into the header is odd.
    """
    target = (message[at] & 0x3F) << 8 | message[at + 1]
    known = names.get(target)
    if (known is None or len(names) > _MOST_POINTERS) and _pointers(message, target) >= _MOST_POINTERS:
        raise _Odd
    if known is not None:
        return known
    before = at if start is None else start
    if not HEADER <= target < before or not 0 < message[target] < _POINTER:
        raise _Odd
    text, end = _name(message, target, names)
    if end > before:
        raise _Odd
    return text


def _pointers(message: bytes, at: int) -> int:
    """How many pointers are followed to read the name at `at`, which is known to end."""
    count = 0
    while message[at]:
        if message[at] < _POINTER:
            at += 1 + message[at]
        elif count == _MOST_POINTERS:
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


def _ipv6(message: bytes, at: int) -> str:
    """RFC 5952, section 4: the longest run of two or more zero groups is left out, the first of equals."""
    groups = _GROUPS(message, at)
    if not groups[0]:
        raise _Odd  # addresses that embed an IPv4 address are written in other ways
    text = "%x:%x:%x:%x:%x:%x:%x:%x" % groups  # noqa: UP031
    for zeros in _ZERO_RUNS:
        if zeros in text:  # whole groups: none but zero itself is written with a leading zero
            head, _, tail = text.partition(zeros)
            return f"{head}:{tail or ':'}"
    return text
