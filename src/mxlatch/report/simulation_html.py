"""A simulation as one HTML file, under the same rules as an audit's: no script, nothing loaded, every string escaped.

Its plots: what part of the mail has come by when, what the spool holds, and by which sender's behaviour spam gets in.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from mxlatch.report import plots
from mxlatch.report import simulation as words
from mxlatch.report.escape import clipped, each_string, visible
from mxlatch.report.html import CSS as PAGE_CSS
from mxlatch.report.html import head, table
from mxlatch.report.markup import Element, Node, element, written
from mxlatch.report.plots import Axis, Bar, Curve
from mxlatch.report.simulation import Column
from mxlatch.simulate.result import Assumption, CurvePoint, Exposure, Figure, LayoutResult, OutageResult, Result

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_DELAY_TICKS = (
    (_MINUTE, "1 min"),
    (10 * _MINUTE, "10 min"),
    (_HOUR, "1 h"),
    (6 * _HOUR, "6 h"),
    (_DAY, "1 d"),
    (5 * _DAY, "5 d"),
    (20 * _DAY, "20 d"),
)
_PARTS = tuple((n / 4, f"{25 * n} %") for n in range(5))
# Parts of an axis that is not logarithmic; that of time ends a quarter after the outage, which is one part of five.
_UP, _ACROSS = 4, 5

CSS = (
    PAGE_CSS
    + plots.CSS
    + """
