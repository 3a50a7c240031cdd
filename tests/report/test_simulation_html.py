"""The page: one file, nothing loaded, nothing run; every figure with its range, every plot with its words."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import msgspec

from mxlatch.report.simulation import assumption_words
from mxlatch.report.simulation_html import CSS, page
from tests.report.simulated import of_nothing_known, result
from tests.report.test_html import ATTRIBUTES, TAGS

MORE_TAGS = {"figure", "figcaption"}
MORE_ATTRIBUTES = {"title", "open"}
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """What a page is made of."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.ids, self.open, self.text = set(), set(), [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(markup):
    reader = Reader()
    reader.feed(markup)
    assert reader.open == []
    return reader


def test_it_is_made_of_harmless_parts_only():
    reader = read(page(result()))
    assert reader.tags <= TAGS | MORE_TAGS
    assert reader.attributes <= ATTRIBUTES | MORE_ATTRIBUTES
    assert len(reader.ids) == len(set(reader.ids))


def test_nothing_but_its_own_sheet_is_allowed():
    markup = page(result())
    digest = b64encode(sha256(CSS.encode()).digest()).decode()
    assert f"sha256-{digest}" in markup
    assert "default-src &#x27;none&#x27;" in markup
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", markup.replace("&quot;", ""))


def test_each_layout_has_its_plots_and_each_plot_its_description():
    markup = page(result())
    for title in ("by what the sender does", "with the best exchange down", "with everything down", "spool holds"):
        assert title in markup
    assert markup.count("<svg") == markup.count("<desc") == markup.count("<figcaption")
    assert markup.count("What the backup&#x27;s spool holds, with") == 2  # caption and title, of one layout


def test_every_assumption_stands_there():
    text = " ".join(read(page(result())).text)
    for each in result().assumptions:
        assert assumption_words(each) in text
        assert (each.source or "ASSUMPTION") in text


def test_every_cell_has_a_range_or_says_that_there_is_nothing():
    cells = re.findall(r"<td(?: title=\"[^\"]*\")?>(.*?)</td>", page(result()).partition("What all of this")[0])
    assert len(cells) > 60
    assert all(cell == "-" or 'class="range"' in cell for cell in cells)


def test_where_no_door_is_known_to_take_mail_it_says_so():
    assert "nothing can be said of honest mail" in page(of_nothing_known())


def test_strangers_names_are_made_harmless():
    evil = msgspec.structs.replace(result().layouts[0], records=("<script>alert(1)</script>\x1b",), left_out=("<x>",))
    markup = page(msgspec.structs.replace(result(), domain='"><img src=x>', layouts=(evil,)))
    assert "<script" not in markup
    assert "<img" not in markup
    assert "\x1b" not in markup
    read(markup)
