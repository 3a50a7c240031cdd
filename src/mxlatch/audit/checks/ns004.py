"""NS004: every server of a zone serves the newest serial (RFC 1982); an older one is stale, or was not told yet."""

from collections.abc import Iterator

from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.serials import is_newer
from mxlatch.terms.wording import counted, listed
from mxlatch.world.model import ServerAddress, World, Zone

RULE = Rule(
    id="NS004",
    severity=Severity.LOW,
    title="a name server serves an older serial than others",
    remedy="ask again after the zone's refresh; if the serial stays behind, repair NOTIFY and transfer to this server",
    references=cited("serials", "delegation"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each server address behind another one of its zone."""
    for zone in sorted(world.zones, key=lambda zone: zone.name):
        addresses = sorted(zone.addresses, key=lambda address: address.address)
        for address in addresses:
            ahead = [other for other in addresses if _is_ahead(other, address)]
            if ahead:
                yield RULE.finding(
                    subject=address.address,
                    message=_message(zone, address, ahead),
                    evidence=[e for each in (address, *ahead) for e in each.evidence],
                )


def _is_ahead(one: ServerAddress, other: ServerAddress) -> bool:
    return one.serial is not None and other.serial is not None and is_newer(one.serial, other.serial)


def _message(zone: Zone, address: ServerAddress, ahead: list[ServerAddress]) -> str:
    names = listed(sorted(s.name for s in zone.servers if any(a.address == address.address for a in s.addresses)))
    serials = listed(str(serial) for serial in sorted({each.serial for each in ahead if each.serial is not None}))
    others = counted(len(ahead), "server address has", "server addresses have")
    return f"{names} ({address.address}) serves serial {address.serial} of {zone.name}; {others} {serials}"
