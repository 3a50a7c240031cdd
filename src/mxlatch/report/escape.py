"""The one place where strings of strangers (banners, names, TXT, certificate subjects) are made safe to show.

A peer chooses what its banner says, and a banner may hold terminal sequences, bidirectional overrides or letters that
nobody sees. Every renderer takes its audit or plan through `shown` first: no field can be forgotten. What follows
(markup for HTML) is the renderer's own syntax and needs no trust in the text.

Limits: letters that look alike (a Cyrillic "а") are shown as they are; DNS names are ASCII already.
"""

import json
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

Result = TypeVar("Result", bound=Struct)  # an audit, a plan

# A peer may send as much as the wire code lets it; a reader needs enough to recognise it. JSON carries the whole.
LONGEST_SHOWN = 600

# Letters and symbols by category, but blank on the screen: Hangul fillers, the empty braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What our own sentences use beyond ASCII, and how it is written without.
_PLAIN = str.maketrans(
    {"…": "...", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "→": "->", "×": "x", "±": "+-"}
)
_SURROGATES = range(0xD800, 0xE000)


def visible(text: str) -> str:
    """The text with every character that is unseen, moves the cursor or reorders its line as `\\xNN` or `\\uNNNN`.

    Newlines and tabs count too: one string is one line. Combining marks count, since they can be stacked over
    their neighbours. Backslashes stay as they are: names from the wire already use them (RFC 1035 section 5.1).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _harmless(c) else _escaped(c) for c in text)


def ascii_only(text: str) -> str:
    """`visible`, and everything beyond ASCII escaped as well."""
    return "".join(c if c.isascii() else _escaped(c) for c in visible(text.translate(_PLAIN)))


def clipped(text: str) -> str:
    """The beginning of an overlong text and how much is missing."""
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[:LONGEST_SHOWN]}… ({len(text) - LONGEST_SHOWN} more characters: see --json)"


def encodable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot hold (RFC 3629 section 3), as visible escapes."""
    if not any(ord(c) in _SURROGATES for c in text):
        return text
    return "".join(_escaped(c) if ord(c) in _SURROGATES else c for c in text)


def shown(result: Result, escape: Callable[[str], str] = visible) -> Result:
    """The same audit or plan with every string in it clipped and then escaped."""
    plain = each_string(msgspec.to_builtins(result), lambda text: escape(clipped(text)))
    return msgspec.convert(plain, type(result))


def each_string(value: Any, change: Callable[[str], str]) -> Any:
    """Plain lists, dicts and scalars with `change` made to every string that is not a key."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: each_string(item, change) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [each_string(item, change) for item in cast("list[Any]", value)]
    return value


def json_text(whole: object) -> str:
    """JSON of plain ASCII (RFC 8259 section 7 escapes), indented, without a newline at its end.

    What a peer said can neither break UTF-8 nor reach the terminal of somebody who runs `cat`.
    """
    plain = each_string(msgspec.to_builtins(whole), encodable)
    # DEL is the one control character that JSON leaves unescaped.
    return json.dumps(plain, indent=2, ensure_ascii=True, allow_nan=False).replace("\x7f", "\\u007f")


def _harmless(c: str) -> bool:
    # isprintable() is False for controls, formats (bidi, zero width), surrogates, private use and odd spaces.
    return c.isprintable() and c not in _BLANK and not unicodedata.category(c).startswith("M")


def _escaped(c: str) -> str:
    point = ord(c)
    if c in _SHORT:
        return _SHORT[c]
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
