"""The protections a door can have, and what each must see to work."""

from enum import StrEnum

from msgspec import Struct

from mxlatch.terms.evidence import Evidence


class Latch(StrEnum):
    """One protection at a door."""

    RECIPIENT = "recipient"  # refuses unknown recipients
    RELAY = "relay"  # refuses to relay for strangers
    TLS = "tls"  # offers STARTTLS, and the handshake works
    CONTENT = "content"  # a filter reads the message
    DNSBL = "dnsbl"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    PREGREET = "pregreet"
    ORDER = "order"  # refuses who skipped a better exchanger

    # As its word's: Enum's own is a Python function, and the path engine asks for it more than for anything else.
    __hash__ = str.__hash__


# As a sentence has them.
NOUNS: dict[Latch, str] = {
    Latch.RECIPIENT: "the recipient check",
    Latch.RELAY: "the relay check",
    Latch.TLS: "STARTTLS",
    Latch.CONTENT: "the content filter",
    Latch.DNSBL: "the block list",
    Latch.SPF: "SPF",
    Latch.DKIM: "DKIM",
    Latch.DMARC: "DMARC",
    Latch.PREGREET: "the pregreet test",
    Latch.ORDER: "the order test",
}

# What a latch judges by. One that needs the client address is blind behind a relay that does not hand it on.
NEEDS: dict[Latch, frozenset[str]] = {
    Latch.RECIPIENT: frozenset({"envelope"}),
    Latch.RELAY: frozenset({"client"}),
    Latch.TLS: frozenset({"client"}),
    Latch.CONTENT: frozenset({"content"}),
    Latch.DNSBL: frozenset({"client"}),
    Latch.SPF: frozenset({"client", "envelope"}),
    Latch.DKIM: frozenset({"content"}),
    Latch.DMARC: frozenset({"content"}),  # its DKIM half survives a relay, its SPF half does not
    Latch.PREGREET: frozenset({"client"}),
    Latch.ORDER: frozenset({"client"}),
}

FOUND, ABSENT, UNKNOWN, NOT_ASKED = "found", "absent", "unknown", "not-asked"
LIKELY_FOUND, LIKELY_ABSENT = "likely-found", "likely-absent"


class LatchState(Struct, frozen=True):
    """What is known of one latch at one door.

    state: found, likely-found, absent, likely-absent, unknown (asked, no clear answer) or not-asked (no leave).
    how: "seen", "declared" or "inferred". detail: one line for people.
    """

    state: str
    how: str = "seen"
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()
