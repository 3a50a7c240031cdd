"""Hosts out of SPF records."""

import pytest

from mxlatch.terms.operators import Detect, Provider
from mxlatch.world.candidate import Known
from mxlatch.world.sources.spf import MOST_LOOKUPS, find
from tests.fakes.example import internet, scope

CLOUD = Provider("cloud", "Cloud Mail", "mailbox", Detect(spf=("spf.cloud.example",)), "2026-11-22", "test")


def trail(*records):
    """What is found where public resolution knows these records."""
    net = internet(resolver="\n".join(records))
    found = net.conclude(find(Known("example.com", (), ()), scope(providers=(CLOUD,))))
    return found, net


def hosts(*records):
    found, _ = trail(*records)
    return [c.name or c.address for c in found.candidates]


def told(*records):
    found, _ = trail(*records)
    return [evidence.text for evidence in found.told]


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ("v=spf1 ip4:203.0.113.7 -all", ["203.0.113.7"]),
        ("v=spf1 ip6:2001:db8::7 -all", ["2001:db8::7"]),
        ("v=spf1 ip4:203.0.113.8/31 -all", ["203.0.113.8", "203.0.113.9"]),
        ("v=spf1 a:hub.example.com a mx -all", ["hub.example.com", "example.com"]),
        ("v=spf1 mx:sub.example.com -all", ["back.example.com"]),
        ("v=spf1 include:_spf.example.com -all", ["203.0.113.9"]),
        ("v=spf1 redirect=_spf.example.com", ["203.0.113.9"]),
        ("v=spf1 redirect=_spf.example.com -all", []),
        ("v=spf1 include:spf.cloud.example -all", []),
        ("v=spf1 ip4:198.51.100.0/24 -all", []),
        ("v=spf1 ip4:nonsense ip4:203.0.113.7", ["203.0.113.7"]),
        ("v=spf1 include:gone.example.com ip4:203.0.113.7", ["203.0.113.7"]),
        ("v=spf1 include:loop.example.com", ["203.0.113.3"]),
        ("google-site-verification=x", []),
    ],
)
def test_which_hosts_a_record_names(record, found):
    more = (
        "sub.example.com MX 10 back.example.com",
        "_spf.example.com TXT v=spf1 ip4:203.0.113.9 -all",
        "spf.cloud.example TXT v=spf1 ip4:203.0.113.99 -all",
        "loop.example.com TXT v=spf1 ip4:203.0.113.3 include:example.com include:loop.example.com",
    )
    assert hosts(f"example.com TXT {record}", *more) == found


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ("v=spf1 ip4:198.51.100.0/24", "ip4:198.51.100.0/24: 256 addresses, not enumerated"),
        ("v=spf1 ip6:2001:db8::/32", "79228162514264337593543950336 addresses, not enumerated"),
        ("v=spf1 a:hub.example.com/28", "the network around the host is not enumerated"),
        ("v=spf1 include:spf.cloud.example", "include:spf.cloud.example: these hosts are Cloud Mail's"),
        (
            "v=spf1 exists:%{i}._spf.example.com",
            "exists:%{i}._spf.example.com: names no host: it asks about each client",
        ),
        ("v=spf1 ptr", "ptr: names no host: it asks about each client"),
        ("v=spf1 include:%{d2}.example.net", "macros are not expanded"),
        ("v=spf1 ipv4:203.0.113.7", "no such mechanism"),
        ("v=spf1 redirect=x.example.com ~all", "of no effect beside all"),
        ("v=spf1 include:gone.example.com", "include:gone.example.com: nxdomain"),
    ],
)
def test_what_is_told_and_not_followed(record, text):
    assert any(text in line for line in told(f"example.com TXT {record}"))


def test_two_records_are_told_and_both_are_read():
    records = ("example.com TXT v=spf1 ip4:203.0.113.1", "example.com TXT v=spf1 ip4:203.0.113.2")
    assert hosts(*records) == ["203.0.113.1", "203.0.113.2"]
    assert any("SPF of example.com: 2 records" in line for line in told(*records))


def test_evidence_shows_the_way_and_a_command():
    found, _ = trail("example.com TXT v=spf1 include:_spf.example.com", "_spf.example.com TXT v=spf1 ip4:203.0.113.9")
    (evidence,) = found.candidates[0].evidence
    assert evidence.text == "SPF of example.com: include:_spf.example.com ip4:203.0.113.9"
    assert evidence.command == "dig @198.51.100.53 _spf.example.com TXT"


def test_a_chain_without_end_is_followed_for_ten_look_ups():
    chain = [f"s{n}.example.com TXT v=spf1 include:s{n + 1}.example.com ip4:203.0.113.{n}" for n in range(50)]
    found, net = trail("example.com TXT v=spf1 include:s0.example.com", *chain)
    assert len(found.candidates) == MOST_LOOKUPS
    assert len(net.asked) == 1 + MOST_LOOKUPS
    assert any("verifiers stop at 10" in e.text for e in found.told)
    assert any("not followed, after so many" in e.text for e in found.told)


def test_a_record_of_a_hundred_includes_is_bounded_and_empty_ones_end_it_early():
    many = " ".join(f"include:n{n}.example.com" for n in range(100))
    found, net = trail(f"example.com TXT v=spf1 {many}")
    assert len(net.asked) == 1 + MOST_LOOKUPS
    assert any("look-ups that find nothing" in e.text for e in found.told)


def test_thousands_of_addresses_are_bounded():
    nets = " ".join(f"ip4:203.0.113.{n}/29" for n in range(0, 256, 8)) + " ip4:198.51.100.0/29"
    found, _ = trail(f"example.com TXT v=spf1 {nets}")
    assert len(found.candidates) == 256
    assert any("the rest is left out" in e.text for e in found.told)


@pytest.mark.parametrize("status", ["no-response", "servfail"])
def test_silence_is_unheard_and_finds_nothing(status):
    net = internet(resolver="example.com TXT v=spf1 include:_spf.example.com")
    net.resolver_status = status
    found = net.conclude(find(Known("example.com", (), ()), scope()))
    assert found.candidates == ()
    assert [o.question.name for o in found.unheard] == ["example.com"]


@pytest.mark.parametrize(
    ("term", "unheard"),
    [("include:_spf.example.com", "_spf.example.com TXT"), ("mx:sub.example.com", "sub.example.com MX")],
)
def test_an_include_that_nobody_answers_is_unheard(term, unheard):
    net = internet(resolver=f"example.com TXT v=spf1 {term} ip4:203.0.113.7")
    enquiry = find(Known("example.com", (), ()), scope())
    again = enquiry.send([net.ask(question) for question in next(enquiry)])
    net.resolver_status = "no-response"
    with pytest.raises(StopIteration) as stop:
        enquiry.send([net.ask(question) for question in again])
    assert [c.address for c in stop.value.value.candidates] == ["203.0.113.7"]
    assert [f"{o.question.name} {o.question.rrtype}" for o in stop.value.value.unheard] == [unheard]
