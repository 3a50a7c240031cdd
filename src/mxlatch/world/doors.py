"""From what came of knocking to doors: open, closed, filtered or unknown, with the latches that were seen (DESIGN 2).

A refused connection or two silences say something of the door only if the same run reached another door on that port
by the same address family; without that positive control it may be our own way out that is blocked.
"""

import ipaddress
from collections.abc import Iterable, Sequence

import msgspec

from mxlatch.inventory.hops import hands_on_to
from mxlatch.inventory.leave import Leave, why_no_probes
from mxlatch.inventory.model import Door as DeclaredDoor
from mxlatch.inventory.model import Inventory
from mxlatch.terms.door import Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.latch import FOUND, LIKELY_ABSENT, UNKNOWN, Latch, LatchState
from mxlatch.terms.observation import RESET, SESSION, SILENT, Observation
from mxlatch.terms.operators import Provider, operator_of
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.wire.smtp.software import recognise
from mxlatch.world import showing
from mxlatch.world.endpoint_answers import CLOSED as LOCKED
from mxlatch.world.endpoint_answers import OPEN, EndpointState, endpoint_evidence, judge_endpoint
from mxlatch.world.latches import (
    blinded,
    content_by_operator,
    declared_latches,
    offers_xclient,
    seen_latches,
)
from mxlatch.world.scope import Scope
from mxlatch.world.taking import takes_somebody

Reached = frozenset[tuple[int, int]]  # (IP version, port) on which some door of the run answered

_GREETING = 220


def reached(observations: Iterable[Observation], since: float = 0.0) -> Reached:
    """The positive control: where the run got through to a mail server at all.

    since: when the run began; what is remembered from an earlier day says nothing of today's way out.
    """
    return frozenset(
        (_version(o.question.address), o.question.port)
        for o in observations
        if isinstance(o.question, SmtpQuestion) and o.time >= since and _greets(o)
    )


def build_doors(
    domain: str,
    seen: Sequence[Observation],
    ways: dict[tuple[str, int], tuple[WayIn, ...]],
    leave: Leave | str,
    control: Reached,
    scope: Scope,
) -> tuple[Door, ...]:
    """The doors behind these observations. ways: by address and port, how strangers learn of it."""
    knocks = [(o, (o.question.address, o.question.port)) for o in seen if isinstance(o.question, SmtpQuestion)]
    served = any(takes_somebody(o.value if isinstance(o.value, Session) else None) for o, _ in knocks)
    plain = [_door(domain, o, ways.get(place, ()), leave, control, scope, served) for o, place in knocks]
    filtering = {who.id for who in scope.providers if who.filters}
    some_filter = any(door.operator in _filters(scope.providers) for door in plain)
    return tuple(_with_content(door, scope, filtering, some_filter) for door in plain)


def _filters(providers: Iterable[Provider]) -> frozenset[str]:
    """Operators whose only work is to filter: beside one of these, a door elsewhere is a likely way round."""
    return frozenset(who.id for who in providers if who.kind == "filter")


def _door(
    domain: str,
    seen: Observation,
    ways: tuple[WayIn, ...],
    leave: Leave | str,
    control: Reached,
    scope: Scope,
    served: bool,
) -> Door:
    question = seen.question
    assert isinstance(question, SmtpQuestion)
    session = seen.value if isinstance(seen.value, Session) else None
    state, reason, closed_by = _shut(seen, control, scope)
    declared = _declared(question, ways, scope.inventory)
    latches = seen_latches(seen, _why_not_asked(domain, question.address, leave, scope), served=served)
    if declared is not None:
        latches |= declared_latches(declared, scope.inventory)
    if session is not None and offers_xclient(session):
        latches |= blinded(latches)
    lock = _endpoint(question, session, scope)
    if lock is not None:
        latches = _of_endpoint(latches, lock, seen)
    software = recognise(session.banner, session.ehlo(encrypted=False)) if session else None
    operators = [who.id for way in ways if (who := operator_of(way.exchange, scope.providers))]
    return Door(
        address=question.address,
        port=question.port,
        state=state,
        reason=reason,
        ways_in=ways,
        latches=_ordered(latches) if state is DoorState.OPEN or declared else {},
        authorised=_authorised(question, ways, declared, scope.inventory),
        role=declared.role if declared else "",
        operator=question.operator or (operators[0] if operators else ""),
        software=software.name if software else "",
        session=session,
        closed_by=closed_by,
        endpoint=lock.state if lock is not None else "",
        evidence=(
            showing.of_knock(seen, _what_came(seen, reason)),
            *(endpoint_evidence(seen, lock) if lock is not None else ()),
        ),
    )


def _shut(seen: Observation, control: Reached, scope: Scope) -> tuple[DoorState, str, Evidence | None]:
    """The state and why it is no more, and by what declaration, or sort of address, nobody gets in from here."""
    question = seen.question
    assert isinstance(question, SmtpQuestion)
    state, reason = door_state(seen, control)
    declared = scope.inventory.declared_closed(question.address, question.port, scope.vantage)
    inside = scope.why_unreachable(question.address) if scope.inventory.is_listed(question.address) else ""
    if inside and state in (DoorState.FILTERED, DoorState.UNKNOWN) and seen.status != SESSION:
        # No positive control is needed: no way out of ours could lead there.
        return DoorState.FILTERED, inside, declared or Evidence(inside)
    return state, reason, declared


