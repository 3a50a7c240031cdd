"""Reports: an audit or a plan for people, and as JSON for programs. A new format is one line in its table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from mxlatch.audit.result import Audit
from mxlatch.plan.result import Plan
from mxlatch.report import plan_html, plan_json, plan_markdown, plan_text
from mxlatch.report.as_json import as_json
from mxlatch.report.html import html
from mxlatch.report.layout import Ink, Style
from mxlatch.report.text import text

__all__ = ["FORMATS", "PLAN_FORMATS", "Format", "Ink", "Style", "by_suffix"]

Result = TypeVar("Result")


class Format(Struct, Generic[Result], frozen=True):
    """One form of the report. suffixes: of the files that ask for it. render: the whole file as a string, for UTF-8."""

    name: str
    suffixes: tuple[str, ...]
    render: Callable[[Sequence[Result], Style], str]


def _named(*forms: Format[Result]) -> dict[str, Format[Result]]:
    return {form.name: form for form in forms}


FORMATS: dict[str, Format[Audit]] = _named(
    Format("text", (".txt",), text),
    Format("json", (".json",), lambda audits, _: as_json(audits)),
    Format("html", (".html", ".htm"), lambda audits, _: html(audits)),
)
PLAN_FORMATS: dict[str, Format[Plan]] = _named(
    Format("text", (".txt",), plan_text.text),
    Format("json", (".json",), lambda plans, _: plan_json.as_json(plans)),
    Format("markdown", (".md",), lambda plans, _: plan_markdown.markdown(plans)),
    Format("html", (".html", ".htm"), lambda plans, _: plan_html.html(plans)),
)


def by_suffix(file: str, forms: Mapping[str, Format[Any]] = FORMATS) -> Format[Any] | None:
    """The format that a file's name asks for, None if no format has that suffix."""
    return next((form for form in forms.values() if file.lower().endswith(form.suffixes)), None)
