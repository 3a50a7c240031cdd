"""The picture of the paths: sender, names, doors, next hops, mailbox; each door is one lane from left to right.

A way round is told by its colour, its line (solid: proven, dashed: likely, dotted: not known) and its words, so that no
one of them is needed. A picture is never the only form: the table says the same and more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mxlatch.audit.result import Audit, PathResult
from mxlatch.report import outline
from mxlatch.report.layout import elided, wrapped
from mxlatch.report.markup import Element, element
from mxlatch.report.outline import DoorRow
from mxlatch.terms.door import DoorState, DoorVerdict
from mxlatch.terms.verdict import Certainty

# More lanes do not fit on a page: then doors that are alike share one.
_MOST_LANES = 12

_LANE_HEIGHT = 84
_BOX_HEIGHT = 62
_MARGIN = 8
_LINE = 17  # from one line of text to the next
_GLYPH = 7.3  # the width of a monospace letter of 12 pixels
_END_WIDTH, _GAP_WIDTH, _NAME_WIDTH, _DOOR_WIDTH, _NEXT_WIDTH = 84, 30, 236, 236, 170
_WORDS_WIDTH = 196  # the stretch behind the door that carries the words
_MOST_WORD_LINES = 2
_MOST_NAME_LINES = 3

_CERTAINTIES = {certainty.word: certainty for certainty in Certainty}
_SHUT = "shut"  # nothing gets in, so no line leaves the door
_LINES = {
    Certainty.PROVEN: ("round proven", "proven way round"),
    Certainty.LIKELY: ("round likely", "likely way round"),
    Certainty.UNKNOWN: ("unknown", "not known"),
    Certainty.CLOSED: ("met", "meets the baseline"),
}
_SHUT_WORDS = {
    DoorVerdict.CLOSED: ("met", "nothing gets in"),
    DoorVerdict.LIKELY_CLOSED: ("likely", "likely: nothing gets in"),
}
_DOOR_WORDS = {
    DoorVerdict.OPEN: "OPEN",
    DoorVerdict.CLOSED: "closed",
    DoorVerdict.LIKELY_CLOSED: "likely closed",
    DoorVerdict.UNLATCHED: "unlatched",
    DoorVerdict.UNKNOWN: "not known",
}

CSS = """
.paths text{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:var(--ink)}
.paths .quiet{fill:var(--quiet)}
.paths rect{fill:var(--box);stroke:var(--line);stroke-width:1}
.paths rect.open{stroke:var(--bad);stroke-width:2}
.paths rect.unknown,.paths rect.unlatched{stroke:var(--doubt);stroke-width:2;stroke-dasharray:2 3}
.paths path{fill:none;stroke:var(--line);stroke-width:2}
.paths .round path{stroke:var(--bad);stroke-width:3}
.paths .likely path{stroke-dasharray:9 5}
.paths .unknown path{stroke:var(--doubt);stroke-dasharray:2 4}
.paths .round .words{fill:var(--bad);font-weight:bold}
.paths text.verdict{font-weight:bold}
.paths text.open{fill:var(--bad)}
"""


class Lane(Struct, frozen=True):
    """One door, or several that are alike, with the surest path that begins there. line: a Certainty or "shut"."""

    names: str
    door: str
    about: str
    verdict: DoorVerdict
    line: Certainty | str
    latches: str
    next_hop: str
    count: int


def svg(audit: Audit, prefix: str) -> Element | None:
    """The picture, None if there is no door. The strings must have been escaped; prefix makes the ids unique."""
    found = lanes(audit)
    if not found:
        return None
    places = _Places.of(found)
    title, told = f"{prefix}-title", f"{prefix}-desc"
    return element(
        "svg",
        element("title", f"The ways of mail to {audit.domain}", id=title),
        element("desc", " ".join(map(_told, found)), id=told),
        *_ends(places),
        *(_lane(lane, number, places) for number, lane in enumerate(found)),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {places.width} {places.height}",
        width=places.width,
        height=places.height,
        class_="paths",
        role="img",
        aria_labelledby=f"{title} {told}",
    )


def lanes(audit: Audit) -> list[Lane]:
    """The lanes in the order of the table; alike ones folded where there are too many."""
    made = [_of_row(audit, row) for row in outline.door_rows(audit)]
    for alike in (_same_way, _same_verdict):
        if len(made) > _MOST_LANES:
            made = list(_folded(made, alike))
    return made


def _of_row(audit: Audit, row: DoorRow) -> Lane:
    ids = {door.id for door in row.doors}
    paths = [path for path in audit.paths if path.doors and path.doors[0] in ids]
    path = max(paths, key=lambda path: _CERTAINTIES.get(path.certainty, Certainty.UNKNOWN), default=None)
    line = _line(row, path)
    inside = None if line == _SHUT else path  # behind a shut door there is nothing to tell
    more_names, more_doors = len(row.ways) - 1, len(row.doors) - 1
    return Lane(
        names=row.ways[0] + (f" +{more_names}" if more_names else ""),
        door=row.first.id + (f" +{more_doors}" if more_doors else ""),
        about="; ".join(row.about),
        verdict=row.verdict,
        line=line,
        latches=", ".join((*inside.missing, *(f"{name}?" for name in inside.unsure))) if inside else "",
        next_hop=inside.doors[1] if inside and len(inside.doors) > 1 else "",
        count=len(row.doors),
    )


def _line(row: DoorRow, path: PathResult | None) -> Certainty | str:
    if row.first.state in (DoorState.CLOSED, DoorState.FILTERED):
        return _SHUT
    if path is None:
        return Certainty.CLOSED if row.verdict is DoorVerdict.CLOSED else Certainty.UNKNOWN
    return _CERTAINTIES.get(path.certainty, Certainty.UNKNOWN)


def _same_way(lane: Lane) -> object:
    return (lane.verdict, lane.line, lane.latches, lane.next_hop)


def _same_verdict(lane: Lane) -> object:
    return (lane.verdict, lane.line)


def _folded(found: Iterable[Lane], alike: Callable[[Lane], object]) -> Iterator[Lane]:
    groups: dict[object, list[Lane]] = {}
    for lane in found:
        groups.setdefault(alike(lane), []).append(lane)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _together(group)


def _together(group: Sequence[Lane]) -> Lane:
    count = sum(lane.count for lane in group)
    latches = {lane.latches for lane in group}
    hops = {lane.next_hop for lane in group}
    return replace(
        group[0],
        names=f"{group[0].names} and {len(group) - 1} more",
        door=f"{count} doors",
        about=f"{group[0].door} and others",
        latches=latches.pop() if len(latches) == 1 else "see the table",
        next_hop=hops.pop() if len(hops) == 1 else "several",
        count=count,
    )


class _Places(Struct, frozen=True):
    """Where the columns stand, in pixels from the left. next_hop is None if no door hands on."""

    names: int
    doors: int
    words: int
    next_hop: int | None
    mailbox: int
    count: int

    @classmethod
    def of(cls, found: Sequence[Lane]) -> "_Places":
        names = _MARGIN + _END_WIDTH + _GAP_WIDTH
        doors = names + _NAME_WIDTH + _GAP_WIDTH
        words = doors + _DOOR_WIDTH
        behind = words + _WORDS_WIDTH
        relayed = any(lane.next_hop for lane in found)
        mailbox = behind + (_NEXT_WIDTH + _GAP_WIDTH if relayed else 0)
        return cls(names, doors, words, behind if relayed else None, mailbox, len(found))

    @property
    def width(self) -> int:
        return self.mailbox + _END_WIDTH + _MARGIN

    @property
    def height(self) -> int:
        return self.count * _LANE_HEIGHT


def _ends(places: _Places) -> Iterator[Element]:
    """The stranger and the mailbox, as high as all lanes together."""
    for x, words in ((_MARGIN, ("anyone,", "anywhere")), (places.mailbox, ("mailbox",))):
        yield _rect(x, _MARGIN, _END_WIDTH, places.height - 2 * _MARGIN, "")
        top = places.height // 2 - _LINE * (len(words) - 1) // 2 + 4
        yield from (
            element("text", word, x=x + _END_WIDTH // 2, y=top + n * _LINE, text_anchor="middle")
            for n, word in enumerate(words)
        )


def _lane(lane: Lane, number: int, places: _Places) -> Element:
    top = number * _LANE_HEIGHT + (_LANE_HEIGHT - _BOX_HEIGHT) // 2
    middle = top + _BOX_HEIGHT // 2
    kind, _ = _words(lane)
    return element(
        "g",
        element("title", _told(lane)),
        *_drawn(lane, middle, places),
        _rect(places.names, top, _NAME_WIDTH, _BOX_HEIGHT, ""),
        *_names(lane, middle, places),
        _rect(places.doors, top, _DOOR_WIDTH, _BOX_HEIGHT, lane.verdict.value),
        *_lines([lane.door, lane.about], places.doors, top + _LINE, _DOOR_WIDTH),
        _verdict(lane, places.doors, top + 3 * _LINE + 2),
        *_next_hop(lane, top, places),
        class_=kind,
    )


def _words(lane: Lane) -> tuple[str, str]:
    """The class of the lane, and its line in words."""
    if isinstance(lane.line, str):
        return _SHUT_WORDS.get(lane.verdict, ("unknown", "not known"))
    if lane.verdict is DoorVerdict.UNLATCHED and lane.line is Certainty.CLOSED:
        return "unknown", "no latch to go round"  # equal doors without any latch are never "met"
    return _LINES[lane.line]


def _drawn(lane: Lane, y: int, places: _Places) -> Iterator[Element]:
    """The line from end to end, boxes are laid over it; a shut door ends it with a bar."""
    start = _MARGIN + _END_WIDTH
    end = places.words + 16 if lane.line == _SHUT else places.mailbox
    yield element("path", d=f"M{start} {y}H{end}")
    if lane.line == _SHUT:
        yield element("path", d=f"M{end} {y - 12}v24")
    else:
        yield element("path", d=f"M{end - 9} {y - 6}l8 6l-8 6", class_="head")
    x = places.words + (24 if lane.line == _SHUT else 8)
    yield element("text", _words(lane)[1], x=x, y=y - 7, class_="words")
    room = int((_WORDS_WIDTH - 16) / _GLYPH)
    below = _in_lines(f"without {lane.latches}", room, _MOST_WORD_LINES) if lane.latches else []
    yield from (element("text", line, x=x, y=y + _LINE * (n + 1), class_="words") for n, line in enumerate(below))


def _in_lines(text: str, room: int, most: int) -> list[str]:
    """The text in at most so many lines; what is left over is elided."""
    lines = wrapped(text, room)
    return lines if len(lines) <= most else [*lines[: most - 1], elided(" ".join(lines[most - 1 :]), room)]


def _names(lane: Lane, middle: int, places: _Places) -> Iterator[Element]:
    lines = _in_lines(lane.names, int((_NAME_WIDTH - 20) / _GLYPH), _MOST_NAME_LINES)
    top = middle + 4 - (len(lines) - 1) * _LINE // 2
    yield from (element("text", line, x=places.names + 10, y=top + n * _LINE) for n, line in enumerate(lines))


def _next_hop(lane: Lane, top: int, places: _Places) -> Iterator[Element]:
    if places.next_hop is not None and lane.next_hop:
        yield _rect(places.next_hop, top, _NEXT_WIDTH, _BOX_HEIGHT, "")
        yield from _lines(["hands on to", lane.next_hop], places.next_hop, top + _LINE + 6, _NEXT_WIDTH)


def _verdict(lane: Lane, x: int, y: int) -> Element:
    return element("text", _DOOR_WORDS[lane.verdict], x=x + 10, y=y, class_=f"verdict {lane.verdict.value}")


def _lines(texts: Sequence[str], x: int, y: int, width: int) -> Iterator[Element]:
    room = int((width - 20) / _GLYPH)
    for number, line in enumerate(texts):
        quiet = "quiet" if number else None
        yield element("text", elided(line, room), x=x + 10, y=y + number * _LINE, class_=quiet)


def _rect(x: int, y: int, width: int, height: int, kind: str) -> Element:
    return element("rect", x=x, y=y, width=width, height=height, rx=5, class_=kind or None)


def _told(lane: Lane) -> str:
    """The lane in words, for a screen reader and for the pointer."""
    latches = f" without {lane.latches}" if lane.latches else ""
    hop = f", by way of {lane.next_hop}" if lane.next_hop else ""
    return f"{lane.names}, {lane.door} ({_DOOR_WORDS[lane.verdict]}): {_words(lane)[1]}{latches}{hop}."
