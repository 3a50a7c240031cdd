"""On which line of a TOML text each key and table stands (TOML 1.0); for the messages of `inventory.read`.

A scan, no parser: the text has already been parsed, so it is known to be whole. Keys that are quoted, and a "=" or "["
within a multi-line string or array, are handled; a key within an inline table is not told apart from the table's.
"""

import re

Path = tuple[str | int, ...]  # ("door", 2, "latches", "spf"): the third [[door]], its [door.latches], its key spf

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?")
_PAIR = re.compile(rf"\s*({_DOTTED})\s*=")
_PART = re.compile(_KEY)
# What matters for nesting: strings (whole), comments, brackets.
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]''', re.DOTALL
)


def scan(text: str) -> dict[Path, int]:
    """The line (from 1) of every table header and every key outside inline tables."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in _statements(text):
        if header := _HEADER.match(line):
            table = _entered(_parts(header[2]), header[1] == "[[", counts)
            lines.setdefault(table, number)
        elif pair := _PAIR.match(line):
            lines.setdefault((*table, *_parts(pair[1])), number)
    return lines


def line_of(where: Path, lines: dict[Path, int]) -> int:
    """The line of this key, or of the nearest thing around it that has one; 1 for the whole file."""
    while where and where not in lines and (*where, 0) not in lines:
        where = where[:-1]
    return lines.get(where) or lines.get((*where, 0), 1)


def _statements(text: str) -> list[tuple[int, str]]:
    """(line number, line) for the lines on which a statement begins: not inside a string, an array, a table."""
    begins, depth, number = [1], 0, 1
    for token in _TOKEN.finditer(text):
        word = token[0]
        depth += (word in ("[", "{")) - (word in ("]", "}"))
        number += word.count("\n")
        if word == "\n" and depth == 0:
            begins.append(number)
    lines = text.split("\n")
    return [(n, lines[n - 1]) for n in begins if n <= len(lines)]


def _entered(parts: list[str], is_array: bool, counts: dict[Path, int]) -> Path:
    """The path of a header's table: every array on the way with the index of its newest entry."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, parts[-1])
    if not is_array:
        return (*path, counts[path]) if path in counts else path
    counts[path] = counts.get(path, -1) + 1
    return (*path, counts[path])


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
