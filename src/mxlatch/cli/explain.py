"""`mxlatch explain ID`: the page of a rule, shipped with the program and the same as in docs/reference/rules."""

import difflib
import sys
from functools import cache
from importlib.resources import files

import click
from msgspec import Struct

from mxlatch.cli import options, telling
from mxlatch.cli.settings import Configured

_FOLDER = "rules"
_LISTED = 5  # close matches shown


class Page(Struct, frozen=True):
    """What is known of a rule: its title and the whole page, Markdown."""

    id: str
    title: str
    text: str


@cache
def pages() -> dict[str, Page]:
    """Every rule's page, by id."""
    folder = files("mxlatch.data") / _FOLDER
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".md"))
    found = (_page(name.removesuffix(".md"), (folder / name).read_text("utf-8")) for name in names)
    return {page.id: page for page in found}


def _page(rule: str, text: str) -> Page:
    first = text.partition("\n")[0].removeprefix("# ")
    return Page(rule, first.partition(":")[2].strip() or first, text)


@click.command("explain", cls=Configured)
@click.argument("rule", metavar="ID", required=False)
def command(rule: str | None, color: str, ascii: bool) -> None:
    """Tell what rule ID means, why it matters, how it is seen and what to do. Without ID: list the rules."""
    if rule is None:
        click.echo(listing())
        return
    page = pages().get(rule.upper())
    if page is None:
        raise click.UsageError(f"There is no rule {rule!r}.{_meant(rule)} `mxlatch explain` lists them all.")
    _show(page, color, ascii)


command.params.extend(option for option in options.every_setting() if option.name in ("color", "ascii"))


def listing() -> str:
    """One line a rule."""
    width = max((len(rule) for rule in pages()), default=0)
    return "\n".join(f"{page.id:<{width}}  {page.title}" for page in pages().values())


def _meant(rule: str) -> str:
    """The rules that were perhaps meant: by the id, or by a word of the title."""
    close = difflib.get_close_matches(rule.upper(), pages(), n=_LISTED)
    close = close or [p.id for p in pages().values() if rule.lower() in p.title.lower()][:_LISTED]
    return f" Did you mean {', '.join(close)}?" if close else ""


def _show(page: Page, color: str, ascii: bool) -> None:
    """On a terminal with its headings set off; anywhere else as it stands."""
    style = telling.style(color, ascii, sys.stdout)
    if not style.colour:
        click.echo("".join(f"{style.safe(line)}\n" for line in page.text.splitlines()), nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=style.width, force_terminal=True).print(Markdown(page.text))
