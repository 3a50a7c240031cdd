"""Handing one message over: dialogues ("S:" server, "C:" we), and where they can break off."""

import random

import pytest
from msgspec import structs

from mxlatch.terms.smtp import Tls
from mxlatch.wire.smtp.deliver import (
    LARGEST_MESSAGE,
    LARGEST_SESSION,
    LONGEST_TEXT_LINE,
    Delivery,
    Handed,
    Handover,
    stuffed,
)
from mxlatch.wire.smtp.dialogue import Close, Command, Send, StartTls

DELIVERY = Delivery(
    "192.0.2.25", 25, "mx.example.com", "example.com", "probe@sender.example", "anna@example.com",
    b"Subject: x\r\n\r\n.hidden\r\n",
)  # fmt: skip
GOOD = """
S: 220 mx.example.com ESMTP
C: EHLO probe.example
S: 250-mx.example.com
S: 250 SIZE 1000
C: MAIL FROM:<probe@sender.example>
S: 250 Ok
C: RCPT TO:<anna@example.com>
S: 250 Ok
C: DATA
S: 354 go
C: (message)
S: 250 2.0.0 queued as 1
C: QUIT
S: 221 bye
"""


def play(script: str, delivery: Delivery = DELIVERY) -> Handed:
    """Say each S: line, and hold what we say against the C: lines. TLS: S: "(tls ok)" or "(tls failed)"."""
    handover = Handover(delivery, "probe.example")
    said: list[Command] = []
    for line in script.strip().splitlines():
        who, _, text = line.strip().partition(": ")
        if who == "C":
            assert told(said.pop(0)) == text
        elif text.startswith("(tls "):
            assert said == []
            said = handover.tls_done(Tls(text[5:-1], reason="no cipher" if "failed" in text else ""))
        else:
            assert said == []
            said = handover.receive(f"{text}\r\n".encode())
    assert said in ([], [Close()])
    return handover.handed


def told(command: Command) -> str:
    match command:
        case StartTls(host=host):
            return f"(tls {host})"
        case Send(data=data) if data == stuffed(DELIVERY.message):
            return "(message)"
        case Send(data=data):
            return data.decode().removesuffix("\r\n")
    return "(close)"


def test_a_message_that_is_taken() -> None:
    handed = play(GOOD)
    assert (handed.state, handed.stage, handed.reason) == ("sent", "message", "")
    assert handed.reply is not None
    assert handed.reply.text == "2.0.0 queued as 1"
    assert [turn.command for turn in handed.session.turns][-2:] == ["message", "QUIT"]


@pytest.mark.parametrize(
    ("after", "answer", "state", "stage"),
    [
        ("", "554 No SMTP here", "refused", "banner"),
        ("", "421 busy", "deferred", "banner"),
        ("", "250 what", "not-sent", "banner"),
        ("C: EHLO", "421 busy", "deferred", "EHLO"),
        ("C: EHLO", "521 takes no mail", "refused", "EHLO"),
        ("C: MAIL", "550 no", "refused", "MAIL"),
        ("C: RCPT", "450 4.2.0 greylisted", "deferred", "RCPT"),
        ("C: RCPT", "550 5.1.1 unknown", "refused", "RCPT"),
        ("C: RCPT", "252 perhaps", "not-sent", "RCPT"),
        ("C: DATA", "451 later", "deferred", "DATA"),
        ("C: DATA", "250 what", "not-sent", "DATA"),
        ("C: (message)", "451 4.3.0 try again", "deferred", "message"),
        ("C: (message)", "550 5.7.1 spam", "refused", "message"),
        ("C: (message)", "354 go on", "unknown", "message"),
    ],
)
def test_where_a_door_says_no(after: str, answer: str, state: str, stage: str) -> None:
    lines = GOOD.strip().splitlines()
    cut = next((n + 1 for n, line in enumerate(lines) if after and line.startswith(after)), 0)
    handed = play("\n".join([*lines[:cut], f"S: {answer}", "C: QUIT"]))
    assert (handed.state, handed.stage) == (state, stage)
    assert handed.reply is not None
    assert handed.reply.code == int(answer[:3])


