"""The path engine's word on a plan: what is open, whose honest mail is lost, for no failure and for every single one.

Lost is not delayed: while the only exchanger is down, mail waits in its sender's queue, and the sender learns of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from mxlatch.audit.verdict import verdict_of
from mxlatch.inventory.model import MX
from mxlatch.paths.assume import down, single_failures
from mxlatch.paths.facts import ACCEPT_BIT, ANY_OUTCOME, NO_ANSWER_BIT, REJECT_BIT, TEMPFAIL_BIT, facts_of
from mxlatch.paths.find import find
from mxlatch.paths.model import Paths
from mxlatch.plan.result import Proof
from mxlatch.plan.views import mail_names
from mxlatch.terms.verdict import Verdict
from mxlatch.world.model import FORWARD, World
from mxlatch.world.standing import declared_for

NONE = "none"  # `Proof.failure`
_TRAP = "trap"

LOST, UNSURE = "lost", "unsure"  # the latter: only servers of which nothing is known may take it

Loss = tuple[str, str, str]  # a conforming sender's id, the mail name, and one of the words above
Lost = Mapping[str, frozenset[Loss]]  # by failure


def proofs(before: World, after: World) -> Iterator[Proof]:
    """For no failure, and for each server of the world before that may fail."""
    yield _proof(NONE, before, after, lasting=True)
    for name, doors in failures(before, after):
        yield _proof(f"down {name}", down(before, doors), down(after, doors), lasting=False)


def failures(before: World, after: World) -> Iterator[tuple[str, list[str]]]:
    """Each server of the world before that may fail, with its doors: those too at which it listens only after."""
    known = {door.id for door in before.doors}
    new = [door for door in after.doors if door.id not in known]
    for name, doors in single_failures(before):
        spare = {address for door in doors for address in _spare(before, door)} if new else set()
        yield name, [*doors, *(door.id for door in new if door.address in spare)]


def _spare(world: World, door: str) -> tuple[str, ...]:
    declared = declared_for(world.door(door), world.inventory)
    return declared.spare if declared else ()


def lost_before(world: World, paths: Paths) -> Lost:
    """Whose mail is lost already, for no failure and each single one, by the server's name."""
    names = mail_names(world)
    found = {NONE: losing(world, paths, names, lasting=True)}
    for name, doors in single_failures(world):
        without = down(world, doors)
        found[name] = losing(without, find(without), names, lasting=False)
    return found


def losing(world: World, paths: Paths, names: Iterable[str], *, lasting: bool) -> frozenset[Loss]:
    """Which conforming senders' mail is refused, is taken by a server from which it goes nowhere, or (lasting) by none.

    A sender is listed if some run of it loses the mail. names: those that take mail, whether a record leads from them
    or not.
    """
    conforming = frozenset(each.id for each in world.behaviours if each.conforming)
    lost: set[Loss] = set()
    served: dict[tuple[str, str], set[str]] = {
        (name, word): set() for name in names for word in (LOST, UNSURE) if lasting
    }
    ends = endless(world) if world.relays else frozenset[tuple[str, str]]()
    for path in paths.paths:
        if not path.way_in.published:
            continue
        name, door = path.way_in.name, path.doors[0]
        outcomes = facts_of(world.door(door)).outcomes
        refuses = outcomes & REJECT_BIT and not outcomes & ACCEPT_BIT
        if refuses or (outcomes & ACCEPT_BIT and (door, name) in ends):
            lost.update((each, name, LOST) for each in conforming.intersection(path.behaviours))
        if lasting:
            surely = outcomes & ACCEPT_BIT and outcomes != ANY_OUTCOME
            for word, takes in ((LOST, outcomes & ACCEPT_BIT), (UNSURE, surely)):
                if takes and (name, word) in served:
                    served[name, word].update(path.behaviours)
    lost.update((each, *key) for key, senders in served.items() for each in conforming - senders)
    return frozenset(lost)


def endless(world: World) -> frozenset[tuple[str, str]]:
    """Doors, each with a mail name whose mail may never arrive from there: it is let in no more, or goes in a circle."""
    names = {way.name for way, _ in world.ways_in if way.published}
    return frozenset((door, name) for name in names for door in _endless(world, name))


def _endless(world: World, name: str) -> set[str]:
    onward: dict[str, list[str]] = {}
    bad: set[str] = set()
    for relay in world.relays:
        if relay.kind == FORWARD or relay.name not in ("", name):
            continue
        if all(facts_of(world.door(each)).outcomes & (NO_ANSWER_BIT | TEMPFAIL_BIT) for each in relay.before):
            onward.setdefault(relay.door, []).append(relay.next_door)
            if relay.cut is not None:
                bad.add(relay.door)
    for door in _unlisted_by_mx(world, name):
        onward.setdefault(door, []).extend(_best(world, name))
    reached = {door: _reached(door, onward) for door in onward}
    bad |= {door for door, after in reached.items() if door in after}
    return bad | {door for door, after in reached.items() if not bad.isdisjoint(after)}


def _unlisted_by_mx(world: World, name: str) -> Iterator[str]:
    """Servers that hand on by the MX, and that no record of the name leads to: they take nothing off the list."""
    for door in world.doors:
        declared = declared_for(door, world.inventory)
        if declared is not None and declared.hop == MX and declared.role != _TRAP:
            if not any(way.published and way.name == name for way in door.ways_in):
                yield door.id


def _best(world: World, name: str) -> list[str]:
    """The doors that a server tries for the name: the best, and those after them where these may give way."""
    found: list[str] = []
    ways = sorted((way.preference, door) for way, door in world.ways_in if way.published and way.name == name)
    for _, level in groupby(ways, key=itemgetter(0)):
        doors = [door for _, door in level]
        found += doors
        if any(not facts_of(world.door(each)).outcomes & (NO_ANSWER_BIT | TEMPFAIL_BIT) for each in doors):
            break
    return found


def _reached(door: str, onward: Mapping[str, list[str]]) -> set[str]:
    """Where mail from a door may come to."""
    found: set[str] = set()
    waiting = list(onward.get(door, ()))
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += onward.get(at, ())
    return found


def _proof(failure: str, before: World, after: World, *, lasting: bool) -> Proof:
    was, is_now = find(before), find(after)
    verdict = verdict_of(after, is_now)
    left = is_now.shortest_open if verdict is Verdict.OPEN else None
    names = mail_names(before)
    lost = losing(after, is_now, names, lasting=lasting) - losing(before, was, names, lasting=lasting)
    hops = tuple(hop.text for hop in left.hops) if left is not None else ()
    return Proof(failure, verdict_of(before, was), verdict, hops, tuple(sorted({sender for sender, _, _ in lost})))
