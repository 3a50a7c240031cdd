"""The mail inside the lab: messages, mailboxes, quarantine, bounces, and what the doors remember of their clients."""

from msgspec import Struct, field

SPAM_MARKER = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-LAB*C.34X"  # in the manner of GTUBE; harmless outside the lab
MOST_KEPT = 10_000  # messages in all places of one lab: a demo needs ten, a runaway test must not fill the memory


class Message(Struct, frozen=True):
    """A message with its envelope (RFC 5321 section 2.3.1).

    content: with CRLF line ends and a Received header for each door passed. by: the doors passed, first one first.
    client: who handed it to the first door.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    client: str = ""
    by: tuple[str, ...] = ()

    @property
    def is_spam(self) -> bool:
        """True if it bears the lab's marker."""
        return SPAM_MARKER in self.content


class Bounce(Struct, frozen=True):
    """A message that a relay accepted and could not hand on: backscatter, if its sender is forged."""

    message: Message
    by: str
    reason: str


class Post(Struct):
    """Everything that moves while a lab is up.

    mailboxes: by recipient. attempts: (client, host name) of each RCPT that a door saw. greylist: what it has seen.
    """

    mailboxes: dict[str, list[Message]] = field(default_factory=dict)
    quarantine: list[Message] = field(default_factory=list)
    bounces: list[Bounce] = field(default_factory=list)
    transcript: list[tuple[str, str, str]] = field(default_factory=list)
    attempts: set[tuple[str, str]] = field(default_factory=set)
    greylist: set[tuple[str, str, str, str]] = field(default_factory=set)
    accepted: int = 0

    def next_id(self) -> str:
        """A queue id; refuses to go on for ever."""
        self.accepted += 1
        if self.accepted > MOST_KEPT:
            raise OverflowError(f"over {MOST_KEPT} messages in one lab")
        return f"{0x4C0000000 + self.accepted:X}"

    def deliver(self, message: Message) -> None:
        """Put a message into its recipients' mailboxes."""
        for recipient in message.recipients:
            self.mailboxes.setdefault(recipient, []).append(message)

    def heard(self, door: str, client: str, command: str) -> None:
        """Keep a command line, so that a test can ask what a door was told."""
        if len(self.transcript) < 10 * MOST_KEPT:
            self.transcript.append((door, client, command))
