"""What is demanded of every path: the baseline, and each policy of the inventory that concerns what is planned.

A demand is known by its number: `ROUND`, that no path goes round the baseline, then the policies from 1 on, in the
order of the inventory. A path is judged for each demand by itself: what it lacks for the one says nothing of the other.
"""

from collections.abc import Sequence

from msgspec import structs

from mxlatch.audit.claims import is_complete, servers_not_asked
from mxlatch.inventory.model import Policy
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds, Path, Paths
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

ROUND = 0


def policies_of(world: World) -> tuple[Policy, ...]:
    """The owner's policies for this domain, as seen from where it was looked at."""
    every = world.inventory.policies
    return tuple(each for each in every if each.concerns(world.domain, world.vantage)) if every else ()


def demanded(world: World, paths: Paths) -> tuple[tuple[Path, ...], ...]:
    """By demand: every path of the world, the surest to go without first. paths: those for the baseline."""
    policies = policies_of(world)
    if not policies:
        return (paths.paths,)
    passing = (find(structs.replace(world, baseline=each.passes), properties=False).paths for each in policies)
    return (paths.paths, *passing)


def holds(world: World, paths: Sequence[Path]) -> Holds:
    """Whether a demand holds, whose paths these are; claimed as an audit would (`audit.claims`)."""
    worst = paths[0].certainty if paths else Certainty.CLOSED  # the surest stand first
    if worst >= Certainty.LIKELY:
        return Holds.NO
    known = worst is Certainty.CLOSED and is_complete(world) and not servers_not_asked(world)
    return Holds.YES if known else Holds.UNKNOWN


def in_words(world: World, demand: int) -> str:
    """A demand, as a sentence has it."""
    if demand == ROUND:
        return "no way round"
    passes = listed([str(latch) for latch in policies_of(world)[demand - 1].passes])
    return f"every path from {world.vantage} passes {passes}"


def where_said(world: World, demand: int) -> str:
    """File and line of a policy."""
    return world.inventory.evidence("", policies_of(world)[demand - 1].line).source
