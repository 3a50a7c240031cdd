"""RDAP domain objects, as registries and as strangers write them (RFC 9083)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.rdap import name_servers

WHOLE = b"""{"objectClassName": "domain", "ldhName": "EXAMPLE.COM", "status": ["active"], "nameservers": [
  {"objectClassName": "nameserver", "ldhName": "NS1.EXAMPLE.COM"},
  {"objectClassName": "nameserver", "ldhName": "ns2.example.com."}]}"""


def test_names_are_lower_case_and_sorted():
    assert name_servers(WHOLE, "example.com") == ("ns1.example.com", "ns2.example.com")


def test_a_domain_without_name_servers_has_none():
    assert name_servers(b'{"objectClassName": "domain", "ldhName": "example.com"}', "example.com") == ()


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<html>", "not an RDAP domain object"),
        (b'{"objectClassName": "entity"}', "of class 'entity'"),
        (b'{"objectClassName": "domain", "ldhName": "other.com"}', "speaks of 'other.com'"),
        (b'{"objectClassName": "domain", "nameservers": [{"ldhName": "a b"}]}', "that is no name"),
        (b'{"objectClassName": "domain", "nameservers": [%s]}' % b",".join([b'{"ldhName": "a.b"}'] * 99), "over 64"),
    ],
)
def test_what_is_no_answer_says_why(body, complaint):
    with pytest.raises(ProtocolError, match=complaint):
        name_servers(body, "example.com")


@given(st.binary(max_size=300))
def test_garbage_raises_only_protocol_errors(body):
    with contextlib.suppress(ProtocolError):
        name_servers(body, "example.com")
