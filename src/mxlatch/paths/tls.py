"""Is TLS demanded of senders at every exchanger, and kept? By MTA-STS (RFC 8461) and DANE (RFC 7672), beside STARTTLS.

An attacker on the way shuts out what is safe, and senders fall back to what is not. Where neither demands it, TLS is
opportunistic: it holds as long as nobody takes STARTTLS out of the reply, and no more is said of it.

Limit: the policy of the domain itself, not of names below it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from mxlatch.paths.facts import NO_ANSWER_BIT, Facts
from mxlatch.paths.hops import way_text
from mxlatch.paths.model import Held, Holds, Hop, Property
from mxlatch.terms.door import PUBLISHED, Door, DoorState, WayIn
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.outcome import Absent, Found, Unknown
from mxlatch.terms.verdict import Certainty
from mxlatch.terms.wording import listed
from mxlatch.world.certificates import faults
from mxlatch.world.dane import Dane
from mxlatch.world.dane_fit import fits_tlsa
from mxlatch.world.model import World
from mxlatch.world.sts import Sts, is_enforced

OPPORTUNISTIC = "opportunistic"  # `Held.rests`
_ATTACKER = Hop("sender", "An attacker on the way shuts out the other exchangers", Certainty.PROVEN)
_HEEDS_DANE = Hop("sender", "A mail server that heeds DANE delivers", Certainty.PROVEN)


class _Word(Struct, frozen=True):
    """What breaks it at one exchanger, or what is not known of it. way: None where it concerns all of them."""

    holds: Holds
    way: WayIn | None
    text: str
    sender: Hop
    end: str
    evidence: tuple[Evidence, ...] = ()


def demanded(world: World, facts: dict[str, Facts], starttls: Holds) -> Held:
    """Whether TLS holds where somebody asked for policies. starttls: of STARTTLS alone, not `Holds.NO`."""
    ways = [
        (way, world.door(door))
        for way, door in world.ways_in
        if way.kind in PUBLISHED and way.name == world.domain and facts[door].outcomes & ~NO_ANSWER_BIT
    ]
    words = [*_by_sts(world, ways), *_by_dane(world.dane, [way for way, _ in ways]), *_by_tlsa(world, ways)]
    for holds in (Holds.NO, Holds.UNKNOWN):
        for word in words:
            if word.holds is holds:
                return Held(Property.TLS, holds, partial(_hops, word))
    return Held(Property.TLS, starttls, rests=_rests(world, ways))


def _rests(world: World, ways: Sequence[tuple[WayIn, Door]]) -> str:
    """On what it rests, if it holds."""
    by = ["MTA-STS"] if is_enforced(world.sts) else []
    if world.dane is not None and ways and all(world.dane.secure(way.exchange) for way, _ in ways):
        by.append("DANE")
    return f"by {listed(by)}" if by else OPPORTUNISTIC


def _by_sts(world: World, ways: Iterable[tuple[WayIn, Door]]) -> Iterator[_Word]:
    match world.sts:
        case Found(sts) if sts.enforced:
            named = any(sts.names(way.exchange) for way, _ in ways)
            for way, door in ways:
                yield from _word_of_policy(sts, way, named=named)
                yield from _word_of_certificate(world, sts, way, door)
        case Unknown(reason):
            sender = Hop("sender", "A mail server asks for the MTA-STS policy", Certainty.PROVEN)
            yield _Word(
                Holds.UNKNOWN, None, f"whether an MTA-STS policy demands TLS is not known: {reason}", sender, ""
            )
        case _:
            pass


def _word_of_policy(sts: Sts, way: WayIn, *, named: bool) -> Iterator[_Word]:
    if not sts.names(way.exchange):
        end = "to senders that heed it it is unreachable: while the others are down, their mail waits"
        if not named:
            end = "it names no exchanger at all: senders that heed it deliver nothing, and return their mail"
        text = f"the MTA-STS policy does not name {way.exchange}"
        yield _Word(Holds.NO, way, text, _heeding(), end, sts.evidence)


def _word_of_certificate(world: World, sts: Sts, way: WayIn, door: Door) -> Iterator[_Word]:
    tls = door.session.tls if door.session is not None else None
    end = "to senders that heed the MTA-STS policy it is unreachable: while the others are down, their mail waits"
    if door.state is not DoorState.OPEN or tls is None or (not tls.chain and tls.trusted is None):
        text = f"whether the certificate of {door.id} holds for {way.exchange} is not known"
        yield _Word(Holds.UNKNOWN, way, text, _heeding(), "", door.evidence[:1])
    elif found := faults(tls, [way.exchange], world.time):
        # A session asks for one name (SNI); the server may have another certificate for its other names.
        if any(not faults(tls, [each.exchange], world.time) for each in door.ways_in if each.published):
            text = (
                f"{door.id} showed a certificate for another name; whether it has one for {way.exchange} is not known"
            )
            yield _Word(Holds.UNKNOWN, way, text, _heeding(), "", door.evidence[:1])
            return
        text = f"the certificate of {door.id} does not hold: {listed(found)}"
        yield _Word(Holds.NO, way, text, _heeding(), end, (*sts.evidence[-1:], *door.evidence[:1]))


def _heeding() -> Hop:
    return Hop("sender", "A mail server that heeds MTA-STS policies delivers", Certainty.PROVEN)


def _by_dane(dane: Dane | None, ways: Iterable[WayIn]) -> Iterator[_Word]:
    """One exchanger must have TLS and another need not: who shuts out the one comes to read at the other."""
    if dane is None:
        return
    exchanges = {way.exchange: way for way in ways}
    states = {exchange: dane.secure(exchange) for exchange in exchanges}
    must = [exchange for exchange, secure in states.items() if secure]
    # What one resolver does not say of all of them is so of all or of none.
    alike = len(states) < 2 or (set(states.values()) == {None} and all(map(dane.has_usable, states)))
    for exchange, secure in states.items():
        if secure is False and must:
            text = f"{exchange} has no TLSA that counts, and {listed(must)} has"
            end = f"{exchange} takes the mail with any certificate, or in clear"
            yield _Word(Holds.NO, exchanges[exchange], text, _ATTACKER, end, _shown(dane, must))
        if secure is None and not alike:
            text = f"whether {exchange} has TLSA records that count is not known: {_why(dane, exchange)}"
            yield _Word(Holds.UNKNOWN, exchanges[exchange], text, _ATTACKER, "", _shown(dane, must or [exchange]))


def _by_tlsa(world: World, ways: Iterable[tuple[WayIn, Door]]) -> Iterator[_Word]:
    """What a door shows must fit the TLSA of each exchanger that has some."""
    if world.dane is None:
        return
    for way, door in ways:
        if not world.dane.secure(way.exchange):
            continue
        fits = fits_tlsa(world, door, way.exchange)
        if fits is None:
            text = f"whether the certificate of {door.id} fits the TLSA of {way.exchange} is not known"
            yield _Word(Holds.UNKNOWN, way, text, _HEEDS_DANE, "", door.evidence[:1])
        elif not fits:
            text = f"the certificate of {door.id} fits no TLSA of {way.exchange}"
            end = "to senders that heed DANE it is unreachable: while the others are down, their mail waits"
            evidence = (*_shown(world.dane, [way.exchange]), *door.evidence[:1])
            yield _Word(Holds.NO, way, text, _HEEDS_DANE, end, evidence)


def _why(dane: Dane, exchange: str) -> str:
    match dane.tlsa.get(exchange):
        case Unknown(reason):
            return reason
        case Found() | Absent():
            return "no resolver that validates was asked"
        case _:
            return "nobody asked"


def _shown(dane: Dane, exchanges: Iterable[str]) -> tuple[Evidence, ...]:
    found = (dane.tlsa.get(each) for each in exchanges)
    return tuple(evidence for each in found if isinstance(each, Found) for evidence in each.value.evidence)


def _hops(word: _Word) -> tuple[Hop, ...]:
    sure = word.holds is Holds.NO
    certainty = Certainty.LIKELY if sure else Certainty.UNKNOWN
    way = [Hop("way-in", way_text(word.way), Certainty.PROVEN, word.way.evidence[:1])] if word.way else []
    said = Hop("latch", word.text, Certainty.PROVEN if sure else certainty, word.evidence)
    return (word.sender, *way, said, *([Hop("mailbox", word.end, certainty)] if word.end else []))
