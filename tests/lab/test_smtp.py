"""Dialogues: "C:" is what a stranger says, "S:" what the real product would answer."""

import pytest
from msgspec import structs

from mxlatch.lab.post import MOST_KEPT, SPAM_MARKER, Post
from mxlatch.lab.smtp import LARGEST_MESSAGE, MOST_COMMANDS, Dialogue, Then
from mxlatch.lab.topology import MailHost

STRANGER = "203.0.113.99"
POSTFIX = MailHost(
    name="mx1.example.com",
    addresses=("192.0.2.11",),
    domains=("example.com",),
    recipients=("anna@example.com",),
    recipient_check=True,
)
EXIM = structs.replace(POSTFIX, name="mx2.example.com", software="exim", recipient_check=False)


def dialogue(host: MailHost, client: str = STRANGER, post: Post | None = None) -> Dialogue:
    return Dialogue(host, client, Post() if post is None else post, lambda: "Thu, 01 Jan 2026 00:00:00 +0000")


def play(host: MailHost, script: str, client: str = STRANGER, post: Post | None = None) -> None:
    """Say each C: line, and compare the S: lines below it."""
    session = dialogue(host, client, post)
    said: list[str] = []
    expected: list[str] = []
    for line in script.strip().splitlines():
        who, _, text = line.strip().partition(": ")
        if who == "C":
            assert said == expected
            said, expected = list(session.command(text).lines), []
        else:
            expected.append(text)
            if not said:
                said = list(session.greeting().lines)
    assert said == expected


def test_postfix() -> None:
    play(
        POSTFIX,
        """
        S: 220 mx1.example.com ESMTP Postfix
        C: EHLO probe.example
        S: 250-mx1.example.com
        S: 250-PIPELINING
        S: 250-SIZE 10240000
        S: 250-VRFY
        S: 250-ETRN
        S: 250-STARTTLS
        S: 250-ENHANCEDSTATUSCODES
        S: 250-8BITMIME
        S: 250-DSN
        S: 250-SMTPUTF8
        S: 250 CHUNKING
        C: MAIL FROM:<>
        S: 250 2.1.0 Ok
        C: RCPT TO:<anna@example.com>
        S: 250 2.1.5 Ok
        C: RCPT TO:<ANNA@Example.COM> NOTIFY=NEVER
        S: 250 2.1.5 Ok
        C: RCPT TO:<postmaster@example.com>
        S: 250 2.1.5 Ok
        C: RCPT TO:<nobody@example.com>
        S: 550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown in virtual mailbox table
        C: RCPT TO:<probe@sender.example>
        S: 554 5.7.1 <probe@sender.example>: Relay access denied
        C: RSET
        S: 250 2.0.0 Ok
        C: RCPT TO:<anna@example.com>
        S: 503 5.5.1 Error: need MAIL command
        C: QUIT
        S: 221 2.0.0 Bye
        """,
    )


def test_exim_without_a_recipient_check_takes_every_local_part() -> None:
    play(
        EXIM,
        """
        S: 220 mx2.example.com ESMTP Exim 4.96 Thu, 01 Jan 2026 00:00:00 +0000
        C: HELO probe.example
        S: 250 mx2.example.com Hello probe.example [203.0.113.99]
        C: MAIL FROM:<probe@sender.example> SIZE=100
        S: 250 OK
        C: RCPT TO:<nobody@example.com>
        S: 250 Accepted
        C: RCPT TO:<probe@sender.example>
        S: 550 relay not permitted
        C: quit
        S: 221 mx2.example.com closing connection
        """,
    )


@pytest.mark.parametrize(
    ("software", "unknown", "foreign"),
    [
        ("exim", "550 Unrouteable address", "550 relay not permitted"),
        (
            "opensmtpd",
            "524 5.2.4 Mailing list expansion problem: <x@example.com>",
            "550 Invalid recipient: <x@else.example>",
        ),
        ("sendmail", "550 5.1.1 <x@example.com>... User unknown", "550 5.7.1 <x@else.example>... Relaying denied"),
        (
            "exchange",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
        ),
        (
            "qmail",
            "550 sorry, no mailbox here by that name (#5.1.1)",
            "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        ),
    ],
)
def test_each_product_refuses_in_its_own_words(software: str, unknown: str, foreign: str) -> None:
    session = dialogue(structs.replace(POSTFIX, software=software))
    session.command("EHLO probe.example")
    session.command("MAIL FROM:<>")
    assert session.command("RCPT TO:<x@example.com>").lines == (unknown,)
    assert session.command("RCPT TO:<x@else.example>").lines == (foreign,)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("", "500 5.5.2 Error: command not recognized"),
        ("FOO bar", "500 5.5.2 Error: command not recognized"),
        ("{host} {x}", "500 5.5.2 Error: command not recognized"),
        ("EHLO", "501 Syntax: EHLO hostname"),
        ("HELO ", "501 Syntax: EHLO hostname"),
        ("MAIL", "501 5.5.4 Syntax: MAIL FROM:<address>"),
        ("MAIL TO:<a@b>", "501 5.5.4 Syntax: MAIL FROM:<address>"),
        ("MAIL FROM:<a b@c>", "501 5.5.4 Syntax: MAIL FROM:<address>"),
        ("mail from:<{host}@b.example>", "250 2.1.0 Ok"),
        ("MAIL FROM: a@b.example", "250 2.1.0 Ok"),
        ("DATA", "503 5.5.1 Error: need RCPT command"),
        ("RCPT TO:<anna@example.com>", "503 5.5.1 Error: need MAIL command"),
        ("STARTTLS now", "501 5.5.4 Syntax: STARTTLS"),
        ("XCLIENT ADDR=10.0.0.1", "550 5.7.0 Error: insufficient authorization"),
        ("NOOP", "250 2.0.0 Ok"),
        ("VRFY anna", "252 2.0.0 anna"),
    ],
)
def test_first_commands(line: str, reply: str) -> None:
    assert dialogue(POSTFIX).command(line).lines == (reply,)


