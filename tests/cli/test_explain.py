import importlib
import pkgutil

import pytest

from mxlatch.audit import checks
from mxlatch.cli import explain
from mxlatch.cli.explain import Page, pages


def rules() -> list[str]:
    """The ids of the rules that the checks know: one a module."""
    return sorted(name.upper() for _, name, _ in pkgutil.iter_modules(checks.__path__) if name[-1].isdigit())


def test_every_rule_has_its_page_and_every_page_its_rule():
    assert sorted(pages()) == rules()


@pytest.mark.parametrize("rule", rules())
def test_each_page_begins_with_its_id(mxlatch, rule):
    page = pages()[rule]
    assert page.text.startswith(f"# {rule}: ")
    said = mxlatch("explain", rule.lower())
    assert (said.code, said.out) == (0, page.text)


def test_the_list(mxlatch):
    assert [line.split()[0] for line in mxlatch("explain").out.splitlines()] == rules()


@pytest.mark.parametrize(
    ("asked", "meant"), [("MX03", "Did you mean MX003"), ("null", "Did you mean MX003"), ("zzz", "lists them all")]
)
def test_what_is_no_rule(mxlatch, monkeypatch, asked, meant):
    monkeypatch.setattr(explain, "pages", lambda: {"MX003": Page("MX003", "a null MX beside others", "")})
    said = mxlatch("explain", asked)
    assert said.code == 2
    assert meant in said.err


def test_on_a_terminal_headings_are_set_off(mxlatch, monkeypatch):
    monkeypatch.setattr(explain, "pages", lambda: {"MX003": Page("MX003", "t", "# MX003: t\n\n## What\n\nIt is.\n")})
    said = mxlatch("explain", "MX003", "--color", "always")
    assert "\x1b[" in said.out
    assert "It is." in said.out


def test_checks_can_be_loaded():
    for rule in rules():
        importlib.import_module(f"mxlatch.audit.checks.{rule.lower()}")
