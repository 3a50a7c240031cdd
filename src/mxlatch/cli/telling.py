"""Puts a report where the user wants it, in the form that the user wants."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO, TypeVar

import click

from mxlatch.cli.files import STANDARD, check_writable, write_text
from mxlatch.cli.options import Telling
from mxlatch.report import FORMATS, Format, Style, by_suffix

TEXT, JSON = "text", "json"
Result = TypeVar("Result")
_WIDEST = 120  # columns; longer lines are hard to read
_USUAL = 80


def form(telling: Telling, forms: Mapping[str, Format[Any]] = FORMATS) -> Format[Any]:
    """The format: --format or --json, else by the suffix of -o, else text.

    Raises:
        click.UsageError: they contradict one another, or there is no such format.
    """
    if telling.json and telling.format not in (None, JSON):
        raise click.UsageError(f"--json and --format {telling.format} contradict one another")
    name = JSON if telling.json else telling.format
    if name is None:
        return _by_suffix(telling.output, forms)
    if name not in forms:
        raise click.UsageError(f"There is no format {name!r}. Choose from: {', '.join(forms)}")
    return forms[name]


def check(telling: Telling, forms: Mapping[str, Format[Any]] = FORMATS) -> None:
    """Tell early what would make the report fail at the end.

    Raises:
        click.UsageError: as `form`. CannotWrite: the file cannot be written.
    """
    form(telling, forms)
    if telling.output is not None and telling.output != STANDARD:
        check_writable(telling.output, "report")


def tell(results: Sequence[Result], telling: Telling, forms: Mapping[str, Format[Any]] = FORMATS) -> None:
    """Write the report to the terminal or the file."""
    render = form(telling, forms).render
    if telling.output is None or telling.output == STANDARD:
        click.echo(render(results, style(telling.color, telling.ascii, sys.stdout)), nl=False)
    else:
        write_text(telling.output, render(results, Style(ascii=telling.ascii)), "report")


def style(color: str, ascii: bool, stream: TextIO, environment: Mapping[str, str] = os.environ) -> Style:
    """How text may look on this stream."""
    return Style(
        width=_width(stream, environment),
        colour=_colour(color, stream, environment),
        ascii=ascii or not _speaks_utf8(stream),
    )


def _by_suffix(output: str | None, forms: Mapping[str, Format[Any]]) -> Format[Any]:
    if output is None or output == STANDARD:
        return forms[TEXT]
    known = by_suffix(output, forms)
    if known is None:
        suffixes = ", ".join(suffix for form in forms.values() for suffix in form.suffixes)
        raise click.UsageError(f"-o {output}: no format has that suffix: add --format, or use one of {suffixes}")
    return known


def _colour(color: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """--color, else NO_COLOR (no-color.org: any value but none), FORCE_COLOR, else whether it is a terminal."""
    if color != "auto":
        return color == "always"
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (stream.isatty() and environment.get("TERM") != "dumb")


def _width(stream: TextIO, environment: Mapping[str, str]) -> int:
    """A terminal's own width, within reason; elsewhere what a mail or a ticket bears."""
    if not stream.isatty() and "COLUMNS" not in environment:
        return _USUAL
    return min(shutil.get_terminal_size((_USUAL, 24)).columns, _WIDEST)


def _speaks_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").replace("_", "") == "utf8"
