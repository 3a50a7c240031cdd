"""How a sender goes about it: which ways in it knows, in which order it tries them, and after what it goes on."""

from typing import Literal

from msgspec import Struct

Order = Literal["ascending", "descending", "random"]

# What a try can come to, and the sender may go on after.
NO_ANSWER, TEMPFAIL, REJECT, ACCEPT = "no-answer", "tempfail", "reject", "accept"
After = Literal["no-answer", "tempfail", "reject", "accept"]


class Behaviour(Struct, frozen=True, forbid_unknown_fields=True):
    """One sender.

    does: what it does, in words that follow "A stranger"; "{name}" stands for the mail domain. ways: the kinds of ways
    in that it knows (`terms.door`). order: of preferences; among equal ones it is chance (RFC 5321 section 5.1). tries:
    addresses in one attempt, 0 for all. sessions: of them with servers that answer, 0 for all. goes_on: after which
    outcomes it tries the next. distinct: it tries no address twice. conforming: a mail server of honest people, whose
    mail must not be lost. source: who says so.
    """

    id: str
    does: str
    ways: tuple[str, ...]
    order: Order
    goes_on: tuple[After, ...] = ()
    tries: int = 0
    sessions: int = 0
    distinct: bool = False
    conforming: bool = False
    source: str = ""
