"""example.com as most tests have it: root, com, two name servers that agree, two exchangers."""

from mxlatch.data import tables
from mxlatch.inventory.model import Block, Domain, Inventory, Operator
from mxlatch.terms.smtp import Session
from mxlatch.world.scope import Scope
from tests.fakes.internet import NOW, RESOLVER, FakeInternet, Zones, session

ROOT = {".": "com NS a.gtld\na.gtld A 192.0.2.2"}
COM = {
    "com": """
        example.com NS ns1.example.com
        example.com NS ns2.example.com
        ns1.example.com A 192.0.2.11
        ns2.example.com A 192.0.2.12
    """
}
ADDRESSES = """
    ns1.example.com A 192.0.2.11
    ns2.example.com A 192.0.2.12
    mx1.example.com A 192.0.2.21
    mx2.example.com A 192.0.2.22
"""
ZONE = f"""
    example.com SOA ns1.example.com 7
    example.com NS ns1.example.com
    example.com NS ns2.example.com
    example.com MX 10 mx1.example.com
    example.com MX 20 mx2.example.com
    {ADDRESSES}
"""


def door(*, random: str = "550 no such user", starttls: bool = True, ended: str = "quit") -> Session:
    """A session with the probes of `scope(leave=True)`; random: the reply to the unknown recipient."""
    extensions = "250 mx / STARTTLS" if starttls else "250 mx / SIZE 1000"
    return session(
        ("", "220 mx ESMTP Postfix"),
        ("EHLO probe.example.net", extensions),
        ("MAIL FROM:<me@example.net>", "250 ok"),
        ("RCPT TO:<postmaster@example.com>", "250 ok", "valid"),
        ("RCPT TO:<mxlatch-q7w@example.com>", random, "random"),
        ("RCPT TO:<me@example.net>", "554 relay access denied", "foreign"),
        ended=ended,
    )


def inventory(**changes: object) -> Inventory:
    """The owner's word: one domain with a recipient, one authorised block."""
    given = {
        "domains": (Domain("example.com", recipient="postmaster@example.com", sender="me@example.net"),),
        "blocks": (Block("192.0.2.0/24", authorised="ticket 7"),),
        "operator": Operator(ehlo="probe.example.net"),
    }
    return Inventory(**(given | changes))


def scope(*, leave: bool = True, words: tuple[str, ...] = (), **changes: object) -> Scope:
    """A run over example.com; leave: with --authorised."""
    given = {
        "inventory": inventory() if leave else Inventory(),
        "domains": ("example.com",),
        "vantage": "internet",
        "time": NOW,
        "nonce": "q7w",
        "resolvers": ((RESOLVER, 53),),
        "root_hints": (("a.root", "192.0.2.1"),),
        "rdap": "https://rdap.example/",
        "words": words,
        "authorised": "ticket 7" if leave else "",
        "behaviours": tables().behaviours,
    }
    return Scope(**(given | changes))


def internet(
    zone: str = ZONE,
    *,
    other: str | None = None,
    more: dict[str, Zones | str] | None = None,
    doors: dict[str, Session | str] | None = None,
    rdap: tuple[str, ...] | None = ("ns1.example.com", "ns2.example.com"),
    resolver: str = ADDRESSES,
    com: Zones | None = None,
) -> FakeInternet:
    """zone: at ns1; other: at ns2, the same if None; more: further server addresses."""
    servers: dict[str, Zones | str] = {
        "192.0.2.1": ROOT,
        "192.0.2.2": com or COM,
        "192.0.2.11": {"example.com": zone},
        "192.0.2.12": {"example.com": other or zone},
    }
    ready = {"192.0.2.21": door(), "192.0.2.22": door()}
    return FakeInternet(servers | (more or {}), resolver, ready if doors is None else doors, rdap)
