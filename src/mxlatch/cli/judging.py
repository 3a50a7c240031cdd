"""What follows a collected or a loaded log: judge each domain, tell it, and find the exit code."""

from collections.abc import Sequence

import click

from mxlatch.audit.log import Log
from mxlatch.audit.result import Audit
from mxlatch.audit.verdict import judge
from mxlatch.cli import tally, telling
from mxlatch.cli.exits import Exit, WrongUsage
from mxlatch.cli.files import read_text
from mxlatch.cli.options import Judging, Telling
from mxlatch.paths.assume import Assumption, parse
from mxlatch.terms.errors import InputError


class Counting:
    """What counts, read before anything is asked: a wrong path is told now, not after ten minutes."""

    def __init__(self, judging: Judging, assumed: Sequence[str] = ()) -> None:
        """Read the files that the options name, and what shall be assumed."""
        self._judging = judging
        self._assumptions = tuple(map(_assumption, assumed))
        self._known, self._suppressions = tally.NOTHING_KNOWN, tuple[tally.Suppression, ...]()
        if judging.baseline:
            self._known = tally.baseline(read_text(judging.baseline, "baseline"), judging.baseline)
        if judging.suppress:
            self._suppressions = tally.suppressions(read_text(judging.suppress, "suppressions"), judging.suppress)

    def conclude(self, log: Log, form: Telling) -> Exit:
        """Judge, tell, and say how the run ends."""
        audits = [judge(log, domain, self._assumptions) for domain in log.scope.domains]
        if not log.interrupted:  # servers may be missing then that the user knows of
            _fit_somewhere(self._assumptions, audits)
        telling.tell(audits, form)
        counted = tally.tally(audits, self._judging.fail_on, self._known, self._suppressions)
        for note in counted.notes:
            click.echo(f"mxlatch: findings: {note}", err=True)
        if log.interrupted:
            return Exit.INTERRUPTED
        return counted.exit(allow_unknown=self._judging.allow_unknown)


def _assumption(text: str) -> Assumption:
    try:
        return parse(text)
    except InputError as error:
        raise WrongUsage(f"--assume: {error}") from None


def _fit_somewhere(assumptions: Sequence[Assumption], audits: Sequence[Audit]) -> None:
    """An assumption that fits no domain is a slip of the pen; a report without it would pass for one with it.

    Raises:
        WrongUsage: there is such a one.
    """
    for each in assumptions:
        if audits and not any(str(each) in audit.assumed for audit in audits):
            why = next(said for audit in audits for said in audit.not_assumed if said.startswith(str(each)))
            raise WrongUsage(f"--assume {why}")
