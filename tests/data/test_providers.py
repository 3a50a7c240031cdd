"""The table of operators as files: every row dated and sourced, patterns that are plain, and nothing that promises more
than is known. The page on locking providers says what the table says."""

import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from mxlatch.data import tables
from mxlatch.terms.operators import Code, Provider

PROVIDERS = tables().providers
HOSTS = [provider for provider in PROVIDERS if provider.endpoint]
LOCKED = [provider for provider in PROVIDERS if provider.lockdown]
ROWS = [
    pytest.param(provider, row, id=f"{provider.id} {row.code} {row.enhanced} {row.stage}")
    for provider in PROVIDERS
    for row in provider.codes
]
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "lock-a-provider-to-its-filter.md"
WORDS = {"domain", "dashed", "guess"}
PLAIN = set("abcdefghijklmnopqrstuvwxyz0123456789 .:-'")


def words_in(template: str) -> set[str]:
    """The words between braces."""
    return {part.partition("}")[0] for part in template.split("{")[1:]}


def test_the_operators_of_the_brief_are_there() -> None:
    assert {p.id for p in HOSTS} >= {"microsoft", "google", "fastmail", "zoho"}
    wanted = {"microsoft", "google", "proofpoint", "mimecast", "barracuda", "cisco", "fastmail", "zoho"}
    assert {p.id for p in LOCKED} >= wanted


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_every_part_has_a_date_and_a_source(provider: Provider) -> None:
    for part in (provider.endpoint, provider.lockdown, *provider.codes):
        if part is not None:
            assert date(2026, 1, 1) <= date.fromisoformat(part.verified)
            assert part.source


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_a_filter_has_no_endpoint_and_a_host_with_one_has_answers_and_a_lock(provider: Provider) -> None:
    if provider.kind == "filter":
        assert provider.endpoint is None
        assert provider.codes == ()
    if provider.endpoint:
        assert provider.codes
        assert provider.lockdown
        assert provider.endpoint.names
        assert provider.endpoint.breaks, "every template breaks somewhere"


@pytest.mark.parametrize("provider", HOSTS, ids=lambda provider: provider.id)
def test_templates_use_words_that_something_tells(provider: Provider) -> None:
    assert provider.endpoint
    known = WORDS | {word for pattern in provider.endpoint.reads for word in words_in(pattern)}
    for template in (*provider.endpoint.names, *provider.endpoint.domains):
        assert words_in(template) <= known
        assert template == template.lower()
    read = set(provider.endpoint.reads)
    for key in provider.detect.dkim:
        for target in key.target:
            assert words_in(target) <= {"domain"} or target in read, "what a DKIM alias tells is read"
    for pattern in (*read, *(target for key in provider.detect.dkim for target in key.target)):
        assert all(label.count("{") <= 1 for label in pattern.split("."))


@pytest.mark.parametrize(
    ("provider", "row"), ROWS, ids=lambda each: getattr(each, "id", getattr(each, "says", ""))[:30]
)
def test_a_row_is_matched_by_plain_words_alone(provider: Provider, row: Code) -> None:
    assert row.code.isdigit()
    assert 1 <= len(row.code) <= 3
    assert row.enhanced == "" or [part.isdigit() for part in row.enhanced.split(".")] == [True] * 3
    assert row.enhanced == "" or row.enhanced[0] == row.code[0]
    assert all(phrase and set(phrase) <= PLAIN for phrase in row.words)
    assert row.says
    assert not row.says.endswith(".")


@pytest.mark.parametrize("provider", HOSTS, ids=lambda provider: provider.id)
def test_no_two_rows_of_one_precision_say_different_things_of_the_same(provider: Provider) -> None:
    keys = [(row.stage, row.code, row.enhanced, row.words) for row in provider.codes]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("provider", HOSTS, ids=lambda provider: provider.id)
def test_who_locks_after_data_has_said_nothing_by_taking_a_recipient(provider: Provider) -> None:
    taken = {row.meaning for row in provider.codes if row.stage == "rcpt" and row.code.startswith("2")}
    late = any(row.stage == "data" and row.meaning == "closed" for row in provider.codes)
    assert taken == ({"unknown"} if late else {"open-path"})


@pytest.mark.parametrize(
    ("provider", "row"), ROWS, ids=lambda each: getattr(each, "id", getattr(each, "says", ""))[:30]
)
def test_only_a_text_that_somebody_documented_closes(provider: Provider, row: Code) -> None:
    if row.meaning == "closed":
        assert row.enhanced
        assert row.words
        assert "text: " in row.source
        assert "stage: " in row.source


@pytest.mark.parametrize("enhanced", ["5.7.64", "5.4.1", "5.1.10", "5.7.606", "5.7.511"])
def test_what_is_from_memory_says_so(enhanced: str) -> None:
    rows = [row for p in PROVIDERS if p.id == "microsoft" for row in p.codes if row.enhanced == enhanced]
    assert rows
    assert all("memory" in row.source for row in rows)


@pytest.mark.parametrize("provider", LOCKED, ids=lambda provider: provider.id)
def test_a_lock_is_told_in_steps_and_says_who_still_gets_in(provider: Provider) -> None:
    assert provider.lockdown
    assert provider.lockdown.steps
    assert all(step.endswith(".") for step in provider.lockdown.steps)
    assert provider.lockdown.admits
    assert not provider.lockdown.admits.endswith(".")


def test_a_word_that_no_table_has_is_refused() -> None:
    text = (files("mxlatch.data") / "providers" / "google.toml").read_text("utf-8")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(tomllib.loads(text.replace('meaning = "closed"', 'meaning = "shut"')), Provider)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(tomllib.loads(text.replace('stage = "rcpt"', 'when = "rcpt"')), Provider)


def section(provider: Provider) -> str:
    """What the page says of one operator."""
    lock = provider.lockdown
    assert lock
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(lock.steps, 1))
    told = f"Who still gets in: {lock.admits}.\n\nVerified {lock.verified}; source: {lock.source}."
    return f"### {provider.name}\n\n{steps}\n\n{told}\n"


def test_the_page_says_what_the_table_says() -> None:
    text = PAGE.read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("### ")] == [
        f"### {provider.name}" for kind in (HOSTS, [p for p in LOCKED if not p.endpoint]) for provider in kind
    ]
    for provider in LOCKED:
        assert section(provider) in text, f"write to the page:\n\n{section(provider)}"
