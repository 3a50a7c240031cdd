"""SRV RDATA, as the wire has it (RFC 2782)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.srv import Srv, build, parse


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
