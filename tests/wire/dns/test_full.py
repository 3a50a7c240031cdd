"""What dnspython reads, as our values."""

from contextlib import suppress

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.dns import full

VALUES = [
    ("A", "192.0.2.1", "192.0.2.1"),
    ("AAAA", "::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("NS", "NS1.Example.com.", "ns1.example.com"),
    ("CNAME", r"a\.b.example.com.", r"a\046b.example.com"),
    ("PTR", ".", "."),
    ("MX", "10 *.example.com.", (10, r"\042.example.com")),
    ("SOA", "a. b. 1 2 3 4 5", ("a", "b", 1, 2, 3, 4, 5)),
    ("TXT", '"a" "\\255"', (b"a", b"\xff")),
    ("CAA", '0 issue "x"', b"\0\5issuex"),
]


@pytest.mark.parametrize(("rrtype", "text", "value"), VALUES)
def test_a_record_is_read(rrtype: str, text: str, value: object) -> None:
    answer = dns.message.make_response(dns.message.make_query("example.com", rrtype))
    answer.answer.append(dns.rrset.from_text("Example.com.", 60, "IN", rrtype, text))
    (record,) = full.parse(answer.to_wire()).answer
    assert (record.owner, record.ttl, record.value) == ("example.com", 60, value)
    assert record.rrtype == ("TYPE257" if rrtype == "CAA" else rrtype)


def test_the_header_is_read_with_the_extended_rcode() -> None:
    answer = dns.message.make_response(dns.message.make_query("example.com", "MX", use_edns=0))
    answer.flags |= dns.flags.AA | dns.flags.TC
    answer.set_rcode(dns.rcode.BADVERS)
    reply = full.parse(answer.to_wire())
    assert (reply.rcode, reply.authoritative, reply.truncated, reply.additional) == (16, True, True, ())


def test_equal_records_stay_two_in_the_order_of_the_message() -> None:
    section = b"\1a\0\0\x0f\0\1"
    records = b"".join(b"\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\4\0" + bytes((n,)) + b"\xc0\x0c" for n in (2, 1, 2))
    reply = full.parse(b"\0\1\x84\0\0\1\0\3\0\0\0\0" + section + records)
    assert [record.value for record in reply.answer] == [(2, "a"), (1, "a"), (2, "a")]


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_no_octets_raise_anything_but_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        full.parse(octets)
