"""Received headers: which hosts a message passed, as each host wrote it down (RFC 5321 section 4.4).

The newest stands first. A host writes what it saw of its client beside what the client said of itself; the two are kept
apart, since the second is the client's to invent. Software differs widely from the grammar: what cannot be read is left
empty, never guessed, and nothing that a stranger writes here can raise or cost more than the bounds below.

Limits: whatever stands below the first host that one does not trust may be forged as a whole; to know where trust
ends is the reader's part. Names and dates are as the hosts wrote them, their clocks included.
"""

import ipaddress
import re
from collections.abc import Iterator
from email.utils import mktime_tz, parsedate_tz

from msgspec import Struct

from mxlatch.wire.smtp.reply import printable

LARGEST_HEADER = 262_144  # octets of header that are read: Postfix cuts at 102,400, Exchange at 256 KiB
MOST_FIELDS = 1_000  # header fields of one message; the longest journeys seen have some 150
MOST_HOPS = 100  # RFC 5321 section 6.3: a loop is suspected at 100 Received
LONGEST_FIELD = 4_096  # octets of one field's value that are looked at: a Received has some 300

_NAME = re.compile(rb"([!-9;-~]{1,80})[ \t]*:")  # RFC 5322 section 2.2: visible ASCII but the colon
_KEYWORDS = frozenset({"from", "by", "with", "id", "for", "via"})
# What the client said of itself inside a comment: qmail's "(HELO x)", Exim's "helo=x" and "ident=x".
_CLAIMS = re.compile(r"\b(?:[EHL][EH]LO[ =]|ident=|envelope-from )\s*(\S*)", re.IGNORECASE)
_SAYS_HELO = re.compile(r"\b[EHL][EH]LO[ =]\s*([^\s()]+)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]", re.IGNORECASE)
_BARE = re.compile(r"(?:^|[\s(])([0-9A-Fa-f.:]{2,45})(?=$|[\s)])")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_-]+)+\.?")
_ZONED = re.compile(r"\d\d:\d\d(?::\d\d)?\s+(?:[+-]\d{4}|UTC?|GMT|Z)\b")
_NOBODY = frozenset({"unknown", "localhost"})


class Received(Struct, frozen=True):
    """One hop.

    helo: what the client called itself. name: its reverse name as `by` looked it up; address: its address as `by` saw
    it, in canonical form. by: who wrote this. protocol: "ESMTPS". date: seconds since 1970 UTC. text: the field's value
    on one line, octets outside 32 to 126 as `\\xNN`. "" and None: not said, or not readable.
    """

    helo: str = ""
    name: str = ""
    address: str = ""
    by: str = ""
    protocol: str = ""
    id: str = ""
    date: float | None = None
    text: str = ""


def chain(message: bytes) -> tuple[Received, ...]:
    """The hops of a message, newest first, at most `MOST_HOPS`."""
    values = [value for name, value in fields(message) if name == "received"]
    return tuple(map(parse, values[:MOST_HOPS]))


def fields(message: bytes) -> tuple[tuple[str, str], ...]:
    """The header fields in order: name in lower case, value unfolded and printable, cut at `LONGEST_FIELD`."""
    return tuple(_fields(message[:LARGEST_HEADER]))


def parse(value: str) -> Received:
    """One field's value, unfolded."""
    text = " ".join(value[:LONGEST_FIELD].split())
    clauses, _, moment = text.rpartition(";")
    date = _date(moment)
    said = _clauses(text if date is None and not clauses else clauses or text)
    who, *seen = said.get("from", [""])
    return Received(
        helo=_helo(who, seen),
        name=_name(seen),
        address=_address(who, seen),
        by=_first(said, "by").lower().rstrip("."),
        protocol=_first(said, "with"),
        id=_first(said, "id").strip("<>"),
        date=date,
        text=text,
    )


def _fields(header: bytes) -> Iterator[tuple[str, str]]:
    name, value = "", b""
    count = 0
    for line in header.split(b"\n"):
        line = line.removesuffix(b"\r")
        if not line:
            break
        if line[:1] in b" \t":
            value += line if len(value) < LONGEST_FIELD else b""
            continue
        if name:
            yield name, _one_line(value)
        match = _NAME.match(line)
        count += 1
        if count > MOST_FIELDS:
            return
        name, value = (match[1].decode("ascii").lower(), line[match.end() :]) if match else ("", b"")
    if name:
        yield name, _one_line(value)


def _one_line(value: bytes) -> str:
    return printable(b" ".join(value[:LONGEST_FIELD].split()))


def _clauses(text: str) -> dict[str, list[str]]:
    """Each keyword's word, and behind it the comments that follow; the first use of a keyword stands."""
    said: dict[str, list[str]] = {}
    current: list[str] = []
    expects_word = False
    for token in _tokens(text):
        if token.startswith("("):
            current.append(token[1:].removesuffix(")"))
            if expects_word:  # "from (comment) by": no word
                current.insert(0, "")
                expects_word = False
        elif token.lower() in _KEYWORDS and not expects_word:
            current = []
            said.setdefault(token.lower(), current)
            expects_word = True
        elif expects_word:
            current.append(token)
            expects_word = False
    return {keyword: words for keyword, words in said.items() if words}


def _tokens(text: str) -> Iterator[str]:
    """Words, and comments with their parentheses, nested ones within (RFC 5322 section 3.2.2)."""
    start = depth = 0
    for at, letter in enumerate(text):
        if letter == "(":
            if depth == 0:
                yield from text[start:at].split()
                start = at
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
            if depth == 0:
                yield text[start : at + 1]
                start = at + 1
    yield from [text[start:]] if depth else text[start:].split()


def _first(said: dict[str, list[str]], keyword: str) -> str:
    return said.get(keyword, [""])[0]


def _helo(who: str, comments: list[str]) -> str:
    """What the client said of itself: in a comment where there is one that says so, else the word after "from"."""
    claimed = next((match[1] for comment in comments if (match := _SAYS_HELO.search(comment))), "")
    return claimed or who


def _name(comments: list[str]) -> str:
    """The reverse name: the first host name of the first comment, what the client claimed left out."""
    if not comments:
        return ""
    match = _HOST.match(_CLAIMS.sub(" ", comments[0]).strip().rpartition("@")[2])
    found = match[0].lower().rstrip(".") if match else ""
    return "" if found in _NOBODY or _canonical(found) else found


def _address(who: str, comments: list[str]) -> str:
    """The client's address: in brackets in a comment, else bare in one, else the word after "from"."""
    seen = [_CLAIMS.sub(" ", comment) for comment in comments]
    for pattern in (_IN_BRACKETS, _BARE):
        for comment in seen:
            for match in pattern.finditer(comment):
                if found := _canonical(match[1]):
                    return found
    bracketed = _IN_BRACKETS.fullmatch(who)
    return _canonical(bracketed[1] if bracketed else who)


def _canonical(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _date(text: str) -> float | None:
    """A date with its zone. One without is no moment: to take this machine's zone would be a guess."""
    if not _ZONED.search(text):
        return None
    try:
        parsed = parsedate_tz(text.strip())
        return None if parsed is None or parsed[9] is None else float(mktime_tz(parsed))
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
