"""The same doors and name servers seen from elsewhere: what each vantage saw, and what follows for this one.

A door may be shut to the internet and open to the guest Wi-Fi, a name server may tell each network something else, and
port 25 may be open outward where only clients are. The logs of other runs, `vantage run`'s or an audit's, say so.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Struct

from mxlatch.inventory.model import INTERNET, SMTP_PORT, Inventory
from mxlatch.inventory.model import Door as DeclaredDoor
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.names import is_below
from mxlatch.terms.observation import RESET, SESSION, SILENT, Observation
from mxlatch.terms.question import Question, SmtpQuestion
from mxlatch.world import showing
from mxlatch.world.delegation import addresses_in, resolver_questions
from mxlatch.world.domain import ZoneSeen, enquire_dns
from mxlatch.world.doors import Reached, door_state, reached
from mxlatch.world.enquiry import Enquiry, conclude, together
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.knock import MOST_DOORS, PASSES, knock
from mxlatch.world.model import DnsDifference, DoorView, Exchange, MailName, MxView, PortOut, VantageView, World
from mxlatch.world.scope import Scope

OPEN, CLOSED, UNKNOWN, NOT_ASKED = "open", "closed", "unknown", "not-asked"
MOST_CONTROLS = 16  # of one vantage: a few strangers' servers are enough to see whether port 25 goes out
# Seconds between two looks that can still speak of the same state of things; firewalls are changed every week.
_SAME_DAY = 86_400.0
_SHUT = (DoorState.CLOSED, DoorState.FILTERED)

Place = tuple[str, int]
Names = Callable[[str, Sequence[ZoneSeen]], tuple[MailName, ...]]


class Look(Struct, frozen=True, dict=True):
    """Another run: its scope, its answers, and all of them in order."""

    scope: Scope
    lookup: Callable[[Question], Observation | None]
    observations: tuple[Observation, ...]

    # Kept, since every domain of a run is judged beside the same looks.
    @cached_property
    def doors(self) -> tuple[DoorView, ...]:
        """What was seen of each door, by address and port."""
        return tuple(_doors(self))

    @cached_property
    def answering(self) -> frozenset[Place]:
        """Where something answered."""
        return frozenset(_place(o) for o in self.observations if o.status == SESSION)


# What a vantage is asked


def look(scope: Scope) -> Enquiry[list[Any]]:
    """What `vantage run` asks: the DNS of every domain again, every door of the inventory, and the controls."""
    return together([*(enquire_dns(domain, scope) for domain in scope.domains), _doors_and_controls(scope)])


def controls(scope: Scope) -> tuple[str, ...]:
    """The servers elsewhere that may be tried from this vantage."""
    return scope.inventory.vantage(scope.vantage).controls[:MOST_CONTROLS]


def _doors_and_controls(scope: Scope) -> Enquiry[tuple[Observation, ...]]:
    nameless = [door for door in scope.inventory.doors if door.name and not door.addresses]
    questions = list(resolver_questions([door.name for door in nameless], scope))
    seen = yield questions
    found: dict[str, set[str]] = {}
    for question, observation in zip(questions, seen, strict=True):
        found.setdefault(question.name, set()).update(addresses_in(observation))
    doors = {q for door in scope.inventory.doors for q in _questions(door, sorted(found.get(door.name, ())))}
    tried = [SmtpQuestion(address, SMTP_PORT, address) for address in controls(scope)]
    listed = {(question.address, question.port) for question in doors}
    tried = [question for question in tried if (question.address, question.port) not in listed]
    return (yield from knock([*sorted(doors)[:MOST_DOORS], *tried]))


def _questions(door: DeclaredDoor, found: Sequence[str]) -> Iterator[SmtpQuestion]:
    """A banner's session with each address; no recipient is tried, so no domain's leave is needed."""
    for address in door.addresses or found:
        yield SmtpQuestion(address, door.port, door.name or address, published=False)


# What a vantage saw


def views(
    domain: str,
    names: Sequence[MailName],
    exchanges: Sequence[Exchange],
    looks: Iterable[Look],
    scope: Scope,
    of: Names,
) -> tuple[VantageView, ...]:
    """What each other run saw that concerns this domain or the inventory's doors.

    of: makes the mail names of zones (`world.build` knows how).
    """
    looks = tuple(looks)
    answering = frozenset().union(*(each.answering for each in looks))
    return tuple(_view(domain, names, exchanges, each, answering, scope, of) for each in looks)


def _view(
    domain: str,
    names: Sequence[MailName],
    exchanges: Sequence[Exchange],
    other: Look,
    answering: frozenset[Place],
    scope: Scope,
    of: Names,
) -> VantageView:
    place = scope.inventory.vantage(other.scope.vantage)
    differences: tuple[DnsDifference, ...] = ()
    if domain in other.scope.domains:
        asked = conclude(enquire_dns(domain, other.scope), other.lookup, other.scope.time, other.scope.vantage)
        _, zones, led_to, _ = asked
        differences = (
            *_mx_differences(names, of(domain, zones)),
            *_address_differences(exchanges, led_to, [zone.name for zone in zones]),
        )
    return VantageView(
        vantage=other.scope.vantage,
        kind=place.kind,
        what=place.what,
        time=other.scope.time,
        doors=other.doors,
        differences=differences,
        port_out=port_out(other, answering),
    )


def _doors(other: Look) -> Iterator[DoorView]:
    """One view a door: of several sessions with it the one that got furthest."""
    control = reached(other.observations, other.scope.time)
    tried = {(address, SMTP_PORT) for address in controls(other.scope)}
    best: dict[tuple[str, int], tuple[tuple[bool, int], DoorView]] = {}
    for observation in other.observations:
        question = observation.question
        if not isinstance(question, SmtpQuestion):
            continue
        place, view = (question.address, question.port), _door_view(observation, question, control)
        if place in tried and other.scope.inventory.door_at(*place) is None:
            continue
        weight = (view.answered, question.attempt)
        if place not in best or weight > best[place][0]:
            best[place] = (weight, view)
    return (best[place][1] for place in sorted(best))


def _door_view(seen: Observation, question: SmtpQuestion, control: Reached) -> DoorView:
    state, reason = door_state(seen, control)
    if seen.status == SILENT and question.attempt < PASSES:
        state, reason = DoorState.UNKNOWN, "silent once, and the second pass was not made"
    return DoorView(
        address=question.address,
        port=question.port,
        state=state,
        reason=reason,
        answered=seen.status == SESSION,
        evidence=(showing.of_knock(seen, f"{state} from {seen.vantage}{f': {reason}' if reason else ''}"),),
    )


def port_out(other: Look, answering: frozenset[Place]) -> PortOut:
    """Whether port 25 is open from there to servers elsewhere. Only a control that answers somebody can say no."""
    wanted = {(address, SMTP_PORT) for address in controls(other.scope)}
    seen = [o for o in other.observations if _place(o) in wanted]
    if not seen:
        return PortOut(NOT_ASKED, "no server elsewhere was named to try (--control)")
    told = tuple(showing.of_knock(o, f"{_word(o)}, tried from {o.vantage}") for o in seen)
    if any(o.status == SESSION for o in seen):
        return PortOut(OPEN, "", tuple(e for e, o in zip(told, seen, strict=True) if o.status == SESSION))
    refused = [o for o in seen if o.status == RESET or (o.status == SILENT and _attempt(o) == PASSES)]
    if any(_place(o) in answering for o in refused):
        return PortOut(CLOSED, "", told)
    why = "; ".join(dict.fromkeys(map(_word, seen)))
    return PortOut(UNKNOWN, f"no control answered ({why}), and from no other vantage did one", told)


def _place(seen: Observation) -> Place:
    """The door that was tried; nowhere for a question of another kind."""
    return (seen.question.address, seen.question.port) if isinstance(seen.question, SmtpQuestion) else ("", 0)


def _attempt(seen: Observation) -> int:
    return seen.question.attempt if isinstance(seen.question, SmtpQuestion) else 0


def _word(seen: Observation) -> str:
    words = {SESSION: "answered", RESET: "refused", SILENT: "silent"}
    return words.get(seen.status) or seen.reason or seen.status


# The DNS, told otherwise


def _mx_differences(here: Sequence[MailName], there: Sequence[MailName]) -> Iterator[DnsDifference]:
    """Names of which a server says something else to the other vantage, or other servers do where none is common."""
    others = {name.name: _clear(name) for name in there}
    for name in here:
        mine, theirs = _clear(name), others.get(name.name, {})
        common = sorted(mine.keys() & theirs.keys())
        pairs = [(mine[s], theirs[s]) for s in common if _set(mine[s]) != _set(theirs[s])]
        if not common and _union(mine.values()) != _union(theirs.values()):
            pairs = [(m, t) for m in mine.values() for t in theirs.values()]
        if pairs:
            yield DnsDifference(
                name=name.name,
                rrtype="MX",
                here=_union(m for m, _ in pairs),
                there=_union(t for _, t in pairs),
                same_serial=any(m.serial == t.serial and m.serial is not None for m, t in pairs),
                evidence=tuple(dict.fromkeys(e for pair in pairs for view in pair for e in view.evidence)),
            )


def _clear(name: MailName) -> dict[str, MxView]:
    return {view.server: view for view in name.views if view.meant is not None}


def _set(view: MxView) -> frozenset[str]:
    return frozenset(f"{preference} {exchange}" for preference, exchange in view.meant or ())


def _union(found: Iterable[MxView]) -> tuple[str, ...]:
    return tuple(sorted({each for view in found for each in _set(view)}))


def _address_differences(
    here: Sequence[Exchange], there: Sequence[ExchangeSeen], zones: Sequence[str]
) -> Iterator[DnsDifference]:
    """Exchanges of the domain's own zones that lead elsewhere. What a large provider gives differs every time."""
    others = {exchange.name: exchange for exchange in there}
    for exchange in here:
        other = others.get(exchange.name)
        if other is None or not any(is_below(exchange.name, zone) for zone in zones):
            continue
        mine, theirs = tuple(sorted(view.address for view in exchange.addresses)), tuple(sorted(other.addresses))
        if mine and theirs and mine != theirs:
            told = [showing.of_answer(o) for given in other.given.values() for _, o in given]
            yield DnsDifference(
                name=exchange.name,
                rrtype="addresses",
                here=mine,
                there=theirs,
                same_serial=False,
                evidence=tuple(dict.fromkeys([*(e for v in exchange.addresses for e in v.evidence), *told])),
            )


