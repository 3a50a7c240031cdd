"""The quick parser is held to the full one, and queries to what dnspython reads in them."""

import dns.edns
import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxlatch.terms.dns import Reply
from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns import full, quick
from mxlatch.wire.dns.quick import HEADER
from mxlatch.wire.dns.text import name_text

ALL_BITS = (1 << 8 * 255) - 1


def question(name: str = "example.com", rrtype: str = "MX", **rest: object) -> DnsQuestion:
    return DnsQuestion("192.0.2.53", name, rrtype, **rest)  # type: ignore[arg-type]


# Queries


@pytest.mark.parametrize("name", [".", "com", "example.com", r"\042.ex_a-m.p1e", "a" * 63 + ".b", ".".join("a" * 127)])
@pytest.mark.parametrize("rrtype", ["A", "MX", "SOA", "TXT", "TYPE257"])
@pytest.mark.parametrize("recursion", [False, True])
def test_a_query_says_what_was_asked(name: str, rrtype: str, recursion: bool) -> None:
    read = dns.message.from_wire(quick.pack(question(name, rrtype, recursion=recursion), 0xBEEF, 0))
    assert read.id == 0xBEEF
    assert read.flags == (dns.flags.RD | dns.flags.AD if recursion else 0)
    assert (read.edns, read.payload) == (0, 1232)
    (asked,) = read.question
    assert name_text(asked.name.labels[:-1]) == name
    assert dns.rdatatype.from_text(rrtype) == asked.rdtype


def test_case_bits_turn_letters_only() -> None:
    packet = quick.pack(question("mail-1.example"), 1, ALL_BITS)
    assert quick.question_section(packet) == b"\6MAIL-1\7EXAMPLE\0\0\x0f\0\1"
    packet = quick.pack(question("mail-1.example"), 1, 0x2000)  # the second octet from the end: the last letter
    assert quick.question_section(packet) == b"\6mail-1\7examplE\0\0\x0f\0\1"


def test_the_lower_spelling_has_no_case_bits() -> None:
    packet = quick.pack(question(spelling="lower"), 1, ALL_BITS)
    assert quick.question_section(packet) == b"\7example\3com\0\0\x0f\0\1"


def test_a_query_without_edns_differs_in_nothing_else() -> None:
    packet = quick.pack(question(), 7, 0)
    plain = dns.message.from_wire(quick.without_edns(packet))
    with_edns = dns.message.from_wire(packet)
    with_edns.use_edns(False)
    assert plain.to_wire() == with_edns.to_wire()


@pytest.mark.parametrize("asked", [question("Example.com"), question("a..b"), question(rrtype="mx"), question("é")])
def test_a_question_that_cannot_be_written_is_refused(asked: DnsQuestion) -> None:
    with pytest.raises(ValueError, match="is no"):
        quick.pack(asked, 1, 0)


# Answers

COMMON = {
    "MX": ["example.com. 60 IN MX 10 mx1.example.com.", "example.com. 60 IN MX 20 Mail.Example.NET."],
    "null MX": ["example.com. 60 IN MX 0 ."],
    "NS": ["example.com. 60 IN NS ns1.example.com.", "example.com. 60 IN NS ns.other.example."],
    "SOA": ["example.com. 60 IN SOA ns1.example.com. hostmaster.example.com. 2024 7200 900 1209600 300"],
    "A": ["example.com. 60 IN A 192.0.2.1", "example.com. 0 IN A 255.255.255.255"],
    "AAAA": [
        f"example.com. 60 IN AAAA {address}"
        for address in ("2001:db8::1", "fe80::", "2001:0:0:1::", "2001:db8:0:1:0:0:0:1", "1:2:3:4:5:6:7:8", "a:0:b::c")
    ],
    "CNAME": ["example.com. 60 IN CNAME mail.example.org.", "mail.example.org. 60 IN A 192.0.2.1"],
    "PTR": ["example.com. 60 IN PTR host.example.com."],
    "TXT": ['example.com. 60 IN TXT "v=spf1 " "-all"', 'example.com. 60 IN TXT ""'],
}
ODD = {
    "an escaped label": ['example.com. 60 IN MX 10 "a\\.b.example.com."'.replace('"', "")],
    "another type": ['example.com. 60 IN CAA 0 issue "ca.example"', "example.com. 60 IN SRV 1 2 25 a.example."],
    "an embedded address": ["example.com. 60 IN AAAA ::ffff:192.0.2.1", "example.com. 60 IN AAAA ::1"],
}


