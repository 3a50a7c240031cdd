"""Lines of mail logs as the servers write them, and what a stranger may write into them."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.wire import maillog
from mxlatch.wire.maillog import Came, MailLog, Reader

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()
CAME = datetime(2026, 11, 22, 13, tzinfo=UTC).timestamp()
SYSLOG = b"Nov 22 13:00:00 hub "
EXIM = b"2026-11-22 13:00:00 1vMabc-0001xy-2Z "
EXCHANGE = b"2026-11-22T13:00:00.123Z,EX01\\Default Frontend EX01,08D675E58CA1DA38,9,192.0.2.1:25,%s:61061,%s"


def read(*lines: bytes, now: float = NOW) -> MailLog:
    reader = Reader(now)
    reader.take(lines)
    return reader.seen()


def addresses(*lines: bytes) -> list[str]:
    return sorted(read(*lines).by_address)


TAKEN = {
    "postfix": SYSLOG + b"postfix/smtpd[7]: 4A5B6C7D8E: client=out.example.org[203.0.113.5]",
    "long queue ids": SYSLOG + b"postfix/smtpd[7]: 4cXyZ12AbCz9Qw: client=out.example.org[203.0.113.5]",
    "no reverse name": SYSLOG + b"postfix/smtpd[7]: 4A5B6C7D8E: client=unknown[203.0.113.5]:41234",
    "IPv6": SYSLOG + b"postfix/smtpd[7]: 4A5B6C7D8E: client=out.example.org[2001:DB8::5]",
    "a second instance": SYSLOG + b"postfix-in/smtpd[7]: 4A5B6C7D8E: client=out.example.org[203.0.113.5]",
    "a login on port 25": SYSLOG + b"postfix/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5], sasl_username=x",
    "submission without login": SYSLOG + b"postfix/submission/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5]",
    "a date with its zone": b"2026-11-22T14:00:00.123456+01:00 hub postfix/smtpd[7]: 4A5B6C7D8E: client=o[203.0.113.5]",
    "a date in UTC": b"2026-11-22T13:00:00Z hub postfix/smtpd[7]: 4A5B6C7D8E: client=o[203.0.113.5]",
    "journalctl -o short-iso": b"2026-11-22T08:00:00-0500 hub postfix/smtpd[7]: 4A5B6C7D8E: client=o[203.0.113.5]",
    "exim": EXIM + b"<= a@x.example H=out.example [203.0.113.5] P=esmtps S=5 id=1@x",
    "exim with a HELO": EXIM + b"<= a@x.example H=out.example (me) [203.0.113.5] P=smtp",
    "exim without a name": EXIM + b"<= <> H=(me) [203.0.113.5]:2525 I=[192.0.2.1]:25 P=smtp",
    "exim 4.97": b"2026-11-22 13:00:00.1 +0000 [77] 1vMabc-00000001xyz-2Zab <= a@x.example H=o [203.0.113.5] P=smtp",
    "exim by syslog": SYSLOG + b"exim[7]: 2026-11-22 13:00:00 1vMabc-0001xy-2Z <= a@x.example H=o [203.0.113.5] P=smtp",
    "exim by syslog alone": SYSLOG + b"exim4[7]: 1vMabc-0001xy-2Z <= a@x.example H=o [203.0.113.5] P=smtp",
    "exim, a login on 25": EXIM + b"<= a@x H=o [203.0.113.5]:9 I=[192.0.2.1]:25 P=esmtpsa A=p:x",
    "exchange": EXCHANGE % (b"203.0.113.5", b'>,"250 2.6.0 <1@x> [InternalId=7, Hostname=EX01] Queued mail",'),
    "exchange 2010": EXCHANGE % (b"203.0.113.5", b">,250 2.6.0 <1@x> [InternalId=7] Queued mail for delivery,"),
    "exchange, IPv6": EXCHANGE.replace(b"192.0.2.1:", b"[::7]:") % (b"[2001:db8::5]", b">,250 2.6.0 <1@x> Queued,"),
    "an IPv4 address in IPv6": SYSLOG + b"postfix/smtpd[7]: 4A5B6C7D8E: client=out[::ffff:203.0.113.5]",
}  # fmt: skip


@pytest.mark.parametrize("line", TAKEN.values(), ids=TAKEN)
def test_mail_that_was_taken(line):
    made = read(line)
    (address,) = made.by_address
    assert address in ("203.0.113.5", "2001:db8::5")
    assert made.by_address[address] == Came(1, pytest.approx(CAME, abs=1))
    assert (made.days, made.lines, made.unknown) == (1, 1, 0)


NOT_TAKEN = {
    "only connected": b"postfix/smtpd[7]: connect from out.example.org[203.0.113.5]",
    "refused": b"postfix/smtpd[7]: NOQUEUE: reject: RCPT from out.example.org[203.0.113.5]: 550 5.1.1 <x@y>: unknown",
    "postscreen": b"postfix/postscreen[7]: CONNECT from [203.0.113.5]:4 to [192.0.2.1]:25",
    "postscreen let pass": b"postfix/postscreen[7]: PASS NEW [203.0.113.5]:4",
    "sent on": b"postfix/smtp[7]: 4A5B6C7D8E: to=<x@y.example>, relay=out.example.org[203.0.113.5]:25, status=sent",
    "a login at 587": b"postfix/submission/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5], sasl_username=x",
    "a login at 465": b"postfix/smtps/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5], sasl_method=x, sasl_username=x",
    "the own filter": b"postfix/10025/smtpd[7]: 4A5B6C7D8E: client=localhost[127.0.0.1]",
    "exim, by itself": b"exim[7]: 1vMabc-0001xy-2Z <= root@x.example U=root P=local S=5",
    "exim, sent on": b"exim[7]: 1vMabc-0001xy-2Z => a@x.example R=dns T=smtp H=out.example [203.0.113.5]",
    "exim, refused": b"exim[7]: H=out.example [203.0.113.5] F=<a@x> rejected RCPT <b@y>: unknown",
    "exim, a login at 587": b"exim[7]: 1vMabc-0001xy-2Z <= a@x H=o [203.0.113.5]:9 I=[192.0.2.1]:587 P=esmtpsa A=p:x",
    "no address": b"postfix/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.999]",
}


NOT_TAKEN = {case: SYSLOG + line for case, line in NOT_TAKEN.items()} | {
    "exchange, only connected": EXCHANGE % (b"203.0.113.5", b"+,,"),
    "exchange, refused": EXCHANGE % (b"203.0.113.5", b">,550 5.7.1 Unable to relay,"),
    "exchange, a stranger says it": EXCHANGE % (b"203.0.113.5", b"<,250 2.6.0 <1@x> Queued mail for delivery,"),
    "exchange, the sender is taken": EXCHANGE % (b"203.0.113.5", b">,250 2.1.0 Sender OK,"),
    "exchange, its own probe": EXCHANGE % (b"[::1]", b">,250 2.6.0 <1@x> Queued mail for delivery,"),
}


@pytest.mark.parametrize("line", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_what_is_no_mail_that_was_taken(line):
    made = read(line)
    assert (made.by_address, made.unknown) == ({}, 0)


FORGED = {
    "in the sender": b'1vMabc-0001xy-2Z <= "x H=y [198.51.100.9]"@a.example H=o.example [203.0.113.5] P=smtp',
    "in the HELO": b"1vMabc-0001xy-2Z <= a@x.example H=([198.51.100.9]) [203.0.113.5] P=smtp",
    "in the subject": b'1vMabc-0001xy-2Z <= a@x.example H=o [203.0.113.5] P=smtp T="H=y [198.51.100.9] I=[1::]:587 "',
}


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_a_stranger_writes_no_address(line):
    assert addresses(SYSLOG + b"exim[7]: " + line) == ["203.0.113.5"]


def test_a_stranger_writes_no_address_into_postfixs_lines():
    line = b"postfix/cleanup[7]: 4A5B6C7D8E: message-id=<x 4A5B6C7D8E: client=y[198.51.100.9]>"
    assert addresses(SYSLOG + line) == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"postfix/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5]",  # no time
        b"Foo 22 13:00:00 hub postfix/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5]",
        b"Feb 30 13:00:00 hub postfix/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5]",
        b"2026-13-01T13:00:00Z hub postfix/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5]",
        b"2027-01-01T13:00:00Z hub postfix/smtpd[7]: 4A5B6C7D8E: client=out[203.0.113.5]",  # is not yet
        b"#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context",
        # What Exchange sends, and what its front end hands to the transport service behind it.
        EXCHANGE.replace(b":25,", b":61062,") % (b"203.0.113.5", b"<,250 2.6.0 <1@x> Queued mail for delivery,"),
        EXCHANGE.replace(b":25,", b":2525,") % (b"192.0.2.1", b">,250 2.6.0 <1@x> Queued mail for delivery,"),
        EXCHANGE.replace(b"11-22", b"13-22") % (b"203.0.113.5", b">,250 2.6.0 <1@x> Queued mail for delivery,"),
        SYSLOG + b"dovecot: imap-login: Login: user=<x>, rip=203.0.113.5",
        SYSLOG + b"kernel: out[203.0.113.5]",
        b"x" * maillog.LONGEST_LINE + TAKEN["postfix"],
    ],
)
def test_other_lines_are_counted_as_unknown(line):
    assert read(line) == MailLog(lines=1, unknown=1)


@pytest.mark.parametrize(
    ("now", "line", "day"),
    [
        ("2027-01-03", b"Dec 31 23:59:59 ", "2026-12-31"),
        ("2026-12-31", b"Jan  1 00:00:00 ", "2027-01-01"),  # a server whose clock is ahead by a zone
        ("2026-03-01", b"Feb 29 01:00:00 ", "2024-02-29"),
    ],
)
def test_a_day_without_a_year_is_the_last_one(now, line, day):
    made = read(line + TAKEN["postfix"][16:], now=datetime.fromisoformat(f"{now}T23:00:00+00:00").timestamp())
    assert datetime.fromtimestamp(made.last, UTC).date().isoformat() == day


def test_messages_are_counted_by_address_whatever_the_order():
    lines = [TAKEN["postfix"].replace(b"22", b"%d" % day) for day in (20, 22, 21, 22)]
    for _ in range(5):
        random.Random(7).shuffle(lines)
        made = read(*lines)
        assert made.by_address == {"203.0.113.5": Came(4, CAME)}
        assert (made.first, made.last, made.days) == (CAME - 2 * 86_400, CAME, 3)


def test_addresses_beyond_the_bound_are_counted_only(monkeypatch):
    monkeypatch.setattr(maillog, "MOST_ADDRESSES", 2)
    made = read(*(TAKEN["postfix"].replace(b"113.5", b"113.%d" % n) for n in range(1, 10)))
    assert (len(made.by_address), made.left_out) == (2, 7)


# Any line, and lines that begin like a server's and go on otherwise.
HEADS = (
    b"",
    SYSLOG,
    SYSLOG + b"postfix/smtpd[7]: ",
    SYSLOG + b"exim[7]: 1vMabc-0001xy-2Z <= ",
    b"2026-11-22 13:00:00 ",
    EXCHANGE[: -len(b"%s:61061,%s")],
)


@given(st.lists(st.tuples(st.sampled_from(HEADS), st.binary(max_size=200)), max_size=8))
def test_garbage_raises_nothing_and_is_counted(lines):
    made = read(*(head + rest for head, rest in lines))
    assert made.lines == len(lines)
    assert 0 <= made.unknown <= made.lines


@given(st.sampled_from(sorted(TAKEN)), st.data())
def test_a_line_cut_short_or_altered_raises_nothing(name, data):
    line = bytearray(TAKEN[name])
    line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(line[: data.draw(st.integers(0, len(line)))]))
