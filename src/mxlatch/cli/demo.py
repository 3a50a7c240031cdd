"""`mxlatch demo`: a story on an internet inside this process, audited before and after its remedy, and planned for."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from msgspec import Struct, structs

from mxlatch.audit.log import Log
from mxlatch.audit.result import Audit
from mxlatch.audit.verdict import judge, judge_world, world_of
from mxlatch.cli import collecting, givens, options, telling
from mxlatch.cli.options import Looking
from mxlatch.cli.progress import Progress
from mxlatch.cli.settings import Configured
from mxlatch.cli.simulate import read_mix
from mxlatch.data import tables
from mxlatch.lab.internet import INVENTORY_FILE, internet
from mxlatch.lab.story import STORIES, Story, story, topology
from mxlatch.lab.topology import Remedy, Topology
from mxlatch.net.dns import Limits
from mxlatch.net.smtp import Patience
from mxlatch.paths.find import find
from mxlatch.plan.make import planned
from mxlatch.plan.result import Plan
from mxlatch.report import FORMATS, Ink, Style, plan_text
from mxlatch.report.as_json import audit_object
from mxlatch.report.escape import json_text
from mxlatch.report.layout import paragraph
from mxlatch.report.plan_json import plan_object
from mxlatch.report.simulation import as_json, brief
from mxlatch.simulate.layout import layout_of
from mxlatch.simulate.result import Result
from mxlatch.simulate.run import simulate
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import listed
from mxlatch.world.model import World
from mxlatch.world.scope import Scope

SCHEMA = "mxlatch.demo/1"
_FIRST = 1
_OPEN = (Certainty.LIKELY.word, Certainty.PROVEN.word)
# Everything is in this process: nothing is slow for a good reason, and nobody is to be spared.
_PACE = 10_000.0
_PATIENCE = Patience(connect=0.5, banner=2.0, reply=2.0, session=10.0)
AS_IT_WAS, AFTER_IT, OUR_PLAN = "as it was", "the remedy", "mxlatch's plan"
_OUTAGES = (86_400.0,)  # seconds: a day
_MESSAGES, _FOR_RANGES = 50_000, 3_000
_LIMITS = Limits(tries=(0.5, 0.5), tcp_seconds=2.0)


class Told(Struct, frozen=True):
    """A story with its audits: as it was, after its own remedy, and after the plan for the world as it was.

    simulation: the three side by side, where the story's claim is one of numbers.
    """

    story: Story
    remedy: Remedy
    before: Audit
    after: Audit
    best: Plan
    after_best: Audit
    simulation: Result | None = None


@click.command("demo", cls=Configured)
@click.option(
    "--story",
    "number",
    metavar="N",
    type=click.Choice([str(number) for number in STORIES]),
    default=str(_FIRST),
    show_default=True,
    help="Which story.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON: before, plan, after, best, simulation.")
def command(number: str, as_json: bool, color: str, ascii: bool) -> None:
    """Show what mxlatch does, on an internet inside this process: offline, without rights.

    Each story is audited as it was, and again after its own remedy; and the cheapest plan that closes it is shown.
    """
    told = play(story(int(number)), Progress(sys.stderr, terminal=sys.stderr.isatty()))
    if as_json:
        click.echo(json_text(as_object(told)))
        return
    style = telling.style(color, ascii, sys.stdout)
    click.echo("\n".join(lines(told, style)))


command.params.extend(option for option in options.every_setting() if option.name in ("color", "ascii"))


def play(chosen: Story, progress: Progress) -> Told:
    """Put the story's internet up, audit it, apply the remedy, audit it again."""
    before = topology(chosen.topology)
    remedy = next(r for r in before.remedies if r.name == chosen.remedy)
    after = before.remedied(remedy.name)
    as_it_was, as_it_is = (asyncio.run(looked_at(each, progress)) for each in (before, after))
    world = world_of(as_it_was, as_it_was.scope.domains[0])
    best, planned_world = planned(world, providers=tables().providers)
    remedied = world_of(as_it_is, as_it_is.scope.domains[0])
    three = {AS_IT_WAS: world, AFTER_IT: remedied, OUR_PLAN: planned_world}
    return Told(
        story=chosen,
        remedy=remedy,
        before=judge_world(world, find(world)),
        after=judge_world(remedied, find(remedied)),
        best=best,
        after_best=judge_world(planned_world, find(planned_world)),
        simulation=_in_numbers(three) if chosen.counts else None,
    )


