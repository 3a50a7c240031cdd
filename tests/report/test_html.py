"""The HTML report: one file, nothing loaded, nothing run, whatever strangers wrote."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mxlatch.audit.result import Audit
from mxlatch.report.html import CSS, html
from mxlatch.terms.evidence import Evidence

TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "article",
    "section",
    "h1",
    "h2",
    "h3",
    "p",
    "div",
    "span",
    "b",
    "code",
    "a",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "svg",
    "desc",
    "g",
    "path",
    "rect",
    "text",
}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "rel",
    "scope",
    "tabindex",
    "role",
    "aria-labelledby",
    "xmlns",
    "viewbox",
    "width",
    "height",
    "x",
    "y",
    "rx",
    "d",
    "text-anchor",
}


class Page(HTMLParser):
    """What a browser would make of it: tags, attributes, text; and whether every element is closed in its place."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.comments = 0
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments += 1


def check(page: str) -> Page:
    seen = Page(page)
    assert seen.open == []
    assert seen.comments == 0
    assert seen.tags <= TAGS
    assert {name for name, _ in seen.attributes} <= ATTRIBUTES
    links = [value or "" for name, value in seen.attributes if name == "href"]
    assert [link for link in links if not link.startswith(("#d", "https://"))] == []
    assert [c for c in page if c != "\n" and not c.isprintable()] == []
    return seen


def test_every_example_is_a_whole_page(example) -> None:
    seen = check(html(example.audits))
    for audit in example.audits:
        assert audit.domain in "".join(seen.texts)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters() | st.sampled_from("<>&\"'=/`{}()!-;#"), max_size=30))
def test_no_string_becomes_markup(text: str, story_1: Audit, spoil: Callable[[Audit, str], Audit]) -> None:
    check(html([spoil(story_1, text)]))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "</title><script>x</script>",
        "</style><img src=x onerror=x>",
        '" onmouseover="x',
        "--><b>",
        "]]><b>",
        "https://a\"onclick='x'",
        "javascript:x",
        "&#60;b&#62;",
        "\u2028</svg><b>",
    ],
)
def test_what_was_said_is_shown_and_nothing_more(
    text: str, story_1: Audit, spoil: Callable[[Audit, str], Audit]
) -> None:
    seen = check(html([spoil(story_1, text)]))
    assert text.replace("\u2028", "\\u2028") in seen.texts


def test_the_policy_allows_our_style_sheet_and_nothing_else(story_1: Audit) -> None:
    seen = Page(html([story_1]))
    (policy,) = [v for n, v in seen.attributes if n == "content" and v and "src" in v]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'", policy
    )
    assert CSS in seen.texts
    assert not re.search(r"url\(|@import", CSS)


def test_same_audit_same_bytes(story_1: Audit) -> None:
    assert html([story_1]) == html([story_1])


def test_what_was_seen_and_not_followed_is_folded_beyond_a_bound(story_1: Audit) -> None:
    told = tuple(Evidence(f"ip4:10.{n}.0.0/16: 65536 addresses", "192.0.2.53") for n in range(400))
    page = html([msgspec.structs.replace(story_1, not_followed=told)])
    assert "Seen and not followed (400" in page
    assert page.index("<summary>392 more</summary>") < page.index("ip4:10.8.0.0/16")
    assert "Seen and not followed" not in html([story_1])


def test_what_does_not_hold_shows_its_steps(assumed: Audit) -> None:
    page = html([assumed])
    said = page[page.index(">What should hold<") :]
    assert said.index(">NO: every path from internet passes content<") < said.index("<summary>step by step</summary>")
    assert "<summary>what is not known</summary>" in said
    assert ">down:filter.example.net<" in page
    assert "as assumed and not as seen" in page


def test_a_hundred_broken_policies_are_folded(assumed: Audit, story_1: Audit) -> None:
    page = html([msgspec.structs.replace(assumed, properties=assumed.properties[1:2] * 100)])
    assert "<summary>93 more do not hold</summary>" in page
    assert "What should hold" not in html([story_1])
