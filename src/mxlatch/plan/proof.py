"""The path engine's word on a plan: what is open, whose honest mail is lost, for no failure and for every single one.

Also what held before and holds no more, and where nobody knows: a server that was never asked about a name is not taken
to take its mail.

Lost is not delayed: while the only exchanger is down, mail waits in its sender's queue, and the sender learns of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from mxlatch.audit.claims import claims
from mxlatch.audit.verdict import verdict_of
from mxlatch.paths.assume import down, single_failures
from mxlatch.paths.facts import ACCEPT_BIT, ANY_OUTCOME, REJECT_BIT, facts_of
from mxlatch.paths.find import find
from mxlatch.paths.hops import may_be_tried
from mxlatch.paths.model import Holds, Path, Paths
from mxlatch.plan.demands import demanded
from mxlatch.plan.result import Proof
from mxlatch.plan.views import mail_names
from mxlatch.terms.door import Door
from mxlatch.terms.verdict import Verdict
from mxlatch.world.model import FORWARD, World
from mxlatch.world.standing import declared_for
from mxlatch.world.taking import asked_of

NONE = "none"  # `Proof.failure`

LOST, UNSURE = "lost", "unsure"  # the latter: only servers of which nothing is known may take it

Loss = tuple[str, str, str]  # a conforming sender's id, the mail name, and one of the words above


class Case(Struct, frozen=True, dict=True):
    """One case of a world. failure: what is down, NONE if nothing. lost: whose mail is lost then."""

    failure: str
    world: World
    paths: Paths
    lost: frozenset[Loss]

    @cached_property
    def demands(self) -> tuple[tuple[Path, ...], ...]:
        """By demand: every path (`plan.demands`)."""
        return demanded(self.world, self.paths)


def every_case(before: World, after: World, paths: Paths) -> Iterator[Case]:
    """The world after, whose paths these are: as it is, and with each server down that may fail before."""
    names = mail_names(before)
    yield Case(NONE, after, paths, losing(after, paths, names))
    for name, doors in failures(before, after):
        without = down(after, doors)
        then = find(without, properties=False)
        yield Case(name, without, then, losing(without, then, names, doors))


def proofs(before: Iterable[Case], after: Iterable[Case]) -> Iterator[Proof]:
    """For no failure, and for each server of the world before that may fail."""
    for was, now in zip(before, after, strict=True):
        verdict = verdict_of(now.world, now.paths)
        left = now.paths.shortest_open if verdict is Verdict.OPEN else None
        yield Proof(
            failure=NONE if now.failure == NONE else f"down {now.failure}",
            before=verdict_of(was.world, was.paths),
            after=verdict,
            round=tuple(hop.text for hop in left.hops) if left is not None else (),
            lost=tuple(sorted({sender for sender, _, _ in now.lost - was.lost})),
            unsure=tuple(sorted(untried(was.world, now.world))) if now.failure == NONE else (),
            worse=tuple(worse(was.world, now.world)) if now.failure == NONE else (),
        )


def untried(before: World, after: World) -> frozenset[str]:
    """Names whose mail goes, after, to servers of which nobody knows whether they take it.

    They were never asked about the name, and no record led its mail there before. A server that only the plan makes is
    as the one that it is made like.
    """
    led = {(way.name, door) for way, door in before.ways_in if way.published}
    new = [(way.name, door) for way, door in after.ways_in if way.published and door in before.doors_by_id]
    return frozenset(name for name, door in new if (name, door) not in led and not _was_asked(after.door(door), name))


def _was_asked(door: Door, name: str) -> bool:
    return name in asked_of(door.session) and bool(facts_of(door).outcomes & ACCEPT_BIT)


def worse(before: World, after: World) -> Iterator[str]:
    """Each property that held and does not surely hold any more, and what breaks it."""
    held = {each.property for each in claims(before, find(before)) if each.holds is Holds.YES}
    for each in claims(after, find(after)):
        if each.property in held and each.holds is not Holds.YES:
            why = f": {each.hops[-1].text}" if each.hops else ""
            then = "does not after the plan" if each.holds is Holds.NO else "may not after the plan"
            yield f'"{each.property}" held, and {then}{why}'


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


def losing(world: World, paths: Paths, names: Iterable[str], gone: Sequence[str] = ()) -> frozenset[Loss]:
    """Which conforming senders' mail is refused, is taken by a server from which it goes nowhere, or by none at all.

    A sender is listed if some run of it loses the mail. names: those that take mail, whether a record leads from them
    or not. gone: doors that are down for a time; then nobody's mail is lost that only waits.
    """
    conforming = frozenset(each.id for each in world.behaviours if each.conforming)
    lost: set[Loss] = set()
    served: dict[tuple[str, str], set[str]] = {
        (name, word): set() for name in names for word in (LOST, UNSURE) if not gone
    }
    ends = endless(world, gone) if world.relays else frozenset[tuple[str, str]]()
    for path in paths.paths:
        if not path.way_in.published:
            continue
        name, door = path.way_in.name, path.doors[0]
        outcomes = facts_of(world.door(door)).outcomes
        refuses = outcomes & REJECT_BIT and not outcomes & ACCEPT_BIT
        if refuses or (outcomes & ACCEPT_BIT and (door, name) in ends):
            lost.update((each, name, LOST) for each in conforming.intersection(path.behaviours))
        surely = outcomes & ACCEPT_BIT and outcomes != ANY_OUTCOME
        for word, takes in ((LOST, outcomes & ACCEPT_BIT), (UNSURE, surely)):
            if takes and (name, word) in served:
                served[name, word].update(path.behaviours)
    lost.update((each, *key) for key, senders in served.items() for each in conforming - senders)
    return frozenset(lost)


def endless(world: World, gone: Sequence[str] = ()) -> frozenset[tuple[str, str]]:
    """Doors, each with a mail name whose mail may not arrive from there: it is let in no more, or goes in a circle."""
    names = {way.name for way, _ in world.ways_in if way.published}
    return frozenset((door, name) for name in names for door in _endless(world, name, gone))


def _endless(world: World, name: str, gone: Sequence[str]) -> set[str]:
    onward: dict[str, list[str]] = {}
    bad: set[str] = set()
    for relay in world.relays:
        if relay.kind == FORWARD or relay.name not in ("", name):
            continue
        if may_be_tried(relay, world):
            onward.setdefault(relay.door, []).append(relay.next_door)
            if relay.cut is not None:
                bad.add(relay.door)
    for door, nexts in onward.items():  # who is down is passed over, if another stands
        onward[door] = [each for each in nexts if each not in gone] or nexts
    reached = {door: _reached(door, onward) for door in onward}
    bad |= {door for door, after in reached.items() if door in after}
    return bad | {door for door, after in reached.items() if not bad.isdisjoint(after)}


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