# What follows for the doors seen from here


def agreed(doors: Iterable[Door], elsewhere: Sequence[VantageView], scope: Scope) -> tuple[Door, ...]:
    """The doors, with what a second vantage on the internet says of them.

    What is silent here and shut there too is closed (DESIGN section 2). What is shut here and open there is neither:
    some strangers get in. Vantages of other kinds say nothing of the internet, and a look of another day nothing of
    today. A declared rule that any vantage saw broken closes nothing.
    """
    doors = [_without_broken_rule(door, elsewhere, scope.inventory) for door in doors]
    if scope.inventory.vantage(scope.vantage).kind != INTERNET:
        return tuple(doors)
    second = [view for view in elsewhere if _speaks(view, scope)]
    return tuple(_agreed(door, second) for door in doors)


def _without_broken_rule(door: Door, elsewhere: Sequence[VantageView], inventory: Inventory) -> Door:
    """The door as it is known where its firewall does not do what the owner declares."""
    answers = [view.vantage for view in elsewhere for each in view.doors if each.id == door.id and each.answered]
    broken = any(inventory.refused_by_rule(door.address, door.port, vantage) is not None for vantage in answers)
    return msgspec.structs.replace(door, closed_by=None) if broken and door.closed_by is not None else door


def _speaks(view: VantageView, scope: Scope) -> bool:
    return view.kind == INTERNET and view.vantage != scope.vantage and abs(view.time - scope.time) <= _SAME_DAY


