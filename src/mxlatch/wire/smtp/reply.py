"""SMTP replies from bytes, as they come in (RFC 5321 section 4.2).

Taken as servers really send them: a bare LF ends a line too, and a line may be longer than the standard's 512
octets. Not taken: a code outside 200 to 599, another character than "-" or a space behind it, a code that changes
within one reply.
"""

import re
from typing import NamedTuple

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.smtp import Reply

LONGEST_LINE = 2_048  # octets with the line end: four times RFC 5321 section 4.5.3.1.5; longer is nobody's greeting
MOST_LINES = 128  # in one reply: the longest EHLO answers and legal banners seen have some 40
LARGEST_REPLY = 32_768  # octets: 128 lines of ordinary length, and little enough to keep for a million domains

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_SHOWN = 40  # octets of a wrong line that an error repeats


class _Line(NamedTuple):
    code: int
    last: bool
    text: str


class ReplyParser:
    """Bytes in, whole replies out."""

    def __init__(self) -> None:
        """An empty parser; it serves one connection, or one stretch of it."""
        self._rest = b""
        self._code = 0
        self._lines: list[str] = []
        self._octets = 0

    @property
    def pending(self) -> bool:
        """True if part of a further reply has come."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        """Take what arrived; return the replies that are now whole.

        Raises:
            ProtocolError: not a reply. If whole replies came before it, they are returned first, and the next
                call raises, so that the outcome does not depend on how the network cut the bytes up.
        """
        self._rest += data
        replies: list[Reply] = []
        try:
            while (line := self._next_line()) is not None:
                if (reply := self._add(line)) is not None:
                    replies.append(reply)
        except ProtocolError:
            if not replies:
                raise
        return replies

    def _next_line(self) -> bytes | None:
        end = self._rest.find(b"\n", 0, LONGEST_LINE)
        if end < 0:
            if len(self._rest) >= LONGEST_LINE:
                raise ProtocolError(f"a reply line longer than {LONGEST_LINE} octets")
            return None
        return self._rest[: end + 1]

    def _add(self, raw: bytes) -> Reply | None:
        """Judge a line before it is taken off the buffer: a wrong one stays, to be raised again."""
        line = _parse(raw)
        if self._lines and line.code != self._code:
            raise ProtocolError(f"code {line.code} within a reply of code {self._code}")
        if len(self._lines) >= MOST_LINES or self._octets + len(raw) > LARGEST_REPLY:
            raise ProtocolError(f"a reply of more than {MOST_LINES} lines or {LARGEST_REPLY} octets")
        self._rest = self._rest[len(raw) :]
        self._code, self._octets = line.code, self._octets + len(raw)
        self._lines.append(line.text)
        return self._whole() if line.last else None

    def _whole(self) -> Reply:
        reply = Reply(self._code, tuple(self._lines))
        self._code, self._octets, self._lines = 0, 0, []
        return reply


def _parse(raw: bytes) -> _Line:
    line = raw.removesuffix(b"\n").removesuffix(b"\r")
    match = _LINE.fullmatch(line)
    if match is None:
        raise ProtocolError(f"not an SMTP reply: {printable(line[:_SHOWN])!r}")
    code, separator, text = match.groups()
    return _Line(int(code), separator != b"-", printable(text or b""))


def printable(octets: bytes) -> str:
    """Octets as text, those outside 32 to 126 as `\\xNN`: safe on any terminal, and nothing is lost."""
    if octets.isascii() and (text := octets.decode("ascii")).isprintable():
        return text
    return "".join(chr(octet) if 32 <= octet <= 126 else f"\\x{octet:02x}" for octet in octets)
