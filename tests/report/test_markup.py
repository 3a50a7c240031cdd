"""Elements are escaped by being written: there is no other way to write them."""

import pytest

from mxlatch.report.markup import Node, Sheet, element, written

WRITTEN: list[tuple[Node, str]] = [
    ("a < b & c", "a &lt; b &amp; c"),
    ("line\nbreak", "line\\nbreak"),
    ("\ud800", "\\ud800"),
    (element("p", "x"), "<p>x</p>"),
    (element("p"), "<p></p>"),
    (element("p", None, "x", title=None), "<p>x</p>"),
    (element("td", class_="open", aria_label='a"b'), '<td class="open" aria-label="a&quot;b"></td>'),
    (element("meta", charset="utf-8"), '<meta charset="utf-8">'),
    (element("ul", element("li", "<")), "<ul><li>&lt;</li></ul>"),
    (element("style", Sheet("a>b{}")), "<style>a>b{}</style>"),
]


@pytest.mark.parametrize(("node", "markup"), WRITTEN)
def test_written(node: Node, markup: str) -> None:
    assert written(node) == markup
