"""A simulation as text for people and as JSON for programs: every figure with its range, and all that it rests on.

The words and forms of figures are here for the page too (`report.simulation_html`). Ranges are never left out, and a
figure that cannot be said is a dash.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from mxlatch.report.escape import json_text
from mxlatch.report.layout import Ink, Style, aligned, columns, paragraph, wrapped, written
from mxlatch.simulate.result import Assumption, Exposure, Figure, LayoutResult, Loser, OutageResult, Result
from mxlatch.terms.wording import listed

NOTHING = "-"  # nothing to count, or not to be said
ASSUMED = "ASSUMPTION"
_DAY, _HOUR, _MINUTE = 86400.0, 3600.0, 60.0
_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
_MOVERS_SHOWN = 3
_COMPARED = 24 * _HOUR  # the outage that layouts are compared by, or the nearest

NOT_ALL_COMES = "mail that does not come, by sender (and when it gives up) and length of the outage"
BY_WAY, BY_SENDER = "by way in", "by what the sender does, with its part of all spam"

SCOPES = {
    "first": "the best exchange down",
    "mailboxes": "the servers of the mailboxes down",
    "everything": "everything down",
}
WAYS = {
    "mx": "by MX records",
    "implicit-mx": "by the domain's own address, for want of an MX",
    "declared": "to doors that only the inventory names",
    "host-name": "to guessed names",
    "remembered": "to remembered names and addresses",
    "apex-address": "to the domain's own address",
    "endpoint": "to the provider's endpoint",
    "other-domain": "by other names of the mailboxes",
    "scan": "to addresses found by scanning",
}

Form = Callable[[float], str]


class Column(Struct, frozen=True):
    """A column of a table: its head, its figures and their form."""

    head: str
    figures: tuple[Figure, ...]
    form: Form


def as_json(result: Result) -> str:
    """The whole."""
    plain = msgspec.to_builtins(result)
    whole = {"schema": plain.pop("schema"), "sentence": sentence(result), **plain}
    return json_text(whole) + "\n"


def text(result: Result, style: Style) -> str:
    """For a terminal, a mail or a ticket."""
    lines = [*_headline(result, style), *_comparison(result, style)]
    for layout in result.layouts:
        lines += _layout(layout, result.late_after, style)
    lines += _basis(result, style)
    return written(lines)


def brief(result: Result, style: Style) -> Iterator[str]:
    """The layouts side by side: spam past a latch by what its sender does, and an outage."""
    yield from list(_comparison(result, style))[1:]
    first, *others = result.layouts
    senders = [row.what for row in reaching(first.by_behaviour)]
    if senders and others:
        yield from _heading("Spam past a latch by what the sender does, of all that is sent", style)
        columns = [Column(each.title, tuple(_past(each, what) for what in senders), percent) for each in result.layouts]
        yield from _table([label(row) for row in reaching(first.by_behaviour)], columns, style)
    yield ""
    yield from paragraph(style.safe(how(result)), style.room, "  ")


def _past(layout: LayoutResult, what: str) -> Figure:
    return next((row.past for row in layout.by_behaviour if row.what == what), Figure(0.0, 0.0, 0.0))


# Words


def sentence(result: Result) -> str:
    """The first layout in one sentence."""
    first = result.layouts[0].reached
    told = f"Of spam sent to {result.domain}, {shown(first.past, percent)} reaches a mailbox past a latch"
    if first.unlatched.value:
        told += f"; {shown(first.unlatched, percent)} gets in where there is no latch to go round"
    if first.not_known.value:
        told += f"; {shown(first.not_known, percent)} gets in where it is not known what there is"
    return f"{told}."


def how(result: Result) -> str:
    """How the figures came about, and how to read them."""
    return (
        f"Simulated, not measured: {result.messages:,} messages a figure, seed {result.seed}, mix "
        f'"{result.mix}" ({result.mix_path}). In brackets what a figure becomes when one assumption after the other '
        f"takes the ends of its range ({result.messages_for_ranges:,} messages each), ±0 where none moves it. "
        f"{NOTHING}: nothing to count."
    )


def scope_title(outage: OutageResult, begins: str = "With") -> str:
    """Which doors are down, with their addresses."""
    return f"{begins} {SCOPES[outage.scope]} ({listed(outage.doors, 3)})"


def assumption_words(each: Assumption) -> str:
    """One number that went in."""
    form: Form = {"seconds": duration, "octets": octets, "part": percent}.get(each.unit, plain)
    unit = " an hour" if each.unit == "per hour" else ""
    span = f" ({form(each.low)} to {form(each.high)})" if each.low < each.high else ""
    return f"{each.what}: {form(each.value)}{span}{unit}"


def movers(figures: Iterable[Figure]) -> str:
    """What most of these ranges come from, "" if they have none."""
    found = Counter(figure.moved_by for figure in figures if figure.moved_by)
    return "; ".join(what for what, _ in found.most_common(_MOVERS_SHOWN))


def compared(layout: LayoutResult) -> OutageResult | None:
    """The outage of the best exchange by which layouts are compared; of equal ones the one without which most is lost,
    or returned, or late."""
    firsts = [outage for outage in layout.outages if outage.scope == "first"]
    return min(firsts, key=lambda outage: (abs(outage.seconds - _COMPARED), *_goodness(outage)), default=None)


def _goodness(outage: OutageResult) -> tuple[float, float, float]:
    """Less where an outage does more harm."""
    gone = (outage.lost.value or 0.0) + (outage.bounced.value or 0.0)
    return -gone, -(outage.late.value or 0.0), -(outage.spam_past.value or 0.0)


def compared_title(layout: LayoutResult) -> str:
    """The layout's title in a comparison, with who is down where equal exchanges make it a choice."""
    outage = compared(layout)
    equal = {each.doors for each in layout.outages if each.scope == "first"}
    return f"{layout.title}, {listed(outage.doors, 3)} down" if outage and len(equal) > 1 else layout.title


