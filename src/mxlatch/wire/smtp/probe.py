"""The probe's side of one polite SMTP session (RFC 5321, RFC 3207), without any I/O.

It can say EHLO, HELO, STARTTLS, MAIL, RCPT, RSET and QUIT. There is no way to make it say DATA or anything else:
the verbs are a closed set, and an argument with a control character is refused before the connection is made.

One connection learns everything: banner, EHLO (HELO where EHLO is refused), STARTTLS and the handshake, EHLO again,
the recipients asked for, grouped by sender in the order given, RSET, QUIT. 421 ends it at once; the first 554 ends it
with RSET and QUIT; any other refusal is noted and passed over. Probes that were not reached have no turn.

Limits: octets that come ahead of our command are told as early only if they came in the same read as the reply
before; later ones cannot be told from an answer.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import groupby

from msgspec import Struct, structs

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.terms.smtp import Reply, Session, Tls, Turn
from mxlatch.wire.smtp.reply import ReplyParser

MOST_RECIPIENTS = 3  # in one transaction (FACTS 5.3.3): more look like a directory harvest; the rest get a new MAIL
LARGEST_SESSION = 131_072  # octets of replies in all: a long session has 4,000; a flood is cut off early
_LONGEST_ARGUMENT = 498  # RFC 5321 section 4.5.3.1.4: 512 octets a line, less "MAIL FROM:<>" and CRLF
_PLAIN = re.compile(r"[!-~]+")  # visible ASCII: no space, no control character
_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # the same, without the angle brackets that would end a path

THROWN_AWAY = "plain text sent after STARTTLS and before the handshake was thrown away"


class Verb(StrEnum):
    """All that this client can say."""

    EHLO = "EHLO"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    MAIL = "MAIL"
    RCPT = "RCPT"
    RSET = "RSET"
    QUIT = "QUIT"


# The codes by which a server may agree; any 4yz or 5yz refuses; another is out of step.
_AGREES: dict[str, frozenset[int]] = {
    "": frozenset({220}),
    Verb.EHLO: frozenset({250}),
    Verb.HELO: frozenset({250}),
    Verb.STARTTLS: frozenset({220}),
    Verb.MAIL: frozenset({250}),
    Verb.RCPT: frozenset({250, 251, 252}),
    Verb.RSET: frozenset({250}),
    Verb.QUIT: frozenset({221}),
}


class Send(Struct, frozen=True):
    """Send these octets."""

    data: bytes


class StartTls(Struct, frozen=True):
    """Begin a TLS handshake that asks for this host (SNI), then call `Probe.tls_done`."""

    host: str


class Close(Struct, frozen=True):
    """Close the connection: the session is over."""


Command = Send | StartTls | Close
_Script = Generator[Send | StartTls | None, Reply | Tls, None]
_Answer = Generator[Send | StartTls | None, Reply | Tls, Reply]


class _Stop(Exception):
    """The rest of the script is not to be said; the text is how the session will be told to have ended."""


class _Gone(_Stop):
    """The same, and the server takes no further word of ours."""


class Probe:
    """One session: events in (`receive`, `tls_done`, `timed_out`, `closed`), commands out, `session` at any time.

    It waits for the banner from the start. After a `Close` it is `over` and answers every event with nothing.
    """

    def __init__(self, question: SmtpQuestion, ehlo_name: str, *, leave_out: frozenset[Verb] = frozenset()) -> None:
        """ehlo_name: our own name. leave_out: {STARTTLS} for a session in clear.

        Raises:
            ValueError: a name or an address that cannot stand in a command.
        """
        self.over = False
        self._host = question.host
        self._ehlo_name = _plain(ehlo_name)
        self._transactions = list(_transactions(question.probes))
        self._leave_out = leave_out
        self._parser = ReplyParser()
        self._octets = 0
        self._turns = [Turn("", None)]  # the last one may still wait for its reply
        self._in_handshake = self._encrypted = self._in_transaction = False
        self._spoke_early = self._injected = False
        self._tls: Tls | None = None
        self._ended = ""
        self._script = self._whole_session()
        next(self._script)

    @property
    def session(self) -> Session:
        """What was said so far. A turn that was never answered has no reply."""
        return Session(tuple(self._turns), self._tls, self._ended, self._spoke_early)

    @property
    def awaits_banner(self) -> bool:
        """True until the server has greeted us, for which it may take longer than for a reply."""
        return self._turns[0].reply is None

    @property
    def _waiting_for(self) -> str:
        if self._in_handshake:
            return "the TLS handshake"
        command = self._turns[-1].command
        return f"the reply to {_verb(command)}" if command else "the banner"

    # Events in.

    def receive(self, data: bytes) -> list[Command]:
        """Take octets from the server, deciphered if TLS is up."""
        if self.over:
            return []
        self._octets += len(data)
        if self._octets > LARGEST_SESSION:
            return self._end(f"more than {LARGEST_SESSION} octets while waiting for {self._waiting_for}")
        if self._in_handshake:
            self._spoke_early = True
            return []
        try:
            replies = self._parser.feed(data)
        except ProtocolError as broken:
            return self._part(f"broken reply while waiting for {self._waiting_for}: {broken}")
        return self._hear(replies) if replies else []

    def tls_done(self, tls: Tls) -> list[Command]:
        """Take the outcome of the handshake. After a failed one the connection is of no use."""
        if self.over:
            return []
        if self._injected:
            tls = structs.replace(tls, reason="; ".join(filter(None, (tls.reason, THROWN_AWAY))))
        return self._go_on(tls)

    def timed_out(self) -> list[Command]:
        """The server took longer over this step than we wait."""
        return self._part(f"timeout waiting for {self._waiting_for}")

    def closed(self, how: str = "closed") -> list[Command]:
        """The connection is gone; how: in one word for people ("closed", "reset")."""
        return self._end(f"{how} while waiting for {self._waiting_for}")

    def abandon(self, reason: str) -> list[Command]:
        """We have had enough; reason: for people, without the step, which is added."""
        return self._part(f"{reason} while waiting for {self._waiting_for}")

    # From an event to commands.

    def _hear(self, replies: Sequence[Reply]) -> list[Command]:
        asked = self._turns[-1].command
        if asked != Verb.QUIT and (len(replies) > 1 or self._parser.pending):
            # It cannot answer what we have not said yet: keep it, and each later reply is taken for another's.
            self._spoke_early = True
            self._injected = asked == Verb.STARTTLS
            self._parser = ReplyParser()
        return self._go_on(replies[0])

    def _go_on(self, event: Reply | Tls) -> list[Command]:
        try:
            command = self._script.send(event)
        except StopIteration:
            return self._end("quit")
        return [command] if command is not None else []

    def _part(self, reason: str) -> list[Command]:
        """End it from our side: a last QUIT, whose reply is not waited for, and close."""
        if self.over or self._in_handshake or self._turns[-1].command == Verb.QUIT:
            return self._end(reason)
        self._turns.append(Turn(Verb.QUIT.value, None, "", self._encrypted))
        return [Send(b"QUIT\r\n"), *self._end(reason)]

    def _end(self, reason: str) -> list[Command]:
        """Close. A reason that the script gave already stands."""
        if self.over:
            return []
        if self._in_handshake:
            self._tls = self._tls or Tls("failed", reason=reason)
        self.over = True
        self._ended = self._ended or reason
        return [Close()]

    # What is said, in order.

    def _whole_session(self) -> _Script:
        try:
            yield from self._wait_for_banner()
            offered = yield from self._greet()
            if Verb.STARTTLS in offered - self._leave_out:
                yield from self._secure()
            yield from self._ask_recipients()
        except _Gone as gone:
            self._ended = str(gone)
            return
        except _Stop as stop:
            self._ended = str(stop)
        self._ended = self._ended or "quit"
        yield from self._leave()

    def _wait_for_banner(self) -> _Script:
        banner = self._take((yield None))
        if banner.code != 220:
            raise _Stop(f"{banner.code} as the banner")

    def _greet(self) -> Generator[Send | StartTls | None, Reply | Tls, frozenset[str]]:
        """EHLO, or HELO where it is refused for good; returns the keywords offered, in upper case."""
        reply = yield from self._say(Verb.EHLO, self._ehlo_name)
        if reply.code == 250:
            return _keywords(reply)
        if reply.code >= 500:
            reply = yield from self._say(Verb.HELO, self._ehlo_name)
        if reply.code != 250:
            raise _Stop(f"{reply.code} in reply to {_verb(self._turns[-1].command)}")
        return frozenset()

    def _secure(self) -> _Script:
        reply = yield from self._say(Verb.STARTTLS)
        if reply.code != 220:
            self._tls = Tls("failed", reason=f"{reply.code} in reply to STARTTLS: {reply.text}")
            return
        self._in_handshake = True
        tls = yield StartTls(self._host)
        assert isinstance(tls, Tls)
        self._in_handshake = False
        self._tls = tls
        if tls.state == "failed":
            raise _Gone("the TLS handshake failed")
        self._encrypted = True
        yield from self._greet()

    def _ask_recipients(self) -> _Script:
        for transaction in self._transactions:
            reply = yield from self._say(Verb.MAIL, f"FROM:<{transaction[0].sender}>")
            if reply.code != 250:
                continue
            self._in_transaction = True
            for probe in transaction:
                yield from self._say(Verb.RCPT, f"TO:<{probe.recipient}>", probe.label)
            yield from self._say(Verb.RSET)
            self._in_transaction = False

    def _leave(self) -> _Script:
        if self._in_transaction:
            with suppress(_Stop):
                yield from self._say(Verb.RSET)
        with suppress(_Stop):
            yield from self._say(Verb.QUIT)

    def _say(self, verb: Verb, argument: str = "", label: str = "") -> _Answer:
        line = f"{verb} {argument}" if argument else verb.value
        self._turns.append(Turn(line, None, label, self._encrypted))
        return self._take((yield Send(f"{line}\r\n".encode("ascii"))))

    def _take(self, reply: Reply | Tls) -> Reply:
        """Write the reply down and judge whether the session can go on with it."""
        assert isinstance(reply, Reply)
        turn = self._turns[-1] = structs.replace(self._turns[-1], reply=reply)
        where = f"in reply to {_verb(turn.command)}" if turn.command else "as the banner"
        if reply.code == 421:
            raise _Gone(f"421 {where}")
        if reply.code == 554:
            raise _Stop(f"554 {where}")
        if reply.code < 400 and reply.code not in _AGREES[_verb(turn.command)]:
            raise _Stop(f"out of step: {reply.code} {where}")
        return reply


def _verb(command: str) -> str:
    return command.partition(" ")[0]


def _keywords(ehlo: Reply) -> frozenset[str]:
    return frozenset(line.split(" ")[0].upper() for line in ehlo.lines[1:])


def _transactions(probes: Sequence[RcptProbe]) -> Iterator[tuple[RcptProbe, ...]]:
    """The probes as transactions: neighbours with one sender together, never more than MOST_RECIPIENTS."""
    for sender, group in groupby(probes, key=lambda probe: probe.sender):
        together = tuple(group)
        for probe in together:
            _address(probe.recipient)
        if sender:
            _address(sender)
        yield from (together[i : i + MOST_RECIPIENTS] for i in range(0, len(together), MOST_RECIPIENTS))


def _plain(name: str) -> str:
    if not _PLAIN.fullmatch(name) or len(name) > _LONGEST_ARGUMENT:
        raise ValueError(f"{name[:80]!r} cannot stand in an EHLO command")
    return name


def _address(address: str) -> None:
    if not _ADDRESS.fullmatch(address) or len(address) > _LONGEST_ARGUMENT:
        raise ValueError(f"{address[:80]!r} cannot stand in a MAIL or RCPT command")
