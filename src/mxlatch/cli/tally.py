"""Which findings count for the exit code: those severe enough, not in an earlier audit, and not suppressed.

Nothing is hidden by this: every report shows every finding. A suppression has a reason and an end, and says so when
the end has come (USERS 1).
"""

import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from mxlatch.audit.result import Audit
from mxlatch.cli.exits import Exit
from mxlatch.cli.options import NEVER
from mxlatch.inventory.lines import line_of, scan
from mxlatch.report.as_json import SEVERAL
from mxlatch.terms.errors import InputError
from mxlatch.terms.finding import Finding, Severity

EVERY = "*"  # as a suppression's subject: whatever the rule finds
_FORM = "each [[suppress]] has id, reason and until = YYYY-MM-DD, and may have subject and domain"


class Suppression(Struct, frozen=True):
    """One rule at one subject (or "*") that does not count through the day `until` (UTC). domain: "" for any."""

    id: str
    subject: str
    reason: str
    until: date
    domain: str = ""
    line: int = 0

    def covers(self, domain: str, finding: Finding) -> bool:
        """True if it speaks of this finding."""
        return self.id == finding.id and self.subject in (EVERY, finding.subject) and self.domain in ("", domain)


class _Entry(Struct, forbid_unknown_fields=True):
    id: str
    reason: str
    until: date
    subject: str = EVERY
    domain: str = ""


class Known(Struct, frozen=True):
    """What an earlier audit found: (domain, rule id, subject)."""

    findings: frozenset[tuple[str, str, str]] = frozenset()

    def has(self, domain: str, finding: Finding) -> bool:
        """True if it was there already."""
        return (domain, finding.id, finding.subject) in self.findings


NOTHING_KNOWN = Known()


class _Found(Struct):
    id: str
    subject: str


class _Audit(Struct):
    domain: str
    findings: list[_Found]


class _Audits(Struct):
    audits: list[_Audit]


class _Any(Struct):
    schema: str


class Tally(Struct, frozen=True):
    """counted: (domain, finding) that count. notes: what to tell the user about those that do not."""

    counted: tuple[tuple[str, Finding], ...]
    notes: tuple[str, ...]
    complete: bool

    def exit(self, *, allow_unknown: bool) -> Exit:
        """The exit code of DESIGN 5."""
        if self.counted:
            return Exit.FINDINGS
        return Exit.OK if self.complete or allow_unknown else Exit.INCOMPLETE


def tally(
    audits: Sequence[Audit], fail_on: str, known: Known = NOTHING_KNOWN, suppressions: Sequence[Suppression] = ()
) -> Tally:
    """Sort the findings. Whether a suppression has ended is judged at the audit's own time: a replay says the same."""
    counted: list[tuple[str, Finding]] = []
    in_baseline = suppressed = 0
    ended: dict[Suppression, None] = {}
    for audit in audits:
        today = datetime.fromisoformat(audit.time).astimezone(UTC).date()
        for finding in audit.findings:
            if fail_on == NEVER or finding.severity.rank > Severity(fail_on).rank:
                continue
            covering = [s for s in suppressions if s.covers(audit.domain, finding)]
            if known.has(audit.domain, finding):
                in_baseline += 1
            elif any(today <= s.until for s in covering):
                suppressed += 1
            else:
                counted.append((audit.domain, finding))
                ended.update(dict.fromkeys(covering))
    notes = [f"{in_baseline} in the baseline: not counted"] if in_baseline else []
    notes += [f"{suppressed} suppressed: not counted"] if suppressed else []
    notes += [f"line {s.line}: the suppression of {s.id} ended on {s.until}: it counts again" for s in ended]
    return Tally(tuple(counted), tuple(notes), all(audit.complete for audit in audits))


def baseline(text: str, path: str) -> Known:
    """An earlier audit's JSON, of one domain or of several.

    Raises:
        InputError: it is something else.
    """
    try:
        if msgspec.json.decode(text, type=_Any).schema == SEVERAL:
            audits = msgspec.json.decode(text, type=_Audits).audits
        else:
            audits = [msgspec.json.decode(text, type=_Audit)]
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: {error}: give a file that `mxlatch audit --json -o FILE` wrote") from None
    return Known(frozenset((a.domain, f.id, f.subject) for a in audits for f in a.findings))


def suppressions(text: str, path: str) -> tuple[Suppression, ...]:
    """The [[suppress]] entries of a TOML file.

    Raises:
        InputError: names path and line of every entry that cannot be used, and the remedy.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    lines = scan(text)
    entries = tree.pop("suppress", [])
    if tree or not isinstance(entries, list):
        raise InputError(f"{path}: only [[suppress]] entries belong here: id, subject, reason, until")
    return _entries(entries, [line_of(("suppress", n), lines) for n in range(len(entries))], path)


def _entries(entries: list[Any], lines: list[int], path: str) -> tuple[Suppression, ...]:
    found: list[Suppression] = []
    faults: list[str] = []
    for entry, line in zip(entries, lines, strict=True):
        try:
            e = msgspec.convert(entry, _Entry)
            if not e.reason.strip():
                raise InputError("reason is empty: say why, whoever reads this next year will ask")
            found.append(Suppression(e.id, e.subject, e.reason, e.until, e.domain, line))
        except (msgspec.ValidationError, InputError) as error:
            faults.append(f"{path}:{line}: {error}: {_FORM}")
    if faults:
        raise InputError("\n".join(faults))
    return tuple(found)
