"""Replies as servers send them, and as attackers would."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.smtp import Reply
from mxlatch.wire.smtp.reply import LARGEST_REPLY, LONGEST_LINE, MOST_LINES, ReplyParser, printable

TAKEN = [
    (b"220 mx.example.net ESMTP\r\n", [Reply(220, ("mx.example.net ESMTP",))]),
    (b"250-mx\r\n250-PIPELINING\r\n250 SIZE\r\n", [Reply(250, ("mx", "PIPELINING", "SIZE"))]),
    (b"250 ok\n", [Reply(250, ("ok",))]),
    (b"250\r\n", [Reply(250, ("",))]),
    (b"250-\r\n250 \r\n", [Reply(250, ("", ""))]),
    (b"550 5.1.1 <a@b>: unknown\r\n250 ok\r\n", [Reply(550, ("5.1.1 <a@b>: unknown",)), Reply(250, ("ok",))]),
    (b"220 caf\xc3\xa9 \x1b[31mred\r\n", [Reply(220, ("caf\\xc3\\xa9 \\x1b[31mred",))]),
    (b"220 a\rb\x00c\r\n", [Reply(220, ("a\\x0db\\x00c",))]),
    (b"220 " + b"x" * (LONGEST_LINE - 6) + b"\r\n", [Reply(220, ("x" * (LONGEST_LINE - 6),))]),
    (b"250-x\r\n" * (MOST_LINES - 1) + b"250 x\r\n", [Reply(250, ("x",) * MOST_LINES)]),
    (b"220 half a li", []),
    (b"250-more to come\r\n", []),
    (b"", []),
]

BROKEN = [
    b"hello\r\n",
    b"\r\n",
    b"22\r\n",
    b"2200 x\r\n",
    b"220_x\r\n",
    b"220\tx\r\n",
    b"199 x\r\n",
    b"600 x\r\n",
    b"-250 x\r\n",
    b"\xb2\xb2\xb0 x\r\n",
    b"250-a\r\n251 b\r\n",
    b"\x16\x03\x01\x02\x00\x01\n",
    b"HTTP/1.1 400 Bad Request\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"220 " + b"x" * LONGEST_LINE,
    b"250-x\r\n" * (MOST_LINES + 1),
    (b"250-" + b"x" * 1000 + b"\r\n") * (LARGEST_REPLY // 1000 + 1),
]


@pytest.mark.parametrize(("octets", "replies"), TAKEN)
def test_a_reply_is_taken_as_it_is_really_sent(octets: bytes, replies: list[Reply]) -> None:
    assert ReplyParser().feed(octets) == replies


@pytest.mark.parametrize("octets", BROKEN)
def test_what_is_no_reply_is_a_protocol_error(octets: bytes) -> None:
    with pytest.raises(ProtocolError):
        ReplyParser().feed(octets)


def test_replies_ahead_of_a_broken_one_are_not_lost() -> None:
    parser = ReplyParser()
    assert parser.feed(b"220 hi\r\nrubbish\r\n") == [Reply(220, ("hi",))]
    assert parser.pending
    with pytest.raises(ProtocolError, match="rubbish"):
        parser.feed(b"")


def test_an_endless_line_is_given_up_before_it_is_kept() -> None:
    parser = ReplyParser()
    assert parser.feed(b"x" * (LONGEST_LINE - 1)) == []
    with pytest.raises(ProtocolError, match="longer than"):
        parser.feed(b"x")


def events(chunks: list[bytes]) -> list[Reply | str]:
    """All replies, then the error if there was one."""
    parser, found = ReplyParser(), []
    try:
        for chunk in chunks:
            found += parser.feed(chunk)
        found += parser.feed(b"")
    except ProtocolError as error:
        return [*found, str(error)]
    return found


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    """The octets in pieces."""
    bounds = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[start:end] for start, end in pairwise(bounds)]


LIKE_REPLIES = st.lists(
    st.one_of(
        st.sampled_from([b"220 hi\r\n", b"250-a\r\n", b"250 b\n", b"550", b"\r", b"\n", b"-", b" ", b"x" * 3000]),
        st.binary(max_size=30),
    ),
    max_size=20,
).map(b"".join)


@given(LIKE_REPLIES, st.lists(st.integers(0, 100_000), max_size=8))
def test_any_split_gives_the_same_events_and_garbage_only_protocol_errors(octets: bytes, places: list[int]) -> None:
    assert events(cut(octets, places)) == events([octets]) == events([bytes([octet]) for octet in octets])


@given(st.binary())
def test_octets_are_shown_in_printable_ascii(octets: bytes) -> None:
    assert all(32 <= ord(character) <= 126 for character in printable(octets))
