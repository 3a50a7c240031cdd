"""`mxlatch plan DOMAIN|BUNDLE`: the fewest changes that close the ways round, shown and not carried out."""

import time
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource
from msgspec import Struct, structs

from mxlatch.audit.log import Log
from mxlatch.audit.verdict import world_of
from mxlatch.cli import audit, givens, maillogs, namesfrom, options, rendered, scanned, targets, telling
from mxlatch.cli.exits import Exit, WrongUsage
from mxlatch.cli.files import STANDARD, check_writable, read_text
from mxlatch.cli.joined import Joined, join, load, what
from mxlatch.cli.options import Looking, Searching, Telling
from mxlatch.cli.rendered import Tool
from mxlatch.cli.settings import Configured, setting
from mxlatch.data import tables
from mxlatch.inventory.model import Inventory
from mxlatch.paths.model import Holds
from mxlatch.plan import saved
from mxlatch.plan.make import BEST, PROFILES, plan
from mxlatch.plan.result import Plan
from mxlatch.report import PLAN_FORMATS
from mxlatch.report.plan_outline import DIGEST_SHOWN
from mxlatch.terms.verdict import Verdict
from mxlatch.terms.wording import counted, listed
from mxlatch.world.neighbours import beside_each_other

_BUNDLE, _PLAN = b"bundle", b"plan"  # the words in their schemas
_SUFFIXES = (".bundle", ".json")  # of files, and of no domain: who types one means a file
# Options that say how to look: of no use where nobody is asked.
_OF_A_LOOK = ("authorised", "vantage", "opt_out", "resolver", "rate", "net", "search", "names_from", "save")


class Made(Struct, frozen=True):
    """The plans; whose inventory they rest on; whether the look was broken off."""

    plans: tuple[Plan, ...]
    inventory: Inventory = Inventory()
    interrupted: bool = False


class Wish(Struct, frozen=True):
    """What is asked for: which layout, and with which mail logs (`[HOST=]FILE`)."""

    profile: str = BEST
    mail_logs: tuple[str, ...] = ()


@click.command("plan", cls=Configured)
@click.argument("words", nargs=-1, metavar="DOMAIN|BUNDLE...")
@click.option("--from", "bundle", metavar="BUNDLE", help="Plan by what this bundle saw: of DOMAIN, if one is given.")
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default=BEST,
    show_default=True,
    help="How the mail shall be laid out; best: whatever is cheapest.",
)
@click.option("--as", "tool", metavar="NAME", help="Write the changes for a tool: zone, nsupdate, nftables, steps, ...")
@click.option(
    "--mail-log",
    metavar="[HOST=]FILE",
    multiple=True,
    help="The log of a server that is locked: who else delivers there? Again for more.",
)
@click.option("--zone-file", metavar="[ZONE=]FILE", multiple=True, help="With --as: a zone as it is; again for more.")
@click.option("--server", metavar="ADDR[:PORT]", help="With --as nsupdate: where updates go.")
@options.looking
@options.searching
@options.joining
@click.option("--save", metavar="BUNDLE", help="Keep everything that was seen: by it the same plan is made again.")
@setting("--allow-unknown", is_flag=True, help="Exit with 0, not 3, when something gave no answer.")
@options.telling
@click.pass_context
def command(
    context: click.Context,
    words: tuple[str, ...],
    bundle: str | None,
    profile: str,
    tool: str | None,
    zone_file: tuple[str, ...],
    server: str | None,
    mail_log: tuple[str, ...],
    looking: Looking,
    searching: Searching,
    joined: tuple[str, ...],
    save: str | None,
    allow_unknown: bool,
    telling: Telling,
) -> Exit:
    """Show the fewest changes that close the ways round: with hazards, steps, waits and proofs.

    It looks as `mxlatch audit DOMAIN` does, or goes by what a BUNDLE of --save has seen; a plan that was saved (-o
    PLAN.json) is shown again. Nothing is changed: `mxlatch apply` does that.
    """
    for_tool = Tool(tool or "", zone_file, server or "")
    rendered.check(for_tool, telling)
    maillogs.check(mail_log)
    source = _source(words, bundle)
    wish = Wish(profile, mail_log)
    if source:
        _nobody_is_asked(context, source)
        made = from_file(source, words if bundle else (), wish, joined, context)
    else:
        made = from_look(words, looking, searching, joined, wish, save)
    if for_tool.name:
        rendered.tell(made.plans, for_tool, made.inventory, telling)
    else:
        tell(made.plans, telling)
    return Exit.INTERRUPTED if made.interrupted else code(made.plans, allow_unknown=allow_unknown)


def _source(words: Sequence[str], bundle: str | None) -> str:
    """The file to go by, "" if domains are to be looked at."""
    if bundle:
        return bundle
    files = [word for word in words if _is_file(word)]
    if files and len(words) > 1:
        raise WrongUsage(f"{listed(words)}: give one file, or domains; to plan for one domain of it: --from {files[0]}")
    if not words:
        raise click.UsageError("Missing argument 'DOMAIN|BUNDLE...'.")
    return files[0] if files else ""


