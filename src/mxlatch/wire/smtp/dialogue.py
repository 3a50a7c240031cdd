"""The client's side of an SMTP dialogue: events in, commands out, every turn written down (RFC 5321, RFC 3207); no I/O.

What is said in it, and in which order, is the script of the class that stands upon it: nothing here makes an octet that
goes over the wire.

Limits: octets that come ahead of our command are told as early only if they came in the same read as the reply
before; later ones cannot be told from an answer.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import TypeVar

from msgspec import Struct, structs

from mxlatch.terms.errors import ProtocolError
from mxlatch.terms.smtp import Reply, Tls, Turn
from mxlatch.wire.smtp.reply import ReplyParser

QUIT = "QUIT"
_LONGEST_ARGUMENT = 498  # RFC 5321 section 4.5.3.1.4: 512 octets a line, less "MAIL FROM:<>" and CRLF
_PLAIN = re.compile(r"[!-~]+")  # visible ASCII: no space, no control character
_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # the same, without the angle brackets that would end a path


class Send(Struct, frozen=True):
    """Send these octets."""

    data: bytes


class StartTls(Struct, frozen=True):
    """Begin a TLS handshake that asks for this host (SNI), then call `Dialogue.tls_done`."""

    host: str


class Close(Struct, frozen=True):
    """Close the connection: the session is over."""


Command = Send | StartTls | Close
T = TypeVar("T")
Script = Generator[Send | StartTls | None, Reply | Tls, T]


class Dialogue(ABC):
    """One session: events in (`receive`, `tls_done`, `timed_out`, `closed`), commands out.

    It waits for the banner from the start. After a `Close` it is `over` and answers every event with nothing.
    """

    def __init__(self, most_octets: int) -> None:
        """most_octets: of replies in all."""
        self.over = False
        self._most_octets, self._octets = most_octets, 0
        self._parser = ReplyParser()
        self._turns = [Turn("", None)]  # the last one may still wait for its reply
        self._in_handshake = self._encrypted = self._spoke_early = False
        self._tls: Tls | None = None
        self._ended = ""
        self._script = self._whole_session()
        next(self._script)

    # What each has of its own.

    @abstractmethod
    def _whole_session(self) -> Script[None]:
        """All that is said, in order; waits for the banner first."""

    @abstractmethod
    def _hear_ahead(self, reply: Reply) -> list[Command]:
        """The server answered, and more came with it that answers nothing."""

    @abstractmethod
    def _part(self, reason: str) -> list[Command]:
        """End it from our side."""

    # Events in.

    def receive(self, data: bytes) -> list[Command]:
        """Take octets from the server, deciphered if TLS is up."""
        if self.over:
            return []
        self._octets += len(data)
        if self._octets > self._most_octets:
            return self._end(f"more than {self._most_octets} octets while waiting for {self._waiting_for}")
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
        return [] if self.over else self._go_on(tls)

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

    @property
    def _asked(self) -> str:
        """The verb that waits for its reply, or had it last; "" for the banner."""
        return self._turns[-1].command.partition(" ")[0]

    @property
    def _waiting_for(self) -> str:
        if self._in_handshake:
            return "the TLS handshake"
        return f"the reply to {self._asked}" if self._asked else "the banner"

    @property
    def _where(self) -> str:
        return f"in reply to {self._asked}" if self._asked else "as the banner"

    def _hear(self, replies: Sequence[Reply]) -> list[Command]:
        if self._asked != QUIT and (len(replies) > 1 or self._parser.pending):
            self._spoke_early = True
            return self._hear_ahead(replies[0])
        return self._go_on(replies[0])

    def _go_on(self, event: Reply | Tls) -> list[Command]:
        try:
            command = self._script.send(event)
        except StopIteration:
            return self._end("quit")
        return [command] if command is not None else []

    def _end(self, reason: str) -> list[Command]:
        """Close. A reason that the script gave already stands."""
        if self.over:
            return []
        if self._in_handshake:
            self._tls = self._tls or Tls("failed", reason=reason)
        self.over = True
        self._ended = self._ended or reason
        return [Close()]

    # For scripts.

    def _write_down(self, reply: Reply | Tls) -> Reply:
        assert isinstance(reply, Reply)
        self._turns[-1] = structs.replace(self._turns[-1], reply=reply)
        return reply

    def _shake_hands(self, host: str) -> Script[Tls]:
        self._in_handshake = True
        tls = yield StartTls(host)
        assert isinstance(tls, Tls)
        self._in_handshake, self._tls = False, tls
        self._encrypted = tls.state != "failed"
        return tls


def keywords(ehlo: Reply) -> frozenset[str]:
    """What an EHLO reply offers, in upper case."""
    return frozenset(line.split(" ")[0].upper() for line in ehlo.lines[1:])


def plain_name(name: str) -> str:
    """Our own name, as it can stand in EHLO.

    Raises:
        ValueError: it cannot.
    """
    if not _PLAIN.fullmatch(name) or len(name) > _LONGEST_ARGUMENT:
        raise ValueError(f"{name[:80]!r} cannot stand in an EHLO command")
    return name


def plain_address(address: str) -> str:
    """An address, as it can stand in MAIL and RCPT.

    Raises:
        ValueError: it cannot.
    """
    if not _ADDRESS.fullmatch(address) or len(address) > _LONGEST_ARGUMENT:
        raise ValueError(f"{address[:80]!r} cannot stand in a MAIL or RCPT command")
    return address
