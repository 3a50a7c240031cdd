"""Addresses, ports and greetings from files of other programs."""

import pytest

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.scans import fields


@pytest.mark.parametrize(
    ("address", "port", "door"),
    [
        ("192.0.2.1", 25, "192.0.2.1:25"),
        ("192.0.2.1", "2526", "192.0.2.1:2526"),
        ("2001:DB8:0::1", 65535, "[2001:db8::1]:65535"),
    ],
)
def test_an_opening(address: str, port: object, door: str) -> None:
    assert fields.opening(address, port).id == door


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("mx.example.com", 25),
        ("fe80::1%eth0", 25),
        (None, 25),
        (3221225985, 25),
        ("192.0.2.1", 0),
        ("192.0.2.1", 65536),
        ("192.0.2.1", True),
        ("192.0.2.1", 25.0),
        ("192.0.2.1", "²5"),
        ("192.0.2.1", "9" * 5000),
        ("192.0.2.1", None),
    ],
)
def test_what_is_none(address: object, port: object) -> None:
    with pytest.raises(ProtocolError, match=r"is no (address|port)"):
        fields.opening(address, port)


@pytest.mark.parametrize(
    ("banner", "who"),
    [
        ("220 mx.example.com ESMTP Postfix", "smtp"),
        ("554 no SMTP service here", "smtp"),
        ("220 ProFTPD", "other"),
        ("SSH-2.0-OpenSSH", "other"),
        ("", "not-asked"),
        (" \r\n", "not-asked"),
    ],
)
def test_whose_greeting_it_is(banner: str, who: str) -> None:
    assert fields.speaker(banner) == who


def test_a_greeting_is_cut() -> None:
    assert len(fields.opening("192.0.2.1", 25, banner="x" * 10_000).banner) == 512
    assert fields.opening("192.0.2.1", 25, banner=["220"]).banner == ""


def test_openings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "MOST", 1)
    fields.bounded([fields.opening("192.0.2.1", 25)])
    with pytest.raises(ProtocolError, match="more than 1 openings"):
        fields.bounded([fields.opening("192.0.2.1", 25)] * 2)
