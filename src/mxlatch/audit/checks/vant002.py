"""VANT002: from a network of clients or guests port 25 does not go out: mail leaves by submission, and worms do not."""

from collections.abc import Iterator

from mxlatch.inventory.model import EXTRANET, GUEST, INSIDE
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import VantageView, World
from mxlatch.world.vantages import OPEN

RULE = Rule(
    id="VANT002",
    severity=Severity.MEDIUM,
    title="port 25 is open outward from a client network",
    remedy="refuse TCP port 25 to the world at this network's edge, and leave 465 and 587 to its users",
    references=cited("submission", "port-25-out"),
)

# From inside the mail servers themselves send, so there it may be meant.
_SEVERITIES = {GUEST: Severity.MEDIUM, EXTRANET: Severity.MEDIUM, INSIDE: Severity.INFO}


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each vantage of such a kind from which a server elsewhere was reached."""
    for view in world.elsewhere:
        if view.port_out.state == OPEN and view.kind in _SEVERITIES:
            yield RULE.finding(
                subject=view.vantage,
                message=f"from {view.vantage}{_what(view)} port 25 goes out to servers elsewhere",
                evidence=view.port_out.evidence,
                severity=_SEVERITIES[view.kind],
            )


def _what(view: VantageView) -> str:
    return f" ({view.what})" if view.what and view.what != view.vantage else ""