def test_nested_mail_and_data_without_recipients() -> None:
    session = dialogue(POSTFIX)
    session.command("MAIL FROM:<a@b.example>")
    assert session.command("MAIL FROM:<c@b.example>").lines == ("503 5.5.1 Error: nested MAIL command",)
    session.command("RCPT TO:<nobody@example.com>")
    assert session.command("DATA").lines == ("554 5.5.1 Error: no valid recipients",)


@pytest.mark.parametrize(
    ("changes", "banner"),
    [
        ({"hide_banner": True}, "220 mx1.example.com ESMTP"),
        ({"banner": "{host} says *****"}, "220 {host} says *****"),
        ({"behaviour": "busy"}, "421 4.3.2 mx1.example.com Service not available, try again later"),
        ({"behaviour": "refuses"}, "554 5.7.1 mx1.example.com No SMTP service here"),
    ],
)
def test_banners(changes: dict[str, object], banner: str) -> None:
    assert dialogue(structs.replace(POSTFIX, **changes)).greeting().lines == (banner,)


def test_tls_is_offered_once_and_what_was_said_before_is_forgotten() -> None:
    session = dialogue(POSTFIX)
    session.command("EHLO probe.example")
    session.command("MAIL FROM:<a@b.example>")
    assert session.command("STARTTLS").then is Then.TLS
    session.secured()
    assert session.command("RCPT TO:<anna@example.com>").lines[0].startswith("503")
    assert "250-STARTTLS" not in session.command("EHLO probe.example").lines
    assert session.command("STARTTLS").lines[0].startswith("500")


def test_no_tls_where_none_is_declared() -> None:
    session = dialogue(structs.replace(POSTFIX, tls="none"))
    assert not any("STARTTLS" in line for line in session.command("EHLO probe.example").lines)


@pytest.mark.parametrize(
    ("changes", "client", "replies"),
    [
        ({"greylist": True}, STRANGER, ["450", "250"]),
        ({"greylist": True, "trusts": (STRANGER,)}, STRANGER, ["250", "250"]),
        ({"listed": ("203.0.113.0/24",)}, STRANGER, ["554", "554"]),
        ({"listed": ("203.0.113.0/24",), "trusts": (STRANGER,)}, STRANGER, ["250", "250"]),
        ({"listed": ("203.0.113.0/24",)}, "198.51.100.9", ["250", "250"]),
        ({"spf": {"b.example": ("198.51.100.80",)}}, STRANGER, ["550", "550"]),
        ({"spf": {"b.example": ("198.51.100.80",)}}, "198.51.100.80", ["250", "250"]),
        ({"spf": {"c.example": ("198.51.100.80",)}}, STRANGER, ["250", "250"]),
        ({"spf": {"b.example": ()}, "own_relays": (STRANGER,)}, STRANGER, ["250", "250"]),
        ({"spf": {"b.example": ()}, "trusts": (STRANGER,)}, STRANGER, ["250", "250"]),
        ({"after": ("mx0.example.com",)}, STRANGER, ["450", "450"]),
        ({"behaviour": "normal"}, STRANGER, ["250", "250"]),
    ],
)
def test_latches_that_judge_by_client(changes: dict[str, object], client: str, replies: list[str]) -> None:
    session = dialogue(structs.replace(POSTFIX, **changes), client)
    session.command("MAIL FROM:<a@b.example>")
    assert [session.command("RCPT TO:<anna@example.com>").lines[0][:3] for _ in replies] == replies


def test_spf_judges_by_who_xclient_says_it_is() -> None:
    play(
        structs.replace(
            POSTFIX, xclient=("192.0.2.12",), own_relays=("192.0.2.12",), spf={"bank.example": ()}, extensions=()
        ),
        """
        S: 220 mx1.example.com ESMTP Postfix
        C: MAIL FROM:<a@Bank.Example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<anna@example.com>
        S: 250 2.1.5 Ok
        C: XCLIENT ADDR=203.0.113.99
        S: 220 mx1.example.com ESMTP Postfix
        C: MAIL FROM:<a@bank.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<anna@example.com>
        S: 550 5.7.23 203.0.113.99 is not allowed to send mail from a@bank.example: SPF fail
        C: RSET
        S: 250 2.0.0 Ok
        C: MAIL FROM:<>
        S: 250 2.1.0 Ok
        C: RCPT TO:<anna@example.com>
        S: 250 2.1.5 Ok
        """,
        client="192.0.2.12",
    )


