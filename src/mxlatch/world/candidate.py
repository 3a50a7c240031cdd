"""A door that no MX names and that a stranger may find all the same, with how it was found."""

from msgspec import Struct

from mxlatch.inventory.model import SMTP_PORT
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.operators import Provider
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.nameservers import Servers


class Candidate(Struct, frozen=True):
    """A host name or an address that may be a door.

    kind: one of `terms.door`'s kinds of ways in. name: the host name, "" for a bare address. address: "" until it is
    looked up. source: the source that found it ("spf", "words"…), for people.
    """

    kind: str
    name: str
    address: str = ""
    port: int = SMTP_PORT
    source: str = ""
    evidence: tuple[Evidence, ...] = ()


class Known(Struct, frozen=True):
    """What an enquiry knows of a domain when it begins to look for doors that no MX names.

    servers: of each zone found, the domain's own first. operators: those whose exchanges the domain uses.
    """

    domain: str
    servers: tuple[Servers, ...]
    exchanges: tuple[ExchangeSeen, ...]
    operators: tuple[Provider, ...] = ()

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of published exchangers: doors already."""
        return frozenset(address for exchange in self.exchanges for address in exchange.addresses)
