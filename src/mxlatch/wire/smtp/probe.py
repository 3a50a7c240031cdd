"""The probe's side of one polite SMTP session (RFC 5321, RFC 3207), without any I/O.

It can say EHLO, HELO, STARTTLS, MAIL, RCPT, RSET and QUIT. There is no way to make it say DATA or anything else:
the verbs are a closed set, and an argument with a control character is refused before the connection is made.

One connection learns everything: banner, EHLO (HELO where EHLO is refused), STARTTLS and the handshake, EHLO again,
the recipients asked for, grouped by sender in the order given, RSET, QUIT. 421 ends it at once; the first 554 ends it
with RSET and QUIT; any other refusal is noted and passed over. Probes that were not reached have no turn.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import groupby

from msgspec import structs

from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.terms.smtp import Reply, Session, Tls, Turn
from mxlatch.wire.smtp.dialogue import Command, Dialogue, Script, Send, keywords, plain_address, plain_name
from mxlatch.wire.smtp.reply import ReplyParser

MOST_RECIPIENTS = 3  # in one transaction (FACTS 5.3.3): more look like a directory harvest; the rest get a new MAIL
LARGEST_SESSION = 131_072  # octets of replies in all: a long session has 4,000; a flood is cut off early

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


class _Stop(Exception):
    """The rest of the script is not to be said; the text is how the session will be told to have ended."""


class _Gone(_Stop):
    """The same, and the server takes no further word of ours."""


class Probe(Dialogue):
    """One session; `session` at any time."""

    def __init__(self, question: SmtpQuestion, ehlo_name: str, *, leave_out: frozenset[Verb] = frozenset()) -> None:
        """ehlo_name: our own name. leave_out: {STARTTLS} for a session in clear.

        Raises:
            ValueError: a name or an address that cannot stand in a command.
        """
        self._host = question.host
        self._ehlo_name = plain_name(ehlo_name)
        self._transactions = list(_transactions(question.probes))
        self._leave_out = leave_out
        self._in_transaction = self._injected = False
        super().__init__(LARGEST_SESSION)

    @property
    def session(self) -> Session:
        """What was said so far. A turn that was never answered has no reply."""
        return Session(tuple(self._turns), self._tls, self._ended, self._spoke_early)

    @property
    def awaits_banner(self) -> bool:
        """True until the server has greeted us, for which it may take longer than for a reply."""
        return self._turns[0].reply is None

    def tls_done(self, tls: Tls) -> list[Command]:
        """Take the outcome of the handshake. After a failed one the connection is of no use."""
        if self._injected:
            tls = structs.replace(tls, reason="; ".join(filter(None, (tls.reason, THROWN_AWAY))))
        return super().tls_done(tls)

    def _hear_ahead(self, reply: Reply) -> list[Command]:
        # It cannot answer what we have not said yet: keep it, and each later reply is taken for another's.
        self._injected = self._asked == Verb.STARTTLS
        self._parser = ReplyParser()
        return self._go_on(reply)

    def _part(self, reason: str) -> list[Command]:
        """End it from our side: a last QUIT, whose reply is not waited for, and close."""
        if self.over or self._in_handshake or self._asked == Verb.QUIT:
            return self._end(reason)
        self._turns.append(Turn(Verb.QUIT.value, None, "", self._encrypted))
        return [Send(b"QUIT\r\n"), *self._end(reason)]

    # What is said, in order.

    def _whole_session(self) -> Script[None]:
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

    def _wait_for_banner(self) -> Script[None]:
        banner = self._take((yield None))
        if banner.code != 220:
            raise _Stop(f"{banner.code} as the banner")

    def _greet(self) -> Script[frozenset[str]]:
        """EHLO, or HELO where it is refused for good; returns the keywords offered, in upper case."""
        reply = yield from self._say(Verb.EHLO, self._ehlo_name)
        if reply.code == 250:
            return keywords(reply)
        if reply.code >= 500:
            reply = yield from self._say(Verb.HELO, self._ehlo_name)
        if reply.code != 250:
            raise _Stop(f"{reply.code} {self._where}")
        return frozenset()

    def _secure(self) -> Script[None]:
        reply = yield from self._say(Verb.STARTTLS)
        if reply.code != 220:
            self._tls = Tls("failed", reason=f"{reply.code} in reply to STARTTLS: {reply.text}")
            return
        tls = yield from self._shake_hands(self._host)
        if tls.state == "failed":
            raise _Gone("the TLS handshake failed")
        yield from self._greet()

    def _ask_recipients(self) -> Script[None]:
        for transaction in self._transactions:
            reply = yield from self._say(Verb.MAIL, f"FROM:<{transaction[0].sender}>")
            if reply.code != 250:
                continue
            self._in_transaction = True
            for probe in transaction:
                yield from self._say(Verb.RCPT, f"TO:<{probe.recipient}>", probe.label)
            yield from self._say(Verb.RSET)
            self._in_transaction = False

    def _leave(self) -> Script[None]:
        if self._in_transaction:
            with suppress(_Stop):
                yield from self._say(Verb.RSET)
        with suppress(_Stop):
            yield from self._say(Verb.QUIT)

    def _say(self, verb: Verb, argument: str = "", label: str = "") -> Script[Reply]:
        line = f"{verb} {argument}" if argument else verb.value
        self._turns.append(Turn(line, None, label, self._encrypted))
        return self._take((yield Send(f"{line}\r\n".encode("ascii"))))

    def _take(self, event: Reply | Tls) -> Reply:
        """Write the reply down and judge whether the session can go on with it."""
        reply = self._write_down(event)
        if reply.code == 421:
            raise _Gone(f"421 {self._where}")
        if reply.code == 554:
            raise _Stop(f"554 {self._where}")
        if reply.code < 400 and reply.code not in _AGREES[self._asked]:
            raise _Stop(f"out of step: {reply.code} {self._where}")
        return reply


def _transactions(probes: Sequence[RcptProbe]) -> Iterator[tuple[RcptProbe, ...]]:
    """The probes as transactions: neighbours with one sender together, never more than MOST_RECIPIENTS."""
    for sender, group in groupby(probes, key=lambda probe: probe.sender):
        together = tuple(group)
        for probe in together:
            plain_address(probe.recipient)
        if sender:
            plain_address(sender)
        yield from (together[i : i + MOST_RECIPIENTS] for i in range(0, len(together), MOST_RECIPIENTS))
