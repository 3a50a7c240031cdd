"""Hosts in mail logs, line by line as the servers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.wire import peers
from mxlatch.wire.peers import hosts


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"postfix/smtp[7]: 4A: to=<x@a.example>, relay=hub.example.com[203.0.113.9]:25, delay=1, status=sent",
         (("hub.example.com", "203.0.113.9"),)),
        (b"postfix/smtpd[7]: connect from mail.example.com[2001:DB8::1]", (("mail.example.com", "2001:db8::1"),)),
        (b"postfix/smtpd[7]: 4A: client=out.example.com[203.0.113.5], sasl_username=x",
         (("out.example.com", "203.0.113.5"),)),
        (b"sendmail[7]: t6: to=<x@a.example>, relay=hub.example.com. [203.0.113.9], dsn=2.0.0, stat=Sent",
         (("hub.example.com", "203.0.113.9"),)),
        (b"2026-11-22 13:00:00 1a-b-c => x@a.example R=dns T=smtp H=hub.example.com [203.0.113.9]",
         (("hub.example.com", "203.0.113.9"),)),
        (b"2026-11-22 13:00:00 1a-b-c <= x@a.example H=out.example.com (helo.name) [203.0.113.5] P=esmtp",
         (("out.example.com", "203.0.113.5"),)),
        (b"postfix/smtp[7]: to=<x@a.example>, relay=none, delay=1", ()),
        (b"postfix/smtpd[7]: connect from unknown[203.0.113.5]", (("unknown", "203.0.113.5"),)),
        (b"relay=hub.example.com[203.0.113.999]:25", ()),
        (b"relay=-..-[203.0.113.9]:25", ()),
    ],
)  # fmt: skip
def test_a_line(line, found):
    assert hosts([line]) == found


def test_each_host_once():
    assert hosts([b"relay=a.example[192.0.2.1]:25"] * 3) == (("a.example", "192.0.2.1"),)


def test_bounds(monkeypatch):
    assert hosts([b"x" * peers.LONGEST_LINE + b" relay=a.example[192.0.2.1]:25"]) == ()
    monkeypatch.setattr(peers, "MOST_HOSTS", 2)
    assert len(hosts([b"relay=a%d.example[192.0.2.1]:25" % n for n in range(9)])) == 2


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_garbage_raises_nothing(lines):
    hosts(lines)
    hosts([b"relay=" + line for line in lines])
