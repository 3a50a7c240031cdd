"""NS003: a server that is named for a zone answers for it (RFC 1912 section 2.8). One that does not is lame.

A server that gives no answer at all may be slow, or out of our reach: that is unknown, and not told here.
"""

from collections.abc import Iterator

from mxlatch.paths.model import Paths
from mxlatch.terms.dns import NOT_AUTH, NXDOMAIN, REFUSED, SERVFAIL
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import NameServer, ServerAddress, World, Zone

RULE = Rule(
    id="NS003",
    severity=Severity.MEDIUM,
    title="a lame name server",
    remedy="let the server serve the zone, or take its name out of the delegation and out of the zone's NS",
    references=cited("lame", "delegation", "lame-study"),
)

_SAYS = {
    REFUSED: "refuses to answer for {zone}",
    NOT_AUTH: "answers without authority for {zone}",
    NXDOMAIN: "says that there is no {zone}",
    SERVFAIL: "fails to answer for {zone}",
}
_OWNERS_WORD = "inventory"


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each server address that does not answer for a zone it is named for."""
    for zone in sorted(world.zones, key=lambda zone: zone.name):
        for server in sorted(zone.servers, key=lambda server: server.name):
            for address in sorted(server.addresses, key=lambda address: address.address):
                if address.status in _SAYS and set(server.named_by) != {_OWNERS_WORD}:
                    yield RULE.finding(
                        subject=address.address,
                        message=_message(zone, server, address),
                        evidence=address.evidence,
                        severity=_severity(server, address.status),
                    )


def _message(zone: Zone, server: NameServer, address: ServerAddress) -> str:
    # Not str.format: a name of a stranger's may hold braces.
    says = _SAYS[address.status].replace("{zone}", zone.name)
    detail = f" ({address.reason})" if address.reason else ""
    return f"{server.name} ({address.address}) {says}{detail}, though it is named by {listed(server.named_by)}"


def _severity(server: NameServer, status: str) -> Severity:
    """A failure may pass, and who is not delegated is hardly asked: both are low."""
    delegated = any(by.startswith("parent") for by in server.named_by)
    return RULE.severity if delegated and status != SERVFAIL else Severity.LOW
