"""The options that several commands share: how to look, how to judge, how to tell. Each group arrives as one value."""

import functools
from collections.abc import Callable
from typing import Any

import click
import msgspec
from msgspec import Struct

from mxlatch.cli.settings import NAMES, Decorator, setting
from mxlatch.terms.finding import Severity

COLOURS = ("auto", "always", "never")
NEVER = "never"  # --fail-on never: findings do not make the run fail


class Looking(Struct, frozen=True):
    """How to look: from where, with whose leave, through which servers."""

    inventory: str | None
    authorised: str | None
    vantage: str
    opt_out: str | None
    root_hints: str | None
    rdap: str | None
    resolver: tuple[str, ...]
    ca: str | None
    rate: float | None
    net: str | None


class Searching(Struct, frozen=True):
    """Where to look for doors that no record names. search: None where the command line does not say."""

    search: bool | None
    names_from: tuple[str, ...]


class Judging(Struct, frozen=True):
    """What counts for the exit code."""

    fail_on: str
    baseline: str | None
    suppress: str | None
    allow_unknown: bool


class Telling(Struct, frozen=True):
    """In what form, where to, and how it may look on the terminal."""

    format: str | None
    output: str | None
    json: bool
    color: str
    ascii: bool


def looking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `Looking`; the function gets them as `looking`."""
    return _bundled(
        Looking,
        setting("--inventory", metavar="FILE", help="What you declare: domains, doors, blocks, firewalls (TOML)."),
        click.option(
            "--authorised",
            metavar="REF",
            help="You have the owner's leave for RCPT probes; REF (a ticket, a contract) is repeated in the report.",
        ),
        setting(
            "--vantage",
            metavar="NAME",
            default="internet",
            show_default=True,
            callback=_not_empty,
            help="Where this machine stands.",
        ),
        setting("--opt-out", metavar="FILE", help="Addresses, blocks and domains never to contact, one a line."),
        setting(
            "--resolver",
            metavar="ADDR[:PORT]",
            multiple=True,
            help="Resolver to ask, again for more. [default: /etc/resolv.conf]",
        ),
        setting("--root-hints", metavar="FILE", help="Lab: root servers other than the internet's."),
        setting("--rdap", metavar="URL", help="Lab: base URL of the registry's RDAP service."),
        setting("--ca", metavar="FILE", help="Lab: certificates to trust in place of the system's (PEM)."),
        setting(
            "--rate",
            metavar="N",
            type=click.FloatRange(min=0, min_open=True),
            help="Times the polite pace; over 1 only for a lab or with leave. [default: 1]",
        ),
        setting("--net", metavar="FILE", help="Lab: table from real to actual address:port."),
    )(function)


def searching(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `Searching`; the function gets them as `searching`."""
    return _bundled(
        Searching,
        click.option(
            "--search/--no-search",
            default=None,
            help="Look also for doors that no record names. [default: of domains that the inventory names]",
        ),
        click.option(
            "--names-from",
            metavar="FILE",
            multiple=True,
            help="Look also for the hosts in FILE, again for more: a list, an export of a certificate log, a message, "
            "a mail log, an earlier BUNDLE.",
        ),
    )(function)


def judging(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `Judging`; the function gets them as `judging`."""
    return _bundled(
        Judging,
        setting(
            "--fail-on",
            type=click.Choice([*(s.value for s in Severity), NEVER]),
            default=Severity.LOW.value,
            show_default=True,
            help="Exit with 1 for findings at least this severe.",
        ),
        setting("--baseline", metavar="FILE", help="An earlier audit (JSON): what it found does not count again."),
        setting("--suppress", metavar="FILE", help="Findings that do not count, each with reason and expiry (TOML)."),
        setting("--allow-unknown", is_flag=True, help="Exit with 0, not 3, when something gave no answer."),
    )(function)


def telling(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `Telling`; the function gets them as `telling`."""
    return _bundled(
        Telling,
        setting("--format", metavar="NAME", help="text, json or html; by default as the suffix of -o says, else text."),
        click.option("--output", "-o", metavar="FILE", help="Write the report there, not to the terminal."),
        click.option("--json", is_flag=True, help="The same as --format json."),
        *appearance(),
    )(function)


def joining(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --with; the function gets its values as `joined`."""
    named = click.option(
        "--with",
        "joined",
        metavar="FACTS",
        multiple=True,
        help="What was seen otherwise: a file of `mxlatch vantage run`, a bundle, canaries, or a scan, whose doors are "
        "knocked at; again for more.",
    )
    decorated: Callable[..., Any] = named(function)
    return decorated


def assuming(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --assume; the function gets its values as `assumed`."""
    named = click.option(
        "--assume",
        "assumed",
        metavar="WHAT",
        multiple=True,
        help="Judge as if WHAT were so: down:SERVER, drop:SERVER (its records), add:'20 SERVER'; again for more.",
    )
    decorated: Callable[..., Any] = named(function)
    return decorated


def every_setting() -> list[click.Option]:
    """Every option that is a setting, for the command that shows them all."""
    carrier = looking(judging(telling(lambda **_: None)))
    every: list[click.Option] = click.command()(carrier).params  # type: ignore[assignment]
    return [option for option in every if (option.name or "").replace("_", "-") in NAMES]


def appearance() -> tuple[Decorator, ...]:
    """The options that say how text may look on the terminal."""
    return (
        setting(
            "--color",
            type=click.Choice(COLOURS),
            default="auto",
            show_default=True,
            help="Colours beside the words. NO_COLOR and FORCE_COLOR are heeded.",
        ),
        setting("--ascii", is_flag=True, help="No characters beyond ASCII."),
    )


def _not_empty(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise click.BadParameter("it names nothing", context, parameter)
    return value


def _bundled(kind: type[Struct], *options: Decorator) -> Decorator:
    """Add options whose values the function gets as one value, named like its kind."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def with_bundle(*arguments: Any, **named: Any) -> Any:
            fields = {field: named.pop(field) for field in kind.__struct_fields__}
            named[kind.__name__.lower()] = msgspec.convert(fields, kind)
            return function(*arguments, **named)

        decorated: Callable[..., Any] = with_bundle
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate
