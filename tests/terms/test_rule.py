"""A rule and its findings."""

import pytest

from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.rule import Rule, step_lower

RULE = Rule("MX999", Severity.HIGH, "a title", "do this", ("RFC 1",))


def test_a_finding_carries_what_the_rule_says() -> None:
    told = RULE.finding("example.com", "it is broken")
    assert told == Finding("MX999", Severity.HIGH, "example.com", "it is broken", (), "do this", ("RFC 1",))


def test_evidence_is_given_once_and_in_order() -> None:
    first, second = Evidence("b"), Evidence("a")
    assert RULE.finding("x", "y", [first, second, first]).evidence == (first, second)


@pytest.mark.parametrize(
    ("severity", "lower"),
    [
        (Severity.CRITICAL, Severity.HIGH),
        (Severity.HIGH, Severity.MEDIUM),
        (Severity.LOW, Severity.INFO),
        (Severity.INFO, Severity.INFO),
    ],
)
def test_likely_is_one_step_lower(severity: Severity, lower: Severity) -> None:
    assert step_lower(severity) is lower
