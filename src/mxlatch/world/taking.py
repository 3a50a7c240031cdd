"""Does a door take the domain's mail? What it said to the valid recipient (RFC 5321 section 3.6.2).

Limits: a refusal may be meant for us and not for the recipient. Only one that speaks of relaying says that the domain
is none of the door's own, and only one that asks for a login says that no stranger's mail is taken; the wordings are
those of the servers' defaults. What was said of one domain's recipient is no word on another's.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from mxlatch.terms.smtp import Reply, Session, Turn

_VALID = "valid"  # `Turn.label` of the recipient that the owner named
_TAKEN, _LATER, _REFUSED = 2, 4, 5  # first digits of replies (RFC 5321 section 4.2.1)

# Postfix "Relay access denied" (454 by default since 2.10), Exim "relay not permitted", sendmail and Courier "Relaying
# denied", Exchange "Unable to relay", qmail "isn't in my list of allowed rcpthosts". In lower case.
_RELAYING = re.compile(
    r"\brelay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed)|prohibited)"
    r"|\bunable to relay\b|\brcpthosts\b"
)
_OF_US = re.compile(r"\b(?:blocked|listed|blacklist|blocklist|reputation|spam)")  # judges the client

_WANTS_LOGIN = 530  # "Authentication required" (RFC 4954 section 6); also "Must issue a STARTTLS command first"
_LOGIN_WORD = re.compile(r"\bauth", re.I)


class Taking(StrEnum):
    """What a door does with the valid recipient."""

    TAKES = "takes"
    FOREIGN = "foreign"  # the domain is none of its own, and it does not relay
    LOGIN = "login"  # takes mail only from who logs in: a submission server (RFC 6409 section 4.3)
    REFUSES = "refuses"  # everybody or only us: who can tell
    UNCLEAR = "unclear"  # greylists, hangs up, or does not answer
    NOT_ASKED = "not-asked"

    __hash__ = str.__hash__  # as of `terms.latch.Latch`


# A member of an enumeration costs ten times a name.
_TAKES, _FOREIGN, _LOGIN, _REFUSES, _UNCLEAR, _NOT_ASKED = Taking


def taking(session: Session | None) -> Taking:
    """What was seen of it in one session."""
    return heard(session)[0] if session is not None else _NOT_ASKED


def heard(session: Session) -> tuple[Taking, bool]:
    """What was seen of it in one session, and whether any recipient at all was asked to come back later."""
    asked = replied = taken = wants_login = later = False
    all_foreign = all_refused = True
    for turn in session.turns:
        reply, label = turn.reply, turn.label
        if reply is None:
            asked = asked or label == _VALID
            continue
        code = reply.code
        if code == _WANTS_LOGIN and _LOGIN_WORD.search(reply.text) is not None:
            wants_login = True
        if not label:
            continue
        kind = code // 100
        if kind == _LATER:
            later = True
        if label != _VALID:
            continue
        replied = True
        if kind == _TAKEN:
            taken = True
            continue
        if kind != _REFUSED:
            all_refused = False
        if all_foreign and not says_foreign(reply):
            all_foreign = False
    if taken:
        return _TAKES, later
    if wants_login:
        return _LOGIN, later
    if not replied:
        return _UNCLEAR if asked else _NOT_ASKED, later
    if all_foreign:
        return _FOREIGN, later
    return _REFUSES if all_refused else _UNCLEAR, later


def valid_turns(session: Session | None) -> Sequence[Turn]:
    """The tries of the recipient that the owner named."""
    return [turn for turn in session.turns if turn.label == _VALID] if session is not None else []


def asked_of(session: Session | None) -> frozenset[str]:
    """The domains of the recipients that were tried and are said to be valid."""
    return frozenset([turn.command.rpartition("@")[2].partition(">")[0].lower() for turn in valid_turns(session)])


def takes_somebody(session: Session | None) -> bool:
    """True if a valid recipient was taken, or put off: the positive control for those who say that it is foreign."""
    for turn in valid_turns(session):
        reply = turn.reply
        if reply is not None and reply.code // 100 in (_TAKEN, _LATER) and not says_foreign(reply):
            return True
    return False


def says_foreign(reply: Reply) -> bool:
    """True if a reply to RCPT says that the server does not relay to that domain."""
    text = " ".join(reply.lines).lower()
    # Most replies have neither word, and to look for a word is far quicker than to match.
    if "relay" not in text and "rcpthosts" not in text:
        return False
    about_us = _RELAYING.search(text) is None or _OF_US.search(text) is not None
    return reply.code // 100 in (_LATER, _REFUSED) and not about_us
