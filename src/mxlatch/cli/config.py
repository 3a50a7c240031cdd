"""`mxlatch config`: the settings and where each came from; `config key`: the record by which an owner gives leave."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from click.core import ParameterSource
from msgspec import Struct

from mxlatch.cli import key, options, places, settings, targets
from mxlatch.cli.exits import WrongUsage
from mxlatch.cli.files import read_text
from mxlatch.cli.settings import ConfiguredGroup
from mxlatch.inventory.blocks import holder, parts, zone_of
from mxlatch.inventory.leave import proof_record
from mxlatch.inventory.lines import line_of, scan
from mxlatch.net.scope import parse_address
from mxlatch.report.escape import json_text
from mxlatch.terms.names import domain_name

_LEAVE_DAYS = 90  # a quarter: long enough to work with, short enough that a forgotten one ends
SCHEMA = "mxlatch.config/1"


class Shown(Struct, frozen=True):
    """A setting as it stands."""

    name: str
    value: str | float | bool | list[str] | None
    origin: str


@click.group("config", cls=ConfiguredGroup, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def command(context: click.Context, /, as_json: bool, **_: object) -> None:
    """Show every setting with its value and where it came from, and the files that mxlatch keeps.

    Order: command line, environment (MXLATCH_*), file, default.
    """
    if context.invoked_subcommand is not None:
        return
    shown = [_shown(context, option) for option in options.every_setting()]
    click.echo(_json(shown) if as_json else "\n".join(_text(shown)))


command.params.extend(options.every_setting())


@command.command("key")
@click.argument("owned", nargs=-1, metavar="[DOMAIN|CIDR]...")
@click.option(
    "--until",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"Last day of the leave, UTC, as 2027-02-20. [default: {_LEAVE_DAYS} days from today]",
)
def key_command(owned: tuple[str, ...], until: datetime | None) -> None:
    """Print the TXT record by which the owner of DOMAIN gives you leave to try recipients at its doors.

    For a block (CIDR): the record for its reverse zone, by which its owner gives leave to scan it too. The key is made
    when there is none yet. Keep it: the record is worth nothing with another one.
    """
    names = [name for word in owned for name in _names(word)]
    where = key.path()
    secret = key.read(where)
    if secret is None:
        secret = key.make(where)
        click.echo(f"mxlatch: made a new key: {where}", err=True)
    if not names:
        click.echo(f"{where}")
        click.echo("mxlatch: for the record to publish: mxlatch config key DOMAIN, or CIDR", err=True)
    last = until.date() if until else _today() + timedelta(days=_LEAVE_DAYS)
    for name in names:
        click.echo(proof_record(secret, name, last))


def _names(word: str) -> tuple[str, ...]:
    """The names that the record is for: a domain, or the reverse zones of a block."""
    if "/" not in word and parse_address(word) is None:
        return (domain_name(word),)
    network = targets.network(word)
    whole, pieces = holder(network), parts(network)
    if whole is None and not pieces:
        raise WrongUsage(f"{network} is too large for a reverse zone: give the blocks that it consists of")
    if pieces:
        instead = f"; or, from whoever holds {whole}: mxlatch config key {whole}" if whole is not None else ""
        click.echo(f"mxlatch: {network} needs all {len(pieces)} records{instead}", err=True)
    elif whole != network:
        click.echo(f"mxlatch: the record for {network} stands in the reverse zone of {whole}", err=True)
    return tuple(zone_of(each) for each in pieces or (whole,) if each is not None)


def _today() -> date:
    return datetime.now(UTC).date()


def _shown(context: click.Context, option: click.Option) -> Shown:
    name = (option.name or "").replace("_", "-")
    value = context.params.get(option.name or "")
    plain = list(value) if isinstance(value, tuple) else value
    return Shown(name, plain, _origin(context, option, name))


def _origin(context: click.Context, option: click.Option, name: str) -> str:
    match context.get_parameter_source(option.name or ""):
        case ParameterSource.COMMANDLINE:
            return "command line"
        case ParameterSource.ENVIRONMENT:
            return f"environment, {settings.variable(name)}"
        case ParameterSource.DEFAULT_MAP:
            where = settings.path()
            return f"{where}:{line_of((name,), scan(read_text(str(where), 'configuration')))}"
        case _:
            return "default"


def _files() -> list[tuple[str, Path]]:
    return [
        ("configuration", settings.path()),
        ("operator's key", key.path()),
        ("what providers said", places.remembered()),
        ("cases", places.cases()),
    ]


def _text(shown: list[Shown]) -> list[str]:
    rows = [(s.name, _written(s.value), s.origin) for s in shown]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin}" for name, value, origin in rows]
    lines.append("")
    for what, path in _files():
        lines.append(f"{what}: {path}{'' if os.path.exists(path) else ' (not there)'}")
    return lines


def _written(value: object) -> str:
    match value:
        case None | []:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(map(str, value))
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _json(shown: list[Shown]) -> str:
    kept = {what: str(path) for what, path in _files()}
    whole = {"schema": SCHEMA, "settings": shown, "files": kept}
    return json_text(whole)
