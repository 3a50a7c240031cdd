"""What a plan changes: how it is, how it shall be. Each kind is a value; `plan.effect` says what it does to the world.

Limits: a change speaks of what was seen when the audit looked. Who carries it out compares `before` with what stands
there then, and does nothing where they differ.
"""

from msgspec import Struct

from mxlatch.terms.latch import Latch

REFUSE, REJECT = "refuse", "reject"  # `Lock.stage`


class Records(Struct, frozen=True, tag="records"):
    """The RRset of one name at every server of its zone.

    before, after: rdata in presentation form with full names ("10 mx1.example.com."), sorted; () for none. ttl: seconds
    of the new one. ttl_before: the largest that any server gave for the old one, or the negative TTL where there was
    none (RFC 2308 section 5).
    """

    zone: str
    name: str
    rrtype: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    ttl: int
    ttl_before: int


class Delegation(Struct, frozen=True, tag="delegation"):
    """The NS of a zone at its parent, which only the registrar changes. ttl_before: of the parent's NS, seconds."""

    zone: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    ttl_before: int


class Transfer(Struct, frozen=True, tag="transfer"):
    """Name servers of the zone come to serve what the others do: their transfers are waited for, or mended.

    servers: the names of those that serve other data; like: of those that serve what is meant. serial: of the latter
    (RFC 1982), None if it is not known. behind: the former have an older one; otherwise the same, or nobody knows.
    """

    zone: str
    servers: tuple[str, ...]
    like: tuple[str, ...]
    serial: int | None
    behind: bool


class Lock(Struct, frozen=True, tag="lock"):
    """Mail ports of a host that some may connect to and nobody else.

    host: its name, for people. allow: addresses and CIDRs. who: whose they are. shared: others than the owner send from
    them too, so that a lock makes the way rarer and does not close it. firewall: of the inventory, "" if on the host.
    stage: REFUSE (the mail server says 550 and why) or REJECT (the firewall resets the connection). log: what the
    host's own log says of who else delivers there; "" if none was read. hook: as for `Inward`.
    """

    host: str
    addresses: tuple[str, ...]
    ports: tuple[int, ...]
    allow: tuple[str, ...]
    who: str = ""
    shared: bool = False
    firewall: str = ""
    stage: str = REJECT
    log: str = ""
    hook: str = ""


class Inward(Struct, frozen=True, tag="inward"):
    """Mail ports of what stands behind a firewall, for new connections from the world to the authorised doors only.

    firewall: of the inventory. blocks: the addresses and CIDRs behind it. allow: addresses of the authorised doors
    among them. What connects from within the blocks is no stranger's. hook: the way of mail through the firewall, as
    the inventory has it ("input", "forward"), "" where it does not say.
    """

    firewall: str
    blocks: tuple[str, ...]
    allow: tuple[str, ...]
    ports: tuple[int, ...]
    hook: str = ""


class Outward(Struct, frozen=True, tag="outward"):
    """Port 25 of the world, for new connections from what stands behind a firewall: from the authorised doors only.

    Fields as for `Inward`; what the blocks have among themselves does not go out.
    """

    firewall: str
    blocks: tuple[str, ...]
    allow: tuple[str, ...]
    hook: str = ""


class Harden(Struct, frozen=True, tag="harden"):
    """A latch that a door gets.

    like: the door (address:port) that has it already, "" if none does; detail: how it does it there, in the owner's
    words. software: as recognised at the door, "" if not.
    """

    door: str
    host: str
    software: str
    latch: Latch
    like: str = ""
    detail: str = ""


class HandOn(Struct, frozen=True, tag="hand-on"):
    """A relay tells the next hop which client it got the mail from. by: "xclient", "proxy" or "received" (the next hop
    trusts the relay's Received line). Both ends need a setting. software: of the next hop."""

    door: str
    host: str
    next_door: str
    by: str
    software: str = ""


class StopWaiving(Struct, frozen=True, tag="stop-waiving"):
    """The next hop applies these latches to what this relay hands on, as to anybody's mail."""

    door: str
    host: str
    next_door: str
    latches: tuple[Latch, ...]
    software: str = ""


class Tenant(Struct, frozen=True, tag="tenant"):
    """Mailboxes at a provider take mail from the filter only. provider: id in data/providers ("microsoft", "google").

    allow: the filter's addresses and CIDRs. certificate: the name on its certificate, preferred to addresses; "" if not
    known. shared: as for `Lock`.
    """

    provider: str
    domain: str
    endpoint: str
    allow: tuple[str, ...]
    certificate: str = ""
    shared: bool = False


class Retire(Struct, frozen=True, tag="retire"):
    """A host takes no more mail for the domain: it refuses to relay to it. owner: whom to ask, "" for one's own."""

    door: str
    host: str
    domain: str
    owner: str = ""
    software: str = ""


class Listen(Struct, frozen=True, tag="listen"):
    """A host listens at one more address, with the same latches as at its door `like` (address:port)."""

    host: str
    like: str
    address: str
    software: str = ""


class Policy(Struct, frozen=True, tag="policy"):
    """The page of a domain's MTA-STS policy (RFC 8461 section 3.2), which its web server serves.

    before, after: its lines. record: the text of the TXT record that announces it, changed once the page is. max_age:
    seconds for which senders keep what they fetched.
    """

    domain: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    record: str
    max_age: int


class Certificate(Struct, frozen=True, tag="certificate"):
    """The certificate that a host shows after STARTTLS stands for these names too."""

    host: str
    names: tuple[str, ...]


Change = (
    Records
    | Delegation
    | Transfer
    | Lock
    | Inward
    | Outward
    | Harden
    | HandOn
    | StopWaiving
    | Tenant
    | Retire
    | Listen
    | Policy
    | Certificate
)
