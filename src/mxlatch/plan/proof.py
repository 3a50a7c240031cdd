"""The path engine's word on a plan: what is open, whose honest mail is lost, for no failure and for every single one.

Lost is not delayed: while the only exchanger is down, mail waits in its sender's queue, and the sender learns of it.
"""

from collections.abc import Iterator, Mapping

from mxlatch.audit.verdict import verdict_of
from mxlatch.paths.assume import down, single_failures
from mxlatch.paths.facts import ACCEPT_BIT, facts_of
from mxlatch.paths.find import find
from mxlatch.paths.model import Holds, Paths, Property
from mxlatch.paths.properties import dead_ends
from mxlatch.plan.result import Proof
from mxlatch.terms.verdict import Verdict
from mxlatch.world.model import World

NONE = "none"  # `Proof.failure`

Lost = Mapping[str, frozenset[str]]  # by failure, the ids of conforming senders


def proofs(before: World, after: World) -> Iterator[Proof]:
    """For no failure, and for each server of the world before that may fail."""
    yield _proof(NONE, before, after, lasting=True)
    for name, doors in single_failures(before):
        yield _proof(f"down {name}", down(before, doors), down(after, doors), lasting=False)


def lost_before(world: World, paths: Paths) -> Lost:
    """Whose mail is lost already, for no failure and each single one, by the server's name."""
    found = {NONE: losing(world, paths, lasting=True)}
    for name, doors in single_failures(world):
        without = down(world, doors)
        found[name] = losing(without, find(without), lasting=False)
    return found


def losing(world: World, paths: Paths, *, lasting: bool) -> frozenset[str]:
    """The conforming senders whose mail is taken by a server from which it goes nowhere, or (if that lasts) by none."""
    conforming = frozenset(each.id for each in world.behaviours if each.conforming)
    ends = dead_ends(world) if world.relays else {}
    lost: set[str] = set()
    if ends:
        for path in paths.paths:
            accepts = facts_of(world.door(path.doors[0])).outcomes & ACCEPT_BIT
            if path.doors[0] in ends and path.way_in.published and accepts:
                lost |= conforming.intersection(path.behaviours)
    if lasting and paths.held(Property.DELIVERY).holds is Holds.NO:
        served: dict[str, set[str]] = {}
        for path in paths.paths:
            if path.way_in.published:
                here = served.setdefault(path.way_in.name, set())
                if facts_of(world.door(path.doors[0])).outcomes & ACCEPT_BIT:
                    here.update(path.behaviours)
        lost |= {each for here in served.values() for each in conforming - here}
    return frozenset(lost)


def _proof(failure: str, before: World, after: World, *, lasting: bool) -> Proof:
    was, is_now = find(before), find(after)
    verdict = verdict_of(after, is_now)
    left = is_now.shortest_open if verdict is Verdict.OPEN else None
    lost = losing(after, is_now, lasting=lasting) - losing(before, was, lasting=lasting)
    hops = tuple(hop.text for hop in left.hops) if left is not None else ()
    return Proof(failure, verdict_of(before, was), verdict, hops, tuple(sorted(lost)))
