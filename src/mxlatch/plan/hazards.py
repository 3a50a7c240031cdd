"""Hazards that more than one remedy has: said alike wherever they are."""

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from mxlatch.paths.hops import blind_to
from mxlatch.paths.properties import REFUSING
from mxlatch.plan.change import Harden
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import OTHERS, Hazard
from mxlatch.terms.door import WayIn
from mxlatch.terms.latch import FOUND, LIKELY_FOUND
from mxlatch.terms.names import is_below
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

At = Callable[[str], bool]  # of an address
_SHOWN = 8  # domains that a hazard names; a provider may serve hundreds at one door


def moved(records: Iterable[Record]) -> Iterator[Hazard]:
    """Of each name that gets these records: its new exchangers were never asked about it."""
    for name in sorted({record.name for record in records}):
        text = f"the exchangers of the domain must take mail for {name}, and know its recipients"
        yield Hazard(f"moved:{name}", text)


def returned(host: str, next_host: str) -> Hazard:
    """Who judges behind a relay refuses what the relay has accepted."""
    text = (
        f"what {next_host} then refuses, {host} has accepted: it has to refuse it too, or it bounces to forged senders"
    )
    return Hazard(f"returned:{host}", text)


def comes_back(after: Seen, taken: Iterable[Proposal]) -> Iterator[Hazard]:
    """Of each server that gets a latch, by that: the relays that do not surely refuse the same before. after: the plan.

    Which relays there are then, and what they have got themselves, other remedies of the plan say.
    """
    stronger = [change for each in taken for change in each.changes if isinstance(change, Harden)]
    for change, relay in product(stronger, after.world.relays):
        first = after.world.door(relay.door)
        is_judged = change.latch in REFUSING and change.latch not in (*relay.waives, *blind_to(relay))
        if relay.next_door != change.door or relay.cut is not None or after.host(first) == change.host:
            continue
        state = first.latches.get(change.latch)
        if is_judged and (state is None or state.state not in (FOUND, LIKELY_FOUND)):
            yield returned(after.host(first), change.host)


def handed_in_first(world: World, shut: At) -> tuple[str, ...]:
    """Names of other domains whose most preferred exchangers are, or are among, what would be shut: they stay open."""
    best: dict[str, tuple[int, bool]] = {}
    for way, address in _ways_of_others(world):
        preference, is_shut = best.get(way.name, (way.preference, False))
        if way.preference <= preference:
            is_shut = shut(address) or (is_shut and way.preference == preference)
            best[way.name] = way.preference, is_shut
    return tuple(sorted(name for name, (_, is_shut) in best.items() if is_shut))


def of_others(world: World, place: str, shut: At, admits: At) -> Iterator[Hazard]:
    """Other domains of the owner's whose mail comes to what is shut, or may: nobody looked.

    place: the host or the firewall. admits: true of an address from which it is still reached.
    """
    led = sorted({f"{w.name} MX {w.preference} {w.exchange}" for w, at in _ways_of_others(world) if shut(at)})
    others = [each for each in world.neighbours if each.domain != world.domain]
    fed = sorted({(each.domain, here) for each in others for here, to in each.relays if shut(to) and not admits(here)})
    unseen = sorted(_not_looked_at(world))
    said = [f"{here} hands mail for {domain} on to it, and is let in no more" for domain, here in fed[:_SHOWN]]
    if led:
        records = listed(led, most=_SHOWN)
        said.append(
            f"mail for them is handed in there, and is refused once it is shut ({records}): take these records away "
            "first, with the plans of those domains"
        )
    if unseen:
        names = listed(unseen, most=_SHOWN)
        said.append(f"nobody looked whether mail for {names} is handed in there: plan for all your domains in one run")
    if said:
        yield Hazard(f"{OTHERS}{place}", f"other domains at {place}: {'; '.join(said)}")


def _ways_of_others(world: World) -> Iterator[tuple[WayIn, str]]:
    """What records publish for names that are none of this domain's, each with the address that it leads to."""
    own = _own(world)
    for neighbour in world.neighbours:
        for way, address in neighbour.ways_in or ():
            if way.name not in own:
                yield way, address


def _not_looked_at(world: World) -> set[str]:
    """The owner's other domains that take mail, as far as he says, and of which it is not known where that goes."""
    looked = {each.domain for each in world.neighbours if each.ways_in is not None} | _own(world)
    declared = {entry.name for entry in world.inventory.domains if entry.mail}
    known = declared | {each.domain for each in world.neighbours}
    return {name for name in known - looked if not is_below(name, world.domain)}  # those were looked for


def _own(world: World) -> set[str]:
    return {world.domain, *(name.name for name in world.names), *(way.name for way, _ in world.ways_in)}
