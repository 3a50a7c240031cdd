"""Several domains in one text: a row each, then each under a title of its own."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from mxlatch.report.layout import Ink, Style, aligned, columns, elided

_NARROWEST_DOMAIN = 16  # less of a domain name could not be told from another
_BESIDE_TITLE = 10  # columns that a title's own signs take


class Row(Struct, frozen=True):
    """A domain, and what is said of it beside its name."""

    domain: str
    cells: tuple[str, ...]
    ink: Ink | None = None


def table(heads: Sequence[str], rows: Sequence[Row], style: Style) -> Iterator[str]:
    """One row a domain; two lines a domain where the width allows no table."""
    widths = [max(map(columns, column)) for column in zip(heads, *(row.cells for row in rows), strict=True)]
    room = style.room - sum(widths) - 2 * len(widths)
    side_by_side = room >= _NARROWEST_DOMAIN
    name_width = min(room, max((columns(row.domain) for row in rows), default=0)) if side_by_side else style.room
    if side_by_side and rows:
        yield style.paint(aligned(["domain", *heads], [name_width, *widths]), Ink.QUIET)
    for row in rows:
        name = elided(row.domain, name_width)
        one, two = [aligned([name, *row.cells], [name_width, *widths])], [name, f"  {'  '.join(row.cells)}"]
        yield from (style.paint(line, row.ink) for line in (one if side_by_side else two))


def titled(domain: str, lines: Iterable[str], style: Style) -> Iterator[str]:
    """What is said of one domain, under its name."""
    title = f"== {elided(domain, style.room - _BESIDE_TITLE)} "
    yield ""
    yield style.paint(title + "=" * (style.room - columns(title)), Ink.QUIET)
    yield from lines
