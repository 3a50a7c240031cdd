"""What was said at a door: replies, the TLS that was agreed, the whole session (RFC 5321, RFC 3207)."""

from msgspec import Struct


class Reply(Struct, frozen=True):
    """An SMTP reply: its code and its lines without code, octets over 126 or under 32 as `\\xNN`."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines joined by a space."""
        return " ".join(self.lines)


class Turn(Struct, frozen=True):
    """One command and its reply. `command` is "" for the banner; `reply` is None if none came.

    `label` names the RCPT probe that this turn is (see `terms.question.RcptProbe`), "" for any other turn.
    """

    command: str
    reply: Reply | None
    label: str = ""
    encrypted: bool = False


class Certificate(Struct, frozen=True):
    """What a certificate says (RFC 5280). Dates are seconds since 1970 UTC.

    sha256, sha512: of the whole in DER; of_key: the same two of its SubjectPublicKeyInfo. All hexadecimal, lower case;
    "" where it could not be told, and in what an older run saved.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]  # DNS names of subjectAltName, lower case, as they stand ("*.example.com")
    not_before: float
    not_after: float
    sha256: str
    key: str  # "RSA 2048", "EC secp256r1", …
    sha512: str = ""
    of_key: tuple[str, str] = ("", "")


class Tls(Struct, frozen=True):
    """The outcome of a TLS handshake after STARTTLS.

    state: "ok", "old" (only with protocols or ciphers that a modern OpenSSL refuses) or "failed".
    trusted: the chain leads to a root this run trusts, the host name and the dates left aside (those are judged
    later, from `chain`, against the recorded time). None: there was no chain to judge.
    whole: `chain` is all that the server sent; it ends before a certificate that cannot be read, and at a bound.
    """

    state: str
    version: str = ""
    cipher: str = ""
    chain: tuple[Certificate, ...] = ()
    trusted: bool | None = None
    reason: str = ""
    whole: bool = True


class Session(Struct, frozen=True):
    """One connection to a door, in the order in which it went; `ended` says how ("quit", "timeout waiting for …")."""

    turns: tuple[Turn, ...] = ()
    tls: Tls | None = None
    ended: str = ""
    spoke_early: bool = False

    @property
    def banner(self) -> Reply | None:
        """The reply to the bare connection, if one came."""
        return self.turns[0].reply if self.turns and not self.turns[0].command else None

    def ehlo(self, *, encrypted: bool) -> Reply | None:
        """The last accepted reply to EHLO, before or after STARTTLS."""
        replies = [
            turn.reply for turn in self.turns if turn.command.upper().startswith("EHLO") and turn.encrypted == encrypted
        ]
        return next((r for r in reversed(replies) if r is not None and r.code == 250), None)