def message(records: list[str], authority: list[str] | None = None) -> bytes:
    """An authoritative answer to example.com/MX with these records."""
    made = dns.message.make_response(dns.message.make_query("example.com", "MX", use_edns=0))
    made.flags |= dns.flags.AA
    for section, lines in ((made.answer, records), (made.authority, authority or [])):
        for line in lines:
            section.append(dns.rrset.from_text(*line.split(maxsplit=4)))
    return made.to_wire()


def parse(octets: bytes, asked: DnsQuestion | None = None) -> Reply | None:
    asked = asked or question()
    return quick.parse(octets, asked.name, HEADER + len(quick.lower_question(asked)))


@pytest.mark.parametrize("records", COMMON.values(), ids=COMMON)
def test_the_common_answer_is_read_at_once(records: list[str]) -> None:
    octets = message(records, ["example.com. 60 IN NS ns9.example.com."])
    assert parse(octets) == full.parse(octets)


@pytest.mark.parametrize("records", ODD.values(), ids=ODD)
def test_the_odd_answer_is_left_to_the_full_parser(records: list[str]) -> None:
    octets = message(records)
    assert parse(octets) is None
    assert full.parse(octets).answer


def test_many_names_are_still_the_common_answer() -> None:
    octets = message([f"example.com. 60 IN MX {n} mx{n}.host{n}.example.com." for n in range(40)])
    assert parse(octets) == full.parse(octets) is not None


def test_a_chain_of_pointers_longer_than_dnspython_follows_is_odd() -> None:
    section = b"\7example\3com\0\0\x0f\0\1"
    octets = bytearray(b"\0\1\x84\0\0\1\0\x1e\0\0\0\0" + section)
    target = HEADER
    for _ in range(30):
        octets += b"\xc0\x0c\0\2\0\1\0\0\0\x3c\0\4"
        here = len(octets)
        octets += b"\1a" + (0xC000 | target).to_bytes(2, "big")
        target = here
    assert parse(bytes(octets)) is None
    with pytest.raises(ProtocolError):
        full.parse(bytes(octets))


SECTION = b"\7example\3com\0\0\x0f\0\1"
ONE_ANSWER = b"\0\1\x84\0\0\1\0\1\0\0\0\0" + SECTION
MX = b"\xc0\x0c\0\x0f\0\1\0\0\0\x3c"
BROKEN = {
    "nothing": b"",
    "half a header": ONE_ANSWER[:7],
    "no record where one is announced": ONE_ANSWER,
    "a pointer to itself": ONE_ANSWER + MX + b"\0\4\0\n\xc0\x2b",
    "a pointer to itself behind a label": ONE_ANSWER + MX + b"\0\6\0\n\1a\xc0\x2b",
    "a forward pointer": ONE_ANSWER + MX + b"\0\4\0\n\xc0\x40" + bytes(40),
    "a pointer beyond the end": ONE_ANSWER + MX + b"\0\4\0\n\xff\xff",
    "an owner that points at itself": ONE_ANSWER + b"\xc0\x1d\0\x0f\0\1\0\0\0\x3c\0\4\0\n\xc0\x0c",
    "a label of a reserved kind": ONE_ANSWER + MX + b"\0\5\0\n\x41a\0",
    "RDATA that is too long": ONE_ANSWER + MX + b"\0\5\0\n\xc0\x0c\0",
    "RDATA that is too short": ONE_ANSWER + MX + b"\0\3\0\n\xc0\x0c",
    "RDATA beyond the end": ONE_ANSWER + MX + b"\xff\xff\0\n\xc0\x0c",
    "an address of three octets": ONE_ANSWER + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\3\1\2\3",
    "an address cut by the end": ONE_ANSWER + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3",
    "TXT without a string": ONE_ANSWER + b"\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\0",
    "a string beyond its RDATA": ONE_ANSWER + b"\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\2\5a",
    "junk behind the last record": ONE_ANSWER + MX + b"\0\4\0\n\xc0\x0c!",
    "two OPT": b"\0\1\x84\0\0\1\0\0\0\0\0\2" + SECTION + 2 * b"\0\0\x29\x04\xd0\0\0\0\0\0\0",
    "OPT as an answer": ONE_ANSWER + b"\0\0\x29\x04\xd0\0\0\0\0\0\0",
    "a name of 256 octets": ONE_ANSWER + MX + b"\1\x02\0\n" + b"\x3f" + b"a" * 63 + 3 * (b"\x3f" + b"b" * 63) + b"\0",
    "a record of class CH": ONE_ANSWER + b"\xc0\x0c\0\x10\0\3\0\0\0\x3c\0\2\1a",
}


