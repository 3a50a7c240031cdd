"""What follows a collected or a loaded log: judge each domain, tell it, and find the exit code."""

import click

from mxlatch.audit.log import Log
from mxlatch.audit.verdict import judge
from mxlatch.cli import tally, telling
from mxlatch.cli.exits import Exit
from mxlatch.cli.files import read_text
from mxlatch.cli.options import Judging, Telling


class Counting:
    """What counts, read before anything is asked: a wrong path is told now, not after ten minutes."""

    def __init__(self, judging: Judging) -> None:
        """Read the files that the options name."""
        self._judging = judging
        self._known, self._suppressions = tally.NOTHING_KNOWN, tuple[tally.Suppression, ...]()
        if judging.baseline:
            self._known = tally.baseline(read_text(judging.baseline, "baseline"), judging.baseline)
        if judging.suppress:
            self._suppressions = tally.suppressions(read_text(judging.suppress, "suppressions"), judging.suppress)

    def conclude(self, log: Log, form: Telling) -> Exit:
        """Judge, tell, and say how the run ends."""
        audits = [judge(log, domain) for domain in log.scope.domains]
        telling.tell(audits, form)
        counted = tally.tally(audits, self._judging.fail_on, self._known, self._suppressions)
        for note in counted.notes:
            click.echo(f"mxlatch: findings: {note}", err=True)
        if log.interrupted:
            return Exit.INTERRUPTED
        return counted.exit(allow_unknown=self._judging.allow_unknown)
