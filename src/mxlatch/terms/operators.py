"""Known operators of mail doors (filters and mailbox providers), and whose an exchange is by its name.

The patterns, endpoints, answer codes and lock-down steps are dated facts in `data/providers`; a name that matches none
is nobody's that we know, and an answer that no row describes is unknown. Plain matching only: names label by label,
answers by code, enhanced code (RFC 3463) and phrases.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from mxlatch.terms.smtp import Reply

FILTER, MAILBOX, BOTH = "filter", "mailbox", "both"
_ANY_LABEL = "*"
_ENHANCED_PARTS = 3  # class.subject.detail (RFC 3463 section 2)

RCPT, DATA = "rcpt", "data"  # `Code.stage`

# `Code.meaning`: what an answer says of an operator's endpoint, asked by a stranger (not by the filter in front of it).
SHUT = "closed"  # refuses everybody but those whom the customer listed
OPEN_PATH = "open-path"  # takes mail from strangers, as far as this stage
WRONG_ENDPOINT = "wrong-endpoint"  # the domain is not served here
NOT_DECISIVE = "not-decisive"  # says something else
PROBE_LISTED = "probe-listed"  # refuses our own address for its reputation
UNKNOWN_ANSWER = "unknown"  # known, and known to say nothing at this stage
RETRY = "retry"  # greylisting, throttling

Meaning = Literal["closed", "open-path", "wrong-endpoint", "not-decisive", "probe-listed", "unknown", "retry"]


class Selector(Struct, frozen=True, forbid_unknown_fields=True):
    """A DKIM selector that the operator's customers publish (RFC 6376 section 3.1).

    target: where its CNAME leads (see `read`); none where the key itself stands there.
    """

    name: str
    target: tuple[str, ...] = ()


class Detect(Struct, frozen=True, forbid_unknown_fields=True):
    """By what an operator is recognised in the DNS of its customers: names, lower case.

    In `mx` and `cname` a first label "*" stands for one or more labels, any other "*" for exactly one. `spf` are
    include targets, `txt` beginnings of a TXT record at the apex.
    """

    mx: tuple[str, ...] = ()
    spf: tuple[str, ...] = ()
    txt: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()
    dkim: tuple[Selector, ...] = ()


class Endpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an operator takes mail for a customer, whatever the customer's MX says.

    names: templates, best first. "{domain}" is the domain; "{dashed}" the domain with dots as dashes, where it has no
    dash of its own; "{guess}" the same where it has one; any other word is what `reads` tells. reads: patterns of names
    in the customer's DNS (MX, SPF, CNAME, DKIM) that tell such words. domains: templates of further recipient domains
    of the same mailboxes. breaks: where the templates fail.
    """

    names: tuple[str, ...]
    verified: str
    source: str
    reads: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """What one answer of an endpoint means.

    code: the reply code or its first digits. enhanced: RFC 3463, "" for any. words: phrases that all stand in the
    answer, lower case. stage: where it is given; the same answer may mean less at another stage. says: for people.
    """

    code: str
    stage: Literal["rcpt", "data"]
    meaning: Meaning
    says: str
    verified: str
    source: str
    enhanced: str = ""
    words: tuple[str, ...] = ()

    @property
    def precision(self) -> tuple[bool, int, int]:
        """How much of an answer the row describes; the most precise row counts."""
        return bool(self.enhanced), sum(map(len, self.words)), len(self.code)


class Lockdown(Struct, frozen=True, forbid_unknown_fields=True):
    """How the owner lets only the filter in: steps for people. admits: who still gets in afterwards."""

    steps: tuple[str, ...]
    admits: str
    verified: str
    source: str


