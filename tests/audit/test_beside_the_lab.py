"""Random chains of relays: what the audit says that goes round them, beside what becomes of messages in the lab.

The lab knows nothing of paths, blindness or waiving: its servers refuse, take and hand on. So it is the model.
"""

import asyncio
import io
import random
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, structs

from mxlatch.audit.result import Audit
from mxlatch.cli.demo import audited
from mxlatch.cli.progress import Progress
from mxlatch.lab.internet import Running, internet
from mxlatch.lab.post import SPAM_MARKER, Message
from mxlatch.lab.sender import Refusal
from mxlatch.lab.topology import MailHost, NameServer, Topology, Zone

CASES = 24
STRANGER, LISTED = "203.0.113.99", "203.0.113.66"
LATCHES = ("content", "dnsbl", "spf")
NAMES = ("mx1", "mx2", "mx3")
HEAD = """
[operator]
ehlo = "probe.example"
sender = "probe@sender.example"

[[domain]]
name = "example.com"
recipient = "anna@example.com"
baseline = ["content", "dnsbl", "spf"]

[[block]]
cidr = "192.0.2.0/24"
authorised = "the lab's own"

[[block]]
cidr = "203.0.113.0/24"
authorised = "the lab's own"
"""


class Server(Struct, frozen=True):
    """A server of the case. next: whom it hands on to, "" for nobody; trusted: the next one waives its checks."""

    name: str
    latches: frozenset[str]
    next: str = ""
    hands_on: bool = False
    trusted: bool = False

    @property
    def address(self) -> str:
        return f"192.0.2.1{self.name[-1]}"

    @property
    def host(self) -> str:
        return f"{self.name}.example.com"


def servers(chance: random.Random) -> tuple[Server, ...]:
    """Three exchangers: the first has most latches, and the others mostly hand on to the one before them."""
    made = []
    for number, name in enumerate(NAMES):
        latches = frozenset(latch for latch in LATCHES if chance.random() < (0.4 if number else 0.9))
        next_ = chance.choice(("", *NAMES[:number], *NAMES[number - 1 : number] * 3)) if number else ""
        flags = [bool(next_) and chance.random() < chance_of for chance_of in (0.4, 0.5)]
        made.append(Server(name, latches, next_, *flags))
    return tuple(made)


def topology(case: tuple[Server, ...]) -> Topology:
    records = [f"@ MX {10 * number} {s.name}\n{s.name} A {s.address}" for number, s in enumerate(case, 1)]
    soa = "@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.53\n"
    return Topology(
        domains=("example.com",),
        nameservers=(NameServer("ns1.example.com", ("192.0.2.53",)),),
        zones=(Zone("example.com", soa + "\n".join(records) + "\n"),),
        mailhosts=tuple(mailhost(server, case) for server in case),
        inventory=HEAD + "".join(declared(server) for server in case),
    )


def mailhost(server: Server, case: tuple[Server, ...]) -> MailHost:
    before = [other for other in case if other.next == server.name]
    return MailHost(
        name=server.host,
        addresses=(server.address,),
        domains=("example.com",),
        recipients=("anna@example.com",),
        recipient_check=True,
        content="refuse" if "content" in server.latches else "none",
        listed=(LISTED,) if "dnsbl" in server.latches else (),
        spf={"bank.example": ()} if "spf" in server.latches else {},
        # SPF passes over every relay, as it must: one that hands on to a relay is what XCLIENT then tells of.
        own_relays=tuple(other.address for other in case if other.next),
        trusts=tuple(other.address for other in before if other.trusted),
        xclient=tuple(other.address for other in before if other.hands_on),
        next_hop=f"{server.next}.example.com" if server.next else "",
        hands_on_client=server.hands_on,
    )


def declared(server: Server) -> str:
    has = ", ".join(f"{latch} = {str(latch in server.latches).lower()}" for latch in LATCHES)
    lines = [f'name = "{server.host}"', f'addresses = ["{server.address}"]', f"latches = {{ {has} }}"]
    if server.next:
        lines.append(f'next_hop = "{server.next}.example.com"')
    if server.hands_on:
        lines.append("hands_on_client = true")
    elif server.trusted:  # trust goes by the address, and whoever hands the client on comes under the client's
        lines.append('waives = ["content", "dnsbl", "spf"]')
    return "\n[[door]]\n" + "\n".join(lines) + "\n"


def test_what_goes_round_a_chain_of_relays_is_what_gets_in() -> None:
    chance = random.Random(2026)
    seen: Counter[str] = Counter()
    for _ in range(CASES):
        case = servers(chance)
        what = topology(case)
        audit = asyncio.run(audited(what, Progress(io.StringIO(), terminal=False)))
        assert audit.complete
        got_in = asyncio.run(what_gets_in(what))
        assert said(audit) == got_in, [structs.asdict(server) for server in case]
        seen.update(
            kind for server in case for kind in kinds(server, {latch for a, latch in got_in if a == server.address})
        )
    print(dict(seen))
    assert min(seen[kind] for kind in ("blind", "trusted", "hands on", "chain of two", "closed by the next")) >= 3


def kinds(server: Server, missing: set[str]) -> Iterator[str]:
    if server.next:
        yield "hands on" if server.hands_on else "trusted" if server.trusted else "blind"
        if missing < set(LATCHES) - server.latches:
            yield "closed by the next"
    if server.next == "mx2":
        yield "chain of two"


def said(audit: Audit) -> set[tuple[str, str]]:
    ways = [path for path in audit.paths if path.certainty in ("likely", "proven")]
    return {(path.doors[0].partition(":")[0], str(latch)) for path in ways for latch in path.missing}


async def what_gets_in(what: Topology) -> set[tuple[str, str]]:
    found = set()
    async with asyncio.timeout(60), internet(what) as lab:
        for host in what.mailhosts:
            for latch in LATCHES:
                if await gets_in(lab, host.addresses[0], latch):
                    found.add((host.addresses[0], latch))
    return found


async def gets_in(lab: Running, address: str, latch: str) -> bool:
    """True if a message that this latch is there to stop comes into the mailbox."""
    sender = "teller@bank.example" if latch == "spf" else "someone@sender.example"
    body = SPAM_MARKER if latch == "content" else b"Hello"
    message = Message(sender, ("anna@example.com",), b"Subject: x\r\n\r\n" + body + b"\r\n")
    lab.post.mailboxes.clear()
    try:
        await lab.send(LISTED if latch == "dnsbl" else STRANGER, address, 25, message)
    except (Refusal, OSError):
        return False
    return bool(lab.post.mailboxes)