def by_scope(outages: Sequence[OutageResult]) -> list[list[OutageResult]]:
    """The outages of the same doors together, whatever their length."""
    found: dict[tuple[str, tuple[str, ...]], list[OutageResult]] = {}
    for outage in outages:
        found.setdefault((outage.scope, outage.doors), []).append(outage)
    return list(found.values())


# Forms of figures


def shown(figure: Figure, form: Form) -> str:
    """The figure with its range: "2.4 % (0.7 %–6.7 %)"; the range is left out where there is none to see."""
    if figure.value is None or figure.low is None or figure.high is None:
        return NOTHING
    value, low, high = form(figure.value), form(figure.low), form(figure.high)
    if low == high:
        return f"{value} (±0)"
    same = low.rpartition(" ")[2] == high.rpartition(" ")[2]
    return f"{value} ({low.rpartition(' ')[0] if same and ' ' in low else low}–{high})"


def percent(part: float) -> str:
    """A part of a whole: "0 %", "<0.1 %", "2.4 %", "48 %"."""
    value = 100 * part
    if 0 < value < 0.1:
        return "<0.1 %"
    return f"{value:.1f} %" if 0 < value < 9.95 else f"{value:.0f} %"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 0.5:
        return "0 s"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= (2 * unit if unit == _DAY else unit):
            value = seconds / unit
            return f"{value:.1f} {name}" if value < 9.95 and round(value, 1) % 1 else f"{value:.0f} {name}"
    return f"{seconds:.0f} s"


def octets(size: float) -> str:
    """A size in the unit that suits it."""
    for unit, name in _UNITS:
        if size >= unit:
            value = size / unit
            return f"{value:.1f} {name}" if value < 9.95 and round(value, 1) % 1 else f"{value:.0f} {name}"
    return "0 B"


def plain(number: float) -> str:
    """A count or a share."""
    return f"{number:,.0f}" if number >= 10 or number == round(number) else f"{number:.1f}"


# Tables, for text and page alike


def losers(rows: Sequence[OutageResult]) -> tuple[list[str], list[Column]]:
    """The senders whose mail does not all come, the worst first, and how much of it does not, outage by outage."""
    by_outage = [{loser.sender: loser for loser in row.losers} for row in rows]
    every = {name: loser for found in by_outage for name, loser in found.items()}
    names = sorted(every, key=lambda name: [-_gone(found.get(name)) for found in by_outage])
    labels = [_loser_label(every[name]) for name in names]
    none = Figure(0.0, 0.0, 0.0)
    found = [
        Column(duration(row.seconds), tuple(_worse(of[name]) if name in of else none for name in names), percent)
        for row, of in zip(rows, by_outage, strict=True)
    ]
    return labels, found


def _gone(loser: Loser | None) -> float:
    return 0.0 if loser is None else (loser.lost.value or 0.0) + (loser.bounced.value or 0.0)


def _worse(loser: Loser) -> Figure:
    """A class tells its users or it does not: one of the two is nothing."""
    return loser.lost if loser.lost.value else loser.bounced


def _loser_label(loser: Loser) -> str:
    gives_up = f"{loser.sender}, {duration(loser.gives_up)}" if loser.gives_up else loser.sender
    return f"{gives_up}, nobody told" if loser.lost.value else gives_up


