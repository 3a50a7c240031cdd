"""What was seen: the answer to one question, with who gave it, when, and from where we looked."""

import builtins

from msgspec import Struct

from mxlatch.terms import dns, smtp
from mxlatch.terms.outcome import Absent, Found, Outcome, Unknown
from mxlatch.terms.question import Question

# Of an SMTP question. Of a DNS question: see `terms.dns`. Of an HTTP question: "body", "not-found", "moved", or below.
SESSION = "session"  # something spoke, or at least the connection stood
RESET = "reset"  # RST, or ICMP "prohibited"/"port unreachable", to the connection attempt
SILENT = "silent"  # nothing came back within the time allowed
UNREACHABLE = "unreachable"  # this machine has no way there (no route, no IPv6): says nothing of the door

BODY = "body"
NOT_FOUND = "not-found"
MOVED = "moved"  # a redirect, and the question forbade to follow one: what was asked for is not there

# Of any question.
NOT_ALLOWED = "not-allowed"  # the gate refused; the reason says which rule
FAILED = "failed"  # asked, and something broke; the reason says what
NOT_YET = "not-yet"  # the run was interrupted before this was asked

_FOUND = frozenset({dns.ANSWER, dns.REFERRAL, SESSION, BODY})
_ABSENT = frozenset({dns.NODATA, dns.NXDOMAIN, RESET, NOT_FOUND, MOVED})


class Observation(Struct, frozen=True, gc=False):
    """One answer, as it came.

    time: seconds since 1970 UTC at which the answer was whole. source: who said it and by what transport
    ("192.0.2.53:53/udp"). bytes: the reply, verbatim (a DNS message, an HTTP body); an SMTP session keeps its
    lines in `value`. reason: why, in a word for people, wherever the status is neither found nor absent.
    """

    question: Question
    status: str
    value: dns.Reply | smtp.Session | None
    time: float
    vantage: str
    source: str = ""
    reason: str = ""
    # The annotation of an assignment is read after it: plain `bytes` would already be b"".
    bytes: builtins.bytes = b""

    @property
    def outcome(self) -> Outcome[dns.Reply | smtp.Session | builtins.bytes]:
        """The three-valued reading of `status`."""
        if self.status in _FOUND:
            return Found(self.bytes if self.value is None else self.value)
        if self.status in _ABSENT:
            return Absent(self.status)
        return Unknown(self.reason or self.status)
