"""What a run is about and what it may know beforehand: all that questions and judgement depend on besides the log.

A scope is saved in the head of a bundle, so that a replay asks and judges exactly as the run did.
"""

from typing import Literal

from msgspec import Struct

from mxlatch.inventory.hops import why_inside
from mxlatch.inventory.model import INTERNET, Inventory
from mxlatch.terms.behaviour import Behaviour
from mxlatch.terms.operators import Provider

Search = Literal["none", "listed", "all"]  # for which domains: for none, those that the inventory names, or all


class Remembered(Struct, frozen=True, order=True):
    """What was once published for a domain's mail, or answered at its door.

    name: the exchange. address: one of those it had, "" for the name alone. when: seconds since 1970 UTC, the last time
    it was seen. where: who remembers it, for people (a file).
    """

    domain: str
    name: str
    address: str
    when: float
    where: str


class SeenName(Struct, frozen=True, order=True):
    """A host that stands in a file: a certificate log, a message's header, a mail log. address: "" if none is said."""

    name: str
    address: str
    source: str


class Scanned(Struct, frozen=True, order=True):
    """A place that a scan of the owner's blocks found open for mail.

    greeting: what it said there, "" if nothing. when: seconds since 1970 UTC. where: the file that tells of it.
    """

    address: str
    port: int
    greeting: str
    when: float
    where: str


class Scope(Struct, frozen=True, kw_only=True):
    """The givens of a run.

    time: when it began, seconds since 1970 UTC. nonce: random letters for names and recipients that nobody has.
    resolvers: (address, port) of recursive resolvers, best first. root_hints: (name, address). rdap: base URL that
    overrides `rdap_bootstrap` (suffix to base URL, RFC 9224). words: labels to try below each domain. key_hashes:
    domain to hash of the operator's key. authorised: the reference given with --authorised, or "". search: for
    which domains doors are looked for that no record names. remembered: what earlier audits saw. seen_names: hosts out
    of files that the operator gave. scanned: what scans of the owner's blocks found.
    """

    inventory: Inventory
    domains: tuple[str, ...]
    vantage: str
    time: float
    nonce: str
    resolvers: tuple[tuple[str, int], ...] = ()
    root_hints: tuple[tuple[str, str], ...] = ()
    rdap: str = ""
    rdap_bootstrap: dict[str, str] = {}
    words: tuple[str, ...] = ()
    providers: tuple[Provider, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    key_hashes: dict[str, str] = {}
    authorised: str = ""
    search: Search = "none"
    remembered: tuple[Remembered, ...] = ()
    seen_names: tuple[SeenName, ...] = ()
    scanned: tuple[Scanned, ...] = ()

    def searches(self, domain: str) -> bool:
        """True if doors of this domain that no record names are to be looked for."""
        return self.search == "all" or (self.search == "listed" and self.inventory.domain(domain) is not None)

    def why_unreachable(self, address: str) -> str:
        """Why nobody at this vantage comes to an address, by what sort of address it is; "" if somebody may."""
        what = why_inside(address)
        if not what or self.inventory.vantage(self.vantage).kind != INTERNET:
            return ""
        return f"{address} is out of reach of the internet ({what})"
