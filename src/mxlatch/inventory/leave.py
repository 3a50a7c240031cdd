"""What may be asked beyond the unasked audit, and the proof that the owner allows it (DESIGN section 6).

A domain's owner publishes at `_mxlatch.DOMAIN` the TXT record `v=mxlatch1; key=HASH; until=YYYY-MM-DD`. HASH is
`key_hash` of a secret that the operator keeps: bound to the domain, so that a record seen at one domain is worth
nothing at another, and to the operator, so that nobody else's leave serves. Every server that answers must agree, and a
random label must not: a wildcard proves nothing. A domain's proof covers no address block:
`inventory.blocks` says what does, and `proof` serves for the reverse zones too.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct

from mxlatch.inventory.blocks import BlockLeave, proof_of
from mxlatch.inventory.model import Inventory, end_of
from mxlatch.terms import dns
from mxlatch.terms.names import is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.terms.question import DnsQuestion
from mxlatch.terms.wording import listed

PROOF_LABEL = "_mxlatch"
VERSION = "v=mxlatch1"
_HASH_CONTEXT = b"mxlatch1 leave for "  # separates this use of the operator's secret from any other
_HASH_DIGITS = 40  # hex; 160 bits cannot be guessed and fit a line of a zone file
_LONGEST_TXT = 512  # octets of one TXT record that we read: the proof needs under 100
_MOST_TOLD = 3  # blocks of a leave; the line stands in a message too, where it has at most 998 octets (RFC 5321)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Level(StrEnum):
    """How far leave goes."""

    NONE = "none"  # DNS, and one polite session with each published exchanger
    RCPT = "rcpt"  # RCPT probes at the doors that the inventory names, and canaries if asked for


class Leave(Struct, frozen=True):
    """What was granted for one domain, and by what.

    granted: for the report: "txt until 2026-12-31" or "--authorised REFERENCE". until: seconds since 1970 UTC, None for
    a reference. blocks: also covers address blocks that bear no reference of their own. reverse: by CIDR of a block
    what its reverse zones grant, or why they prove nothing.
    """

    domain: str
    level: Level = Level.NONE
    granted: str = ""
    until: float | None = None
    blocks: bool = False
    reverse: dict[str, BlockLeave | str] = {}

    @property
    def told(self) -> str:
        """By what all of it was granted, on one line for people: of the domain, then of blocks."""
        proved = [
            f"block {cidr}: {said.granted}" for cidr, said in self.reverse.items() if isinstance(said, BlockLeave)
        ]
        return "; ".join(filter(None, (self.granted, listed(proved, _MOST_TOLD))))


def by_reference(domain: str, reference: str) -> Leave:
    """Leave by `--authorised REFERENCE`: the operator answers for it, and the report repeats it."""
    return Leave(domain, Level.RCPT, f"--authorised {reference}", blocks=True)


def key_hash(secret: bytes, domain: str) -> str:
    """The `key=` of the operator with this secret for this domain: HMAC-SHA-256, shortened, in lower-case hex.

    The domain is part of what is hashed: whoever copies the record to a domain of theirs gets no use of it.
    """
    return hmac.new(secret, _HASH_CONTEXT + domain.encode("ascii"), hashlib.sha256).hexdigest()[:_HASH_DIGITS]


def proof_record(secret: bytes, domain: str, until: date) -> str:
    """The zone-file line that grants leave until the end (UTC) of this day."""
    return f'{PROOF_LABEL}.{domain}. IN TXT "{VERSION}; key={key_hash(secret, domain)}; until={until.isoformat()}"'


def proof_questions(domain: str, servers: Sequence[str], nonce: str) -> list[DnsQuestion]:
    """What to ask the authoritative server addresses: the proof, and a random label that must not have it.

    nonce: a fresh random label, [a-z0-9].
    """
    names = (f"{PROOF_LABEL}.{domain}", f"{nonce}.{PROOF_LABEL}.{domain}", f"{nonce}.{domain}")
    return [DnsQuestion(server, name, "TXT") for server in servers for name in names]


def proof(domain: str, observations: Sequence[Observation], key: str, now: float) -> Leave | str:
    """Judge the answers to `proof_questions`: the leave, or the reason why there is none.

    key: `key_hash` of this run's operator for this domain. now: seconds since 1970 UTC.
    """
    name = f"{PROOF_LABEL}.{domain}"
    mine = [o for o in observations if isinstance(o.question, DnsQuestion) and is_below(o.question.name, domain)]
    asked = [o for o in mine if _name(o) == name]
    answers = [_texts(o) for o in asked if not isinstance(o.outcome, Unknown)]
    if not answers:
        return f"no authoritative server answered for {name}"
    labels = [_texts(o) for o in mine if _name(o) != name and not isinstance(o.outcome, Unknown)]
    if any(labels):
        return f"a wildcard answers for every name under {domain}: its TXT proves nothing"
    if not labels:
        return f"no authoritative server answered for a random label under {domain}: a wildcard cannot be ruled out"
    if len(set(answers)) > 1:
        return f"the name servers do not agree about {name} TXT"
    return _judge(domain, name, answers[0], key, now)


def why_no_probes(
    domain: str, address: str, inventory: Inventory, leave: Leave | None, now: float, *, endpoint: bool = False
) -> str | None:
    """Why RCPT probes for this domain must not be sent to this address; None if they may be.

    Asked twice: where questions are made, so that the report can say what was not asked, and by the gate. now: seconds
    since 1970 UTC: leave may end in between. endpoint: the address is a known provider's, who hosts the domain's
    mailboxes; it need not be listed, and gets one session a day.
    """
    if leave is None or leave.level is not Level.RCPT or leave.domain != domain:
        return f"no leave to send RCPT probes for {domain}"
    if leave.until is not None and now >= leave.until:
        return _ended(leave)
    entry = inventory.domain(domain)
    if entry is None or entry.recipient is None:
        return f"the inventory names no valid recipient for {domain}"
    return None if endpoint else _why_not_the_owners(address, inventory, leave, now)


def why_no_canary(domain: str, address: str, inventory: Inventory, leave: Leave | None, now: float) -> str | None:
    """Why no canary for this domain may be sent to this address; None if it may be.

    now: seconds since 1970 UTC: leave may end while a run waits.
    """
    if leave is None or leave.level is not Level.RCPT or leave.domain != domain:
        return f"no leave to send a canary to {domain}"
    if leave.until is not None and now >= leave.until:
        return _ended(leave)
    return _why_not_the_owners(address, inventory, leave, now)


def why_not_to(recipient: str, domain: str, named: frozenset[str], inventory: Inventory) -> str | None:
    """Why no canary for this domain may go to this recipient; None if it may.

    named: the recipients that the command line names. A canary goes to an address that somebody wrote down for it.
    """
    entry = inventory.domain(domain)
    if recipient not in named and (entry is None or recipient != entry.recipient):
        return f"neither the command line nor the inventory names {recipient!r} as a recipient"
    if recipient.rpartition("@")[2].lower() != domain:
        return f"{recipient!r} is not at {domain}"
    return None


def _ended(leave: Leave) -> str:
    return f"the leave for {leave.domain} ({leave.granted}) has ended"


def _why_not_the_owners(address: str, inventory: Inventory, leave: Leave, now: float) -> str | None:
    if any(address in door.addresses for door in inventory.doors):
        return None
    block = inventory.block_of(address)
    if block is None:
        return f"the inventory does not list {address} (as a door's address or in a block)"
    proof = proof_of(block, leave.granted if leave.blocks else None, leave.reverse, now)
    return f"{address} is listed only by its block: {proof}" if isinstance(proof, str) else None


def _name(observation: Observation) -> str:
    question = observation.question
    assert isinstance(question, DnsQuestion)
    return question.name


def _texts(observation: Observation) -> frozenset[str]:
    """The texts at the asked name itself that look like a proof; a CNAME elsewhere proves nothing."""
    match observation.outcome:
        case Found(dns.Reply() as reply):
            records = [r for r in reply.answer if r.rrtype == "TXT" and r.owner == _name(observation)]
            texts = (b"".join(r.value) for r in records if isinstance(r.value, tuple))  # type: ignore[arg-type]
            readable = (t.decode("ascii", "replace") for t in texts if len(t) <= _LONGEST_TXT)
            return frozenset(t for t in readable if t.partition(";")[0].strip() == VERSION)
        case Found() | Absent() | Unknown():
            return frozenset()


def _judge(domain: str, name: str, texts: frozenset[str], key: str, now: float) -> Leave | str:
    if not texts:
        return f"{name} has no TXT that begins with {VERSION}"
    ours = [t for t in map(_tags, sorted(texts)) if hmac.compare_digest(t.get("key", "").encode(), key.encode())]
    if not ours:
        return f"{name} grants leave to another operator's key, not to key={key}"
    ends = [(end, tags["until"]) for tags in ours if (end := _end(tags.get("until", ""))) is not None]
    if not ends:
        return f"{name} has no until=YYYY-MM-DD"
    end, day = max(ends)
    if now >= end:
        return f"the leave at {name} ended on {day}"
    return Leave(domain, Level.RCPT, f"txt until {day}", until=end)


def _tags(text: str) -> dict[str, str]:
    """The tags of a proof; one that stands twice says nothing, so neither counts."""
    pairs = [tuple(p.strip() for p in part.split("=", 1)) for part in text.split(";") if "=" in part]
    names = [pair[0] for pair in pairs]
    return {pair[0]: pair[1] for pair in pairs if names.count(pair[0]) == 1}


def _end(day: str) -> float | None:
    """The end of that day in UTC, seconds since 1970; None if it is no date."""
    if not _DATE.fullmatch(day):
        return None
    try:
        return end_of(date.fromisoformat(day))
    except ValueError:
        return None
