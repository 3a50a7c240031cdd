"""Received headers as real software writes them, and as somebody who means harm does."""

import random
from pathlib import Path

import pytest

from mxlatch.wire.received import LONGEST_FIELD, MOST_FIELDS, MOST_HOPS, Received, chain, fields, parse

SISIMAI = Path(__file__).parents[3] / "shared" / "data" / "sisimai"
NOON = 1367279145.0  # Mon, 29 Apr 2013 23:45:45 +0000


@pytest.mark.parametrize(
    ("software", "value", "helo", "name", "address", "by", "protocol", "id"),
    [
        (
            "Postfix",
            "from mx.sender.example (client.sender.example [192.0.2.9])\tby mx.example.com (Postfix) with ESMTPS "
            "id 4C01 for <anna@example.com>; Mon, 29 Apr 2013 23:45:45 +0000 (UTC)",
            "mx.sender.example", "client.sender.example", "192.0.2.9", "mx.example.com", "ESMTPS", "4C01",
        ),
        (
            "Postfix, no reverse name",
            "from probe.example (unknown [IPv6:2001:DB8:0::9]) by mx.example.com (Postfix) with ESMTP id 4C01; x",
            "probe.example", "", "2001:db8::9", "mx.example.com", "ESMTP", "4C01",
        ),
        (
            "Postfix, pickup",
            "by mx.example.com (Postfix, from userid 8008) id 0DFE; Mon, 29 Apr 2013 23:45:45 +0000",
            "", "", "", "mx.example.com", "", "0DFE",
        ),
        (
            "Exim, a lying client",
            "from client.sender.example ([192.0.2.9] helo=[10.0.0.1]) by mx.example.com with esmtps "
            "(TLS1.3:ECDHE_X25519__RSA:256) (Exim 4.96) (envelope-from <a@b.example>) id 1q-2; now",
            "[10.0.0.1]", "", "192.0.2.9", "mx.example.com", "esmtps", "1q-2",
        ),
        (
            "Exim, no reverse name",
            "from [192.0.2.9] (helo=[10.0.0.1]) by mx.example.com with esmtp (Exim 4.96) id 1q-2; now",
            "[10.0.0.1]", "", "192.0.2.9", "mx.example.com", "esmtp", "1q-2",
        ),
        (
            "sendmail",
            "from helo.example (IDENT:root@client.sender.example [192.0.2.9] (may be forged)) "
            "by mx.example.com (8.17/8.17) with ESMTP id p98; now",
            "helo.example", "client.sender.example", "192.0.2.9", "mx.example.com", "ESMTP", "p98",
        ),
        (
            "qmail",
            "from unknown (HELO [10.9.9.9]) ([192.0.2.9]) by 0 with SMTP; 29 Apr 2013 23:45:45 -0000",
            "[10.9.9.9]", "", "192.0.2.9", "0", "SMTP", "",
        ),
        (
            "Exchange",
            "from A.example.com (2001:db8::1) by B.EXAMPLE.com (10.1.2.3) with Microsoft SMTP Server "
            "(version=TLS1_2, cipher=TLS) id 15.20; now",
            "A.example.com", "", "2001:db8::1", "b.example.com", "Microsoft", "15.20",
        ),
        (
            "Yahoo",
            "from 127.0.0.1 (EHLO mx8.example.com) (192.0.2.8) by mta34.example with SMTP; now",
            "mx8.example.com", "", "192.0.2.8", "mta34.example", "SMTP", "",
        ),
        (
            "OpenSMTPD",
            "from probe.example (client.example [192.0.2.9]) by mx.example.com (OpenSMTPD) with ESMTPS id ab12 "
            "(TLSv1.3:TLS:256:NO) for <anna@example.com>; now",
            "probe.example", "client.example", "192.0.2.9", "mx.example.com", "ESMTPS", "ab12",
        ),
        ("qmail's own", "(qmail 12 invoked by uid 910); 29 Apr 2013 23:45:45 -0000", "", "", "", "", "", ""),
        ("an empty one", "", "", "", "", "", "", ""),
        ("keywords only", "from by with id", "by", "", "", "", "id", ""),
    ],
)  # fmt: skip
def test_as_software_writes_it(
    software: str, value: str, helo: str, name: str, address: str, by: str, protocol: str, id: str
) -> None:
    hop = parse(value)
    assert (hop.helo, hop.name, hop.address, hop.by, hop.protocol, hop.id) == (helo, name, address, by, protocol, id)


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Mon, 29 Apr 2013 23:45:45 +0000 (UTC)", NOON),
        ("Tue, 30 Apr 2013 08:45:45 +0900 (JST)", NOON),
        ("29 Apr 2013 23:45:45 -0000", NOON),
        ("29 Apr 2013 23:45:45", None),  # whose noon?
        ("Mon, 99 Foo 99999999 25:61:61 +9999", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(date: str, seconds: float | None) -> None:
    assert parse(f"by mx.example.com with SMTP; {date}").date == seconds


def test_the_newest_hop_is_first_and_the_body_is_not_read() -> None:
    message = (
        b"Received: from b ([192.0.2.2])\r\n\tby c.example.com with ESMTP id 2;\r\n"
        b"\tMon, 29 Apr 2013 23:45:45 +0000\r\n"
        b"X-Other: 1\r\nreceived : from a ([192.0.2.1])\n by b.example.com with SMTP id 1; x\n"
        b"Subject: t\r\n\r\nReceived: from forged by body.example.com with SMTP\r\n"
    )
    assert [(hop.by, hop.address, hop.date) for hop in chain(message)] == [
        ("c.example.com", "192.0.2.2", NOON),
        ("b.example.com", "192.0.2.1", None),
    ]
    assert [name for name, _ in fields(message)] == ["received", "x-other", "received", "subject"]


def test_octets_of_strangers_are_printable_in_what_comes_out() -> None:
    (hop,) = chain(b"Received: from \x1b[31m\xff by mx\x07.example.com with SMTP; x\r\n\r\n")
    assert hop.text.isprintable()
    assert hop.by == "mx\\x07.example.com"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\r\n",
        b"Received",
        b"Received:" + b"(" * 100_000,
        b"Received:" + b"()" * 100_000,
        b"Received: from " + b"[1.1.1.1" * 50_000 + b" by x;",
        b"Received: from a (" + b"HELO " * 50_000 + b") by x;",
        b"Received: from a\r\n" + b"\tby\r\n" * 100_000,
        b"Received: by a\r\n" * 100_000,
        b"X" * 1_000_000,
        b"\x00" * 1_000_000,
    ],
    ids=lambda message: repr(message[:24]),
)
def test_bounds(message: bytes) -> None:
    hops = chain(message)
    assert len(hops) <= MOST_HOPS
    assert len(fields(message)) <= MOST_FIELDS
    assert all(len(hop.text) <= LONGEST_FIELD for hop in hops)


