"""The client's side of the one session that hands a message over (RFC 5321 section 3.3, RFC 3207), without any I/O.

One message, one sender, one recipient: EHLO (HELO where that is refused), STARTTLS where it is offered, MAIL, RCPT,
DATA, the message, QUIT. The probe (`wire.smtp.probe`) cannot say DATA; this cannot try a second recipient.

Nothing is lost and nothing doubled: `sent` is said only after a 2yz to the final dot, and what was cut off once the
message had begun to go out is `unknown`: it may arrive, and must not be sent again (RFC 5321 section 6.1). Any 4yz
is `deferred`: not sent, and worth another try on another day.

Limits: no PIPELINING, BDAT, SIZE or 8BITMIME. A message that is not short and ASCII is refused before the connection.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from msgspec import Struct

from mxlatch.terms.smtp import Reply, Session, Turn
from mxlatch.wire.smtp.dialogue import QUIT, Command, Dialogue, Script, Send, keywords, plain_address, plain_name

LARGEST_MESSAGE = 65_536  # octets: a canary has some 1,500
LONGEST_TEXT_LINE = 998  # RFC 5322 section 2.1.1, without CRLF
LARGEST_SESSION = 65_536  # octets of replies in all
_LINE = re.compile(rb"[\t -~]*\r\n")  # ASCII without control characters, so that no bare CR or LF ends a line

State = Literal["sent", "deferred", "refused", "not-sent", "unknown"]
BANNER, MESSAGE = "banner", "message"  # stages beside the verbs; "message": the reply to the final dot


class Delivery(Struct, frozen=True):
    """What to hand over, where, and for whom.

    host: the name by which the address became known (SNI). domain: the mail domain that it is done for. kind: which of
    a door's messages this is. tls: how to meet STARTTLS: "modern", "old" (with what is refused today) or "clear".
    message: whole, with CRLF line ends and without dots doubled.
    """

    address: str
    port: int
    host: str
    domain: str
    sender: str
    recipient: str
    message: bytes
    kind: str = "plain"
    tls: Literal["modern", "old", "clear"] = "modern"


class Handed(Struct, frozen=True):
    """What came of it.

    state: "sent"; "deferred" (4yz) and "refused" (5yz) at `stage`; "not-sent": it broke before the message went out;
    "unknown": it broke after that. stage: "banner", a verb, or "message" for the final dot. reply: the door's
    words there, None if it gave none.
    """

    state: State
    stage: str
    reply: Reply | None
    reason: str
    session: Session


class _Stop(Exception):
    """The message is not to be sent."""


class Handover(Dialogue):
    """One session; `handed` at any time."""

    def __init__(self, delivery: Delivery, ehlo_name: str) -> None:
        """ehlo_name: our own name.

        Raises:
            ValueError: a name, an address or a message that must not be sent; says why.
        """
        self._delivery = delivery
        self._ehlo_name = plain_name(ehlo_name)
        self._mail = f"MAIL FROM:<{plain_address(delivery.sender)}>"
        self._rcpt = f"RCPT TO:<{plain_address(delivery.recipient)}>"
        self._content = stuffed(delivery.message)
        self._state: State | None = None
        super().__init__(LARGEST_SESSION)

    @property
    def handed(self) -> Handed:
        """What came of it so far; before the end, what it would be if the connection broke now."""
        state = self._state or ("unknown" if self.stage == MESSAGE else "not-sent")
        reason = self._ended if state in ("unknown", "not-sent") else ""
        session = Session(tuple(self._turns), self._tls, self._ended, self._spoke_early)
        return Handed(state, self.stage, self._last.reply, reason, session)

    @property
    def stage(self) -> str:
        """What is waited for: "banner", a verb or "message"; "QUIT" is told as the stage before it."""
        return self._last.command.partition(" ")[0] or BANNER

    @property
    def _last(self) -> Turn:
        """The last turn that matters: the reply to QUIT changes nothing."""
        return next(turn for turn in reversed(self._turns) if turn.command != QUIT)

    @property
    def _waiting_for(self) -> str:
        return "the reply to the message" if self._asked == MESSAGE else super()._waiting_for

    def _hear_ahead(self, reply: Reply) -> list[Command]:
        # Whoever answers what was not asked yet cannot be believed about what was.
        return self.abandon("the server answered before it was asked")

    def _part(self, reason: str) -> list[Command]:
        """Close without a word more: in the midst of a message every octet would be part of it."""
        return self._end(reason)

    # What is said, in order.

    def _whole_session(self) -> Script[None]:
        with suppress(_Stop):
            self._judge(self._write_down((yield None)), 220)
            offered = yield from self._greet()
            if "STARTTLS" in offered and self._delivery.tls != "clear":
                yield from self._secure()
            self._judge((yield from self._say(self._mail)), 250)
            self._judge((yield from self._say(self._rcpt)), 250, 251)
            self._judge((yield from self._say("DATA")), 354)
            yield from self._hand_over()
        if self._tls is None or self._tls.state != "failed":
            self._turns.append(Turn(QUIT, None, "", self._encrypted))
            yield Send(b"QUIT\r\n")  # its reply changes nothing: whatever comes next ends the session

    def _greet(self) -> Script[frozenset[str]]:
        reply = yield from self._say(f"EHLO {self._ehlo_name}")
        if 500 <= reply.code != 521:  # 521: takes no mail at all (RFC 7504)
            self._judge((yield from self._say(f"HELO {self._ehlo_name}")), 250)
            return frozenset()
        self._judge(reply, 250)
        return keywords(reply)

    def _secure(self) -> Script[None]:
        reply = yield from self._say("STARTTLS")
        if reply.code != 220:
            if reply.code == 421:
                self._judge(reply, 220)
            return  # as honest senders do: what it does not give now is done without
        tls = yield from self._shake_hands(self._delivery.host)
        if tls.state == "failed":
            self._finish("not-sent", f"the TLS handshake failed: {tls.reason}")
        yield from self._greet()

    def _hand_over(self) -> Script[None]:
        self._turns.append(Turn(MESSAGE, None, "", self._encrypted))
        reply = self._write_down((yield Send(self._content)))
        if reply.code in (250, 251, 252):
            self._finish("sent", "quit")
        if reply.code < 400:
            self._finish("unknown", f"out of step: {reply.code} to the message")
        self._judge(reply)

    def _say(self, line: str) -> Script[Reply]:
        self._turns.append(Turn(line, None, "", self._encrypted))
        return self._write_down((yield Send(f"{line}\r\n".encode("ascii"))))

    def _judge(self, reply: Reply, *agrees: int) -> None:
        """Go on if it agrees; else this is the end, and the message was not taken."""
        if reply.code in agrees:
            return
        if reply.code >= 500:
            self._finish("refused", "quit")
        if reply.code >= 400:
            self._finish("deferred", "quit")
        self._finish("not-sent", f"out of step: {reply.code} {self._where}")

    def _finish(self, state: State, ended: str) -> None:
        self._state, self._ended = state, ended
        raise _Stop


def stuffed(message: bytes) -> bytes:
    """A message as it goes over the wire: dots at line starts doubled, the final dot behind (RFC 5321 section 4.5.2).

    Raises:
        ValueError: not ASCII in lines of at most 998 octets that end in CRLF, or too large; a bare CR or LF is such a
            fault (it is how one message is smuggled into another).
    """
    if not message or len(message) > LARGEST_MESSAGE:
        raise ValueError(f"a message of {len(message)} octets: 1 to {LARGEST_MESSAGE}")
    lines: Sequence[bytes] = message.split(b"\r\n")
    if lines[-1]:
        raise ValueError("the message does not end with CRLF")
    for number, line in enumerate(lines[:-1], 1):
        if not _LINE.fullmatch(line + b"\r\n"):
            raise ValueError(f"line {number} of the message has a bare CR or LF, a control character, or is not ASCII")
        if len(line) > LONGEST_TEXT_LINE:
            raise ValueError(f"line {number} of the message is longer than {LONGEST_TEXT_LINE} octets")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"
