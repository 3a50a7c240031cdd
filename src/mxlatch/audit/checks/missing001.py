"""MISSING001: every door that the inventory lists is there: a record leads to it, and it does not refuse connections.

Doors that stand behind another one (a next hop, the domain's mailbox) and traps are not missed.
"""

from collections.abc import Iterator

from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World
from mxlatch.world.standing import missing

RULE = Rule(
    id="MISSING001",
    severity=Severity.INFO,
    title="a listed door was not found",
    remedy="take it out of the inventory, or mark it authorised = false; publish it if senders are to find it",
    references=cited("mx-lookup"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that is listed and surely not found."""
    for each in missing(world):
        name = each.declared.name
        who = f"{name} ({each.subject})" if name and name != each.subject else each.subject
        yield RULE.finding(
            subject=each.subject,
            message=f"{who} is listed in the inventory as {each.declared.role}: {each.reason}",
            evidence=each.evidence,
        )
