"""The matrix of vantages and doors, for every form of the report: where each door stands open, seen from each place."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from mxlatch.audit.result import Audit, SeenDoorResult, VantageResult
from mxlatch.report import outline
from mxlatch.report.layout import Ink, Style, aligned, columns, elided, paragraph
from mxlatch.terms.door import DoorState

TITLE = "Seen from each vantage"
PORT_OUT = "port 25 out"
NOT_LOOKED = "-"
_DOORS_SHOWN = 20
_NARROWEST_LABEL = 20
_WIDEST_HEAD = 16  # of a vantage's name above its column
_WORDS = {
    DoorState.OPEN.value: "open",
    DoorState.CLOSED.value: "closed",
    DoorState.FILTERED.value: "silent",
    DoorState.UNKNOWN.value: "?",
    "not-asked": NOT_LOOKED,
}
_LEGEND = {"silent": "silent: nothing came back", "?": "? no clear answer", NOT_LOOKED: "- not tried from there"}


class Row(Struct, frozen=True):
    """One door, or the way out. label: what it is; words: a word a vantage; differs: they do not all say the same."""

    label: str
    words: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """True if one vantage gets in and another, from which it was tried, does not."""
        return "open" in self.words and any(word not in ("open", NOT_LOOKED) for word in self.words)


def rows(audit: Audit) -> tuple[Row, ...]:
    """The doors as the report has them, then those that only other vantages tried, and at last the way out."""
    tables = [{door.id: door for door in view.doors} for view in audit.vantages]
    names = {door.id: next(iter(outline.way_texts(audit, door)), "") for door in audit.doors}
    known = [door.id for row in outline.door_rows(audit) for door in row.doors]
    rest = sorted({each for table in tables for each in table} - set(known))
    found = [Row(_label(each, names), tuple(_word(table, each) for table in tables)) for each in [*known, *rest]]
    if any(view.port_out.state != "not-asked" for view in audit.vantages):
        found.append(Row(PORT_OUT, tuple(_WORDS.get(v.port_out.state, v.port_out.state) for v in audit.vantages)))
    return tuple(found)


def about(view: VantageResult, audit: Audit) -> str:
    """A vantage in words: what it is, and when it looked, if not with the audit."""
    when = "" if view.time == audit.time else view.time.replace("T", " ").replace("Z", " UTC")
    why = f"{PORT_OUT} not known: {view.port_out.reason}" if view.port_out.state == "unknown" else ""
    return "; ".join(part for part in (view.what, when, why) if part)


def legend(found: tuple[Row, ...]) -> str:
    """What the words mean, of those that occur."""
    used = {word for row in found for word in row.words}
    return "   ".join(meaning for word, meaning in _LEGEND.items() if word in used)


def vantage_table(audit: Audit, style: Style) -> Iterator[str]:
    """The lines of the matrix in plain text. The audit's strings must have been escaped."""
    found = rows(audit)
    heads = [elided(view.vantage, _WIDEST_HEAD) for view in audit.vantages]
    widths = [max(map(columns, column)) for column in zip(heads, *(row.words for row in found), strict=True)]
    room = style.room - 2 - sum(width + 2 for width in widths)
    if room < _NARROWEST_LABEL:
        yield from _listed(found, audit, style)
    else:
        label = min(room, max((columns(row.label) for row in found), default=0))
        yield style.paint("  " + aligned(["", *heads], [label, *widths]), Ink.QUIET)
        for row in _in_sight(found):
            line = "  " + aligned([elided(row.label, label), *row.words], [label, *widths])
            yield style.paint(line, Ink.DOUBT if row.differs else None)
    if len(found) > _DOORS_SHOWN:
        yield f"  and {len(found) - _DOORS_SHOWN} more: see --json"
    for view in audit.vantages:
        if words := about(view, audit):
            yield from paragraph(f"{view.vantage}: {words}", style.room, "  ", "    ")
    if words := legend(found):
        yield from (style.paint(line, Ink.QUIET) for line in paragraph(words, style.room, "  "))


def _listed(found: tuple[Row, ...], audit: Audit, style: Style) -> Iterator[str]:
    """Without columns, where there are too many vantages for the width."""
    for row in _in_sight(found):
        yield from paragraph(row.label, style.room, "  ", "    ")
        for view, word in zip(audit.vantages, row.words, strict=True):
            yield from paragraph(f"{view.vantage}: {word}", style.room, "    ", "      ")


def _in_sight(found: tuple[Row, ...]) -> tuple[Row, ...]:
    """Those that differ first, where not all can be shown."""
    if len(found) <= _DOORS_SHOWN:
        return found
    return tuple(sorted(found, key=lambda row: not row.differs))[:_DOORS_SHOWN]


def _label(door_id: str, names: Mapping[str, str]) -> str:
    return f"{door_id} {names.get(door_id, '')}".rstrip()


def _word(table: Mapping[str, SeenDoorResult], door_id: str) -> str:
    state = table[door_id].state if door_id in table else "not-asked"
    return _WORDS.get(state, state)
