"""TLSA records of exchangers, and whose word it is that they validate."""

import pytest

from mxlatch.terms import dns
from mxlatch.terms.observation import NOT_YET
from mxlatch.terms.outcome import Absent, Unknown
from mxlatch.terms.question import DnsQuestion
from mxlatch.wire.tlsa import RRTYPE, Tlsa
from mxlatch.world.candidate import Known
from mxlatch.world.dane import ask_dane, dane_of
from mxlatch.world.exchanges import ExchangeSeen
from tests.fakes.example import scope
from tests.fakes.internet import RESOLVER, seen

MX1, MX2 = "mx1.example.com", "mx2.example.com"
KNOWN = Known("example.com", (), (ExchangeSeen(MX1, "host"), ExchangeSeen(MX2, "host")))
KEY = Tlsa(3, 1, 1, "ab" * 32)
OCTETS = bytes((3, 1, 1)) + bytes.fromhex("ab" * 32)


def says(question, *records, authentic=False, status=""):
    """What the resolver says. records: RDATA of the TLSA."""
    if question.name == ".":
        soa = dns.Record(".", "SOA", 86400, ("a", "b", 1, 2, 3, 4, 5))
        return seen(question, "answer", dns.Reply(0, False, False, (soa,), authentic=authentic))
    if question.rrtype == "MX":
        mx = dns.Record("example.com", "MX", 300, (10, MX1))
        return seen(question, "answer", dns.Reply(0, False, False, (mx,), authentic=authentic))
    answer = tuple(dns.Record(question.name, RRTYPE, 600, each) for each in records)
    reply = dns.Reply(0, False, False, answer, authentic=authentic)
    return seen(question, status or ("answer" if records else "nodata"), reply, reason=status)


def concluded(root=True, mx=True, tlsa=True, **records):
    """What is known of two exchangers. root, mx, tlsa: the AD bit of these answers; mx1, mx2: RDATA or a status."""
    enquiry = ask_dane(KNOWN, scope())
    answers = []
    for question in next(enquiry):
        given = records.get("mx1" if MX1 in question.name else "mx2", ())
        authentic = root if question.name == "." else mx if question.rrtype == "MX" else tlsa
        status, rdatas = (given, ()) if isinstance(given, str) else ("", given)
        answers.append(says(question, *rdatas, authentic=authentic, status=status))
    return dane_of(answers, KNOWN.exchanges)


def test_what_is_asked_of_whom():
    asked = next(ask_dane(KNOWN, scope()))
    assert asked == [
        DnsQuestion(RESOLVER, ".", "SOA", recursion=True),
        DnsQuestion(RESOLVER, "example.com", "MX", recursion=True),
        DnsQuestion(RESOLVER, f"_25._tcp.{MX1}", RRTYPE, recursion=True),
        DnsQuestion(RESOLVER, f"_25._tcp.{MX2}", RRTYPE, recursion=True),
    ]


def test_nothing_is_asked_for_a_domain_that_the_inventory_does_not_name():
    with pytest.raises(StopIteration) as end:
        next(ask_dane(KNOWN, scope(leave=False)))
    assert dane_of(end.value.value, KNOWN.exchanges) is None


def test_one_has_tlsa_and_the_other_none():
    known = concluded(mx1=(OCTETS,))
    assert known.tlsa[MX1].value.records == (KEY,)
    assert known.tlsa[MX1].value.ttl == 600
    assert known.tlsa[MX2] == Absent("nodata")
    assert (known.secure(MX1), known.secure(MX2), known.secure("mx9.example.com")) == (True, False, None)


@pytest.mark.parametrize(
    ("case", "bits", "secure"),
    [
        ("all of it validates", {}, True),
        ("the MX does not", {"mx": False}, False),
        ("the TLSA does not", {"tlsa": False}, False),
        ("the resolver does not validate: nobody could say", {"root": False}, None),
        ("nor does it say so of one answer", {"root": False, "mx": False, "tlsa": False}, None),
    ],
)
def test_dane_counts_where_mx_and_tlsa_validate(case, bits, secure):
    assert concluded(mx1=(OCTETS,), **bits).secure(MX1) is secure


def test_records_that_no_sender_can_use():
    assert concluded(mx1=(bytes((1, 1, 1)) + OCTETS[3:],)).secure(MX1) is False
    assert concluded(mx1=(b"\3\1",)).tlsa[MX1] == Absent("answer")


def test_no_answer_is_unknown():
    known = concluded(mx1="servfail")
    assert known.tlsa[MX1] == Unknown("servfail")
    assert known.secure(MX1) is None


def test_none_at_an_alias_is_unknown():
    questions = next(ask_dane(KNOWN, scope()))
    cname = dns.Record(MX1, "CNAME", 60, "host.example.net")
    answer = seen(DnsQuestion(RESOLVER, MX1, "A", recursion=True), "answer", dns.Reply(0, False, False, (cname,)))
    alias = ExchangeSeen(MX1, "host", (("public resolution", answer),))
    known = dane_of([says(question) for question in questions], (alias,))
    assert known.tlsa[MX1] == Unknown("an alias: its TLSA may stand at host.example.net")


def test_an_authoritative_servers_word_tells_the_records_and_not_that_they_validate():
    question = DnsQuestion("192.0.2.11", f"_25._tcp.{MX1}", RRTYPE)
    known = dane_of([says(question, OCTETS, authentic=True)], KNOWN.exchanges)
    assert (known.mx, known.tlsa[MX1].value.records, known.tlsa[MX1].value.secure) == (None, (KEY,), None)
    assert known.secure(MX1) is None


def test_a_log_from_before_they_were_asked_for():
    questions = next(ask_dane(KNOWN, scope()))
    assert dane_of([seen(question, NOT_YET) for question in questions], KNOWN.exchanges) is None