def _authorised(
    question: SmtpQuestion, ways: tuple[WayIn, ...], declared: DeclaredDoor | None, inventory: Inventory
) -> bool | None:
    """Whether the owner wants the door: who names it as a next hop does; None where he lists no doors at all."""
    if declared is not None:
        return declared.authorised
    here = Door(question.address, question.port, DoorState.UNKNOWN, ways_in=ways)
    return hands_on_to(here, inventory) if inventory.doors else None


def _endpoint(question: SmtpQuestion, session: Session | None, scope: Scope) -> EndpointState | None:
    """What a provider's endpoint did with a stranger; None for any other door."""
    provider = next((who for who in scope.providers if who.id == question.operator), None)
    if provider is None or session is None or question.published:
        return None
    return judge_endpoint(provider, session)


def _of_endpoint(latches: dict[Latch, LatchState], lock: EndpointState, seen: Observation) -> dict[Latch, LatchState]:
    """Whether it relays was not asked; who is locked out can tell nothing of recipients either."""
    moot = {Latch.RELAY, Latch.RECIPIENT} if lock.state == LOCKED else {Latch.RELAY}
    kept = {latch: state for latch, state in latches.items() if latch not in moot}
    return kept | {Latch.CONTENT: _behind(lock, seen)}


def _behind(lock: EndpointState, seen: Observation) -> LatchState:
    """The filter in front of the mailbox host: gone round where the host takes mail from anybody."""
    state = {LOCKED: FOUND, OPEN: LIKELY_ABSENT}.get(lock.state, UNKNOWN)
    return LatchState(state, "inferred", lock.detail, endpoint_evidence(seen, lock))


def door_state(seen: Observation, control: Reached) -> tuple[DoorState, str]:
    """What came of knocking, and in words why it is no more than that."""
    question = seen.question
    assert isinstance(question, SmtpQuestion)
    held = (_version(question.address), question.port) in control
    uncontrolled = "and no other door on this port answered this run: our own way out may be blocked"
    match seen.status:
        case s if s == SESSION:
            return (DoorState.OPEN, "") if _greets(seen) else (DoorState.UNKNOWN, _why_no_greeting(seen))
        case s if s == RESET:
            return (
                (DoorState.CLOSED, "refuses connections") if held else (DoorState.UNKNOWN, f"refused, {uncontrolled}")
            )
        case s if s == SILENT:
            silent = f"silent in {question.attempt} passes"
            return (DoorState.FILTERED, silent) if held else (DoorState.UNKNOWN, f"{silent}, {uncontrolled}")
        case _:
            return DoorState.UNKNOWN, seen.reason or seen.status


def _with_content(door: Door, scope: Scope, filtering: set[str], some_filter: bool) -> Door:
    """Add what follows for `content` from whose door it is, where nothing better is known."""
    if Latch.CONTENT in door.latches or door.state is not DoorState.OPEN:
        return door
    name = next((who.name for who in scope.providers if who.id == door.operator), "")
    state = content_by_operator(door.operator, name, door.operator in filtering, some_filter)
    if state is None:
        return door
    return msgspec.structs.replace(door, latches=_ordered(door.latches | {Latch.CONTENT: state}))


def _ordered(latches: dict[Latch, LatchState]) -> dict[Latch, LatchState]:
    return {latch: latches[latch] for latch in Latch if latch in latches}


def _declared(question: SmtpQuestion, ways: tuple[WayIn, ...], inventory: Inventory) -> DeclaredDoor | None:
    """The inventory's entry for a door: by address, or by the name that led here if the entry gives no address."""
    at = inventory.door_at(question.address, question.port)
    named = (door for way in ways for door in inventory.doors_named(way.exchange) if not door.addresses)
    return at or next((door for door in named if door.port == question.port), None)


def _why_not_asked(domain: str, address: str, leave: Leave | str, scope: Scope) -> str:
    if isinstance(leave, str):
        return f"no leave: {leave}"
    return why_no_probes(domain, address, scope.inventory, leave, scope.time) or ""


def _greets(seen: Observation) -> bool:
    session = seen.value
    return isinstance(session, Session) and session.banner is not None and session.banner.code == _GREETING


def _why_no_greeting(seen: Observation) -> str:
    session = seen.value
    if isinstance(session, Session) and session.banner is not None:
        return f"greets with {session.banner.code} {session.banner.text}: it may refuse us, or everybody"
    return f"the connection stands, but no greeting came: {session.ended if isinstance(session, Session) else ''}"


def _what_came(seen: Observation, reason: str) -> str:
    session = seen.value
    if isinstance(session, Session) and session.banner is not None:
        return f"{session.banner.code} {session.banner.text}"
    return reason or seen.status


def _version(address: str) -> int:
    return ipaddress.ip_address(address).version
