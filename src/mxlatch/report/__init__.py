"""Reports: an audit as text or HTML for people, as JSON for programs. A new format is one line in `FORMATS`."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from mxlatch.audit.result import Audit
from mxlatch.report.as_json import as_json
from mxlatch.report.html import html
from mxlatch.report.layout import Ink, Style
from mxlatch.report.text import text

__all__ = ["FORMATS", "Format", "Ink", "Style", "by_suffix"]


class Format(Struct, frozen=True):
    """One form of the report. suffixes: of the files that ask for it. render: the whole file as a string, for UTF-8."""

    name: str
    suffixes: tuple[str, ...]
    render: Callable[[Sequence[Audit], Style], str]


FORMATS = {
    form.name: form
    for form in (
        Format("text", (".txt",), text),
        Format("json", (".json",), lambda audits, _: as_json(audits)),
        Format("html", (".html", ".htm"), lambda audits, _: html(audits)),
    )
}


def by_suffix(file: str) -> Format | None:
    """The format that a file's name asks for, None if no format has that suffix."""
    return next((form for form in FORMATS.values() if file.lower().endswith(form.suffixes)), None)
