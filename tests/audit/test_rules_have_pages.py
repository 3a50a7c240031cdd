"""Every rule has a page, every page a rule, and the index lists them all; `explain` shows the same pages."""

import re
from pathlib import Path

import pytest

from mxlatch.audit.checks import RULES
from mxlatch.terms.rule import Rule

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "src" / "mxlatch" / "data" / "rules"
INDEX = ROOT / "docs" / "reference" / "rules.md"
SECTIONS = ["What", "Why it matters", "How it is seen", "What to do", "When it is no fault", "References"]
COLUMNS = 80


def page(rule: Rule) -> str:
    """The text of a rule's page."""
    return (PAGES / f"{rule.id}.md").read_text("utf-8")


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_says_all_that_it_should(rule: Rule) -> None:
    lines = page(rule).splitlines()
    assert lines[0] == f"# {rule.id}: {rule.title}"
    assert lines[2] == f"Severity: {rule.severity}"
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == SECTIONS
    assert all(part.strip() for part in re.split(r"^## .*$", page(rule), flags=re.M)), "no section is empty"
    assert max(map(len, lines)) <= COLUMNS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_cites_what_the_rule_cites_and_no_rfc_elsewhere(rule: Rule) -> None:
    text, _, references = page(rule).partition("## References\n\n")
    assert references.splitlines() == [f"- {reference}" for reference in rule.references]
    assert "RFC " not in text, "numbers of RFCs change: they stand in terms/references.py and under References"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_told_in_one_line(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]+[0-9]{3}", rule.id)
    assert len(rule.title) <= 70
    assert rule.remedy
    assert not rule.remedy.endswith(".")


def test_the_index_lists_every_rule_with_its_severity() -> None:
    rows = [line for line in INDEX.read_text("utf-8").splitlines() if line.startswith("| [")]
    assert rows == [f"| [{rule.id}](rules/{rule.id}.md) | {rule.severity} | {rule.title} |" for rule in RULES]
