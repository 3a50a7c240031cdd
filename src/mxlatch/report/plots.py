"""Small plots as SVG: curves with the band in which they may lie, and bars with whiskers.

A plot is as wide as a telephone, so that it needs no scrolling anywhere, and several stand side by side where there is
room. Curves differ by dashes and by a number at their end as well as by colour. No plot is the only form: the tables
beside it say the same.
"""

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct

from mxlatch.report.layout import elided
from mxlatch.report.markup import Element, element

_WIDTH, _HEIGHT = 340, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 10, 40
_LEGEND_ROW = 17
_BAR_ROW = 38
_BAR_LEFT, _BAR_RIGHT = 4, 62  # the right holds the figure
_BAR_GLYPH = 6.4  # the width of a letter of the labels
KINDS = 6  # of lines that can be told apart

CSS = """
:root{--c0:#0b63b5;--c1:#b3541e;--c2:#1a6b34;--c3:#7a3fa0;--c4:#8a6d00;--c5:#57606a}
@media (prefers-color-scheme:dark){:root{--c0:#6cb6ff;--c1:#f0a070;--c2:#6fcf87;--c3:#c9a0f0;--c4:#e3c341;--c5:#9aa5b1}}
.plots{display:flex;flex-wrap:wrap;gap:1rem 2rem;margin:.6rem 0}
figure{margin:0;max-width:100%}figcaption{font-weight:bold;margin-bottom:.3rem;max-width:21rem}
.plot{max-width:100%;height:auto}
.plot text{font:11px system-ui,"Segoe UI","DejaVu Sans",sans-serif;fill:var(--ink)}
.plot .tick{fill:var(--quiet)}
.plot .grid{stroke:var(--rule);stroke-width:1;fill:none}
.plot .axis{stroke:var(--line);stroke-width:1;fill:none}
.plot .curve{fill:none;stroke-width:2}
.plot .band{opacity:.18;stroke:none}
.plot .k0{stroke:var(--c0)}.plot .band.k0{fill:var(--c0)}
.plot .k1{stroke:var(--c1);stroke-dasharray:8 4}.plot .band.k1{fill:var(--c1)}
.plot .k2{stroke:var(--c2);stroke-dasharray:3 3}.plot .band.k2{fill:var(--c2)}
.plot .k3{stroke:var(--c3);stroke-dasharray:10 3 2 3}.plot .band.k3{fill:var(--c3)}
.plot .k4{stroke:var(--c4);stroke-dasharray:1 4;stroke-linecap:round}.plot .band.k4{fill:var(--c4)}
.plot .k5{stroke:var(--c5);stroke-dasharray:6 6}.plot .band.k5{fill:var(--c5)}
.plot .bar{fill:var(--c1)}.plot .bar.doubt{fill:var(--c5)}
.plot .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
"""


