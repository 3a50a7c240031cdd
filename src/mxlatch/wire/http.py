"""One HTTP/1.1 GET and its response, as bytes (RFC 9110, RFC 9112): what RDAP and MTA-STS need and no more.

The request says "Connection: close" and takes no compression, so a body ends by Content-Length, by the last chunk, or
with the connection. Limits: no trailers, no ranges, no 1xx but 100-199 skipped, nothing kept alive.
"""

from collections.abc import Iterator
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct

from mxlatch.terms.errors import InputError, ProtocolError

LARGEST_HEAD = 32 * 1024  # octets of status line and headers; servers themselves allow 8 to 16 KiB for requests
LARGEST_BODY = 1024 * 1024  # octets; RDAP domain objects have some 10 KiB
_LONGEST_CHUNK_LINE = 256
_MOST_INFORMATIONAL = 10  # 1xx responses before the final one
_LONGEST_URL = 2048

# RDAP (RFC 7480 section 4.2), and the media type of an MTA-STS policy (RFC 8461 section 3.2).
ACCEPT = "application/rdap+json, application/json;q=0.9, text/plain;q=0.5"
_PRINTABLE = range(0x21, 0x7F)


class Url(Struct, frozen=True):
    """An http(s) URL taken apart. host: lower case, an IPv6 address without brackets. target: path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port, as the Host field has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


_PORTS = {"https": 443, "http": 80}


def parse_url(text: str) -> Url:
    """Take a URL apart.

    Raises:
        InputError: not an http or https URL, or one with a user in it; the message says which.
    """
    if len(text) > _LONGEST_URL or any(ord(c) not in _PRINTABLE for c in text):
        raise InputError(f"{text[:60]!r} is no URL: too long, or with characters that a URL cannot have")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{text[:60]!r} is no URL: {error}") from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise InputError(f"{text[:60]!r} is no http or https URL with a host")
    if parts.username is not None:
        raise InputError(f"{text[:60]!r} carries a user name: leave it out")
    return Url(parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme], _target(parts))


def request(url: Url, agent: str) -> bytes:
    """The request for this URL."""
    lines = (
        f"GET {url.target} HTTP/1.1",
        f"Host: {url.authority}",
        f"User-Agent: {agent}",
        f"Accept: {ACCEPT}",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


class Response:
    """Reads one response. `feed` what arrives, `end` when the connection ends, until `done`."""

    def __init__(self) -> None:
        """Nothing has arrived yet."""
        self.status = 0
        self.headers: dict[str, str] = {}  # names in lower case, repeated ones joined by ", "
        self.done = False
        self._body = bytearray()
        self._rest = bytearray()
        self._left: int | None = None  # octets of the body, or of the chunk, still to come; None: until the end
        self._chunked = False
        self._informational = 0

    @property
    def body(self) -> bytes:
        """What there is of the body."""
        return bytes(self._body)

    @property
    def location(self) -> str | None:
        """Where a redirect leads, None if this is none."""
        return self.headers.get("location") if self.status in (301, 302, 303, 307, 308) else None

    def feed(self, octets: bytes) -> None:
        """Take what arrived; what comes after the end of the response is ignored.

        Raises:
            ProtocolError: not HTTP/1.x, or larger than we take.
        """
        self._rest += octets
        while not self.done and self._step():
            pass

    def end(self) -> None:
        """The connection has ended.

        Raises:
            ProtocolError: before the response had.
        """
        if self.done:
            return
        if not self.status or self._chunked or self._left is not None:
            raise ProtocolError("the connection ended before the response did")
        self.done = True

    def _step(self) -> bool:
        """Go one step; False if more is needed for it."""
        if not self.status:
            return self._head()
        if self._chunked and not self._left:
            return self._chunk_line()
        return self._take()

    def _head(self) -> bool:
        head, found, rest = bytes(self._rest).partition(b"\r\n\r\n")
        if not found:
            if len(head) > LARGEST_HEAD:
                raise ProtocolError(f"HTTP head over {LARGEST_HEAD} octets")
            return False
        if len(head) > LARGEST_HEAD:
            raise ProtocolError(f"HTTP head over {LARGEST_HEAD} octets")
        self._rest = bytearray(rest)
        first, *fields = head.decode("latin-1").split("\r\n")
        status = _status(first)
        if status < 200:
            self._informational += 1
            if self._informational > _MOST_INFORMATIONAL or status == 101:
                raise ProtocolError(f"HTTP {status} instead of a response")
            return True
        self.status, self.headers = status, _fields(fields)
        self._measure()
        return True

    def _measure(self) -> None:
        """How the body ends (RFC 9112 section 6.3)."""
        coding = self.headers.get("transfer-encoding")
        if coding is not None:
            if coding.lower() != "chunked":
                raise ProtocolError(f"transfer coding {coding[:40]!r}")
            self._chunked = True
        elif self.status in (204, 304):
            self.done = True
        elif "content-length" in self.headers:
            self._left = _length(self.headers["content-length"])
            self._admit(self._left)
            self.done = self._left == 0

    def _take(self) -> bool:
        size = len(self._rest) if self._left is None else min(self._left, len(self._rest))
        if size == 0:
            return False
        self._admit(size)
        self._body += self._rest[:size]
        del self._rest[:size]
        if self._left is not None:
            self._left -= size
            self.done = self._left == 0 and not self._chunked
        return True

    def _chunk_line(self) -> bool:
        """The line before a chunk, with the line end of the one before it, if any (RFC 9112 section 7.1)."""
        start = 0
        if self._left == 0:  # a chunk has just ended
            if len(self._rest) < 2:
                return False
            if self._rest[:2] != b"\r\n":
                raise ProtocolError("chunk longer than it says")
            start = 2
        end = self._rest.find(b"\r\n", start)
        if end < 0:
            if len(self._rest) > _LONGEST_CHUNK_LINE:
                raise ProtocolError("chunk line without end")
            return False
        size = _hexadecimal(bytes(self._rest[start:end]).partition(b";")[0].strip())
        self._admit(size)
        del self._rest[: end + 2]
        self._left = size
        self.done = size == 0
        return True

    def _admit(self, size: int) -> None:
        if len(self._body) + size > LARGEST_BODY:
            raise ProtocolError(f"HTTP body over {LARGEST_BODY} octets")


def redirected(url: Url, location: str) -> Url:
    """The URL that a Location field means, relative to the one that was asked.

    Raises:
        ProtocolError: it is no http(s) URL.
    """
    try:
        return parse_url(urljoin(f"{url.scheme}://{url.authority}{url.target}", location))
    except (InputError, ValueError) as error:
        raise ProtocolError(f"redirected to what is no URL: {error}") from None


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _status(line: str) -> int:
    version, _, rest = line.partition(" ")
    code = rest[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (code.isascii() and code.isdigit()) or rest[3:4].strip():
        raise ProtocolError(f"not HTTP: {line[:40]!r}")
    if len(code) != 3 or not 100 <= int(code) <= 599:
        raise ProtocolError(f"HTTP status {code!r}")
    return int(code)


def _fields(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in _pairs(lines):
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ProtocolError(f"not an HTTP field: {line[:40]!r}")
        yield name.lower(), value.strip()


def _length(text: str) -> int:
    values = {value.strip() for value in text.split(",")}  # RFC 9112 section 6.3: the same one repeated is one
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()) or len(value) > 15:
        raise ProtocolError(f"Content-Length {text[:40]!r}")
    return int(value)


def _hexadecimal(text: bytes) -> int:
    digits = b"0123456789abcdefABCDEF"
    if not 0 < len(text) <= 8 or any(octet not in digits for octet in text):
        raise ProtocolError(f"chunk size {text[:20]!r}")
    return int(text, 16)
