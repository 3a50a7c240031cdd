"""`mxlatch simulate DOMAIN|BUNDLE`: what the layout of its doors does to honest mail and to spam, in numbers."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

import click
from msgspec import Struct

from mxlatch.audit.log import Log
from mxlatch.audit.verdict import world_of
from mxlatch.cli import audit, givens, namesfrom, options, targets, telling
from mxlatch.cli.exits import Exit, WrongUsage
from mxlatch.cli.files import STANDARD, check_writable, read_text, write_text
from mxlatch.cli.joined import load
from mxlatch.cli.options import Telling
from mxlatch.cli.progress import PATIENCE
from mxlatch.cli.settings import Configured
from mxlatch.data import mix_text, tables
from mxlatch.plan.make import layouts
from mxlatch.report import Style, simulation, simulation_html
from mxlatch.simulate.layout import Layout, layout_of
from mxlatch.simulate.mix import Mix, parse
from mxlatch.simulate.quantity import duration
from mxlatch.simulate.result import Result
from mxlatch.simulate.run import MESSAGES, OUTAGES, simulate
from mxlatch.terms.errors import InputError
from mxlatch.world.model import World

TODAY = "today"
_ERASE = "\r\033[K"
_SHIPPED_MIX = "mxlatch/data/mixes/default.toml"
_MOST_OUTAGES = 12
_FEWEST, _MOST = 1_000, 10_000_000  # messages for a figure
_SHORTEST_OUTAGE = 60.0  # seconds

RENDERERS: dict[str, Callable[[Result, Style], str]] = {
    "text": simulation.text,
    "json": lambda result, _: simulation.as_json(result),
    "html": lambda result, _: simulation_html.page(result),
}


class Course(Struct, frozen=True):
    """How to simulate. mix: the file, None for the shipped one. outages: as given, none for the usual ones."""

    mix: str | None
    outages: tuple[str, ...]
    messages: int
    seed: int


@click.command("simulate", cls=Configured)
@click.argument("subject", metavar="DOMAIN|BUNDLE")
@click.option("--mix", metavar="FILE", help="Who sends what, in place of the mix that comes with mxlatch (TOML).")
@click.option(
    "--outage",
    "outages",
    metavar="DURATION",
    multiple=True,
    help="How long doors are down, as 90m, 24h, 3d; again for more. [default: 1h, 4h, 24h, 3d, 10d]",
)
@click.option(
    "--messages",
    metavar="N",
    type=click.IntRange(_FEWEST, _MOST),
    default=MESSAGES,
    show_default=True,
    help="Messages for each figure.",
)
@click.option(
    "--seed", metavar="N", type=click.IntRange(0, 2**31), default=0, show_default=True, help="What chance begins with."
)
@options.looking
@options.searching
@options.telling
def command(
    subject: str,
    mix: str | None,
    outages: tuple[str, ...],
    messages: int,
    seed: int,
    looking: options.Looking,
    searching: options.Searching,
    telling: options.Telling,
) -> Exit:
    """Tell what the layout of DOMAIN's doors does to honest mail and to spam.

    Of spam: how much reaches the mailbox past a latch, and by which way. Of outages: what is lost, bounced or late, who
    is told, what a backup's spool holds, what goes back to strangers. Every figure has the range that the assumptions
    leave it, and all of them are printed.

    BUNDLE, a file of `mxlatch audit --save`, is simulated without network; DOMAIN is audited first, as `mxlatch audit`
    does it.
    """
    return run(subject, Course(mix, outages, messages, seed), looking, searching, telling)


def run(
    subject: str, course: Course, looking: options.Looking, searching: options.Searching, form: options.Telling
) -> Exit:
    """Check what was given, look or load, simulate, tell."""
    render, lengths, mix = renderer(form), seconds(course.outages), read_mix(course.mix)
    log = seen(subject, looking, searching)
    found = profiles(world_of(log, log.scope.domains[0]))
    if not found[TODAY].published:
        raise InputError(f"{log.scope.domains[0]}: no record leads to a door: there is nothing to send mail to")
    meanwhile = Meanwhile(sys.stderr, terminal=sys.stderr.isatty())
    result = simulate(found, mix, lengths, course.seed, messages=course.messages, begins=meanwhile.begins)
    meanwhile.clear()
    tell(render, result, form)
    return Exit.INTERRUPTED if log.interrupted else Exit.OK


class Meanwhile:
    """Says on a terminal what is simulated now, once it takes longer than nobody wonders."""

    def __init__(self, stream: TextIO, *, terminal: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """terminal: a line can be rewritten. clock: seconds."""
        self._stream, self._terminal, self._clock = stream, terminal, clock
        self._began = clock()

    def begins(self, words: str) -> None:
        """Say it."""
        if self._terminal and self._clock() - self._began > PATIENCE:
            self._stream.write(f"{_ERASE}simulating {words}")
            self._stream.flush()

    def clear(self) -> None:
        """Take the line away: what follows is the report."""
        if self._terminal:
            self._stream.write(_ERASE)
            self._stream.flush()


def profiles(world: World) -> Mapping[str, Layout]:
    """The layouts to simulate, by title: today's, and each that the planner can make of it."""
    planned = layouts(world, tables().providers)
    return {TODAY: layout_of(world, TODAY)} | {name: layout_of(each, name) for name, each in planned.items()}


def seen(subject: str, looking: options.Looking, searching: options.Searching) -> Log:
    """What was seen: from a bundle, or by an audit.

    Raises:
        InputError: it is neither a file nor a domain.
    """
    if Path(subject).is_file():
        return load(subject)
    domains = targets.domains((subject,))
    if len(domains) > 1:
        raise WrongUsage(f"{subject}: {len(domains)} domains: simulate takes one at a time")
    return audit.look(namesfrom.searched(givens.scope(domains, looking), searching), looking)


def seconds(outages: tuple[str, ...]) -> tuple[float, ...]:
    """The lengths of the outages, each once, the shortest first.

    Raises:
        WrongUsage: one cannot be used.
    """
    try:
        found = sorted({duration(text) for text in outages}) or list(OUTAGES)
    except InputError as error:
        raise WrongUsage(f"--outage {error}") from None
    if found[0] < _SHORTEST_OUTAGE or len(found) > _MOST_OUTAGES:
        raise WrongUsage(f"--outage: give 1 to {_MOST_OUTAGES} of a minute or longer")
    return tuple(found)


def read_mix(path: str | None) -> Mix:
    """The mix of a file, or the one that is shipped.

    Raises:
        CannotRead, InputError: it cannot be used.
    """
    text = mix_text() if path is None else read_text(path, "mix")
    return parse(text, path or _SHIPPED_MIX, tables().behaviours)


def renderer(form: Telling) -> Callable[[Result, Style], str]:
    """The form that is asked for, as for an audit's report, and a file that can be written.

    Raises:
        click.UsageError: they contradict one another, or there is no such form. CannotWrite: the file.
    """
    name = telling.form(form).name
    if name not in RENDERERS:
        raise click.UsageError(f"There is no format {name!r} here. Choose from: {', '.join(RENDERERS)}")
    if form.output is not None and form.output != STANDARD:
        check_writable(form.output, "report")
    return RENDERERS[name]


def tell(render: Callable[[Result, Style], str], result: Result, form: Telling) -> None:
    """Write the report to the terminal or the file."""
    if form.output is None or form.output == STANDARD:
        click.echo(render(result, telling.style(form.color, form.ascii, sys.stdout)), nl=False)
    else:
        write_text(form.output, render(result, Style(ascii=form.ascii)), "report")
