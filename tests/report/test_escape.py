"""Bytes of strangers: what is shown instead of them, and that no string of an Audit gets past."""

import json
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxlatch.audit.result import Audit
from mxlatch.report.escape import LONGEST_SHOWN, ascii_only, clipped, encodable, json_text, shown, visible

SHOWN = [
    ("220 mx1.example.com ESMTP", "220 mx1.example.com ESMTP"),
    ("Grüße, 漢字", "Grüße, 漢字"),
    ("\x1b[2J", "\\x1b[2J"),
    ("\x9b31m", "\\x9b31m"),
    ("a\nb\r\tc", "a\\nb\\r\\tc"),
    ("\x00\x7f", "\\x00\\x7f"),
    ("evil\u202egpj.exe", "evil\\u202egpj.exe"),
    ("\u2066x\u2069", "\\u2066x\\u2069"),
    ("pay\u200bpal\ufeff", "pay\\u200bpal\\ufeff"),
    ("one\u2028line", "one\\u2028line"),
    ("no\u00a0break", "no\\xa0break"),
    ("a\u0301", "a\\u0301"),
    ("\u3164", "\\u3164"),
    ("\U000e0041", "\\U000e0041"),
    ("\udcff", "\\udcff"),
    ("already \\x1b", "already \\x1b"),
]


@pytest.mark.parametrize(("raw", "seen"), SHOWN)
def test_visible(raw: str, seen: str) -> None:
    assert visible(raw) == seen


@pytest.mark.parametrize(
    ("raw", "seen"), [("naïve…", "na\\xefve..."), ("漢", "\\u6f22"), ("a–b", "a-b"), ("😀", "\\U0001f600")]
)
def test_ascii_only(raw: str, seen: str) -> None:
    assert ascii_only(raw) == seen


def test_clipped_says_how_much_is_missing() -> None:
    assert clipped("x" * LONGEST_SHOWN) == "x" * LONGEST_SHOWN
    assert clipped("x" * (LONGEST_SHOWN + 7)).endswith("… (7 more characters: see --json)")


@given(st.text(st.characters()))
def test_whatever_comes_in_one_printable_line_comes_out(raw: str) -> None:
    assert visible(raw).isprintable()
    assert visible(visible(raw)) == visible(raw)
    assert ascii_only(raw).isascii()
    encodable(raw + "\ud800").encode()


def test_no_string_of_an_audit_gets_past(example) -> None:
    for audit in example.audits:
        assert [text for text in strings(msgspec.to_builtins(shown(audit))) if not text.isprintable()] == []


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def test_a_harmless_audit_stays_as_it_is(story_1: Audit) -> None:
    assert shown(story_1) == story_1


@given(st.text())
def test_json_is_plain_ascii_without_controls_and_says_the_same(raw: str) -> None:
    told = json_text({"banner": raw})
    assert told.isascii()
    assert all(c.isprintable() or c == "\n" for c in told)
    assert json.loads(told) == {"banner": raw}
    assert json_text({"banner": raw + "\ud800"})
