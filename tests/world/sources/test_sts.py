"""Exchangers out of an MTA-STS policy."""

from mxlatch.terms.question import HttpQuestion
from mxlatch.world.candidate import Known
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.sources.sts import find
from mxlatch.world.trail import Trail
from tests.fakes.example import internet, scope

URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
POLICY = (
    b"version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: hub.example.com\nmx: *.in.example.com\nmax_age: 86400\n"
)
KNOWN = Known("example.com", (), (ExchangeSeen("mx1.example.com", "host"),))


def web(page=POLICY, txt="v=STSv1; id=1"):
    net = internet(resolver=f"_mta-sts.example.com TXT {txt}")
    net.pages[URL] = page
    return net


def test_what_the_policy_lists_beyond_the_mx():
    (only,) = web().conclude(find(KNOWN, scope())).candidates
    assert (only.name, only.source) == ("hub.example.com", "MTA-STS")
    assert only.evidence[0].text == "MTA-STS policy: mx: hub.example.com"
    assert only.evidence[0].command == f"curl -s {URL}"


def test_wildcards_are_told():
    told = web().conclude(find(KNOWN, scope())).told
    assert [e.text for e in told] == ["MTA-STS policy: mx: *.in.example.com: a wildcard, no host"]


def test_the_page_is_fetched_only_for_what_the_inventory_names_and_only_if_it_is_announced():
    for net, leave in ((web(), False), (web(txt="hello"), True)):
        assert net.conclude(find(KNOWN, scope(leave=leave))) == Trail()
        assert not any(isinstance(question, HttpQuestion) for question in net.asked)


def test_a_page_that_is_no_policy_is_told():
    told = web(b"<html>").conclude(find(KNOWN, scope())).told
    assert [e.text for e in told] == ["not an MTA-STS policy of version STSv1"]


def test_no_page_is_told():
    net = internet(resolver="_mta-sts.example.com TXT v=STSv1; id=1", rdap=None)
    assert [e.text for e in net.conclude(find(KNOWN, scope())).told] == ["no MTA-STS policy: not-found"]


def test_a_redirect_is_no_policy_and_the_section_is_named():
    net = internet(resolver="_mta-sts.example.com TXT v=STSv1; id=1")
    net.rdap_status = "moved"
    found = net.conclude(find(KNOWN, scope()))
    assert [e.text for e in found.told] == [
        "no MTA-STS policy: moved, and a redirect must not be followed (RFC 8461 3.3)"
    ]
    assert (found.candidates, found.unheard) == ((), ())
    assert [q.redirects for q in net.asked if isinstance(q, HttpQuestion)] == ["refused"]


def test_what_the_gate_refused_is_not_called_absent():
    net = internet(resolver="_mta-sts.example.com TXT v=STSv1; id=1")
    net.rdap_status = "not-allowed"
    found = net.conclude(find(KNOWN, scope()))
    assert [e.text for e in found.told] == ["MTA-STS policy not fetched: not-allowed"]
    assert found.unheard == ()


def test_a_page_that_cannot_be_fetched_or_trusted_is_unheard():
    net = internet(resolver="_mta-sts.example.com TXT v=STSv1; id=1")
    net.rdap_status = "failed"
    found = net.conclude(find(KNOWN, scope()))
    assert (found.candidates, found.told) == ((), ())
    assert [o.question.url for o in found.unheard] == [URL]
