"""`mxlatch replay BUNDLE`: judge what was seen, again. No network, and the recorded time is now."""

import click

from mxlatch.cli import options, telling
from mxlatch.cli.exits import Exit, WrongUsage
from mxlatch.cli.joined import join, load
from mxlatch.cli.judging import Counting
from mxlatch.cli.settings import Configured


@click.command("replay", cls=Configured)
@click.argument("saved", metavar="BUNDLE")
@options.joining
@options.assuming
@options.judging
@options.telling
def command(
    saved: str,
    joined: tuple[str, ...],
    assumed: tuple[str, ...],
    judging: options.Judging,
    telling: options.Telling,
) -> Exit:
    """Judge a bundle that `mxlatch audit --save BUNDLE` kept, without network.

    The same bundle gives the same report, whenever and wherever: its recorded time is now.
    """
    return run(saved, joined, Counting(judging, assumed), telling)


def run(saved: str, joined: tuple[str, ...], counting: Counting, form: options.Telling) -> Exit:
    """Load, judge, tell."""
    telling.check(form)
    log, more = load(saved), join(joined)
    for scan in more.scans:
        raise WrongUsage(f"--with {scan}: a scan names doors to knock at, and replay asks nobody: give it to the audit")
    log.others, log.proven = more.looks, more.proven
    return counting.conclude(log, form)
