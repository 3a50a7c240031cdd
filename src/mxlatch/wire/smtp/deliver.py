"""The client's side of the one session that hands a message over (RFC 5321 section 3.3, RFC 3207), without any I/O.

One message, one sender, one recipient: EHLO (HELO where that is refused), STARTTLS where it is offered, MAIL, RCPT,
DATA, the message, QUIT. The probe (`wire.smtp.probe`) cannot say DATA; this cannot try a second recipient.

Nothing is lost and nothing doubled: `sent` is said only after a 2yz to the final dot, and what was cut off once the
message had begun to go out is `unknown`: it may arrive, and must not be sent again (RFC 5321 section 6.1). Any 4yz
is `deferred`: not sent, and worth another try on another day.

Limits: no PIPELINING, BDAT, SIZE or 8BITMIME. A message that is not short and ASCII is refused before the connection.
"""

import re
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import Struct, structs

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.smtp import Reply, Session, Tls, Turn
from mxlatch.wire.smtp.probe import Close, Command, Send, StartTls
from mxlatch.wire.smtp.reply import ReplyParser

LARGEST_MESSAGE = 65_536  # octets: a canary has some 1,500
LONGEST_TEXT_LINE = 998  # RFC 5322 section 2.1.1, without CRLF
LARGEST_SESSION = 65_536  # octets of replies in all
_LONGEST_ARGUMENT = 498  # RFC 5321 section 4.5.3.1.4
_PLAIN = re.compile(r"[!-~]+")
_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
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


_Script = Generator[Send | StartTls | None, Reply | Tls, None]
_Answer = Generator[Send | StartTls | None, Reply | Tls, Reply]


class _Stop(Exception):
    """The message is not to be sent."""


