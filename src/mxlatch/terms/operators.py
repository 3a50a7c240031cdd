"""Known operators of mail doors (filters and mailbox providers), and whose an exchange is by its name.

The patterns are dated facts in `data/providers`; a name that matches none is nobody's that we know.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

FILTER, MAILBOX, BOTH = "filter", "mailbox", "both"
_ANY_LABEL = "*"


class Detect(Struct, frozen=True, forbid_unknown_fields=True):
    """By what an operator is recognised in the DNS of its customers: names, lower case.

    In `mx` and `cname` a first label "*" stands for one or more labels, any other "*" for exactly one. `spf` are
    include targets, `txt` beginnings of a TXT record at the apex.
    """

    mx: tuple[str, ...] = ()
    spf: tuple[str, ...] = ()
    txt: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()


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