def _in_numbers(worlds: Mapping[str, World]) -> Result:
    layouts = {title: layout_of(world, title) for title, world in worlds.items()}
    mix = read_mix(None)
    return simulate(layouts, mix, _OUTAGES, messages=_MESSAGES, for_ranges=_FOR_RANGES)


def as_object(told: Told) -> dict[str, Any]:
    """The story for programs: `plan` is its own remedy, `best` the planner's with the verdict of the world after it."""
    remedy = {"title": told.remedy.title, "steps": list(told.remedy.steps)}
    return {
        "schema": SCHEMA,
        "story": told.story.number,
        "title": told.story.title,
        "before": audit_object(told.before),
        "remedy": remedy,
        "plan": remedy,
        "after": audit_object(told.after),
        "best": {**plan_object(told.best), "verdict": told.after_best.verdict.value},
        **({"simulation": json.loads(as_json(told.simulation))} if told.simulation is not None else {}),
    }


def lines(told: Told, style: Style) -> Iterator[str]:
    """The story for people."""
    yield from _part(f"Story {told.story.number}: {told.story.title}", style)
    yield from paragraph(style.safe(told.story.retelling), style.room)
    yield from _part("As it was", style)
    yield FORMATS[telling.TEXT].render([told.before], style).rstrip()
    yield from _part(f"The remedy: {told.remedy.title}", style)
    for number, step in enumerate(told.remedy.steps, 1):
        yield from paragraph(style.safe(step), style.room, f"{number}. ")
    yield from _part("After it", style)
    yield FORMATS[telling.TEXT].render([told.after], style).rstrip()
    for text in _who_gets_round(told):
        yield ""
        yield from paragraph(style.safe(text), style.room)
    yield from _part("What mxlatch would do", style)
    yield from plan_text.brief(told.best, style)
    if told.simulation is not None:
        yield from _part("In numbers", style)
        yield from brief(told.simulation, style)
    yield ""
    yield from paragraph(style.safe(told.story.moral), style.room)
    others = listed([str(number) for number in STORIES if number != told.story.number], len(STORIES), "or")
    yield f"More: mxlatch demo --story {others}. Yours: mxlatch audit YOUR-DOMAIN"


def _who_gets_round(told: Told) -> Iterator[str]:
    """What a remedy that leaves a way round is worth: which senders it turns away, and which come all the same."""
    before, after = _senders(told.before), _senders(told.after)
    if not after:
        return
    if gone := [does for does in before if does not in after]:
        yield f"No longer gets round: a stranger who {'; who '.join(gone)}."
    yield f"Still gets round: one who {'; who '.join(after)}."


def _senders(audit: Audit) -> list[str]:
    """What the senders do for whom a way round is open, honest ones first."""
    ways = [path for path in audit.paths if path.certainty in _OPEN]
    coming = {behaviour for path in ways for behaviour in path.behaviours}
    return [each.does.replace("{name}", audit.domain) for each in tables().behaviours if each.id in coming]


def _part(title: str, style: Style) -> Iterator[str]:
    yield ""
    safe = style.safe(title)
    yield style.paint(f"== {safe} {'=' * max(0, style.room - len(safe) - 4)}", Ink.HEADING)
    yield ""


async def audited(there: Topology, progress: Progress) -> Audit:
    """Put an internet up, and audit its first domain as its owner would."""
    log = await looked_at(there, progress)
    return judge(log, log.scope.domains[0])


async def looked_at(there: Topology, progress: Progress) -> Log:
    """Put an internet up, and look at its domains as their owner would."""
    with tempfile.TemporaryDirectory(prefix="mxlatch-demo-") as folder:
        async with internet(there) as running:
            looking = _looking(running.write(Path(folder)))
            log = Log(_named(givens.scope(running.domains, looking)))
            net = givens.net(log.scope, looking, limits=_LIMITS, patience=_PATIENCE)
            await collecting.watched(log, net, progress)
    return log


def _named(scope: Scope) -> Scope:
    """As `mxlatch audit` would have it, the inventory under the name of a user's: its folder is soon gone."""
    return structs.replace(scope, search="listed", inventory=structs.replace(scope.inventory, path=INVENTORY_FILE))


def _looking(written: dict[str, str]) -> Looking:
    """As a user of `mxlatch lab serve` would look, with the leave of the story's owner."""
    return Looking(
        inventory=written.get("--inventory"),
        authorised="the story's owner",
        vantage="internet",
        opt_out=None,
        root_hints=written["--root-hints"],
        rdap=written["--rdap"],
        resolver=(written["--resolver"],),
        ca=written["--ca"],
        rate=_PACE,
        net=written["--net"],
    )
