"""Which records of an answer answer, and which a server only put there."""

import pytest

from mxlatch.terms import dns
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.answers import alias, answered, is_silent
from tests.fakes.internet import records, seen


def said(text, status=dns.ANSWER, name="example.com"):
    return seen(DnsQuestion("192.0.2.1", name, "MX"), status, dns.Reply(0, True, False, tuple(records(text))))


LOOP = "example.com CNAME a.example.com\na.example.com CNAME example.com"
LONG = "\n".join(f"n{i}.example CNAME n{i + 1}.example" for i in range(4000)) + "\nn4000.example MX 10 mx.example"


@pytest.mark.parametrize(
    ("case", "text", "name", "values"),
    [
        ("its own", "example.com MX 10 mx1.example.com", "example.com", ["mx1.example.com"]),
        ("another name's", "example.net MX 10 mx1.example.com", "example.com", []),
        (
            "at the alias's end",
            "w.example.com CNAME m.example\nm.example MX 5 mx.example",
            "w.example.com",
            ["mx.example"],
        ),
        ("the alias's end first", "m.example MX 5 mx.example\nw.example CNAME m.example", "w.example", ["mx.example"]),
        ("aliases that lead in a circle", LOOP, "example.com", []),
        ("aliases without end", LONG, "n0.example", []),
    ],
)
def test_what_answers(case, text, name, values):
    assert [record.value[1] for record in answered(said(text, name=name), "MX")] == values


def test_what_was_not_answered_has_no_records():
    assert answered(said("example.com MX 10 mx1.example.com", dns.NOT_AUTH), "MX") == ()


def test_where_an_alias_leads_in_the_end():
    assert alias(said("example.com CNAME a.example\na.example CNAME b.example")) == "b.example"
    assert alias(said("example.com MX 10 mx1.example.com")) == ""
    assert alias(said(LOOP)) == "a.example.com"


@pytest.mark.parametrize(
    ("status", "silent"),
    [
        *(
            (status, False)
            for status in ("answer", "nodata", "nxdomain", "referral", "refused", "not-auth", "not-allowed")
        ),
        *((status, True) for status in ("servfail", "no-response", "not-yet", "failed", "unreachable")),
    ],
)
def test_silence_and_refusal_differ(status, silent):
    assert is_silent(said("", status)) is silent
