"""Whom a source asks, and how it reads TXT records."""

import pytest

from mxlatch.terms import dns
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.candidate import Known
from mxlatch.world.enquiry import together
from mxlatch.world.nameservers import find_servers
from mxlatch.world.trail import everywhere, publicly, texts, unheard
from tests.fakes.example import internet, scope
from tests.fakes.internet import RESOLVER, seen


def known():
    named = {"ns1.example.com": ("parent",), "ns2.example.com": ("parent",)}
    (servers,) = internet().conclude(together([find_servers("example.com", named, {}, scope())]))
    return Known("example.com", (servers,), ())


def test_every_server_of_the_zone_and_public_resolution():
    asked = everywhere(["_dmarc.example.com"], "TXT", known(), scope())
    assert [question.server for question in asked] == [RESOLVER, "192.0.2.11", "192.0.2.12"]


def test_names_of_others_go_to_public_resolution_alone():
    asked = everywhere(["_spf.other.example"], "TXT", known(), scope())
    assert [question.server for question in asked] == [RESOLVER]


def test_without_a_resolver_nobody_is_asked():
    assert publicly(["a.example"], "TXT", scope(resolvers=())) == []


@pytest.mark.parametrize(
    ("statuses", "gaps"),
    [
        (("no-response", "servfail"), 1),
        (("no-response", "nxdomain"), 0),
        (("nodata", "servfail"), 0),
        (("not-allowed",), 0),
        ((), 0),
    ],
)
def test_a_question_is_unheard_if_nobody_answered_it(statuses, gaps):
    asked = [DnsQuestion(f"192.0.2.{n}", "example.com", "TXT") for n in range(len(statuses))]
    answers = [seen(question, status) for question, status in zip(asked, statuses, strict=True)]
    other = seen(DnsQuestion(RESOLVER, "other.example", "TXT"), "nodata")
    assert unheard([*answers, other]) == tuple(answers[:gaps])


@pytest.mark.parametrize(
    ("strings", "text"),
    [
        ((b"v=spf1 ip4:192.0.2", b".1 -all"), "v=spf1 ip4:192.0.2.1 -all"),
        ((b"\xc3\xa4",), "\\xc3\\xa4"),
        ((b"",), ""),
    ],
)
def test_the_strings_of_a_record_are_one_text(strings, text):
    question = DnsQuestion(RESOLVER, "example.com", "TXT", recursion=True)
    reply = dns.Reply(0, True, False, (dns.Record("example.com", "TXT", 60, strings),))
    assert texts(seen(question, dns.ANSWER, reply)) == (text,)
