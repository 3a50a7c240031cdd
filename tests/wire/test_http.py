"""HTTP responses as octets: whole, in pieces, without end, and as garbage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.terms.errors import InputError, ProtocolError
from mxlatch.wire.http import LARGEST_BODY, Response, Url, parse_url, redirected, request

OK = b"HTTP/1.1 200 OK\r\n"
# (octets, status, body)
WHOLE = [
    (OK + b"Content-Length: 5\r\n\r\nhello", 200, b"hello"),
    (OK + b"content-length:5, 5\r\n\r\nhello and more", 200, b"hello"),
    (OK + b"Content-Length: 0\r\n\r\n", 200, b""),
    (OK + b"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n", 200, b"hello world"),
    (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", 200, b"0123456789"),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, b""),
    (OK + b"\r\nuntil the end", 200, b"until the end"),
    (b"HTTP/1.0 404 \r\n\r\n", 404, b""),
    (b"HTTP/1.1 404\r\nX: y\r\nContent-Length: 2\r\n\r\nno", 404, b"no"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\na", 200, b"a"),
]


@pytest.mark.parametrize(("octets", "status", "body"), WHOLE)
def test_whole(octets: bytes, status: int, body: bytes) -> None:
    response = Response()
    response.feed(octets)
    response.end()
    assert (response.done, response.status, response.body) == (True, status, body)


@pytest.mark.parametrize(("octets", "status", "body"), WHOLE)
@given(data=st.data())
def test_any_split_gives_the_same(octets: bytes, status: int, body: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    response = Response()
    for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        response.feed(octets[start:end])
    response.end()
    assert (response.done, response.status, response.body) == (True, status, body)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"220 mx.example.com ESMTP\r\n\r\n", "not HTTP"),
        (b"HTTP/2 200\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 999 OK\r\n\r\n", "HTTP status"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "HTTP 101 instead of a response"),
        (b"HTTP/1.1 100 Go on\r\n\r\n" * 11, "instead of a response"),
        (OK + b"nonsense\r\n\r\n", "not an HTTP field"),
        (OK + b"Name : x\r\n\r\n", "not an HTTP field"),
        (OK + b" folded: x\r\n\r\n", "not an HTTP field"),
        (OK + b"Content-Length: -1\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 1, 2\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 1048577\r\n\r\n", "body over"),
        (OK + b"\r\n" + b"x" * (LARGEST_BODY + 1), "body over"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer coding"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n", "chunk size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", "chunk size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", "body over"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "chunk longer than it says"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 300, "chunk line without end"),
        (b"x" * 40000, "head over"),
        (OK + b"Long: " + b"x" * 40000 + b"\r\n\r\n", "head over"),
    ],
)
def test_broken(octets: bytes, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        Response().feed(octets)


@pytest.mark.parametrize(
    "octets",
    [b"", OK, OK + b"Content-Length: 5\r\n\r\nhell", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
)
def test_cut_off(octets: bytes) -> None:
    response = Response()
    response.feed(octets)
    assert not response.done
    with pytest.raises(ProtocolError, match="ended before the response did"):
        response.end()


@given(st.lists(st.binary(max_size=200), max_size=5), st.booleans())
def test_garbage_raises_only_protocol_errors(pieces: list[bytes], begun: bool) -> None:
    response = Response()
    try:
        if begun:
            response.feed(OK)
        for piece in pieces:
            response.feed(piece)
        response.end()
    except ProtocolError:
        pass


@pytest.mark.parametrize(
    ("text", "url", "authority"),
    [
        ("https://RDAP.example/a?b=c#d", Url("https", "rdap.example", 443, "/a?b=c"), "rdap.example"),
        ("http://127.0.0.1:8080", Url("http", "127.0.0.1", 8080, "/"), "127.0.0.1:8080"),
        ("https://[2001:DB8::1]:444/x", Url("https", "2001:db8::1", 444, "/x"), "[2001:db8::1]:444"),
    ],
)
def test_urls(text: str, url: Url, authority: str) -> None:
    assert parse_url(text) == url
    assert parse_url(text).authority == authority


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rdap.example",
        "ftp://rdap.example/",
        "file:///etc/passwd",
        "https:///x",
        "https://a:b@rdap.example/",
        "https://rdap.example:99999/",
        "https://rdap.example:0/",
        "https://rdap.example/a b",
        "https://rdap.example/\r\nHost: x",
        "https://rdap.exämple/",
        "https://[::1/",
        "https://rdap.example/" + "x" * 3000,
    ],
)
def test_what_is_no_url(text: str) -> None:
    with pytest.raises(InputError):
        parse_url(text)


@pytest.mark.parametrize(
    ("location", "target"),
    [("/b", "https://rdap.example/b"), ("b", "https://rdap.example/a/b"), ("//x.example/", "https://x.example/")],
)
def test_redirects_are_relative_to_what_was_asked(location: str, target: str) -> None:
    assert redirected(parse_url("https://rdap.example/a/x"), location) == parse_url(target)


@pytest.mark.parametrize("location", ["gopher://x/", "https://[", "https://a@b/", "https://a/\x00"])
def test_redirects_to_nowhere(location: str) -> None:
    with pytest.raises(ProtocolError, match="redirected to what is no URL"):
        redirected(parse_url("https://rdap.example/"), location)


def test_the_request() -> None:
    assert request(parse_url("https://rdap.example/domain/example.com"), "mxlatch").split(b"\r\n")[:3] == [
        b"GET /domain/example.com HTTP/1.1",
        b"Host: rdap.example",
        b"User-Agent: mxlatch",
    ]
