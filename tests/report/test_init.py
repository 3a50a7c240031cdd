"""The formats: each has a name, its suffixes and a renderer."""

import pytest

from mxlatch.report import FORMATS, PLAN_FORMATS, Style, by_suffix
from tests.report.plans import EXAMPLES


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.txt", "text"),
        ("/tmp/A.JSON", "json"),
        ("b.html", "html"),
        ("b.htm", "html"),
        ("b.docx", None),
        ("json", None),
    ],
)
def test_format_by_suffix(file: str, name: str | None) -> None:
    form = by_suffix(file)
    assert (form.name if form else None) == name


def test_no_suffix_is_claimed_twice() -> None:
    suffixes = [suffix for form in FORMATS.values() for suffix in form.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_every_format_renders_every_example(example) -> None:
    for form in FORMATS.values():
        form.render(example.audits, Style()).encode()


def test_every_form_of_a_plan_renders_every_example_and_claims_no_suffix_twice() -> None:
    suffixes = [suffix for form in PLAN_FORMATS.values() for suffix in form.suffixes]
    assert len(suffixes) == len(set(suffixes))
    for form in PLAN_FORMATS.values():
        for plans in EXAMPLES.values():
            form.render(plans, Style()).encode()
