"""A plan as HTML: one file, nothing loaded, nothing run, whatever strangers wrote."""

import pytest

from mxlatch.report.plan_html import html
from tests.report.plans import CLOSED, EVERYTHING, EXAMPLES, HOSTILE
from tests.report.test_html import check


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_page_is_whole_and_safe(name: str) -> None:
    page = html(EXAMPLES[name])
    seen = check(page)
    assert "script" not in seen.tags
    assert page.count("<h1") == 1
    assert "sha256-" in page


def test_a_strangers_words_stay_text() -> None:
    texts = "".join(check(html([HOSTILE])).texts)
    assert "<script>alert(1)</script>" in texts
    assert "\\x1b[31m" in texts


def test_what_somebody_has_to_agree_to_stands_there() -> None:
    said = " ".join(" ".join(check(html([EVERYTHING])).texts).split())
    for part in (
        "- example.com. 3600 MX 20 mx2.example.com.",
        "+ example.com. 3600 MX 30 mx3.example.com.",
        "--accept no-backup:mx2.example.com",
        "then wait 1 day 1 h: caches",
        "Up to step 4 undo is free; after it: who it shut out is gone.",
        "mx1.example.com is down OPEN closed",
        "mx9.example.com, without SPF: no remedy",
        "192.0.2.53 MX: timeout",
        f"mxlatch apply PLAN.json --digest {EVERYTHING.digest[:12]}",
    ):
        assert part in said


def test_a_fleet_leads_to_each_plan() -> None:
    page = html([EVERYTHING, CLOSED])
    assert 'href="#d2"' in page
    assert 'id="d2"' in page
    assert "Done once, for several domains" in page
