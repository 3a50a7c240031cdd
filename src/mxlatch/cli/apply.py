"""`mxlatch apply PLAN`: carries out the plan that was shown, and no other; saves the old state first; can roll back."""

import asyncio
import shlex
import time
from datetime import UTC, datetime

import click
from msgspec import Struct
from msgspec.structs import replace

from mxlatch.cli import applying, options
from mxlatch.cli.exits import Exit, WrongUsage
from mxlatch.cli.files import check_writable, read_text
from mxlatch.cli.settings import Configured
from mxlatch.plan import saved
from mxlatch.plan.apply import Report, Run, too_old, unaccepted, why_not
from mxlatch.plan.providers import CARRIERS
from mxlatch.plan.result import Hazard, Plan
from mxlatch.report.escape import visible

_KINDS = {"not-done": "not done", "not-yet": "not yet", "unsure": "not known", "elsewhere": "elsewhere"}


class Errand(Struct, frozen=True):
    """What is asked for."""

    path: str
    journal: str
    digest: str = ""
    accept: tuple[str, ...] = ()
    done: tuple[int, ...] = ()
    rollback: bool = False
    at_once: bool = False
    dry_run: bool = False
    max_age: float = 7.0


@click.command("apply", cls=Configured)
@click.argument("path", metavar="PLAN")
@click.option("--digest", metavar="HEX", default="", help="The digest of the plan that was shown, or its beginning.")
@click.option("--accept", metavar="NAME", multiple=True, help="Accept a hazard of the plan; again for more.")
@click.option(
    "--server",
    metavar="[ZONE=]ADDR[:PORT]",
    multiple=True,
    help="The zone's primary server. [default: the one that its SOA names]",
)
@click.option("--tsig-file", metavar="FILE", help="The key for updates, as tsig-keygen writes it.")
@click.option("--tsig", metavar="NAME:ALG:FILE", help="The same; FILE holds only the secret, in base64.")
@click.option(
    "--zone-file", metavar="[ZONE=]FILE", multiple=True, help="Write this zone file in place of sending updates."
)
@click.option("--without", metavar="ADDR", multiple=True, help="A name server not to wait for; again for more.")
@click.option("--nft", is_flag=True, help="Load with nft what is this machine's: locks of its addresses; needs root.")
@click.option("--firewall", metavar="NAME", help="With --nft: this machine is that firewall of the inventory.")
@click.option(
    "--done",
    metavar="STEP",
    multiple=True,
    type=int,
    help="What this step wants by hand is done; with --rollback, undone.",
)
@click.option("--rollback", is_flag=True, help="Undo what was done, the last step first.")
@click.option("--at-once", is_flag=True, help="With --rollback: do not wait until caches have forgotten.")
@click.option("--dry-run", is_flag=True, help="Look and tell; change nothing and write nothing.")
@click.option("--journal", metavar="FILE", help="What was done and what stood there before. [default: PLAN.journal]")
@click.option(
    "--max-age",
    metavar="DAYS",
    type=click.FloatRange(min=0),
    default=7.0,
    show_default=True,
    help="Begin no plan that is older.",
)
@options.looking
def command(
    looking: options.Looking,
    path: str,
    server: tuple[str, ...],
    tsig_file: str | None,
    tsig: str | None,
    zone_file: tuple[str, ...],
    without: tuple[str, ...],
    nft: bool,
    firewall: str | None,
    journal: str | None,
    **given: object,
) -> Exit:
    """Carry out the changes of PLAN (a file of `mxlatch plan -o`) up to its next wait; run it again to go on.

    DNS changes are sent to the zone's primary server (RFC 2136), or written into its zone file. Whatever differs from
    what the plan saw is left alone. What must be done by hand is told: --done STEP says that it is done.
    """
    ways = applying.Ways(server, tsig_file, tsig, zone_file, without, nft, firewall or "")
    errand = Errand(path, journal or path + applying.SUFFIX, **given)  # type: ignore[arg-type]  # click saw to the types
    return carry_out(errand, looking, ways)