@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN)
def test_the_broken_answer_is_left_to_the_full_parser_which_refuses_it(octets: bytes) -> None:
    assert parse(octets) is None
    with pytest.raises(ProtocolError):
        full.parse(octets)


LABELS = st.sampled_from(["a", "MX1", "mail", "x_y-1", "example", "com"])
HOSTS = st.one_of(
    st.just("."),
    st.lists(LABELS, min_size=1, max_size=5).map(lambda labels: ".".join(labels) + "."),
    st.lists(LABELS, max_size=2).map(lambda labels: ".".join([*labels, "example.com."])),
)
NUMBERS = st.integers(0, 0x7FFFFFFF)
RECORDS = st.builds(
    "{} {} IN {}".format,
    HOSTS,
    NUMBERS,
    st.one_of(
        st.builds("MX {} {}".format, st.integers(0, 65535), HOSTS),
        HOSTS.map("NS {}".format),
        HOSTS.map("CNAME {}".format),
        st.ip_addresses(v=4).map("A {}".format),
        st.ip_addresses(v=6).map("AAAA {}".format),
        st.builds("SOA {} {} {} 1 2 3 4".format, HOSTS, HOSTS, NUMBERS),
        st.text("abc ", max_size=9).map('TXT "x" "{}"'.format),
    ),
)


@given(st.lists(RECORDS, max_size=8), st.lists(RECORDS, max_size=4))
@settings(deadline=None)
def test_whatever_the_quick_parser_reads_the_full_one_reads_too(answer: list[str], authority: list[str]) -> None:
    octets = message(answer, authority)
    read = parse(octets)
    assert read is None or read == full.parse(octets)


@given(st.lists(RECORDS, min_size=1, max_size=6), st.data())
@settings(deadline=None, max_examples=300)
def test_nor_do_they_differ_on_broken_messages(records: list[str], data: st.DataObject) -> None:
    octets = bytearray(message(records))
    start = HEADER + len(SECTION)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(start, len(octets) - 1))
        octets[at] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from([0, 0xC0, 0x0C, len(octets) & 0xFF])))
    cut = bytes(octets[: data.draw(st.one_of(st.just(len(octets)), st.integers(start, len(octets))))])
    read = parse(cut)
    try:
        truth = full.parse(cut)
    except ProtocolError:
        truth = None
    assert read is None or read == truth


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=300)
def test_garbage_is_odd_or_a_protocol_error(octets: bytes) -> None:
    octets = b"\0\1\x84\0\0\1\0\2\0\1\0\1" + SECTION + octets
    read = parse(octets)
    try:
        truth = full.parse(octets)
    except ProtocolError:
        truth = None
    assert read is None or read == truth
