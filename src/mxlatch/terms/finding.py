"""What a check has to say."""

from enum import StrEnum

from msgspec import Struct

from mxlatch.terms.evidence import Evidence


class Severity(StrEnum):
    """How much it matters, worst first; the order of the members is the order of the reports."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Finding(Struct, frozen=True):
    """One rule broken by one subject. `id` is stable for ever and has a page in docs/reference/rules."""

    id: str
    severity: Severity
    subject: str
    message: str
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""
    references: tuple[str, ...] = ()


class NotAsked(Struct, frozen=True):
    """Something that the leave given did not allow to ask. It qualifies the sentence and is no failure."""

    subject: str
    what: str
    reason: str


class NotJudged(Struct, frozen=True):
    """Something that was asked and gave no clear answer. It makes the audit incomplete."""

    subject: str
    what: str
    reason: str