def _is_file(word: str) -> bool:
    """A zone file may be called like its domain, so what is there must be ours, or be called like no domain."""
    if word == STANDARD or word.startswith("@") or "://" in word:
        return False
    return what(word) in (_BUNDLE, _PLAN) or "/" in word or word.endswith(_SUFFIXES)


def _nobody_is_asked(context: click.Context, source: str) -> None:
    for name in _OF_A_LOOK:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise WrongUsage(
                f"{option} says how to look, and {source} is what was seen: leave {option} out, or audit anew"
            )


def from_look(
    words: Sequence[str],
    looking: Looking,
    searching: Searching,
    joined: Sequence[str],
    wish: Wish,
    save: str | None,
) -> Made:
    """Look as an audit does, keep what was seen, and plan."""
    if save:
        check_writable(save, "bundle")
    scope = namesfrom.searched(givens.scope(targets.domains(words), looking), searching)
    more = join(joined)
    log = audit.look(scanned.joined(scope, more.scans), looking)
    if save:
        audit.keep(log, save)
    return _planned(log, more, scope.domains, wish)


def from_file(source: str, words: Sequence[str], wish: Wish, joined: Sequence[str], context: click.Context) -> Made:
    """Plan by what a bundle saw, or show a plan that was saved.

    Raises:
        WrongUsage: it saw no such domain, or it is a plan, and something is wanted that needs a bundle.
    """
    if what(source) != _BUNDLE and Path(source).suffix == ".json":
        _shown_as_it_is(source, (*words, *wish.mail_logs), joined, context)
        return Made((saved.from_text(read_text(source, "plan"), source),))
    log, more = load(source), join(joined)
    for scan in more.scans:
        raise WrongUsage(
            f"--with {scan}: a scan names doors to knock at, and nobody is asked here: give it to the audit"
        )
    domains = targets.domains(words) if words else log.scope.domains
    for domain in domains:
        if domain not in log.scope.domains:
            raise WrongUsage(f"{source} did not look at {domain}: it holds {listed(log.scope.domains)}")
    return _planned(log, more, domains, wish)


def _shown_as_it_is(source: str, words: Sequence[str], joined: Sequence[str], context: click.Context) -> None:
    if words or joined or context.get_parameter_source("profile") is ParameterSource.COMMANDLINE:
        raise WrongUsage(
            f"{source} is a plan already, and is shown as it is: give a bundle, or the domain, to plan anew"
        )


def _planned(log: Log, more: Joined, domains: Sequence[str], wish: Wish) -> Made:
    log.others, log.proven = more.looks, more.proven
    providers = tables().providers
    # Also those that no plan is asked for: what is done for one domain meets the others at the same servers.
    every = beside_each_other([world_of(log, domain) for domain in log.scope.domains])
    worlds = list(map({world.domain: world for world in every}.__getitem__, domains))
    plans = tuple(plan(world, wish.profile, providers) for world in worlds)
    if wish.mail_logs:
        # Which servers are locked, the plan says; a log changes what is told of that, and not what is locked.
        logs = maillogs.read(wish.mail_logs, maillogs.locked(plans), time.time())
        worlds = [structs.replace(world, mail_logs=logs) for world in worlds]
        plans = tuple(plan(world, wish.profile, providers) for world in worlds)
    return Made(plans, log.scope.inventory, log.interrupted)


def tell(plans: Sequence[Plan], form: Telling) -> None:
    """Show the plans, or write them; of one that is written for `mxlatch apply`, how that goes on."""
    telling.tell(plans, form, PLAN_FORMATS)
    if (
        len(plans) == 1
        and form.output not in (None, STANDARD)
        and telling.form(form, PLAN_FORMATS).name == telling.JSON
    ):
        hazards = f", {counted(len(plans[0].hazards), 'hazard')}" if plans[0].hazards else ""
        told = f"digest {plans[0].digest[:DIGEST_SHOWN]}{hazards}; to read it: mxlatch plan {form.output}"
        click.echo(f"mxlatch: {form.output}: {told}", err=True)


def code(plans: Sequence[Plan], *, allow_unknown: bool) -> Exit:
    """1 if something stays open, a policy broken, or cannot be had, 3 if something was not judged, 0 if all closes."""
    if any(stays_open(plan) for plan in plans):
        return Exit.FINDINGS
    unknown = any(plan.not_judged or plan.after == Verdict.UNKNOWN or _unsure(plan) for plan in plans)
    return Exit.INCOMPLETE if unknown and not allow_unknown else Exit.OK


def _unsure(plan: Plan) -> bool:
    """True if it is not known whether some policy holds after the plan."""
    return any(policy.after == Holds.UNKNOWN for policy in plan.policies)


def stays_open(plan: Plan) -> bool:
    """True if after the plan a way round is open or only rarer, a policy is broken, or the layout could not be had."""
    rarer = any(remedy.rarer for remedy in plan.remedies)
    broken = any(policy.after == Holds.NO for policy in plan.policies)
    return plan.after == Verdict.OPEN or rarer or broken or bool(plan.conflicts)
