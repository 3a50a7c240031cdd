"""A zone file as its owner wrote it: every entry with the place of each of its words (RFC 1035 section 5.1, RFC 2308
section 4 for $TTL).

Part of `zonefile`, which changes words and leaves the rest as it is. Includes are not followed and $GENERATE is not
carried out: what either might hold is not known here, and `Zone.blind` says where they stand.
"""

import re
from collections.abc import Iterator

import dns.exception
import dns.name
import dns.rdatatype
from msgspec import Struct

from mxlatch.terms.errors import InputError

BOM = "\ufeff"  # before what some editors save as UTF-8
_TTL = re.compile(r"\d+[smhdw]?(\d+[smhdw])*", re.IGNORECASE | re.ASCII)
_CLASSES = frozenset({"IN", "CH", "CS", "HS"})
_BLIND = frozenset({"$INCLUDE", "$GENERATE"})
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


class Word(Struct, frozen=True):
    """A word and where it stands in the text."""

    text: str
    start: int
    end: int


class Entry(Struct, frozen=True):
    """A line, or several in parentheses. start, end: with its line end. blank: it begins with a blank, so that the
    owner is the one before."""

    line: int
    start: int
    end: int
    words: tuple[Word, ...]
    blank: bool


class Line(Struct, frozen=True):
    """An entry that holds a record. owner: its full name; ttl: in force, None if only the SOA says; own_ttl, rrclass:
    words of its own, None if it has none; default: the TTL that it would have without."""

    entry: Entry
    origin: dns.name.Name
    owner: dns.name.Name
    named: Word | None
    own_ttl: Word | None
    rrclass: Word | None
    rrtype: Word
    rdata: tuple[Word, ...]
    default: int | None

    @property
    def ttl(self) -> int | None:
        """Seconds."""
        return self.default if self.own_ttl is None else seconds(self.own_ttl.text)


class Zone(Struct, frozen=True):
    """What a file holds. blind: entries whose records are not known here."""

    lines: tuple[Line, ...]
    blind: tuple[Entry, ...]


def seconds(text: str) -> int:
    """A TTL as BIND lets one write it: 3600, 1h, 1h30m."""
    if text.isdigit():
        return int(text)
    return sum(int(count) * _UNITS[unit.lower()] for count, unit in re.findall(r"(\d+)([a-zA-Z])", text))


def like(ttl: int, text: str) -> str:
    """A TTL in the manner of another: in units, if that is and this can be."""
    if text.isdigit():
        return str(ttl)
    unit = next(unit for unit, size in _UNITS.items() if ttl % size == 0 and (ttl or unit == "s"))
    return f"{ttl // _UNITS[unit]}{unit.upper() if text.isupper() else unit}"


def entries(text: str, path: str) -> Iterator[Entry]:
    """The entries of a file, in its order.

    Raises:
        InputError: a parenthesis or a quotation mark that has no end.
    """
    begin = len(BOM) if text.startswith(BOM) else 0  # belongs to no entry, so that it stays where it is
    place, line, depth, blank = begin, 1, 0, False
    start, first, words = begin, 1, list[Word]()
    while place < len(text):
        match text[place]:
            case "\n":
                place, line = place + 1, line + 1
                if depth == 0:
                    yield Entry(first, start, place, tuple(words), blank)
                    start, first, words, blank = place, line, [], False
            case ";":
                place = _to_line_end(text, place)
            case "(" | ")":
                depth += 1 if text[place] == "(" else -1
                place += 1
            case " " | "\t" | "\r" | "\f":
                blank = blank or place == start
                place += 1
            case _:
                end = _word_end(text, place, path, line)
                words.append(Word(text[place:end], place, end))
                line += text.count("\n", place, end)
                place = end
        if depth < 0:
            raise InputError(f"{path}:{line}: a ')' without its '('")
    if depth:
        raise InputError(f"{path}:{first}: the '(' of this entry has no ')'")
    if start < len(text):
        yield Entry(first, start, place, tuple(words), blank)


def read(text: str, zone: str, path: str) -> Zone:
    """The records of a zone's file.

    Raises:
        InputError: with path and line.
    """
    reader = _Reader(zone, path)
    for entry in entries(text, path):
        if entry.words:
            reader.take(entry)
    return Zone(tuple(reader.lines), tuple(reader.blind))


class _Reader:
    """What holds from one entry to the next: origin, owner, TTL."""

    def __init__(self, zone: str, path: str) -> None:
        self._path = path
        self._origin = dns.name.from_text(zone)
        self._owner: dns.name.Name | None = None
        self._default: int | None = None
        self._stated = False  # by $TTL; else the last TTL that a record had
        self.lines: list[Line] = []
        self.blind: list[Entry] = []

    def take(self, entry: Entry) -> None:
        try:
            if entry.words[0].text.startswith("$") and not entry.blank:
                self._directive(entry)
            else:
                self._record(entry)
        except (dns.exception.DNSException, IndexError, ValueError) as error:
            raise InputError(f"{self._path}:{entry.line}: no entry of a zone file ({error}): correct it") from None

    def _directive(self, entry: Entry) -> None:
        match entry.words[0].text.upper():
            case "$ORIGIN":
                self._origin = dns.name.from_text(entry.words[1].text, self._origin)
            case "$TTL":
                self._default, self._stated = seconds(entry.words[1].text), True
            case directive if directive in _BLIND:
                self.blind.append(entry)
            case directive:
                raise ValueError(f"{directive} is not known here")

    def _record(self, entry: Entry) -> None:
        words = list(entry.words)
        named = None if entry.blank else words.pop(0)
        if named is not None:
            self._owner = dns.name.from_text(named.text, self._origin)
        if self._owner is None:
            raise ValueError("its owner is that of the entry before, and there is none")
        ttl: Word | None = None
        rrclass: Word | None = None
        while True:  # TTL and class, in either order
            if ttl is None and _TTL.fullmatch(words[0].text):
                ttl = words.pop(0)
            elif rrclass is None and words[0].text.upper() in _CLASSES:
                rrclass = words.pop(0)
            else:
                break
        rrtype = words.pop(0)
        dns.rdatatype.from_text(rrtype.text)
        self.lines.append(
            Line(entry, self._origin, self._owner, named, ttl, rrclass, rrtype, tuple(words), self._default)
        )
        if not self._stated:
            self._take_ttl(ttl, rrtype, words)

    def _take_ttl(self, ttl: Word | None, rrtype: Word, rdata: list[Word]) -> None:
        """Without $TTL the last one that was written counts (RFC 1035), or what the SOA says (as BIND takes it)."""
        if ttl is not None:
            self._default = seconds(ttl.text)
        elif rrtype.text.upper() == "SOA" and self._default is None:
            self._default, self._stated = seconds(rdata[-1].text), True


def _to_line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _word_end(text: str, place: int, path: str, line: int) -> int:
    quoted = False
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in " \t\r\n\f;()":
            break
        place += 1
    if quoted:
        raise InputError(f"{path}:{line}: a quotation mark without its end")
    return min(place, len(text))