def exposure_columns(rows: Sequence[Exposure]) -> list[Column]:
    """What becomes of the spam; a column in which all is nothing is left out, but for the first."""
    every = [
        Column("past a latch", tuple(row.past for row in rows), percent),
        Column("no latch there", tuple(row.unlatched for row in rows), percent),
        Column("not known", tuple(row.not_known for row in rows), percent),
    ]
    return every[:1] + [column for column in every[1:] if any(figure.value for figure in column.figures)]


def outage_columns(rows: Sequence[OutageResult], late_after: float) -> list[Column]:
    """What becomes of honest mail, outage by outage."""
    late = duration(late_after)
    kept = any(row.spool_peak.value is not None for row in rows)
    return [
        Column("lost, untold", tuple(row.lost for row in rows), percent),
        Column("bounced", tuple(row.bounced for row in rows), percent),
        Column(f"over {late} late", tuple(row.late for row in rows), percent),
        Column("of that told", tuple(row.told for row in rows), percent),
        Column("told after", tuple(row.told_after for row in rows), duration),
        Column("median delay", tuple(row.delay_median for row in rows), duration),
        Column("95th", tuple(row.delay_95 for row in rows), duration),
        Column("99th", tuple(row.delay_99 for row in rows), duration),
        *(
            (
                Column("spool at most", tuple(row.spool_peak for row in rows), octets),
                Column("full after", tuple(row.spool_full for row in rows), duration),
            )
            if kept
            else ()
        ),
        Column("spam past a latch", tuple(row.spam_past for row in rows), percent),
        Column("backscatter", tuple(row.backscatter for row in rows), plain),
    ]


def comparison_columns(layouts: Sequence[LayoutResult]) -> list[Column]:
    """What tells layouts apart: spam, and the outage by which they are compared."""
    nothing = Figure(None, None, None)
    outages = [compared(layout) for layout in layouts]

    def of(field: str) -> tuple[Figure, ...]:
        return tuple(nothing if outage is None else getattr(outage, field) for outage in outages)

    return [
        *exposure_columns([layout.reached for layout in layouts]),
        Column("lost, untold", of("lost"), percent),
        Column("bounced", of("bounced"), percent),
        Column("late and told", of("told"), percent),
        Column("spool at most", of("spool_peak"), octets),
        Column("bounces per 1,000 spam", tuple(layout.backscatter for layout in layouts), plain),
    ]


def comparison_title(result: Result) -> str:
    """Over the comparison of layouts."""
    outage = compared(result.layouts[0])
    if outage is None:
        return "The layouts"
    several = any(compared_title(layout) != layout.title for layout in result.layouts)
    worst = "; of equal ones, without the one whose outage is the worst" if several else ""
    return f"The layouts, and {duration(outage.seconds)} without the best exchange{worst}"


# Text


def _heading(title: str, style: Style) -> Iterator[str]:
    yield ""
    yield from (style.paint(line, Ink.HEADING) for line in paragraph(style.safe(title), style.room))


def _headline(result: Result, style: Style) -> Iterator[str]:
    past = result.layouts[0].reached.past.value
    ink = Ink.BAD if past else Ink.DOUBT if result.layouts[0].reached.not_known.value else Ink.GOOD
    yield from (style.paint(line, ink) for line in paragraph(style.safe(sentence(result)), style.room))
    yield ""
    yield from paragraph(style.safe(how(result)), style.room, "  ")


def _comparison(result: Result, style: Style) -> Iterator[str]:
    if len(result.layouts) > 1:
        yield from _heading(comparison_title(result), style)
        titles = [compared_title(layout) for layout in result.layouts]
        yield from _table(titles, comparison_columns(result.layouts), style)


def _layout(layout: LayoutResult, late_after: float, style: Style) -> Iterator[str]:
    title = style.safe(f"== {layout.title} ")
    yield from ("", style.paint(title + "=" * max(0, style.room - columns(title)), Ink.QUIET))
    for record in layout.records:
        yield from paragraph(style.safe(record), style.room, "  ", "    ")
    yield from _heading("Spam in the mailbox, of all that is sent", style)
    yield from _exposures("", [layout.reached], style)
    yield from _exposures(BY_WAY, reaching(layout.by_way), style)
    yield from _exposures(BY_SENDER, reaching(layout.by_behaviour), style)
    yield from _from([layout.reached.past, layout.reached.unlatched, layout.reached.not_known], style)
    yield from _backscatter(layout, style)
    yield from _use(layout, style)
    yield from _outages(layout, late_after, style)
    for item in layout.left_out:
        yield from paragraph(style.safe(f"left out: {item}"), style.room)


