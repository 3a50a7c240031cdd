"""POLICY001: a policy of the inventory holds: every path from its vantage passes the latches that it demands.

The audit's baseline is what doors should have; a policy is what paths must pass, wherever on the way. One
counter-example is told for each policy, the surest.
"""

from collections.abc import Iterator

from mxlatch.paths.model import Held, Holds, Paths, Property
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.latch import NOUNS, Latch
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="POLICY001",
    severity=Severity.HIGH,
    title="a policy of the inventory does not hold",
    remedy="give this way the latches that the policy demands, or close it: take the record out, shut port 25",
    references=cited("relaying", "unfiltered"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each policy that a path breaks."""
    for held in paths.properties:
        if held.property is Property.POLICY and held.holds is Holds.NO:
            yield _finding(held)


def _finding(held: Held) -> Finding:
    sender, way, *rest = held.hops
    (demand,) = sender.evidence
    lacking = [hop for hop in rest if hop.kind == "latch"]
    onward = "".join(f", which {hop.text}" for hop in rest if hop.kind == "relay")
    nouns = listed([NOUNS[Latch(hop.text.partition(":")[0])] for hop in lacking], len(NOUNS))
    seen = any(hop.certainty is Certainty.PROVEN for hop in lacking)
    comes = "comes" if seen else "likely comes"
    return RULE.finding(
        subject=demand.text,
        message=f"mail {comes} to the mailbox without {nouns} by {way.text}{onward}",
        evidence=[demand, *(e for hop in held.hops[1:] for e in hop.evidence)],
        severity=RULE.severity if seen else step_lower(RULE.severity),
    )