def test_who_tried_the_better_door_first_may_come_to_the_next() -> None:
    post = Post()
    first = dialogue(POSTFIX, post=post)
    first.command("MAIL FROM:<a@b.example>")
    first.command("RCPT TO:<anna@example.com>")
    second = dialogue(structs.replace(EXIM, after=("mx1.example.com",)), post=post)
    second.command("MAIL FROM:<a@b.example>")
    assert second.command("RCPT TO:<anna@example.com>").lines == ("250 Accepted",)


def test_xclient_changes_the_client_and_begins_anew() -> None:
    play(
        structs.replace(POSTFIX, xclient=("192.0.2.12",), listed=("203.0.113.66",), extensions=()),
        """
        S: 220 mx1.example.com ESMTP Postfix
        C: EHLO mx2.example.com
        S: 250-mx1.example.com
        S: 250-STARTTLS
        S: 250 XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT
        C: XCLIENT ADDR=203.0.113.666
        S: 501 5.5.4 Bad ADDR syntax
        C: XCLIENT NAME=x ADDR=203.0.113.66
        S: 220 mx1.example.com ESMTP Postfix
        C: MAIL FROM:<a@b.example>
        S: 250 2.1.0 Ok
        C: RCPT TO:<anna@example.com>
        S: 554 5.7.1 Service unavailable; Client host [203.0.113.66] blocked using zen.dnsbl.example
        """,
        client="192.0.2.12",
    )


def sent(host: MailHost, content: bytes, client: str = STRANGER, post: Post | None = None) -> tuple[str, bool]:
    """The reply to a message's final dot, and whether it goes on to a mailbox."""
    session = dialogue(host, client, post)
    session.command("EHLO sender.example")
    session.command("MAIL FROM:<a@b.example>")
    session.command("RCPT TO:<anna@example.com>")
    assert session.command("DATA").then is Then.DATA
    answer = session.message(content)
    return answer.lines[0], answer.message is not None


SPAM = b"Subject: x\r\n\r\n" + SPAM_MARKER + b"\r\n"


@pytest.mark.parametrize(
    ("content", "changes", "reply", "goes_on", "quarantined"),
    [
        (b"Subject: x\r\n\r\nhello\r\n", {"content": "refuse"}, "250 2.0.0 Ok: queued as 4C0000001", True, 0),
        (SPAM, {}, "250 2.0.0 Ok: queued as 4C0000001", True, 0),
        (SPAM, {"content": "refuse"}, "550 5.7.1 Message content rejected", False, 0),
        (SPAM, {"content": "quarantine"}, "250 2.0.0 Ok: queued as 4C0000001", False, 1),
        (SPAM, {"content": "refuse", "trusts": (STRANGER,)}, "250 2.0.0 Ok: queued as 4C0000001", True, 0),
        (b"x" * (LARGEST_MESSAGE + 1), {}, "552 5.3.4 Message size exceeds fixed limit", False, 0),
    ],
)
def test_messages(content: bytes, changes: dict[str, object], reply: str, goes_on: bool, quarantined: int) -> None:
    post = Post()
    assert sent(structs.replace(POSTFIX, **changes), content, post=post) == (reply, goes_on)
    assert len(post.quarantine) == quarantined


def test_a_trace_header_is_put_first() -> None:
    session = dialogue(POSTFIX)
    session.command("EHLO sender.example")
    session.command("MAIL FROM:<a@b.example>")
    session.command("RCPT TO:<anna@example.com>")
    message = session.message(b"Subject: x\r\n\r\n").message
    assert message is not None
    assert message.content == (
        b"Received: from sender.example ([203.0.113.99])\r\n"
        b"\tby mx1.example.com with ESMTP id 4C0000001;\r\n\tThu, 01 Jan 2026 00:00:00 +0000\r\n"
        b"Subject: x\r\n\r\n"
    )
    assert message.doors == ("mx1.example.com",)


def test_bounds() -> None:
    assert sent(POSTFIX, b"x", post=Post(accepted=MOST_KEPT))[0] == "452 4.3.1 Insufficient system storage"
    session = dialogue(POSTFIX)
    replies = [session.command("NOOP") for _ in range(MOST_COMMANDS + 1)]
    assert replies[-1].lines[0].startswith("421")
    assert replies[-1].then is Then.CLOSE
    session = dialogue(POSTFIX)
    session.command("MAIL FROM:<>")
    assert [session.command("RCPT TO:<anna@example.com>").lines[0][:3] for _ in range(101)][-1] == "452"


def test_what_a_door_was_told_can_be_asked() -> None:
    post = Post()
    dialogue(POSTFIX, post=post).command("EHLO probe.example")
    assert post.transcript == [("mx1.example.com", STRANGER, "EHLO probe.example")]
