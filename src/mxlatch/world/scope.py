"""What a run is about and what it may know beforehand: all that questions and judgement depend on besides the log.

A scope is saved in the head of a bundle, so that a replay asks and judges exactly as the run did.
"""

from msgspec import Struct

from mxlatch.inventory.model import Inventory
from mxlatch.terms.operators import Provider


class Scope(Struct, frozen=True, kw_only=True):
    """The givens of a run.

    time: when it began, seconds since 1970 UTC. nonce: random letters for names and recipients that nobody has.
    resolvers: (address, port) of recursive resolvers, best first. root_hints: (name, address). rdap: base URL that
    overrides `rdap_bootstrap` (suffix to base URL, RFC 9224). words: labels to try below each domain. key_hashes:
    domain to hash of the operator's key. authorised: the reference given with --authorised, or "". search: look for
    doors that no record of the domain names.
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
    key_hashes: dict[str, str] = {}
    authorised: str = ""
    search: bool = False