def test_garbage_never_raises() -> None:
    chance = random.Random(7)
    words = [
        b"from",
        b"by",
        b"with",
        b"id",
        b";",
        b"(",
        b")",
        b"[",
        b"]",
        b"1.2.3.4",
        b"IPv6:",
        b"HELO",
        b"\xff",
        b"\n ",
    ]
    for _ in range(3_000):
        value = b" ".join(chance.choices(words, k=chance.randint(0, 20)))
        assert all(isinstance(hop, Received) for hop in chain(b"Received: " + value + b"\r\n\r\n"))


def test_real_chains_are_read() -> None:
    """Of the hops in the corpus that name a client address in brackets, and who wrote them, all are read."""
    if not SISIMAI.is_dir():
        pytest.skip("the corpus of bounce messages is not here")
    hops = [hop for file in sorted(SISIMAI.glob("*.eml")) for hop in chain(file.read_bytes())]
    assert len(hops) > 300
    assert [hop.text for hop in hops if " by " in hop.text and not hop.by and not hop.text.startswith("(")] == []
    addressed = [hop for hop in hops if hop.text.startswith("from ") and "([" in hop.text.partition(" by ")[0]]
    assert [hop.text for hop in addressed if not hop.address and "%" not in hop.text] == []  # fe80::1%22
    assert sum(hop.date is None for hop in hops) < len(hops) / 20
