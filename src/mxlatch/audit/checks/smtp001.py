"""SMTP001: no door offers XCLIENT or XFORWARD to a stranger: who may use XCLIENT may be any client he likes."""

from collections.abc import Iterator

from mxlatch.audit.subjects import ehlo_replies, keywords, open_doors, said, title
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="SMTP001",
    severity=Severity.CRITICAL,
    title="XCLIENT or XFORWARD is offered to a stranger",
    remedy="allow XCLIENT and XFORWARD only for the addresses of your own filters and relays",
    references=cited("xclient", "xforward"),
)

_MEANT_FOR_FRIENDS = ("XCLIENT", "XFORWARD")


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door that offers us what is for its own relays only."""
    for door in open_doors(world):
        known = keywords(ehlo_replies(door))
        offered = [keyword for keyword in _MEANT_FOR_FRIENDS if keyword in known]
        if offered:
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} offers {listed(offered)} to a stranger",
                evidence=said(world, door, [known[keyword][1] for keyword in offered]),
            )