class Provider(Struct, frozen=True, forbid_unknown_fields=True):
    """One operator.

    kind: "filter" (passes mail on to somebody's mailboxes), "mailbox", or "both". verified: the day (YYYY-MM-DD) on
    which the patterns were last checked, and `source` against what ("memory" is an honest answer).
    """

    id: str
    name: str
    kind: Literal["filter", "mailbox", "both"]
    detect: Detect
    verified: str
    source: str
    endpoint: Endpoint | None = None
    codes: tuple[Code, ...] = msgspec.field(default=(), name="code")
    lockdown: Lockdown | None = None

    @property
    def filters(self) -> bool:
        """True if mail to it passes a filter of its own."""
        return self.kind in (FILTER, BOTH)


def operator_of(exchange: str, providers: Iterable[Provider]) -> Provider | None:
    """The operator whose exchange this is, by the longest pattern that matches its name; None if none is known."""
    name = exchange.lower().removesuffix(".")
    matching = [(len(p), who.id, who) for who in providers for p in who.detect.mx if matches(name, p)]
    return max(matching, key=lambda match: match[:2])[2] if matching else None


def matches(name: str, pattern: str) -> bool:
    """True if the lower-case name fits the pattern (see `Detect`)."""
    first, _, rest = pattern.partition(".")
    wanted = (rest if first == _ANY_LABEL else pattern).split(".")
    labels = name.split(".")
    if first == _ANY_LABEL:
        if len(labels) <= len(wanted):
            return False
        labels = labels[-len(wanted) :]
    return len(labels) == len(wanted) and all(w in (_ANY_LABEL, have) for w, have in zip(wanted, labels, strict=True))


def read(name: str, pattern: str) -> dict[str, str] | None:
    """What a name tells by a pattern, None if it does not fit.

    Label by label; a label "*" is any label, and one like "selector1-{label}" tells the word "label".
    """
    labels, wanted = name.lower().removesuffix(".").split("."), pattern.split(".")
    if len(labels) != len(wanted):
        return None
    told: dict[str, str] = {}
    for label, want in zip(labels, wanted, strict=True):
        begins, brace, rest = want.partition("{")
        word, _, ends = rest.partition("}")
        if not brace:
            if want not in (_ANY_LABEL, label):
                return None
        elif label.startswith(begins) and label.endswith(ends) and len(label) > len(begins) + len(ends):
            told[word] = label[len(begins) : len(label) - len(ends)]
        else:
            return None
    return told


def fill(template: str, words: Mapping[str, str]) -> str:
    """The template with its words put in, "" where one of them is not known."""
    for word, value in words.items():
        template = template.replace(f"{{{word}}}", value)
    return "" if "{" in template else template


def meaning_of(provider: Provider, reply: Reply, stage: str) -> Code | None:
    """The most precise row that describes an answer at this stage; None if none does, or two that disagree."""
    enhanced, text = _spelt(reply)
    fitting = [row for row in provider.codes if row.stage == stage and _describes(row, reply.code, enhanced, text)]
    best = max((row.precision for row in fitting), default=None)
    rows = [row for row in fitting if row.precision == best]
    return rows[0] if len({row.meaning for row in rows}) == 1 else None


def _describes(row: Code, code: int, enhanced: str, text: str) -> bool:
    told = str(code).startswith(row.code) and row.enhanced in ("", enhanced)
    return told and all(phrase in text for phrase in row.words)


def _spelt(reply: Reply) -> tuple[str, str]:
    """The enhanced code, "" for none, and the text without it in lower case, as one line: operators break phrases up
    over lines and begin each with the code."""
    first = [line.partition(" ")[0] for line in reply.lines]
    enhanced = first[0] if first and _is_enhanced(first[0]) else ""
    lines = [line[len(word) :] if _is_enhanced(word) else line for word, line in zip(first, reply.lines, strict=True)]
    return enhanced, " ".join(" ".join(lines).lower().split())


def _is_enhanced(word: str) -> bool:
    parts = word.split(".")
    return len(parts) == _ENHANCED_PARTS and all(part.isascii() and part.isdigit() for part in parts)
