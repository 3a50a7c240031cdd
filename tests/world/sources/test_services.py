"""Hosts where people send and read their mail."""

import pytest

from mxlatch.terms import dns
from mxlatch.terms.operators import Detect, Provider
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.candidate import Known
from mxlatch.world.sources.services import find
from tests.fakes.example import internet, scope
from tests.fakes.internet import seen

CLOUD = Provider("cloud", "Cloud", "mailbox", Detect(cname=("autodiscover.cloud.example",)), "2026-11-22", "test")


def trail(*records):
    net = internet(resolver="\n".join(records))
    return net.conclude(find(Known("example.com", (), ()), scope(providers=(CLOUD,))))


@pytest.mark.parametrize(
    ("records", "hosts"),
    [
        (("_submission._tcp.example.com SRV 0 1 587 hub.example.com",), ["hub.example.com"]),
        (("_imaps._tcp.example.com SRV 0 1 993 imap.example.net",), ["imap.example.net"]),
        (("_imap._tcp.example.com SRV 0 0 0 .",), []),
        (("autodiscover.example.com A 203.0.113.7",), ["autodiscover.example.com"]),
        (("autodiscover.example.com CNAME owa.example.com",), ["owa.example.com"]),
        (("autodiscover.example.com CNAME autodiscover.cloud.example",), []),
        (("_submission._tcp.example.com SRV 0 1 587 h.example.com", "autoconfig.example.com CNAME h.example.com"),
         ["h.example.com"]),
        ((), []),
    ],
)  # fmt: skip
def test_hosts_of_services(records, hosts):
    found = trail(*records).candidates
    assert [c.name for c in found] == hosts
    assert {c.port for c in found} <= {25}


def test_an_operators_service_is_told():
    (told,) = trail("autodiscover.example.com CNAME autodiscover.cloud.example").told
    assert told.text == "autodiscover.example.com CNAME autodiscover.cloud.example: this host is Cloud's"


def test_evidence_is_the_record():
    (host,) = trail("_submission._tcp.example.com SRV 0 1 587 hub.example.com").candidates
    assert host.evidence[0].text == "_submission._tcp.example.com SRV 0 1 587 hub.example.com"
    assert host.evidence[0].command == "dig @198.51.100.53 _submission._tcp.example.com TYPE33"


def test_octets_that_are_no_srv_are_told():
    enquiry = find(Known("example.com", (), ()), scope())
    questions = next(enquiry)
    answers = [seen(question, dns.NODATA) for question in questions]
    first = questions[0]
    assert isinstance(first, DnsQuestion)
    broken = dns.Record(first.name, "TYPE33", 60, b"\0\0\0")
    answers[0] = seen(first, dns.ANSWER, dns.Reply(0, True, False, (broken,)))
    with pytest.raises(StopIteration) as stop:
        enquiry.send(answers)
    assert stop.value.value.candidates == ()
    assert [e.text for e in stop.value.value.told] == ["_submission._tcp.example.com SRV: an SRV of 3 octets"]
