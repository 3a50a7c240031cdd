"""Lines of a given width: how long a text is on the screen, and where to break it.

The text must have gone through `escape` first: every character here takes one or two columns and none moves back.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from mxlatch.report.escape import ascii_only, visible

NARROWEST = 40  # below this a table cannot be read; we print at this width and let the terminal fold
_LEFT_OUT = "..."
_WIDE = frozenset("WF")
# A word of a shell command: a run of plain characters, quoted strings and escaped characters (POSIX shell 2.2).
_SHELL_WORD = re.compile(r"""(?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+""")


class Ink(StrEnum):
    """What a piece of text is; where colours are allowed, its ANSI attributes (ECMA-48 8.3.117)."""

    HEADING = "1"
    BAD = "1;31"
    DOUBT = "33"
    GOOD = "32"
    QUIET = "2"


class Style(Struct, frozen=True):
    """How to print. width: columns. colour: ANSI attributes beside the words. ascii: escape all other letters."""

    width: int = 80
    colour: bool = False
    ascii: bool = False

    @property
    def room(self) -> int:
        """The columns to use."""
        return max(self.width, NARROWEST)

    def safe(self, text: str) -> str:
        """The text escaped for this style."""
        return ascii_only(text) if self.ascii else visible(text)

    def paint(self, text: str, ink: Ink | None) -> str:
        """The text in its colour, if colours are allowed. Paint last: colours have no width."""
        return f"\033[{ink}m{text}\033[0m" if ink and self.colour and text else text


def written(lines: Iterable[str]) -> str:
    """Lines as one text: nothing behind any, and each ends in a newline."""
    return "".join(f"{line.rstrip()}\n" for line in lines)


def columns(text: str) -> int:
    """Columns the text takes on a terminal (UAX #11: wide and full-width characters take two)."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)


def aligned(words: Sequence[str], widths: Sequence[int], gap: str = "  ") -> str:
    """Words in columns of the given widths; nothing behind the last."""
    return gap.join(padded(word, width) for word, width in zip(words, widths, strict=True)).rstrip()


def padded(text: str, room: int) -> str:
    """The text with spaces behind it up to `room` columns."""
    return text + " " * max(0, room - columns(text))


def elided(text: str, room: int) -> str:
    """The text, its middle left out if it is too long: names differ at both ends."""
    if columns(text) <= room:
        return text
    tail = max(1, (room - len(_LEFT_OUT)) * 2 // 3)
    head = max(1, room - len(_LEFT_OUT) - tail)
    return _fitting(text, head) + _LEFT_OUT + _fitting(text[::-1], tail)[::-1]


def wrapped(text: str, room: int) -> list[str]:
    """The text broken at spaces; words longer than the room are broken where it ends."""
    return flowed(text.split(" "), room, " ")


def flowed(words: Iterable[str], room: int, gap: str) -> list[str]:
    """Words, or phrases that stay whole if they can, in lines with `gap` between them."""
    lines = [""]
    for word in words:
        if lines[-1] and columns(lines[-1]) + columns(gap) + columns(word) <= room:
            lines[-1] += gap + word
            continue
        pieces = wrapped(word, room) if " " in word else _pieces(word, room)
        lines = [*lines, *pieces] if lines[-1] else [*lines[:-1], *pieces]
    return lines


def paragraph(text: str, room: int, first: str = "", rest: str | None = None) -> list[str]:
    """The text wrapped behind `first`; further lines stand behind `rest`, by default as deep as the first."""
    rest = " " * columns(first) if rest is None else rest
    lines = wrapped(text, room - max(columns(first), columns(rest)))
    return [(first if number == 0 else rest) + line for number, line in enumerate(lines)]


def shell(command: str, room: int, first: str = "$ ") -> list[str]:
    """A command that can be copied: broken only between words, with a backslash. A longer word sticks out."""
    words = _SHELL_WORD.findall(command)
    if " ".join(words) != command:
        return [first + command]
    rest = " " * (columns(first) + 2)
    lines = [first]
    for number, word in enumerate(words):
        needed = columns(word) + (0 if number == len(words) - 1 else 2)
        if number and columns(lines[-1]) + 1 + needed > room:
            lines[-1] += " \\"
            lines.append(rest + word)
        else:
            lines[-1] += (" " if number else "") + word
    return lines


def _pieces(word: str, room: int) -> list[str]:
    room = max(1, room)
    pieces = [_fitting(word, room)]
    done = len(pieces[0])
    while done < len(word):
        pieces.append(_fitting(word[done : done + room], room))
        done += len(pieces[-1])
    return pieces


def _fitting(text: str, room: int) -> str:
    """The longest beginning that fits, but never nothing: a wide character in one column must not loop for ever."""
    head = text[: max(1, room)]
    while len(head) > 1 and columns(head) > room:
        head = head[:-1]
    return head