def carry_out(errand: Errand, looking: options.Looking, ways: applying.Ways) -> Exit:
    """Refuse, or go on, or go back; tell what came of it."""
    with applying.alone(errand.path):
        plan = saved.from_text(read_text(errand.path, "plan"), errand.path)
        check_writable(errand.journal, "journal")
        story = applying.opened(errand.journal, plan)
        hazards = () if errand.rollback else unaccepted(plan, story, errand.accept)
        # Who only looks need accept nothing: what there is to accept is told.
        looked_past = [hazard.name for hazard in hazards] if errand.dry_run else []
        accept = (*errand.accept, *looked_past)
        _refuse(errand, plan, tuple(why_not(plan, story, errand.digest, accept)) if not errand.rollback else ())
        if not story.acts and not errand.rollback:
            _refuse(errand, plan, (too_old(plan, time.time(), errand.max_age),))
        story = replace(story, accepted=tuple(dict.fromkeys((*story.accepted, *errand.accept))))
        desk = applying.desk("" if errand.dry_run else errand.journal)
        run = Run(plan, story, CARRIERS, applying.means(plan, looking, ways, _warn), desk)
        for number in errand.done if errand.rollback else ():
            if reason := run.say_undone(number):
                raise WrongUsage(f"--done {number}: {reason}")
        for number in errand.done if not errand.rollback else ():
            early = run.too_early(number)
            if reason := run.say_done(number):
                raise WrongUsage(f"--done {number}: {reason}")
            if early:
                _warn(f"WARNING: step {number} was done too early: {early}; it is noted as done")
        code = _run(run, errand)
        if errand.dry_run:
            _tell_hazards(hazards)
        return code


def _tell_hazards(hazards: tuple[Hazard, ...]) -> None:
    """What will have to be accepted before any of it is done."""
    for hazard in hazards:
        _line("to accept", f"{hazard.text}: --accept {shlex.quote(hazard.name)}")


def _refuse(errand: Errand, plan: Plan, reasons: tuple[str, ...]) -> None:
    told = [reason for reason in reasons if reason]
    if told:
        raise WrongUsage("\n".join([*told, f"nothing of {errand.path} ({plan.domain}) was done"]))


def _run(run: Run, errand: Errand) -> Exit:
    try:
        report = asyncio.run(_chosen(run, errand))
    except KeyboardInterrupt:
        _warn("interrupted: what was sent last may be done or not: run the same again, and it is looked up")
        _tell(run.so_far(), errand)
        return Exit.INTERRUPTED
    _tell(report, errand)
    return _exit(report, errand)


async def _chosen(run: Run, errand: Errand) -> Report:
    if errand.rollback and errand.dry_run:
        return run.preview_back()
    if errand.rollback:
        return await run.back(at_once=errand.at_once)
    return await (run.preview() if errand.dry_run else run.forward())


def _tell(report: Report, errand: Errand) -> None:
    """What is done, what is not, and what to do next."""
    for line in report.done:
        _line("done", line)
    for line in report.would:
        _line("would do", line)
    for fault in report.faults:
        _line(_KINDS[fault.kind], f"{fault.what}: {fault.reason}")
        if fault.remedy:
            _line("", f"to do: {fault.remedy}")
    for number, line in report.by_hand:
        _line("by hand", f"step {number}: {line}")
    again = f"mxlatch apply {errand.path}" + (" --rollback" if errand.rollback else "")
    if report.by_hand and not errand.dry_run:
        _line("", f"when that is {'undone' if errand.rollback else 'done'}: {again} --done {report.by_hand[0][0]}")
    if report.until:
        _line("waits", f"until {_moment(report.until)}: {report.waits}; then: {again}")
    for line in report.left:
        _line("still there" if errand.rollback else "left", line)
    if report.finished:
        _line("", "everything is back as it was" if errand.rollback else "the plan is carried out")


def _exit(report: Report, errand: Errand) -> Exit:
    if any(fault.kind == "not-done" for fault in report.faults):
        return Exit.FINDINGS
    if report.finished or (errand.dry_run and not report.faults):
        return Exit.OK
    return Exit.INCOMPLETE


def _line(head: str, text: str) -> None:
    click.echo(f"{head:<12}{visible(text)}")


def _warn(text: str) -> None:
    click.echo(f"mxlatch: {visible(text)}", err=True)


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
