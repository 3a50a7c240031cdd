"""Whose an exchange is, by its name."""

import pytest

from mxlatch.terms.operators import RCPT, Code, Detect, Provider, fill, matches, meaning_of, operator_of, read
from mxlatch.terms.smtp import Reply


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("smtp.google.com", "smtp.google.com", True),
        ("a.smtp.google.com", "smtp.google.com", False),
        ("eu.mimecast.com", "*.mimecast.com", True),
        ("a.b.mimecast.com", "*.mimecast.com", True),
        ("mimecast.com", "*.mimecast.com", False),
        ("notmimecast.com", "*.mimecast.com", False),
        ("mimecast.com.evil.example", "*.mimecast.com", False),
        ("inbound-smtp.eu-west-1.amazonaws.com", "inbound-smtp.*.amazonaws.com", True),
        ("inbound-smtp.a.b.amazonaws.com", "inbound-smtp.*.amazonaws.com", False),
        (".", "*.mimecast.com", False),
        ("", "*.mimecast.com", False),
    ],
)
def test_matches(name: str, pattern: str, fits: bool) -> None:
    assert matches(name, pattern) is fits


def test_the_longest_pattern_decides_whatever_the_order() -> None:
    wide = Provider("wide", "Wide", "filter", Detect(mx=("*.example.com",)), "2026-11-22", "test")
    narrow = Provider("narrow", "Narrow", "mailbox", Detect(mx=("*.in.example.com",)), "2026-11-22", "test")
    for providers in ((wide, narrow), (narrow, wide)):
        assert operator_of("MX1.In.Example.Com.", providers) is narrow
        assert operator_of("mx1.example.com", providers) is wide
        assert operator_of("example.org", providers) is None
    assert wide.filters
    assert not narrow.filters


@pytest.mark.parametrize(
    ("name", "pattern", "told"),
    [
        ("a-com.mail.example", "{label}.mail.example", {"label": "a-com"}),
        ("A-COM.Mail.Example.", "{label}.mail.example", {"label": "a-com"}),
        ("s1-a-com._domainkey.t.example", "s1-{label}._domainkey.{tenant}.example", {"label": "a-com", "tenant": "t"}),
        ("a-com.r.mail.example", "{label}.*.mail.example", {"label": "a-com"}),
        ("mail.example", "mail.example", {}),
        ("s1-._domainkey.t.example", "s1-{label}._domainkey.{tenant}.example", None),
        ("a.b.mail.example", "{label}.mail.example", None),
        ("a-com.mail.example.evil.example", "{label}.mail.example", None),
        ("", "{label}.mail.example", None),
        (".", "{label}.mail.example", None),
    ],
)
def test_what_a_name_tells(name: str, pattern: str, told: dict[str, str] | None) -> None:
    assert read(name, pattern) == told


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{label}.mail.example", "a-com.mail.example"),
        ("mail.example", "mail.example"),
        ("{tenant}.mail.example", ""),
        ("{label}.{tenant}.example", ""),
    ],
)
def test_a_template_needs_all_its_words(template: str, name: str) -> None:
    assert fill(template, {"label": "a-com"}) == name


def row(code: str, meaning: str, enhanced: str = "", *words: str, stage: str = "rcpt") -> Code:
    """A row of a table of answers."""
    return Code(code, stage, meaning, "so it says", "2026-11-22", "test", enhanced, words)  # type: ignore[arg-type]


ROWS = (
    row("550", "closed", "5.7.51", "locked"),
    row("550", "not-decisive", "5.7.68", "locked"),
    row("550", "open-path", "", "no such user"),
    row("4", "retry"),
    row("421", "closed", "4.7.0", "not in whitelist"),
    row("250", "unknown"),
    row("550", "open-path", "5.1.9"),
    row("550", "closed", "5.1.9"),
    row("550", "closed", "5.9.9", stage="data"),
)


@pytest.mark.parametrize(
    ("code", "lines", "meaning"),
    [
        (550, ("5.7.51 Locked; by a connector",), "closed"),
        (550, ("5.7.51 LOCKED",), "closed"),
        (550, ("5.7.51 something else",), None),
        (550, ("5.7.511 locked",), None),
        (550, ("locked 5.7.51",), None),
        (551, ("5.7.51 locked",), None),
        (550, ("No such   user here",), "open-path"),
        (550, ("5.1.1 No such", "5.1.1 user here"), "open-path"),
        (421, ("4.7.0 IP not in", "4.7.0 whitelist"), "closed"),
        (421, ("4.7.0 try later",), "retry"),
        (450, ("later",), "retry"),
        (250, ("2.1.5 ok",), "unknown"),
        (550, ("5.1.9 rows disagree",), None),
        (550, ("5.9.9 known at another stage only",), None),
        (550, ("",), None),
        (550, (), None),
        (550, ("\\xff\\x00",), None),
    ],
)
def test_what_an_answer_means(code: int, lines: tuple[str, ...], meaning: str | None) -> None:
    provider = Provider("p", "P", "both", Detect(), "2026-11-22", "test", codes=ROWS)
    found = meaning_of(provider, Reply(code, lines), RCPT)
    assert (found.meaning if found else None) == meaning
