"""Harden: a door gets the latches that it lacks, so that it is as strong as the others.

For a secondary that stays: the same recipients, the same lists, the same content filter with the same rules and corpus.
What then comes back to a relay is told of the whole plan (`plan.hazards.comes_back`): other remedies change who relays.
"""

from collections.abc import Iterator, Sequence

from mxlatch.plan.change import Harden
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import Door
from mxlatch.terms.latch import FOUND, LIKELY_FOUND, NOUNS, Latch

ID = "harden"
# Work and upkeep: a table to fetch, a filter to run and to teach.
_COST = {Latch.CONTENT: 4, Latch.RECIPIENT: 2, Latch.DMARC: 3, Latch.ORDER: 3}
_OTHERWISE = 2


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each server of one's own through which a path goes round, and each latch that it lacks."""
    lacking: dict[tuple[str, Latch], list[Door]] = {}
    for door in seen.world.doors:
        if door.id in seen.round and not door.endpoint and _is_ours(seen, door):
            missing = {latch for path in seen.round[door.id] for latch in path.missing}
            for latch in Latch:
                if latch in missing:
                    lacking.setdefault((seen.host(door), latch), []).append(door)
    for (host, latch), doors in lacking.items():
        yield _harden(seen, host, doors, latch)


def _is_ours(seen: Seen, door: Door) -> bool:
    declared = seen.declared(door)
    if declared is not None:
        return declared.authorised
    return not seen.world.inventory.doors  # what nobody listed should go, not be made stronger


def _harden(seen: Seen, host: str, doors: Sequence[Door], latch: Latch) -> Proposal:
    own = tuple(door.id for door in doors)
    like = _model(seen, latch, doors)
    detail = like.latches[latch].detail if like else ""
    return Proposal(
        remedy=ID,
        title=f"give {host} {NOUNS[latch]}" + (f", as {seen.host(like)} has it" if like else ""),
        cost=_COST.get(latch, _OTHERWISE),
        doors=(*own, *(door for door in seen.round if door not in own and _is_met(seen, door, own, latch))),
        latches=(latch,),
        changes=tuple(Harden(door.id, host, door.software, latch, like.id if like else "", detail) for door in doors),
        hazards=(_unknown_recipients(host),) if latch is Latch.RECIPIENT else (),
        undo=f"restore the settings of {host}",
    )


def _is_met(seen: Seen, first: str, at: Sequence[str], latch: Latch) -> bool:
    """True if what another door lets in without the latch comes by this server, where it may be met: if it can see."""
    return any(latch in path.missing and not set(at).isdisjoint(path.doors[1:]) for path in seen.round[first])


def _model(seen: Seen, latch: Latch, doors: Sequence[Door]) -> Door | None:
    """A door that has the latch already."""
    having = (
        each
        for each in seen.world.doors
        if each not in doors and latch in each.latches and each.latches[latch].state in (FOUND, LIKELY_FOUND)
    )
    return next(having, None)


def _unknown_recipients(host: str) -> Hazard:
    text = (
        f"{host} needs every valid recipient of every domain that it serves, and each new one in time: it refuses for "
        "good what it does not know"
    )
    return Hazard(f"recipients:{host}", text)
