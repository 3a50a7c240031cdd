"""The table of doors and latches in plain text: a row a door, a column a latch, a mark where a door is weaker."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.audit.result import Audit
from mxlatch.report import outline
from mxlatch.report.layout import Ink, Style, columns, flowed, padded, paragraph
from mxlatch.report.outline import Cell, DoorRow
from mxlatch.terms import latch
from mxlatch.terms.door import DoorVerdict

_NARROWEST_NAME = 24  # below this hardly any host name stands beside its cells
_WIDEST_NAME = 40  # a wider one tears name and cells apart on a wide terminal
_ADDRESSES_SHOWN = 3
_WAYS_SHOWN = 3
_GAP = "  "

_MARK = "!"
_CELL_WORDS = {
    latch.FOUND: "yes",
    latch.LIKELY_FOUND: "~yes",
    latch.ABSENT: "no",
    latch.LIKELY_ABSENT: "~no",
    latch.UNKNOWN: "?",
    latch.NOT_ASKED: "-",
}
_LEGEND = (
    (_MARK, "weaker than the baseline or another door"),
    ("~", "likely"),
    ("?", "no clear answer"),
    ("-", "not asked"),
)
_DOOR_WORDS = {
    DoorVerdict.OPEN: "OPEN",
    DoorVerdict.UNKNOWN: "?",
    DoorVerdict.UNLATCHED: "unlatched",
    DoorVerdict.LIKELY_CLOSED: "~closed",
    DoorVerdict.CLOSED: "closed",
}
_DOOR_INK = {DoorVerdict.OPEN: Ink.BAD, DoorVerdict.UNKNOWN: Ink.DOUBT, DoorVerdict.UNLATCHED: Ink.DOUBT}


class _Grid(Struct, frozen=True):
    """Where things stand: columns for the door's name, then for the verdict and each latch."""

    name: int
    widths: tuple[int, ...]
    style: Style

    def line(self, label: str, words: Sequence[str], inks: Sequence[Ink | None]) -> str:
        """A label and cells in their columns."""
        cells = (
            self.style.paint(word, ink) + " " * (width - len(word))
            for word, width, ink in zip(words, self.widths, inks, strict=True)
        )
        return _GAP.join(["  " + padded(label, self.name), *cells]).rstrip()


def door_table(audit: Audit, style: Style) -> Iterator[str]:
    """The lines of the table. The audit's strings must have been escaped.

    Where a name and its cells do not fit beside each other, each door becomes a short list of its latches.
    """
    rows, heads = outline.door_rows(audit), ["verdict", *outline.latches(audit)]
    words = [_words(row) for row in rows]
    grid = _grid([heads, *words], rows, style)
    if grid.name < _NARROWEST_NAME:
        for row in rows:
            yield from _listed(row, heads[1:], style)
    else:
        yield style.paint(grid.line("", heads, [None] * len(heads)), Ink.QUIET)
        for row, cells in zip(rows, words, strict=True):
            yield from _row(row, cells, grid)
    yield from _legend(words, style)


def _grid(lines: Sequence[Sequence[str]], rows: Sequence[DoorRow], style: Style) -> _Grid:
    widths = tuple(max(map(len, column)) for column in zip(*lines, strict=True))
    room = style.room - 2 - sum(width + len(_GAP) for width in widths)
    wanted = max(columns(label) for row in rows for label in _labels(row))
    return _Grid(min(room, max(wanted, _NARROWEST_NAME), _WIDEST_NAME), widths, style)


def _row(row: DoorRow, words: Sequence[str], grid: _Grid) -> Iterator[str]:
    """The cells stand beside the first label that fits; a longer one before it has its own line."""
    labels, inks = _labels(row), [_DOOR_INK.get(row.verdict), *map(_cell_ink, row.cells)]
    beside = next((n for n, label in enumerate(labels) if columns(label) <= grid.name), len(labels))
    for number, label in enumerate([*labels, ""][: max(len(labels), beside + 1)]):
        if number == beside:
            yield grid.line(label, words, inks)
        else:
            yield from _full_line(label, grid.style)
    yield from _about(row, grid.style)


def _listed(row: DoorRow, names: Sequence[str], style: Style) -> Iterator[str]:
    """Without columns: the verdict, then the latches by what is known of them, the weaknesses first."""
    said: dict[str, list[str]] = {}
    for name, cell in sorted(zip(names, row.cells, strict=True), key=lambda pair: not pair[1].differs):
        said.setdefault(_cell_word(cell), []).append(name)
    first, *rest = _labels(row)
    verdict = paragraph(f"{first}: {_DOOR_WORDS[row.verdict]}", style.room, "  ", "    ")
    yield from (style.paint(line, _DOOR_INK.get(row.verdict)) for line in verdict)
    for label in rest:
        yield from _full_line(label, style)
    for word, latches in said.items():
        which = "all" if len(said) == 1 else ", ".join(latches)
        lines = paragraph(f"{word or 'shut'}: {which}", style.room, "    ", "      ")
        yield from (style.paint(line, Ink.BAD if word.startswith(_MARK) else None) for line in lines)
    yield from _about(row, style)


def _full_line(label: str, style: Style) -> Iterator[str]:
    indent = len(label) - len(label.lstrip(" "))
    yield from paragraph(label.lstrip(" "), style.room, " " * (indent + 2), "    ")


def _about(row: DoorRow, style: Style) -> Iterator[str]:
    if row.about:
        yield from paragraph("; ".join(row.about), style.room, "    ")


def _labels(row: DoorRow) -> list[str]:
    """Names, then addresses a little further in."""
    return [*_ways(row), f"  {_addresses(row)}"]


def _ways(row: DoorRow) -> list[str]:
    more = len(row.ways) - _WAYS_SHOWN
    return [*row.ways[:_WAYS_SHOWN], *([f"and {more} more names"] if more > 0 else [])]


def _addresses(row: DoorRow) -> str:
    ids = [door.id for door in row.doors]
    more = len(ids) - _ADDRESSES_SHOWN
    return ", ".join(ids[:_ADDRESSES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _words(row: DoorRow) -> list[str]:
    return [_DOOR_WORDS[row.verdict], *map(_cell_word, row.cells)]


def _cell_word(cell: Cell) -> str:
    # A state this table has no word for is shown as it is rather than as nothing.
    return (_MARK if cell.differs else "") + _CELL_WORDS.get(cell.state, cell.state)


def _cell_ink(cell: Cell) -> Ink | None:
    return Ink.BAD if cell.differs else None


def _legend(words: Sequence[Sequence[str]], style: Style) -> Iterator[str]:
    used = {character for line in words for word in line for character in word}
    legend = [f"{sign} {meaning}" for sign, meaning in _LEGEND if sign in used]
    if legend:
        yield from (style.paint(f"  {line}", Ink.QUIET) for line in flowed(legend, style.room - 2, "   "))
