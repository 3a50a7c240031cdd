"""How sure we are that something is open, and what we call the whole."""

from enum import IntEnum, StrEnum


class Certainty(IntEnum):
    """How surely a path leads to the mailbox past a latch. A path is the least of its steps."""

    CLOSED = 0
    UNKNOWN = 1
    LIKELY = 2
    PROVEN = 3

    @property
    def word(self) -> str:
        """The word in reports."""
        return self.name.lower()


class Verdict(StrEnum):
    """Of a domain."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    NO_MAIL = "no-mail"


WORST_FIRST = (Verdict.OPEN, Verdict.UNKNOWN, Verdict.CLOSED, Verdict.NO_MAIL)