class Handover:
    """One session: events in (`receive`, `tls_done`, `timed_out`, `closed`), commands out, `handed` at the end.

    It waits for the banner from the start. After a `Close` it is `over` and answers every event with nothing.
    """

    def __init__(self, delivery: Delivery, ehlo_name: str) -> None:
        """ehlo_name: our own name.

        Raises:
            ValueError: a name, an address or a message that must not be sent; says why.
        """
        self.over = False
        self._delivery = delivery
        self._ehlo_name = _plain(ehlo_name)
        self._mail = f"MAIL FROM:<{_address(delivery.sender)}>"
        self._rcpt = f"RCPT TO:<{_address(delivery.recipient)}>"
        self._content = stuffed(delivery.message)
        self._parser = ReplyParser()
        self._octets = 0
        self._turns = [Turn("", None)]
        self._stage = BANNER
        self._tls: Tls | None = None
        self._in_handshake = self._encrypted = self._spoke_early = False
        self._state: State | None = None
        self._reply: Reply | None = None
        self._reason = ""
        self._script = self._whole_session()
        next(self._script)

    @property
    def handed(self) -> Handed:
        """What came of it so far; before the end, what it would be if the connection broke now."""
        state = self._state or ("unknown" if self._stage == MESSAGE else "not-sent")
        session = Session(tuple(self._turns), self._tls, self._reason or "quit", self._spoke_early)
        return Handed(state, self._stage, self._reply, self._reason, session)

    @property
    def stage(self) -> str:
        """What is waited for: "banner", a verb or "message"; "QUIT" is told as the stage before it."""
        return self._stage

    # Events in.

    def receive(self, data: bytes) -> list[Command]:
        """Take octets from the server, deciphered if TLS is up."""
        if self.over:
            return []
        self._octets += len(data)
        if self._octets > LARGEST_SESSION:
            return self._break_off(f"more than {LARGEST_SESSION} octets of replies")
        if self._in_handshake:
            self._spoke_early = True
            return []
        try:
            replies = self._parser.feed(data)
        except ProtocolError as broken:
            return self._break_off(f"broken reply: {broken}")
        if not replies:
            return []
        if (len(replies) > 1 or self._parser.pending) and self._state is None:
            # Whoever answers what was not asked yet cannot be believed about what was.
            self._spoke_early = True
            return self._break_off("the server answered before it was asked")
        return self._go_on(replies[0])

    def tls_done(self, tls: Tls) -> list[Command]:
        """Take the outcome of the handshake."""
        return [] if self.over else self._go_on(tls)

    def timed_out(self) -> list[Command]:
        """The server took longer over this step than we wait."""
        return self._break_off("timeout")

    def closed(self, how: str = "closed") -> list[Command]:
        """The connection is gone; how: in one word for people."""
        return self._break_off(how)

    def abandon(self, reason: str) -> list[Command]:
        """We have had enough."""
        return self._break_off(reason)

    def _go_on(self, event: Reply | Tls) -> list[Command]:
        try:
            command = self._script.send(event)
        except StopIteration:
            self.over = True
            return [Close()]
        return [command] if command is not None else []

    def _break_off(self, reason: str) -> list[Command]:
        """Close without a word more: in the midst of a message every octet would be part of it."""
        if self.over:
            return []
        self.over = True
        if self._state is None:
            self._state = "unknown" if self._stage == MESSAGE else "not-sent"
            self._reason = f"{reason} while waiting for {_waited_for(self._stage)}"
        return [Close()]

    # What is said, in order.

    def _whole_session(self) -> _Script:
        with suppress(_Stop):
            self._judge(self._take((yield None)), 220)
            offered = yield from self._greet()
            if "STARTTLS" in offered and self._delivery.tls != "clear":
                yield from self._secure()
            self._judge((yield from self._say(self._mail)), 250)
            self._judge((yield from self._say(self._rcpt)), 250, 251)
            self._judge((yield from self._say("DATA")), 354)
            yield from self._hand_over()
        if not (self._tls is not None and self._tls.state == "failed" and self._stage == "STARTTLS"):
            self._turns.append(Turn("QUIT", None, "", self._encrypted))
            yield Send(b"QUIT\r\n")  # its reply changes nothing: whatever comes next ends the session

    def _greet(self) -> Generator[Send | StartTls | None, Reply | Tls, frozenset[str]]:
        reply = yield from self._say(f"EHLO {self._ehlo_name}")
        if 500 <= reply.code != 521:  # 521: takes no mail at all (RFC 7504)
            self._judge((yield from self._say(f"HELO {self._ehlo_name}")), 250)
            return frozenset()
        self._judge(reply, 250)
        return frozenset(line.split(" ")[0].upper() for line in reply.lines[1:])

    def _secure(self) -> _Script:
        reply = yield from self._say("STARTTLS")
        if reply.code != 220:
            if reply.code == 421:
                self._judge(reply, 220)
            return  # as honest senders do: what it does not give now is done without
        self._in_handshake = True
        tls = yield StartTls(self._delivery.host)
        assert isinstance(tls, Tls)
        self._in_handshake = False
        self._tls = tls
        if tls.state == "failed":
            self._finish("not-sent", f"the TLS handshake failed: {tls.reason}")
        self._encrypted = True
        yield from self._greet()

    def _hand_over(self) -> _Script:
        self._stage, self._reply = MESSAGE, None
        self._turns.append(Turn(MESSAGE, None, "", self._encrypted))
        reply = self._take((yield Send(self._content)))
        if reply.code in (250, 251, 252):
            self._finish("sent", "")
        if reply.code < 400:
            self._finish("unknown", f"out of step: {reply.code} to the message")
        self._judge(reply)

    def _say(self, line: str) -> _Answer:
        self._stage, self._reply = line.partition(" ")[0], None
        self._turns.append(Turn(line, None, "", self._encrypted))
        return self._take((yield Send(f"{line}\r\n".encode("ascii"))))

    def _take(self, reply: Reply | Tls) -> Reply:
        assert isinstance(reply, Reply)
        self._turns[-1] = structs.replace(self._turns[-1], reply=reply)
        self._reply = reply
        return reply

    def _judge(self, reply: Reply, *agrees: int) -> None:
        """Go on if it agrees; else this is the end, and the message was not taken."""
        if reply.code in agrees:
            return
        if reply.code >= 500:
            self._finish("refused", "")
        if reply.code >= 400:
            self._finish("deferred", "")
        self._finish("not-sent", f"out of step: {reply.code} in reply to {_waited_for(self._stage)}")

    def _finish(self, state: State, reason: str) -> None:
        self._state, self._reason = state, reason
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


def _waited_for(stage: str) -> str:
    if stage == BANNER:
        return "the banner"
    return "the reply to the message" if stage == MESSAGE else f"the reply to {stage}"


def _plain(name: str) -> str:
    if not _PLAIN.fullmatch(name) or len(name) > _LONGEST_ARGUMENT:
        raise ValueError(f"{name[:80]!r} cannot stand in an EHLO command")
    return name


def _address(address: str) -> str:
    if not _ADDRESS.fullmatch(address) or len(address) > _LONGEST_ARGUMENT:
        raise ValueError(f"{address[:80]!r} cannot stand in a MAIL or RCPT command")
    return address
