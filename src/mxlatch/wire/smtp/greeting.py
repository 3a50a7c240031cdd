"""Tells from a session whether it was SMTP that answered: on odd ports other servers greet too (FTP also with 220)."""

from mxlatch.terms.scan import Speaks
from mxlatch.terms.smtp import Session

_FAREWELL = frozenset({421, 521, 554, 556})  # greetings of servers that take nothing (RFC 5321 3.1, RFC 7504)


def speaks(session: Session) -> Speaks:
    """What answered: "smtp" if it took our EHLO or HELO, says its name or refuses as only SMTP does."""
    banner = session.banner
    if banner is None:
        return "nothing" if not session.ended or _of_silence(session.ended) else "other"
    if any(_took_greeting(turn.command, turn.reply.code) for turn in session.turns if turn.reply is not None):
        return "smtp"
    text = banner.text.upper()
    if "SMTP" in text or "LMTP" in text:
        return "smtp"
    return "smtp" if banner.code in _FAREWELL and "FTP" not in text else "other"


def _took_greeting(command: str, code: int) -> bool:
    return command.partition(" ")[0].upper() in ("EHLO", "HELO") and code == 250


def _of_silence(ended: str) -> bool:
    """True if not one octet came: a broken greeting is told with other words."""
    return "broken reply" not in ended and "octets" not in ended
