"""VANT003: name servers tell two vantages the same of where mail goes; a split horizon is told, so that it is meant.

Not every difference is a fault: split horizon and GeoDNS are done on purpose. Where the serials differ too, the zone
may only have changed between the two looks.
"""

from collections.abc import Iterator

from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import DnsDifference, World

RULE = Rule(
    id="VANT003",
    severity=Severity.LOW,
    title="name servers answer otherwise to another vantage",
    remedy="see that both answers are meant, and audit the doors of each: mail from there goes another way",
    references=cited("split-horizon", "delegation"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each name of which another vantage is told something else."""
    for view in world.elsewhere:
        for difference in view.differences:
            sure = difference.same_serial or difference.rrtype != "MX"
            yield RULE.finding(
                subject=difference.name,
                message=_message(difference, world.vantage, view.vantage),
                evidence=difference.evidence,
                severity=RULE.severity if sure else Severity.INFO,
            )


def _message(difference: DnsDifference, here: str, there: str) -> str:
    is_mx = difference.rrtype == "MX"
    what = f"the MX of {difference.name} is" if is_mx else f"the addresses of {difference.name} are"
    changed = " (at another serial)" if is_mx and not difference.same_serial else ""
    mine, other = listed(difference.here) or "none", listed(difference.there) or "none"
    return f"{what} {mine} to {here}, {other} to {there}{changed}"
