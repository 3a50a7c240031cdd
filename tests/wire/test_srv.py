"""SRV RDATA, as the wire has it (RFC 2782)."""

import contextlib

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.dns import read
from mxlatch.wire.srv import RRTYPE, Srv, build, parse


@pytest.mark.parametrize(
    ("rdata", "record"),
    [
        (b"\0\x05\0\x00\x02\x4b\4MAIL\7example\3com\0", Srv(5, 0, 587, "mail.example.com")),
        (b"\0\0\0\0\0\0\0", Srv(0, 0, 0, ".")),
        (b"\0\0\0\1\1\xbb\3a.b\2ex\0", Srv(0, 1, 443, "a\\046b.ex")),
    ],
)
def test_a_record(rdata, record):
    assert parse(rdata) == record
    assert parse(build(record)) == record


@pytest.mark.parametrize(
    "rdata",
    [
        b"",
        b"\0\0\0\0\0\0",
        b"\0\0\0\0\0\0\4mail",
        b"\0\0\0\0\0\0\4mai\0",
        b"\0\0\0\0\0\0\4mail\0x",
        b"\0\0\0\0\0\0\4mail\xc0\x0c",
        b"\0\0\0\0\0\0" + b"\1a" * 200 + b"\0",
    ],
)
def test_what_is_no_record_raises(rdata):
    with pytest.raises(ProtocolError):
        parse(rdata)


@given(st.binary(max_size=300))
def test_garbage_raises_only_protocol_errors(rdata):
    with contextlib.suppress(ProtocolError):
        record = parse(rdata)
        assert parse(build(record)) == record


def test_a_server_s_answer_is_read_to_the_record():
    """The octets of another implementation's message, through our reader."""
    message = dns.message.make_response(dns.message.make_query("_imaps._tcp.example.com", "SRV"))
    message.flags |= dns.flags.AA
    owner = "_imaps._tcp.example.com."
    message.answer.append(dns.rrset.from_text(owner, 300, "IN", "SRV", "0 1 993 mail.example.com."))
    question = DnsQuestion("192.0.2.1", "_imaps._tcp.example.com", RRTYPE)
    status, reply, _ = read(message.to_wire(), question)
    assert (status, reply.answer[0].rrtype) == ("answer", RRTYPE)
    assert parse(reply.answer[0].value) == Srv(0, 1, 993, "mail.example.com")
