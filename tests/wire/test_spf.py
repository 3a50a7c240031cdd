"""SPF records as people publish them, right and wrong (RFC 7208)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.wire.spf import LONGEST, MOST_TERMS, is_spf, parse


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("v=spf1 -all", True),
        ("v=spf1", True),
        ("V=SPF1 mx", True),
        ("v=spf10 -all", False),
        ("v=spf1-all", False),
        ("spf2.0/pra mx", False),
        (" v=spf1", False),
        ("", False),
    ],
)
def test_what_is_an_spf_record(text, is_one):
    assert is_spf(text) == is_one


@pytest.mark.parametrize(
    ("term", "name", "domain", "network", "lengths"),
    [
        ("ip4:192.0.2.1", "ip4", "", "192.0.2.1/32", ""),
        ("-ip4:192.0.2.9/29", "ip4", "", "192.0.2.8/29", ""),
        ("IP6:2001:DB8::1/125", "ip6", "", "2001:db8::/125", ""),
        ("ip6:::ffff:192.0.2.1", "ip6", "", "::ffff:c000:201/128", ""),
        ("a", "a", "", "None", ""),
        ("a/24//64", "a", "", "None", "/24//64"),
        ("?a:Mail.Example.COM.", "a", "mail.example.com", "None", ""),
        ("mx:example.org/28", "mx", "example.org", "None", "/28"),
        ("include:_spf.example.com", "include", "_spf.example.com", "None", ""),
        ("redirect=_spf.example.com", "redirect", "_spf.example.com", "None", ""),
        ("exists:%{i}._spf.%{d}", "exists", "%{i}._spf.%{d}", "None", ""),
        ("include:%{d}.x.example", "include", "%{d}.x.example", "None", ""),
        ("ptr", "ptr", "", "None", ""),
        ("~all", "all", "", "None", ""),
    ],
)
def test_a_term(term, name, domain, network, lengths):
    record = parse(f"v=spf1 {term}")
    (only,) = record.terms
    assert (only.name, only.domain, str(only.network), only.lengths) == (name, domain, network, lengths)
    assert only.macro == ("%" in term)
    assert record.faults == ()


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ("ip4:192.0.2.256", "no ip4 address"),
        ("ip4:192.0.2.0/255.255.255.0", "no ip4 address"),
        ("ip4:2001:db8::1", "no ip4 address"),
        ("ip4:mail.example.com", "no ip4 address"),
        ("ip6:fe80::1%eth0", "no ip6 address"),
        ("ip4", "an address is missing"),
        ("ip4:", "an address is missing"),
        ("include", "a domain is missing"),
        ("include:", "a domain is missing"),
        ("redirect=", "a domain is missing"),
        ("include:a..example", "empty label"),
        ("include:x.example/24", "no prefix length"),
        ("all:x.example", "all takes no domain"),
        ("a:m\u00e4il.example", "not ASCII"),
        ("ipv4:192.0.2.1", "no such mechanism"),
        ("192.0.2.1", "neither a mechanism nor a modifier"),
        ("-all;", "neither a mechanism nor a modifier"),
    ],
)
def test_a_wrong_term_is_told_and_the_rest_is_read(term, fault):
    record = parse(f"v=spf1 {term} ip4:192.0.2.7 -all")
    assert [t.name for t in record.terms] == ["ip4", "all"]
    assert len(record.faults) == 1
    assert fault in record.faults[0]


def test_unknown_modifiers_are_ignored_and_spaces_are_free():
    record = parse("v=spf1  mx   future=thing  exp=why.example.com -all ")
    assert [t.name for t in record.terms] == ["mx", "exp", "all"]
    assert record.faults == ()
    assert record.has_all


def test_two_redirects_are_a_fault():
    assert parse("v=spf1 redirect=a.example redirect=b.example").faults == ("redirect stands more than once",)


def test_an_endless_record_is_bounded():
    record = parse("v=spf1 " + "a " * LONGEST)
    assert len(record.terms) == MOST_TERMS
    assert "only the first" in record.faults[0]


@given(st.text(max_size=300))
def test_garbage_raises_nothing(text):
    parse(text)
    for fault in parse(f"v=spf1 {text}").faults:
        assert len(fault) < 500
