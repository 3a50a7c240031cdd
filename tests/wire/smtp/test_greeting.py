"""Who greets: SMTP, another protocol, nobody."""

import pytest

from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.wire.smtp.greeting import speaks
from mxlatch.wire.smtp.probe import Probe


def heard(*says: bytes) -> Session:
    """The session of our own probe with a peer that says this, one thing after each command, and then closes."""
    probe = Probe(SmtpQuestion("192.0.2.1", 2526, ""), "us.example")
    for said in says:
        probe.receive(said)
    if not probe.over:
        probe.closed()
    return probe.session


@pytest.mark.parametrize(
    ("says", "who"),
    [
        ((b"220 mx.example.com ESMTP Postfix\r\n", b"250 mx.example.com\r\n", b"221 bye\r\n"), "smtp"),
        ((b"220 hello\r\n", b"250 hello\r\n", b"221 bye\r\n"), "smtp"),
        ((b"220 hello\r\n", b"502 what?\r\n", b"250 hello\r\n", b"221 bye\r\n"), "smtp"),  # HELO
        ((b"220 mx.example.com ESMTP\r\n",), "smtp"),
        ((b"554 mx.example.com no\r\n",), "smtp"),
        ((b"421 too busy\r\n",), "smtp"),
        ((b"220 ProFTPD Server ready.\r\n", b"500 EHLO not understood\r\n", b"500 HELO not understood\r\n"), "other"),
        ((b"421 FTP: too many users\r\n",), "other"),
        ((b"220 hello\r\n",), "other"),
        ((b"SSH-2.0-OpenSSH_9.2p1\r\n",), "other"),
        ((b"+OK POP3 ready\r\n",), "other"),
        ((b"* OK IMAP4rev1\r\n",), "other"),
        ((b"\xff\xfd\x18\r\n",), "other"),
        ((), "nothing"),
    ],
)
def test_who_greets(says: tuple[bytes, ...], who: str) -> None:
    assert speaks(heard(*says)) == who


def test_silence_is_nothing() -> None:
    probe = Probe(SmtpQuestion("192.0.2.1", 2526, ""), "us.example")
    probe.timed_out()
    assert speaks(probe.session) == "nothing"