td .range{color:var(--quiet);font-size:.85rem;display:block}
tbody th{min-width:9rem}
.assumed{font-weight:bold;font-size:.85rem}
td.words{white-space:normal;min-width:14rem}
"""
)


def page(result: Result) -> str:
    """The whole page."""
    safe = msgspec.convert(each_string(msgspec.to_builtins(result), lambda text: visible(clipped(text))), Result)
    past = safe.layouts[0].reached.past.value
    verdict = "open" if past else "unknown" if safe.layouts[0].reached.not_known.value else "closed"
    body = element(
        "main",
        element("h1", words.sentence(safe), class_=verdict),
        element("p", words.how(safe), class_="quiet"),
        *_comparison(safe),
        *(element("article", *_layout(layout, safe, f"l{n}")) for n, layout in enumerate(safe.layouts, 1)),
        *_basis(safe),
    )
    title = f"mxlatch simulate: {safe.domain}"
    whole = element("html", head(title, CSS), element("body", body), lang="en")
    return f"<!DOCTYPE html>\n{written(whole)}\n"


def _comparison(result: Result) -> Iterator[Node]:
    if len(result.layouts) > 1:
        yield element("h2", words.comparison_title(result))
        titles = [words.compared_title(layout) for layout in result.layouts]
        yield _table("layout", titles, words.comparison_columns(result.layouts))


def _layout(layout: LayoutResult, result: Result, anchor: str) -> Iterator[Node]:
    yield element("h2", f"Layout: {layout.title}")
    yield element("ul", *(element("li", record) for record in layout.records))
    yield from _plots(layout, anchor)
    yield element("h3", "Spam in the mailbox, of all that is sent")
    rows = [layout.reached, *words.reaching(layout.by_way), *words.reaching(layout.by_behaviour)]
    yield _table("", [words.label(row) for row in rows], words.exposure_columns(rows))
    yield from _movers([layout.reached.past, layout.reached.not_known])
    yield from _backscatter(layout)
    yield from _use(layout)
    yield from _outages(layout, result)
    yield from (element("p", f"Left out: {item}.", class_="quiet") for item in layout.left_out)


def _backscatter(layout: LayoutResult) -> Iterator[Node]:
    sure, unsure = words.shown(layout.backscatter, words.plain), layout.backscatter_not_known
    yield element("p", f"Backscatter: {sure} bounces to forged senders for 1,000 spam messages.")
    if unsure.value:
        told = words.shown(unsure, words.plain)
        yield element("p", f"{told} more perhaps, from doors whose recipient check is not known.", class_="unknown")


def _use(layout: LayoutResult) -> Iterator[Node]:
    if not layout.honest_known:
        told = "No published door is known to take mail: nothing can be said of honest mail and of outages."
        yield element("p", told, class_="unknown")
    elif len(layout.use) > 1:
        yield element("h3", "Honest mail by record, while nothing is down")
        part = Column("part", tuple(use.part for use in layout.use), words.percent)
        yield _table("record", [use.record for use in layout.use], [part])


def _outages(layout: LayoutResult, result: Result) -> Iterator[Node]:
    for rows in words.by_scope(layout.outages):
        yield element("h3", f"{words.scope_title(rows[0])}: honest mail written meanwhile")
        found = words.outage_columns(rows, result.late_after)
        yield _table("outage", [words.duration(row.seconds) for row in rows], found)
        yield from _movers(figure for column in found for figure in column.figures)
        labels, parts = words.losers(rows)
        if labels:
            summary = element("summary", words.NOT_ALL_COMES.capitalize())
            yield element("details", summary, _table("sender", labels, parts), open="open")


def _movers(figures: Iterable[Figure]) -> Iterator[Node]:
    if what := words.movers(figures):
        yield element("p", f"Ranges mostly from: {what}.", class_="quiet")


def _table(label: str, labels: Sequence[str], found: Sequence[Column]) -> Element:
    """Each figure with its range below it, and in its title what the range comes from."""
    rows = [
        element("tr", element("th", name, scope="row"), *(_cell(column, number) for column in found))
        for number, name in enumerate(labels)
    ]
    return table([label, *(column.head for column in found)], rows)


def _cell(column: Column, number: int) -> Element:
    figure = column.figures[number]
    value, _, span = words.shown(figure, column.form).partition(" (")
    ranged = element("span", f"({span}", class_="range") if span else None
    return element("td", value, ranged, title=f"range from: {figure.moved_by}" if figure.moved_by else None)


# Plots


def _plots(layout: LayoutResult, anchor: str) -> Iterator[Node]:
    drawn = [_exposure_plot(words.reaching(layout.by_behaviour), anchor)]
    for number, rows in enumerate(words.by_scope(layout.outages), 1):
        drawn += [_delay_plot(rows, f"{anchor}-{number}"), _spool_plot(rows, f"{anchor}-{number}")]
    shown = [plot for plot in drawn if plot is not None]
    if shown:
        yield element("div", *shown, class_="plots")


def _exposure_plot(rows: Sequence[Exposure], anchor: str) -> Element | None:
    found = [bar for row in rows for bar in _bars(row)]
    title = "Spam in the mailbox past a latch, by what the sender does"
    return plots.bars(title, found, f"{anchor}-exposure") if found else None


def _bars(row: Exposure) -> Iterator[Bar]:
    for figure, what in ((row.past, ""), (row.unlatched, ": no latch there"), (row.not_known, ": not known")):
        if figure.value is not None and figure.low is not None and figure.high:
            text = words.percent(figure.value)
            yield Bar(f"{row.what}{what}", figure.value, figure.low, figure.high, text, doubt=bool(what))


def _delay_plot(outages: Sequence[OutageResult], anchor: str) -> Element:
    lines = [Curve(f"{words.duration(outage.seconds)} outage", _points(outage.delivered)) for outage in outages]
    longest = max(outage.delivered[-1].at for outage in outages)
    ticks = tuple(tick for tick in _DELAY_TICKS if tick[0] <= longest)
    across = Axis("after writing", _MINUTE, max(longest, _HOUR), ticks, log=True)
    title = f"Part of the mail that has come, {words.scope_title(outages[0], 'with')}"
    return plots.curves(title, lines, across, Axis("part of the mail", 0.0, 1.0, _PARTS), f"{anchor}-delay")


def _spool_plot(outages: Sequence[OutageResult], anchor: str) -> Element | None:
    kept = [outage for outage in outages if outage.spool and outage.spool_peak.high]
    if not kept:
        return None
    lines = [Curve(f"{words.duration(outage.seconds)} outage", _points(outage.spool)) for outage in kept]
    longest = max(outage.spool[-1].at for outage in kept)
    most = max(high for line in lines for _, _, _, high in line.points) or 1.0
    across = Axis("since the outage began", 0.0, longest, _even(longest, words.duration, _ACROSS))
    up = Axis("in the spool", 0.0, most, _even(most, words.octets, _UP))
    title = f"What the backup's spool holds, {words.scope_title(kept[0], 'with')}"
    return plots.curves(title, lines, across, up, f"{anchor}-spool")


def _points(curve: Sequence[CurvePoint]) -> tuple[tuple[float, float, float, float], ...]:
    """A figure that cannot be said has no point."""
    return tuple(
        (point.at, point.figure.value, point.figure.low, point.figure.high)
        for point in curve
        if point.figure.value is not None and point.figure.low is not None and point.figure.high is not None
    )


def _even(most: float, form: words.Form, parts: int) -> tuple[tuple[float, str], ...]:
    return tuple((most * n / parts, form(most * n / parts)) for n in range(parts + 1))


def _basis(result: Result) -> Iterator[Node]:
    yield element("h2", "What all of this rests on")
    yield table(("number", "from"), map(_assumption, result.assumptions))
    yield element("ul", *(element("li", rule) for rule in result.rules))
    yield element(
        "p", "Your own numbers: copy the mix, change it, and give it with ", element("code", "--mix FILE"), "."
    )


def _assumption(each: Assumption) -> Element:
    source = each.source or element("span", words.ASSUMED, class_="assumed")
    return element(
        "tr", element("th", words.assumption_words(each), scope="row"), element("td", source, class_="words")
    )