def _agreed(door: Door, second: Sequence[VantageView]) -> Door:
    if door.state not in _SHUT:
        return door
    seen = [(view, each) for view in second for each in view.doors if each.id == door.id]
    for view, each in seen:
        if each.answered:
            reason = f"{door.reason or door.state} here, and answers at {view.vantage}"
            evidence = (*door.evidence, *each.evidence)
            return msgspec.structs.replace(
                door, state=DoorState.UNKNOWN, reason=reason, closed_by=None, evidence=evidence
            )
    says = [e for _, each in seen if each.state in _SHUT for e in each.evidence]
    if door.state is DoorState.FILTERED and door.closed_by is None and says:
        return msgspec.structs.replace(door, closed_by=says[0])
    return door


def concerning(elsewhere: Iterable[VantageView], doors: Sequence[Door], scope: Scope) -> tuple[VantageView, ...]:
    """The views less the doors that are neither this domain's nor the inventory's: other domains were asked too."""
    known = {door.id for door in doors}
    return tuple(
        msgspec.structs.replace(
            view,
            doors=tuple(
                each for each in view.doors if each.id in known or scope.inventory.door_at(each.address, each.port)
            ),
        )
        for view in elsewhere
    )


def is_place(address: str) -> bool:
    """True if this is an address: a world may hold what a stranger's record called one."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return "%" not in address


def everywhere(world: World) -> tuple[VantageView, ...]:
    """The audit's own look, in the same form, and then the others."""
    place = world.inventory.vantage(world.vantage)
    doors = (
        DoorView(door.address, door.port, door.state, door.reason, door.session is not None, door.evidence)
        for door in sorted(world.doors, key=lambda door: (door.address, door.port))
    )
    return (VantageView(world.vantage, place.kind, place.what, world.time, tuple(doors)), *world.elsewhere)
