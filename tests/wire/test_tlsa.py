"""TLSA records: read, and which of them a mail server's clients heed."""

import pytest

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.tlsa import Tlsa, owner, parse


def test_a_record_is_read_and_written():
    record = parse(bytes((3, 1, 1)) + bytes.fromhex("AB" * 32))
    assert record == Tlsa(3, 1, 1, "ab" * 32)
    assert str(record) == f"3 1 1 {'ab' * 32}"


@pytest.mark.parametrize("rdata", [b"", b"\3", b"\3\1\1"])
def test_what_is_cut_off_is_none(rdata):
    with pytest.raises(ProtocolError, match="a TLSA of"):
        parse(rdata)


@pytest.mark.parametrize(
    ("fields", "usable", "of_key"),
    [
        ((3, 1, 1), True, True),
        ((3, 1, 2), True, True),
        ((3, 0, 1), True, False),
        ((2, 0, 1), True, False),
        ((1, 1, 1), False, False),  # public authorities: none of an SMTP client's business (RFC 7672 section 3.1.3)
        ((0, 0, 1), False, False),
        ((3, 2, 1), False, False),
        ((3, 1, 3), False, False),
        ((255, 1, 1), False, False),
    ],
)
def test_which_are_heeded(fields, usable, of_key):
    record = Tlsa(*fields, "ab")
    assert (record.usable, record.is_of_key) == (usable, of_key)


def test_where_they_stand():
    assert owner("mx1.example.com") == "_25._tcp.mx1.example.com"
