"""RDAP domain objects, as registries and as strangers write them (RFC 9083)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.rdap import Holder, Registration, domain_holders, mail_address, name_servers, network_holders

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


NETWORK = b"""{"objectClassName": "ip network", "name": "PHYSICS-LAB", "startAddress": "192.0.2.0",
 "endAddress": "192.0.2.255", "entities": [
  {"handle": "ORG-1", "roles": ["registrant"], "vcardArray": ["vcard", [["version", {}, "text", "4.0"],
    ["fn", {}, "text", "Physics Department"], ["org", {}, "text", ["Example University", "Physics"]]]],
   "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [["fn", {}, "text", "Abuse desk"],
     ["email", {}, "text", "Abuse@Physics.Example.EDU"], ["email", {}, "text", "not an address"]]]}]},
  {"handle": "NIC-2", "roles": ["technical"]}]}"""


def test_who_holds_a_network():
    assert network_holders(NETWORK, "192.0.2.7") == Registration(
        "PHYSICS-LAB",
        (
            Holder(("registrant",), "Physics Department", "Example University"),
            Holder(("abuse",), "Abuse desk", "", ("Abuse@physics.example.edu",)),
        ),
    )


def test_who_holds_a_domain():
    body = b"""{"objectClassName": "domain", "ldhName": "EXAMPLE.COM", "entities": [
      {"roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "Example Ltd"]]]}]}"""
    assert domain_holders(body, "example.com") == Registration("example.com", (Holder(("registrant",), "Example Ltd"),))


DEEP = b'{"roles": ["r"], "entities": [' * 5000 + b"]}" * 5000


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<html>", "not an RDAP object"),
        (b'{"objectClassName": "domain"}', "of class 'domain', not ip network"),
        (b'{"objectClassName": "ip network", "startAddress": "x", "endAddress": "y"}', "a network that is none"),
        (NETWORK.replace(b"192.0.2.", b"198.51.100."), "speaks of 198.51.100.0 to 198.51.100.255"),
        (NETWORK.replace(b"192.0.2.255", b"2001:db8::1"), "speaks of"),
        (b'{"objectClassName": "ip network", "entities": [%s]}' % DEEP, "not an RDAP object"),
    ],
)
def test_what_is_no_network_says_why(body, complaint):
    with pytest.raises(ProtocolError, match=complaint):
        network_holders(body, "192.0.2.7")


@pytest.mark.parametrize(
    "card",
    [
        "7",
        "{}",
        '["vcard"]',
        '["vcard", 7]',
        '["vcard", [7, [], ["fn"], ["fn", {}, "text"], ["fn", {}, "text", 7], ["fn", {}, "text", []]]]',
        '["vcard", [["fn", {}, "text", " "], ["email", {}, "text", "a@b\\r\\nBcc: c@d.example"]]]',
    ],
)
def test_a_card_that_says_nothing_names_nobody(card):
    body = f'{{"objectClassName": "ip network", "entities": [{{"roles": ["abuse"], "vcardArray": {card}}}]}}'
    assert network_holders(body.encode(), "192.0.2.7").holders == ()


def test_what_a_registry_says_is_bounded():
    entity = '{"roles": ["abuse"], "vcardArray": ["vcard", [["fn", {}, "text", "%s"]]], "entities": []}'
    many = ",".join(entity % (f"{number}" + "x" * 9999) for number in range(500))
    holders = network_holders(
        f'{{"objectClassName": "ip network", "entities": [{many}]}}'.encode(), "192.0.2.7"
    ).holders
    assert len(holders) == 16
    assert max(len(holder.name) for holder in holders) == 200


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("postmaster@Example.COM.", "postmaster@example.com"),
        (" a.b+c@example.com ", "a.b+c@example.com"),
        ("@example.com", ""),
        ("a@b", ""),
        ("a@b@example.com", ""),
        ('"a b"@example.com', ""),
        ("a..b@example.com", ""),
        ("a@exa mple.com", ""),
        ("a\nb@example.com", ""),
        ("é@example.com", ""),
        ("x" * 65 + "@example.com", ""),
        ("", ""),
    ],
)
def test_only_what_is_plainly_an_address_is_one(text, address):
    assert mail_address(text) == address


@given(st.binary(max_size=300))
def test_garbage_about_a_network_raises_only_protocol_errors(body):
    with contextlib.suppress(ProtocolError):
        network_holders(body, "192.0.2.7")
