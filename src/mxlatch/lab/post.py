"""The mail inside the lab: messages, mailboxes, quarantine, bounces, and what the doors remember of their clients."""

import re

from msgspec import Struct, field

SPAM_MARKER = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-LAB*C.34X"  # in the manner of GTUBE; harmless outside the lab
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"  # the filters' own, as canaries bear it
_RECEIVED_BY = re.compile(rb"^Received: [^\r]*\r\n\tby ([\x21-\x7e]+) with", re.MULTILINE)
MOST_KEPT = 10_000  # messages in all places of one lab: a demo needs ten, a runaway test must not fill the memory
_MOST_COMMANDS = 10 * MOST_KEPT  # kept in the transcript; a message takes about six


class Message(Struct, frozen=True):
    """A message with its envelope (RFC 5321 section 2.3.1).

    content: with CRLF line ends and a Received header for each door passed. client: who handed it to the last door.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    client: str = ""

    @property
    def doors(self) -> tuple[str, ...]:
        """The lab's doors that it passed, first one first, out of its Received headers."""
        header = self.content.partition(b"\r\n\r\n")[0]
        return tuple(name.decode("ascii") for name in reversed(_RECEIVED_BY.findall(header)))

    @property
    def is_spam(self) -> bool:
        """True if it bears the lab's marker, or the one that every filter knows."""
        return SPAM_MARKER in self.content or GTUBE in self.content


class Bounce(Struct, frozen=True):
    """A message that a relay accepted and could not hand on: backscatter, if its sender is forged."""

    message: Message
    by: str
    reason: str


class Post(Struct):
    """Everything that moves while a lab is up.

    mailboxes: by recipient. relayed: sent out for other people's domains, by an open relay. attempts: (client, host
    name) of each RCPT that a door saw. greylist: what it has seen. transcript: (host name, client, command line).
    """

    mailboxes: dict[str, list[Message]] = field(default_factory=dict)
    relayed: list[Message] = field(default_factory=list)
    quarantine: list[Message] = field(default_factory=list)
    bounces: list[Bounce] = field(default_factory=list)
    transcript: list[tuple[str, str, str]] = field(default_factory=list)
    attempts: set[tuple[str, str]] = field(default_factory=set)
    greylist: set[tuple[str, str, str, str]] = field(default_factory=set)
    accepted: int = 0

    @property
    def is_full(self) -> bool:
        """True once the lab has taken all the messages that it will."""
        return self.accepted >= MOST_KEPT

    def next_id(self) -> str:
        """A new queue id."""
        self.accepted += 1
        return f"{0x4C0000000 + self.accepted:X}"

    def deliver(self, message: Message) -> None:
        """Put a message into its recipients' mailboxes."""
        for recipient in message.recipients:
            self.mailboxes.setdefault(recipient, []).append(message)

    def heard(self, door: str, client: str, command: str) -> None:
        """Keep a command line, so that a test can ask what a door was told."""
        if len(self.transcript) < _MOST_COMMANDS:
            self.transcript.append((door, client, command))
