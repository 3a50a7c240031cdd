"""What a scan of address blocks saw: which addresses and ports opened, and what is known of those that did not.

Three outcomes here too. *Closed* and *filtered* need the positive control: in the same run, from the same vantage and
by the same address family, that port of some other address opened. Without it a refusal or silence may be the doing of
this machine's own network, and is *unknown*. Nothing silent is called anything before its second try.
"""

import ipaddress
from typing import Literal

from msgspec import Struct

from mxlatch.terms.door import door_id

Speaks = Literal["smtp", "other", "nothing", "not-asked"]
How = Literal["connect", "syn", "nmap", "masscan", "zgrab2"]
ELSEWHERE = "outside the inventory's blocks"  # where a block would be named, for openings of an import

MAIL_PORTS = frozenset({25, 465, 587, 2525})  # where silence after the connection may be a slow or a TLS-first SMTP


class Opening(Struct, frozen=True, order=True):
    """An address and port that took a connection.

    speaks: what greeted there; "nothing" for a server that waits for its client, "not-asked" where no banner was read.
    banner: the greeting as it came, "" if there was none. software: as recognised, or "". authorised: what the
    inventory says of this door; None where it says nothing. role: as it says.
    """

    address: str
    port: int
    speaks: Speaks = "not-asked"
    banner: str = ""
    software: str = ""
    reason: str = ""
    authorised: bool | None = None
    role: str = ""

    @property
    def id(self) -> str:
        """address:port."""
        return door_id(self.address, self.port)


class Swept(Struct, frozen=True):
    """One block, as it was seen. The counts are of pairs of address and port; together they are `asked + unasked`.

    refused: RST, or ICMP by which a packet filter says so. silent: no answer in any try. unreachable: this machine has
    no way there, or something in between said so. unasked: the run was ended before. closed, filtered: those of
    `refused` and of `silent` (in two passes) for which the control held. left_out: addresses and blocks within, with
    the reason, to which nothing was sent. passes: how often the silent ones were tried.
    """

    block: str
    ports: str
    how: How
    passes: int
    open: tuple[Opening, ...] = ()
    refused: int = 0
    silent: int = 0
    unreachable: int = 0
    unasked: int = 0
    closed: int = 0
    filtered: int = 0
    left_out: tuple[str, ...] = ()
    granted: str = ""

    @property
    def unknown(self) -> int:
        """Pairs of address and port of which nothing can be said."""
        return self.refused - self.closed + self.silent - self.filtered + self.unreachable + self.unasked

    @property
    def all_closed(self) -> bool:
        """True if everything in it that did not open is surely closed: only then that is known of each place."""
        return self.passes > 0 and not (self.filtered or self.unknown or self.left_out)

    def holds(self, address: str, port: int) -> bool:
        """True if this address and port is within the block and its ports."""
        spans = (span.partition("-") for span in self.ports.split(","))
        asked = any(int(low) <= port <= int(high or low) for low, _, high in spans if low.isdecimal())
        try:
            return asked and ipaddress.ip_address(address) in ipaddress.ip_network(self.block)
        except ValueError:  # of an import: outside all blocks
            return False


class Scan(Struct, frozen=True):
    """All blocks of one run. controlled: ports for which the control held, by address family ("IPv4", "IPv6").

    time: when it ended, seconds since 1970 UTC.
    """

    blocks: tuple[Swept, ...]
    vantage: str
    time: float
    controlled: dict[str, tuple[int, ...]] = {}
    interrupted: bool = False

    @property
    def open(self) -> tuple[Opening, ...]:
        """What opened, in all blocks."""
        return tuple(opening for block in self.blocks for opening in block.open)

    @property
    def strays(self) -> tuple[Opening, ...]:
        """The doors: what speaks SMTP, and the inventory does not authorise."""
        return tuple(o for o in self.open if o.speaks == "smtp" and not o.authorised)

    @property
    def unclear(self) -> tuple[Opening, ...]:
        """What opened on a port of mail and gave no greeting by which to know it."""
        return tuple(o for o in self.open if o.port in MAIL_PORTS and o.speaks in ("nothing", "not-asked"))

    @property
    def imported(self) -> bool:
        """True if other scanners' files are part of it: of what they do not show open nothing is known."""
        return any(block.how not in ("connect", "syn") for block in self.blocks)

    @property
    def complete(self) -> bool:
        """True if of every address and port something is known."""
        doubt = self.interrupted or self.imported or self.unclear
        return not doubt and not any(block.unknown for block in self.blocks)
