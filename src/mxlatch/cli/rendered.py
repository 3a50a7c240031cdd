"""What `--as NAME` writes: the changes of plans in the words of a tool, to the terminal, a file or a folder."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import Struct

from mxlatch.cli import telling
from mxlatch.cli.exits import CannotWrite, WrongUsage
from mxlatch.cli.files import STANDARD, check_writable, read_octets, write_text
from mxlatch.cli.options import Telling
from mxlatch.inventory.model import Inventory
from mxlatch.plan.change import Records
from mxlatch.plan.provider import Given, Renderer, Written, ZoneFile
from mxlatch.plan.result import Plan
from mxlatch.plan.wording import sentence
from mxlatch.report import PLAN_FORMATS
from mxlatch.terms.names import BadName, domain_name
from mxlatch.terms.wording import listed


class Tool(Struct, frozen=True):
    """name: of --as, "" for none; zone_files, server: what it is written with."""

    name: str = ""
    zone_files: tuple[str, ...] = ()
    server: str = ""


def check(tool: Tool, form: Telling) -> None:
    """Tell early what cannot be.

    Raises:
        click.UsageError, WrongUsage: no such tool, or options that contradict one another.
    """
    if not tool.name:
        for option, given in (("--zone-file", tool.zone_files), ("--server", tool.server)):
            if given:
                raise WrongUsage(f"{option} is for a tool's text: add --as NAME")
        telling.check(form, PLAN_FORMATS)
        return
    if tool.name not in _renderers():
        raise click.UsageError(f"There is no tool {tool.name!r}. Choose from: {', '.join(_renderers())}")
    if form.json or form.format:
        raise click.UsageError(f"--as {tool.name} and --{'json' if form.json else 'format'} contradict one another")
    if form.output not in (None, STANDARD) and not Path(form.output or "").is_dir():
        check_writable(form.output or "", "text")


def tell(plans: Sequence[Plan], tool: Tool, inventory: Inventory, form: Telling) -> None:
    """Write the texts: one as it is, several into the folder of -o, or to the terminal with their names between."""
    _check_zones(plans, tool.zone_files)
    written = [text for plan in plans for text in texts(plan, tool, inventory)]
    if not written:
        for plan in plans:
            click.echo(f"mxlatch: {plan.domain}: {_nothing(plan, tool.name)}", err=True)
        return
    if form.output is None or form.output == STANDARD:
        click.echo("\n".join(_headed(written)), nl=False)
    elif Path(form.output).is_dir():
        for name, text in _unlike(written):
            write_text(str(Path(form.output) / name), text, "text")
    elif len(written) == 1:
        write_text(form.output, written[0].text, "text")
    else:
        names = listed(each.name for each in written)
        raise CannotWrite(f"-o {form.output}: there are {len(written)} texts, {names}: give a folder that is there")


def texts(plan: Plan, tool: Tool, inventory: Inventory) -> tuple[Written, ...]:
    """What the tool's module makes of a plan."""
    zones = _zones(plan)
    return _renderers()[tool.name].render(
        plan,
        Given(
            zones=tuple(_zone_files(tool.zone_files, zones)),
            inventory=inventory,
            server=tool.server,
            today=datetime.now(UTC).strftime("%Y%m%d"),
        ),
    )


def _zones(plan: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.zone for change in plan.changes if isinstance(change, Records)))


def _check_zones(plans: Sequence[Plan], words: Sequence[str]) -> None:
    """Each file is of a zone that a plan changes, where any changes one at all.

    Raises:
        WrongUsage: with the zones that are.
    """
    known = list(dict.fromkeys(zone for plan in plans for zone in _zones(plan)))
    for word in words:
        head, equals, _ = word.partition("=")
        if known and equals and (zone := _zone(head)) and zone not in known:
            raise WrongUsage(f"--zone-file {word}: the plan changes nothing in {zone}, only in {listed(known)}")


def _renderers() -> Mapping[str, Renderer]:
    """All of them: late, since some bring dnspython along."""
    from mxlatch.plan.providers import RENDERERS

    return RENDERERS


def _zone_files(words: Sequence[str], zones: Sequence[str]) -> Iterator[ZoneFile]:
    """ZONE=FILE, or FILE where the plan changes one zone."""
    for word in words:
        head, equals, path = word.partition("=")
        zone = _zone(head) if equals else ""
        if zone and zone not in zones:
            continue  # another plan's
        if not zone and len(zones) > 1:
            raise WrongUsage(f"--zone-file {word}: the plan changes {listed(zones)}: write ZONE=FILE for each")
        for each in [zone] if zone else zones:
            file = path if zone else word
            yield ZoneFile(each, file, read_octets(file, "zone file").decode("utf-8", "surrogateescape"))


def _zone(text: str) -> str:
    try:
        return domain_name(text)
    except BadName:
        return ""


def _headed(written: Sequence[Written]) -> Iterator[str]:
    """Several texts have their names between them, as head(1) writes them: no tool takes them all for one."""
    for each in written:
        if len(written) > 1:
            yield f"==> {each.name} <=="
        yield each.text


def _unlike(written: Sequence[Written]) -> Iterator[tuple[str, str]]:
    """No text may overwrite another: two plans may write one of the same name."""
    seen: set[str] = set()
    for each in written:
        name = Path(each.name).name  # what a stranger's zone is called shall lead nowhere
        number = 2
        while name in seen:
            name, number = f"{number}-{Path(each.name).name}", number + 1
        seen.add(name)
        yield name, each.text


def _nothing(plan: Plan, name: str) -> str:
    if not plan.changes:
        return "the plan changes nothing"
    left = listed((sentence(change) for change in plan.changes), 3)
    return f"nothing of this plan is for {name}: {left}"
