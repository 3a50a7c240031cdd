import json
from datetime import date

import pytest

from mxlatch.audit.result import Audit, DnsResult
from mxlatch.cli import tally
from mxlatch.cli.exits import Exit
from mxlatch.cli.tally import Suppression
from mxlatch.report.as_json import as_json
from mxlatch.terms.errors import InputError
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.verdict import Verdict

HIGH = Finding("LATCH001", Severity.HIGH, "192.0.2.25:25", "weaker")
LOW = Finding("NS004", Severity.LOW, "192.0.2.53", "stale")
INFO = Finding("MX009", Severity.INFO, "example.org", "odd")


def audit(*findings: Finding, complete: bool = True, domain: str = "example.org") -> Audit:
    return Audit(
        domain=domain, vantage="internet", time="2026-11-22T23:30:00Z", verdict=Verdict.OPEN, complete=complete,
        sentence="", baseline=(), baseline_from="", doors=(), paths=(), findings=findings, not_asked=(),
        not_judged=(), dns=DnsResult((), ()),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "fail_on", "complete", "allow_unknown", "code"),
    [
        ((), "low", True, False, Exit.OK),
        ((INFO,), "low", True, False, Exit.OK),
        ((INFO,), "info", True, False, Exit.FINDINGS),
        ((LOW,), "low", True, False, Exit.FINDINGS),
        ((LOW,), "high", True, False, Exit.OK),
        ((HIGH,), "high", True, False, Exit.FINDINGS),
        ((HIGH,), "critical", True, False, Exit.OK),
        ((HIGH,), "never", True, False, Exit.OK),
        ((HIGH,), "low", False, False, Exit.FINDINGS),
        ((), "low", False, False, Exit.INCOMPLETE),
        ((INFO,), "low", False, False, Exit.INCOMPLETE),
        ((), "low", False, True, Exit.OK),
        ((HIGH,), "never", False, False, Exit.INCOMPLETE),
    ],
)
def test_exit_code(findings, fail_on, complete, allow_unknown, code):
    counted = tally.tally([audit(*findings, complete=complete)], fail_on)
    assert counted.exit(allow_unknown=allow_unknown) is code


@pytest.mark.parametrize("earlier", [[audit(HIGH)], [audit(HIGH), audit(domain="example.net")]])
def test_what_the_baseline_knows_does_not_count(earlier):
    known = tally.baseline(as_json(earlier), "old.json")
    assert tally.tally([audit(HIGH)], "low", known).counted == ()
    assert tally.tally([audit(HIGH)], "low", known).notes == ("1 in the baseline: not counted",)
    assert tally.tally([audit(HIGH, LOW)], "low", known).counted == (("example.org", LOW),)
    assert tally.tally([audit(HIGH, domain="example.com")], "low", known).exit(allow_unknown=False) is Exit.FINDINGS


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "mxlatch.audit/1"}', json.dumps({"schema": 3})])
def test_what_is_no_baseline(text):
    with pytest.raises(InputError, match=r"old\.json: .*mxlatch audit --json"):
        tally.baseline(text, "old.json")


def suppress(until: str = "2026-12-31", subject: str = "*", rule: str = "LATCH001", domain: str = "") -> Suppression:
    return Suppression(rule, subject, "moves in January", date.fromisoformat(until), domain, 7)


@pytest.mark.parametrize(
    ("suppression", "counts"),
    [
        (suppress(), False),
        (suppress(subject="192.0.2.25:25"), False),
        (suppress(subject="192.0.2.26:25"), True),
        (suppress(rule="NS004"), True),
        (suppress(domain="example.org"), False),
        (suppress(domain="example.net"), True),
        (suppress(until="2026-11-22"), False),  # through that day
        (suppress(until="2026-11-21"), True),
    ],
)
def test_a_suppression(suppression, counts):
    assert bool(tally.tally([audit(HIGH)], "low", suppressions=[suppression]).counted) is counts


def test_an_ended_suppression_says_so():
    notes = tally.tally([audit(HIGH)], "low", suppressions=[suppress(until="2026-11-21")]).notes
    assert notes == ("line 7: the suppression of LATCH001 ended on 2026-11-21: it counts again",)


FILE = """
# Agreed with the mail team.
[[suppress]]
id = "LATCH001"
subject = "192.0.2.25:25"
reason = "moves in January, ticket 4711"
until = 2026-12-31

[[suppress]]
id = "NS004"
reason = "secondary of a friend"
until = 2026-12-01
domain = "example.org"
"""


def test_suppressions_file():
    assert tally.suppressions(FILE, "s.toml") == (
        Suppression("LATCH001", "192.0.2.25:25", "moves in January, ticket 4711", date(2026, 12, 31), "", 3),
        Suppression("NS004", "*", "secondary of a friend", date(2026, 12, 1), "example.org", 9),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = [", r"s\.toml: not TOML"),
        ("[suppres]\n", r"s\.toml: only \[\[suppress\]\]"),
        ('[[suppress]]\nid = "X"\nuntil = 2026-01-01\n', r"s\.toml:1: .*`reason`"),
        ('\n[[suppress]]\nid = "X"\nreason = " "\nuntil = 2026-01-01\n', r"s\.toml:2: reason is empty"),
        ('[[suppress]]\nid = "X"\nreason = "y"\n', r"s\.toml:1: .*`until`"),
        ('[[suppress]]\nid = "X"\nreason = "y"\nuntil = "soon"\n', r"s\.toml:1: "),
        ('[[suppress]]\nid = "X"\nreason = "y"\nuntil = 2026-01-01\nsubjct = "z"\n', r"s\.toml:1: .*subjct"),
        ("suppress = [3]\n", r"s\.toml:1: "),
    ],
)
def test_what_is_no_suppression(text, message):
    with pytest.raises(InputError, match=message):
        tally.suppressions(text, "s.toml")
