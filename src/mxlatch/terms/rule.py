"""A rule that a check holds a domain to, and the finding that says it is broken."""

from collections.abc import Iterable

from msgspec import Struct

from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity


class Rule(Struct, frozen=True):
    """One rule. Its id is stable for ever and names its page.

    severity: of the plain case, and the worst that `check` gives unless the page says more. remedy: one imperative
    sentence. references: from `terms.references`.
    """

    id: str
    severity: Severity
    title: str
    remedy: str
    references: tuple[str, ...]

    def finding(
        self, subject: str, message: str, evidence: Iterable[Evidence] = (), severity: Severity | None = None
    ) -> Finding:
        """The finding that `subject` breaks this rule; the same evidence is given once."""
        return Finding(
            id=self.id,
            severity=self.severity if severity is None else severity,
            subject=subject,
            message=message,
            evidence=tuple(dict.fromkeys(evidence)),
            remedy=self.remedy,
            references=self.references,
        )


def step_lower(severity: Severity) -> Severity:
    """The next lower severity, for what is likely rather than sure; INFO stays INFO."""
    order = list(Severity)
    return order[min(severity.rank + 1, len(order) - 1)]