class Axis(Struct, frozen=True):
    """From `low` to `high`; ticks: (value, text). log: of a logarithmic one both are over 0."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def place(self, value: float) -> float:
        """Where on the axis, from 0 to 1; what lies beyond an end is put there."""
        low, high, at = (math.log(each) if self.log else each for each in (self.low, self.high, self._inside(value)))
        return (at - low) / (high - low) if high > low else 0.0

    def _inside(self, value: float) -> float:
        return min(max(value, self.low), self.high)


class Curve(Struct, frozen=True):
    """A line: points as (x, y, low, high)."""

    name: str
    points: tuple[tuple[float, float, float, float], ...]


class Bar(Struct, frozen=True):
    """A bar: its value and range, and how it is written. doubt: it is of what is not known."""

    name: str
    value: float
    low: float
    high: float
    text: str
    doubt: bool = False


def curves(title: str, lines: Sequence[Curve], x: Axis, y: Axis, prefix: str) -> Element:
    """Lines over two axes. prefix: makes the ids unique."""
    height = _HEIGHT + _LEGEND_ROW * len(lines)
    return _figure(
        title,
        element(
            "desc", f"{y.label} over {x.label}, for {', '.join(line.name for line in lines)}.", id=f"{prefix}-desc"
        ),
        [*_grid(x, y), *(part for n, line in enumerate(lines) for part in _line(line, n, x, y)), *_legend(lines)],
        height,
        prefix,
    )


def bars(title: str, rows: Sequence[Bar], prefix: str) -> Element:
    """Bars below one another, the longest whisker as wide as there is room."""
    most = max((row.high for row in rows), default=0.0) or 1.0
    told = "; ".join(f"{row.name} {row.text}" for row in rows)
    drawn = [part for n, row in enumerate(rows) for part in _bar(row, n * _BAR_ROW, most)]
    return _figure(title, element("desc", f"{told}.", id=f"{prefix}-desc"), drawn, _BAR_ROW * len(rows), prefix)


def _figure(title: str, desc: Element, drawn: Sequence[Element], height: int, prefix: str) -> Element:
    picture = element(
        "svg",
        element("title", title, id=f"{prefix}-title"),
        desc,
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        width=_WIDTH,
        height=height,
        class_="plot",
        role="img",
        aria_labelledby=f"{prefix}-title {prefix}-desc",
    )
    return element("figure", element("figcaption", title), picture)


def _grid(x: Axis, y: Axis) -> Iterator[Element]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for value, text in y.ticks:
        at = _number(_y(y, value))
        yield element("path", d=f"M{_LEFT} {at}H{right}", class_="grid")
        yield element("text", text, x=_LEFT - 6, y=_number(_y(y, value) + 4), text_anchor="end", class_="tick")
    for value, text in x.ticks:
        at = _number(_x(x, value))
        yield element("path", d=f"M{at} {bottom}v4", class_="axis")
        yield element("text", text, x=at, y=bottom + 16, text_anchor="middle", class_="tick")
    yield element("path", d=f"M{_LEFT} {_TOP}V{bottom}H{right}", class_="axis")
    yield element("text", x.label, x=(_LEFT + right) // 2, y=bottom + 32, text_anchor="middle", class_="tick")


def _line(line: Curve, number: int, x: Axis, y: Axis) -> Iterator[Element]:
    kind = f"k{number % KINDS}"
    there = [f"{_number(_x(x, at))} {_number(_y(y, high))}" for at, _, _, high in line.points]
    back = [f"{_number(_x(x, at))} {_number(_y(y, low))}" for at, _, low, _ in reversed(line.points)]
    yield element("path", d=f"M{'L'.join([*there, *back])}Z", class_=f"band {kind}")
    middle = [f"{_number(_x(x, at))} {_number(_y(y, value))}" for at, value, _, _ in line.points]
    yield element("path", d=f"M{'L'.join(middle)}", class_=f"curve {kind}")


def _legend(lines: Sequence[Curve]) -> Iterator[Element]:
    for number, line in enumerate(lines):
        y = _HEIGHT + number * _LEGEND_ROW + 4
        yield element("path", d=f"M{_LEFT} {y}h44", class_=f"curve k{number % KINDS}")
        yield element("text", line.name, x=_LEFT + 52, y=y + 4)


def _bar(row: Bar, top: int, most: float) -> Iterator[Element]:
    room = _WIDTH - _BAR_LEFT - _BAR_RIGHT
    value, low, high = (room * min(each / most, 1.0) for each in (row.value, row.low, row.high))
    y = top + 26
    name = elided(row.name, int((_WIDTH - _BAR_LEFT) / _BAR_GLYPH))
    yield element("text", name, x=_BAR_LEFT, y=top + 13)
    kind = "bar doubt" if row.doubt else "bar"
    yield element("rect", x=_BAR_LEFT, y=y - 7, width=_number(max(value, 1.0)), height=12, class_=kind)
    ends = f"M{_number(_BAR_LEFT + low)} {y - 5}v8m0 -4H{_number(_BAR_LEFT + high)}m0 -4v8"
    yield element("path", d=ends, class_="whisker")
    yield element("text", row.text, x=_number(_BAR_LEFT + high + 6), y=y + 4)


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.place(value) * (_WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - axis.place(value) * (_HEIGHT - _TOP - _BOTTOM)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