def reaching(rows: Iterable[Exposure]) -> list[Exposure]:
    """Those by which some spam reaches the mailbox, or would at the end of some range."""
    return [row for row in rows if any(figure.high for figure in (row.past, row.unlatched, row.not_known))]


def label(row: Exposure) -> str:
    """A row's name; of senders with the part of the spam that is theirs."""
    if not row.what:
        return "in all"
    name = WAYS.get(row.what, row.what)
    return f"{name}, {percent(row.sent.value)}" if row.sent is not None and row.sent.value is not None else name


def _exposures(title: str, rows: Sequence[Exposure], style: Style) -> Iterator[str]:
    if rows:
        yield from [f"  {title}"] if title else ()
        yield from _table([label(row) for row in rows], exposure_columns(rows), style)


def _backscatter(layout: LayoutResult, style: Style) -> Iterator[str]:
    sure, unsure = shown(layout.backscatter, plain), layout.backscatter_not_known
    words = f"Backscatter: {sure} bounces to forged senders for 1,000 spam messages"
    if unsure.value:
        words += f", and {shown(unsure, plain)} more perhaps, from doors whose recipient check is not known"
    yield ""
    yield from paragraph(style.safe(f"{words}."), style.room)
    yield from _from([layout.backscatter], style)


def _use(layout: LayoutResult, style: Style) -> Iterator[str]:
    if not layout.honest_known:
        yield ""
        words = "No published door is known to take mail: nothing can be said of honest mail and of outages."
        yield from (style.paint(line, Ink.DOUBT) for line in paragraph(words, style.room))
    elif len(layout.use) > 1:
        yield from _heading("Honest mail by record, while nothing is down", style)
        part = Column("part", tuple(use.part for use in layout.use), percent)
        yield from _table([use.record for use in layout.use], [part], style)


def _outages(layout: LayoutResult, late_after: float, style: Style) -> Iterator[str]:
    for rows in by_scope(layout.outages):
        yield from _heading(f"{scope_title(rows[0])}: honest mail written meanwhile", style)
        found = outage_columns(rows, late_after)
        yield from _table([duration(row.seconds) for row in rows], found, style)
        yield from _from((figure for column in found for figure in column.figures), style)
        labels, parts = losers(rows)
        if labels:
            yield from paragraph(NOT_ALL_COMES, style.room, "  ")
            yield from _table(labels, parts, style)


def _from(figures: Iterable[Figure], style: Style) -> Iterator[str]:
    what = movers(figures)
    if what:
        lines = paragraph(style.safe(f"ranges mostly from: {what}"), style.room, "  ", "    ")
        yield from (style.paint(line, Ink.QUIET) for line in lines)


def _table(labels: Sequence[str], found: Sequence[Column], style: Style) -> Iterator[str]:
    """The columns in as many tables, one below the other, as the width demands; long labels on lines of their own."""
    cells = [[style.safe(shown(figure, column.form)) for figure in column.figures] for column in found]
    heads = [style.safe(column.head) for column in found]
    widths = [max(map(columns, (head, *each))) for head, each in zip(heads, cells, strict=True)]
    names = [style.safe(each) for each in labels]
    name_width = min(max(map(columns, names)), max(style.room - widths[0] - 6, style.room // 3))
    for block in _blocks(widths, style.room - name_width - 2):
        row_widths = [name_width, *(widths[n] for n in block)]
        yield style.paint("  " + aligned(["", *(heads[n] for n in block)], row_widths), Ink.QUIET)
        for number, name in enumerate(names):
            *above, last = wrapped(name, name_width)
            yield from (f"  {line}" for line in above)
            yield "  " + aligned([last, *(cells[n][number] for n in block)], row_widths)


def _blocks(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """The places of columns that fit beside one another."""
    block: list[int] = []
    used = 0
    for number, width in enumerate(widths):
        if block and used + 2 + width > room:
            yield block
            block, used = [], 0
        block.append(number)
        used += 2 + width
    yield block


def _basis(result: Result, style: Style) -> Iterator[str]:
    yield from _heading("What all of this rests on", style)
    for each in result.assumptions:
        source = each.source or ASSUMED
        yield from paragraph(style.safe(f"{assumption_words(each)} [{source}]"), style.room, "  - ")
    for rule in result.rules:
        yield from paragraph(style.safe(rule), style.room, "  - ")
    yield ""
    yield from paragraph("Your own numbers: copy the mix, change it, and give it with --mix FILE.", style.room)