@pytest.mark.parametrize("how", ["closed", "timed_out", "abandon", "garbage", "early", "flood"])
@pytest.mark.parametrize("sent", range(7))
def test_what_breaks_off_after_the_message_began_is_unknown_and_before_it_not_sent(sent: int, how: str) -> None:
    handover = Handover(DELIVERY, "probe.example")
    server = [line[3:] for line in GOOD.strip().splitlines() if line.startswith("S: ")]
    for line in server[:sent]:
        handover.receive(f"{line}\r\n".encode())
    match how:
        case "closed" | "timed_out":
            commands = getattr(handover, how)()
        case "abandon":
            commands = handover.abandon("enough")
        case "garbage":
            commands = handover.receive(b"\x00\xff\r\n")
        case "early":
            commands = handover.receive(b"250 a\r\n250 b\r\n")
        case _:
            commands = handover.receive(b"250-x\r\n" * (LARGEST_SESSION // 7 + 2))
    assert commands == [Close()]
    handed = handover.handed
    assert handed.state == ("unknown" if sent == 6 else "not-sent")
    assert handed.reason
    assert handover.receive(b"250 ok\r\n") == handover.closed() == []


def test_what_an_interrupt_would_leave_is_known_at_every_moment() -> None:
    handover, states = Handover(DELIVERY, "probe.example"), []
    for line in GOOD.strip().splitlines():
        if line.startswith("S: "):
            handover.receive(f"{line[3:]}\r\n".encode())
            states.append(handover.handed.state)
    # After the banner, EHLO's two lines, MAIL and RCPT; then the message is on its way; then it was taken, and QUIT.
    assert states == [*["not-sent"] * 5, "unknown", "sent", "sent"]


def test_what_was_taken_stays_taken_whatever_comes_of_quit() -> None:
    for end in ("closed", "timed_out"):
        handover = Handover(DELIVERY, "probe.example")
        for line in GOOD.strip().splitlines():
            if line.startswith("S: ") and "221" not in line:
                handover.receive(f"{line[3:]}\r\n".encode())
        getattr(handover, end)()
        assert (handover.handed.state, handover.handed.reason) == ("sent", "")


TLS = """
S: 220 mx.example.com ESMTP
C: EHLO probe.example
S: 250-mx.example.com
S: 250 STARTTLS
C: {then}
"""


def test_tls_where_it_is_offered() -> None:
    script = TLS.format(then="STARTTLS") + "S: 220 go\nC: (tls mx.example.com)\nS: (tls ok)\nC: EHLO probe.example\n"
    handed = play(script + "S: 250 mx.example.com\nC: MAIL FROM:<probe@sender.example>")
    assert handed.session.tls == Tls("ok")
    assert handed.session.turns[-1].encrypted
    failed = play(TLS.format(then="STARTTLS") + "S: 220 go\nC: (tls mx.example.com)\nS: (tls failed)")
    assert (failed.state, failed.stage) == ("not-sent", "STARTTLS")
    assert "no cipher" in failed.reason


def test_in_clear_where_tls_is_refused_or_not_wanted() -> None:
    play(TLS.format(then="STARTTLS") + "S: 454 not now\nC: MAIL FROM:<probe@sender.example>")
    play(TLS.format(then="MAIL FROM:<probe@sender.example>"), structs.replace(DELIVERY, tls="clear"))


def test_helo_where_ehlo_is_refused() -> None:
    play(
        "S: 220 x\nC: EHLO probe.example\nS: 502 no\n"
        "C: HELO probe.example\nS: 250 x\nC: MAIL FROM:<probe@sender.example>"
    )


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.b\r\n..\r\nc.d\r\n", b"a\r\n..b\r\n...\r\nc.d\r\n.\r\n"),
        (b"\r\n", b"\r\n.\r\n"),
    ],
)
def test_dots_are_doubled(message: bytes, wire: bytes) -> None:
    assert stuffed(message) == wire


@pytest.mark.parametrize(
    "message",
    [
        b"", b"a", b"a\r\nb", b"a\n", b"a\r", b"a\nb\r\n", b"a\rb\r\n", b"a\r\n\n", b"a\n.\r\nMAIL FROM:<x>\r\n",
        b"a\r.\r\n", b"a\x00b\r\n", b"\xc3\xa4\r\n", b"a" * (LONGEST_TEXT_LINE + 1) + b"\r\n",
        b"a\r\n" * (LARGEST_MESSAGE // 3 + 1), b"a\r\r\n",
    ],
    ids=lambda message: repr(message[:20]),
)  # fmt: skip
def test_a_message_that_could_smuggle_another_is_not_sent(message: bytes) -> None:
    with pytest.raises(ValueError, match=r"message"):
        stuffed(message)
    with pytest.raises(ValueError, match=r"message"):
        Handover(structs.replace(DELIVERY, message=message), "probe.example")


@pytest.mark.parametrize("address", ["", "a", "a@b\r\nDATA", "a@b>", "<a@b", "a b@c", "ä@b", "a" * 500 + "@b"])
@pytest.mark.parametrize("part", ["sender", "recipient"])
def test_an_address_that_could_end_its_command_is_not_sent(part: str, address: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in"):
        Handover(structs.replace(DELIVERY, **{part: address}), "probe.example")


def test_any_split_of_the_octets_gives_the_same() -> None:
    server = [line[3:] for line in GOOD.strip().splitlines() if line.startswith("S: ")]
    chance = random.Random(5)
    for _ in range(50):
        handover = Handover(DELIVERY, "probe.example")
        for line in server:
            octets = f"{line}\r\n".encode()
            cut = chance.randint(0, len(octets))
            handover.receive(octets[:cut])
            handover.receive(octets[cut:])
        assert handover.handed == play(GOOD)


def test_garbage_never_raises_and_never_counts_as_sent() -> None:
    chance = random.Random(11)
    words = [b"220 x\r\n", b"250 x\r\n", b"250-x\r\n", b"354 x\r\n", b"4", b"550 x\r\n", b"\xff", b"\r\n", b"421 y\r\n"]
    for _ in range(2_000):
        handover = Handover(DELIVERY, "probe.example")
        said: list[Command] = []
        for _ in range(12):
            said += handover.receive(chance.choice(words))
        went_out = any(isinstance(c, Send) and c.data == stuffed(DELIVERY.message) for c in said)
        assert went_out or handover.handed.state not in ("sent", "unknown")
