"""`mxlatch audit DOMAIN…`: every way to the mailboxes, and those that go round their protection."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from mxlatch.audit import bundle
from mxlatch.audit.log import Log
from mxlatch.cli import collecting, givens, namesfrom, options, scanned, targets, telling
from mxlatch.cli.exits import CannotWrite, Exit
from mxlatch.cli.files import check_writable
from mxlatch.cli.joined import join
from mxlatch.cli.judging import Counting
from mxlatch.cli.progress import Progress
from mxlatch.cli.settings import Configured
from mxlatch.net.gate import Gate
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope


@click.command("audit", cls=Configured)
@click.argument("domains", nargs=-1, required=True, metavar="DOMAIN...")
@options.looking
@options.searching
@options.joining
@click.option("--save", metavar="BUNDLE", help="Keep everything that was seen, for `mxlatch replay`.")
@options.assuming
@options.judging
@options.telling
def command(
    domains: tuple[str, ...],
    looking: options.Looking,
    searching: options.Searching,
    joined: tuple[str, ...],
    save: str | None,
    assumed: tuple[str, ...],
    judging: options.Judging,
    telling: options.Telling,
) -> Exit:
    """Find every way by which mail reaches DOMAIN, and the ways that go round its protection.

    Unasked, this makes DNS queries and holds one polite SMTP session with each published exchanger. Recipients are
    tried only at the doors of your own inventory, and with the owner's leave (--authorised, or a TXT record: see
    `mxlatch config key`). Of domains that the inventory names, and with --search of any, doors that no record names are
    looked for too: guessed names, other records, the hosts in a file (--names-from), what a scan found (--with). Only
    what the inventory lists is knocked at.

    DOMAIN may also be @FILE or - (standard input): a list, one domain a line.
    """
    counting = Counting(judging, assumed)
    return run(domains, looking, searching, joined, save, counting, telling)


def run(
    domains: tuple[str, ...],
    looking: options.Looking,
    searching: options.Searching,
    joined: tuple[str, ...],
    save: str | None,
    counting: Counting,
    form: options.Telling,
) -> Exit:
    """Look, keep what was seen, judge and tell. Whatever the user got wrong is told before anything is asked."""
    telling.check(form)
    if save:
        check_writable(save, "bundle")
    scope = namesfrom.searched(givens.scope(targets.domains(domains), looking), searching)
    more = join(joined)
    log = look(scanned.joined(scope, more.scans), looking)
    log.others, log.proven = more.looks, more.proven
    try:
        if save:
            keep(log, save)
    finally:  # a disk that is full shall not cost the report too
        code = counting.conclude(log, form)
    return code


def look(
    scope: Scope,
    looking: options.Looking,
    through: Gate | None = None,
    enquiries: Iterable[Enquiry[Any]] | None = None,
) -> Log:
    """Ask everything, until there is nothing left to ask or the user has enough.

    through: a gate of the caller's. enquiries: what to ask instead of an audit.
    """
    log, memory = Log(scope), givens.memory(looking)
    progress = Progress(sys.stderr, terminal=sys.stderr.isatty(), width=shutil.get_terminal_size().columns)
    collecting.run(log, givens.net(scope, looking, memory, through=through), progress, enquiries)
    if log.interrupted:
        click.echo("mxlatch: interrupted: this is what was seen until then", err=True)
    if memory is not None and memory.trouble:
        click.echo(f"mxlatch: {memory.trouble}", err=True)
    return log


def keep(log: Log, save: str) -> None:
    """Write the bundle."""
    try:
        bundle.save(log, Path(save))
    except OSError as error:
        raise CannotWrite(f"bundle {save}: {error.strerror}") from None
