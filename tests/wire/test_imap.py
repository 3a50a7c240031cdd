"""IMAP octets to responses, and what we say: any split, garbage, and nobody's words in a command."""

import base64
import random

import pytest

from mxlatch.terms.errors import ProtocolError
from mxlatch.wire.imap import (
    LARGEST_RESPONSE,
    LONGEST_LINE,
    MOST_MESSAGES,
    Response,
    ResponseParser,
    examine,
    fetch,
    found,
    header,
    plain,
    search,
)

STREAM = (
    b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"
    b"+ \r\n"
    b"+\r\n"
    b"a1 OK Logged in\r\n"
    b"* SEARCH 4 17\r\n"
    b"* 4 FETCH (UID 17 BODY[HEADER]<0> {14}\r\nSubject: a\r\n\r\n FLAGS ())\r\n"
    b"* SEARCH\r\n"
)
RESPONSES = [
    Response("*", "OK [CAPABILITY IMAP4rev1] Dovecot ready."),
    Response("+", ""),
    Response("+", ""),
    Response("a1", "OK Logged in"),
    Response("*", "SEARCH 4 17"),
    Response("*", "4 FETCH (UID 17 BODY[HEADER]<0>  FLAGS ())", (b"Subject: a\r\n\r\n",)),
    Response("*", "SEARCH"),
]


def test_responses() -> None:
    assert ResponseParser().feed(STREAM) == RESPONSES


def test_any_split_gives_the_same() -> None:
    chance = random.Random(3)
    for _ in range(200):
        parser, told, at = ResponseParser(), [], 0
        while at < len(STREAM):
            size = chance.choice([1, 2, 7, 40])
            told += parser.feed(STREAM[at : at + size])
            at += size
        assert told == RESPONSES


@pytest.mark.parametrize(
    "octets",
    [
        b"x" * (LONGEST_LINE + 1),
        b"* " + b"x" * LONGEST_LINE + b"\r\n",
        b"* 1 FETCH {%d}\r\n" % (LARGEST_RESPONSE + 1),
        b"* " + b"{1}\r\nx" * 100,
        b"\r\n",
        b"word\r\n",
        b"\xff\xff \r\n",
    ],
    ids=lambda octets: repr(octets[:12]),
)
def test_what_is_no_imap(octets: bytes) -> None:
    with pytest.raises(ProtocolError):
        ResponseParser().feed(octets)


def test_garbage_raises_only_protocol_errors() -> None:
    chance = random.Random(9)
    words = [b"* ", b"+", b"a1", b" OK", b"\r\n", b"{3}\r\n", b"{99999999}", b"\xff", b"SEARCH", b" 1", b"\x00"]
    for _ in range(2_000):
        parser = ResponseParser()
        try:
            parser.feed(b"".join(chance.choices(words, k=20)))
        except ProtocolError:
            continue


def test_what_a_search_and_a_fetch_say() -> None:
    assert found(RESPONSES) == (4, 17)
    assert found([Response("a1", "SEARCH 5"), Response("*", "SEARCH x 6 -7")]) == (6,)
    assert len(found([Response("*", "SEARCH " + "1 " * 10_000)])) == MOST_MESSAGES
    assert header(RESPONSES) == b"Subject: a\r\n\r\n"
    assert header([Response("*", "4 EXISTS")]) is None


def test_commands() -> None:
    assert search("X-Mxlatch-Canary", "ab12") == 'UID SEARCH OR HEADER "X-Mxlatch-Canary" "ab12" SUBJECT "ab12"'
    assert fetch(17) == "UID FETCH 17 (BODY.PEEK[HEADER]<0.262144>)"
    assert examine('a "b" \\c') == 'EXAMINE "a \\"b\\" \\\\c"'
    assert base64.b64decode(plain("änna", "pass wörd")).decode() == "\x00änna\x00pass wörd"


@pytest.mark.parametrize("bad", ["", "a\r\nb", "ä", "a\x00"])
def test_nobody_s_words_end_a_command(bad: str) -> None:
    with pytest.raises(ValueError, match="no folder name"):
        examine(bad)
    with pytest.raises(ValueError, match="no token"):
        search("X", f'{bad}" OR ALL')
    with pytest.raises(ValueError, match="NUL"):
        plain("a\x00b", "c")
