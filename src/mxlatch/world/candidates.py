"""Doors that no MX names, looked for in every source, looked up by public resolution, sorted by what may be done.

Only what the inventory lists is knocked at (the gate judges that again); of the rest it is told that nobody asked.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from mxlatch.inventory.model import SMTP_PORT
from mxlatch.terms import dns
from mxlatch.terms.door import DECLARED
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import Observation
from mxlatch.world import showing
from mxlatch.world.answers import is_silent
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.delegation import addresses_in, resolver_questions
from mxlatch.world.enquiry import Enquiry, together
from mxlatch.world.exchanges import NO_SUCH_NAME, literal
from mxlatch.world.scope import Scope
from mxlatch.world.sources import SOURCES

MOST_CANDIDATES = 512  # with an address, of one domain
NO_ADDRESS = "the name has no address"
_MOST_NAMES = 400  # looked up for one domain


class Candidates(Struct, frozen=True):
    """What the search found.

    listed: with addresses that the inventory lists: to be knocked at. unlisted: with other addresses. unheard: look-ups
    that were not answered. left_out: how many were beyond a bound. told: what the sources saw and did not follow.
    nowhere: names that the owner declared and that led to no address, each with the reason.
    """

    listed: tuple[Candidate, ...] = ()
    unlisted: tuple[Candidate, ...] = ()
    unheard: tuple[Observation, ...] = ()
    left_out: int = 0
    told: tuple[Evidence, ...] = ()
    nowhere: dict[str, str] = {}

    def joined(self, other: "Candidates") -> "Candidates":
        """Both together; what both found counts once."""
        return Candidates(
            listed=tuple(dict.fromkeys((*self.listed, *other.listed))),
            unlisted=tuple(dict.fromkeys((*self.unlisted, *other.unlisted))),
            unheard=(*self.unheard, *other.unheard),
            left_out=self.left_out + other.left_out,
            told=(*self.told, *other.told),
            nowhere=self.nowhere | other.nowhere,
        )


def find_candidates(known: Known, scope: Scope) -> Enquiry[Candidates]:
    """Ask every source, look up the names they gave, leave out what is a published exchanger's door already."""
    trails = yield from together([find(known, scope) for find in SOURCES])
    found = yield from place([candidate for trail in trails for candidate in trail.candidates], known, scope)
    return msgspec.structs.replace(
        found,
        told=tuple(evidence for trail in trails for evidence in trail.told),
        unheard=(*found.unheard, *(observation for trail in trails for observation in trail.unheard)),
    )


def place(found: Sequence[Candidate], known: Known, scope: Scope) -> Enquiry[Candidates]:
    """Look up the names among these candidates and sort them by what may be done."""
    declared = {c.name for c in found if c.kind == DECLARED}
    # The owner's own names first: no bound may cost one of them.
    names = sorted(
        {c.name for c in found if not c.address and not literal(c.name)}, key=lambda n: (n not in declared, n)
    )
    asked = resolver_questions(names[:_MOST_NAMES], scope)
    seen = yield asked
    answers: dict[str, list[Observation]] = {}
    for question, observation in zip(asked, seen, strict=True):
        answers.setdefault(question.name, []).append(observation)
    doors = {(address, SMTP_PORT) for address in known.addresses}
    placed = {
        (c.address, c.port, c.kind, c.name): c for each in found for c in _placed(each, answers.get(each.name, []))
    }
    published = {exchange.name for exchange in known.exchanges}
    # What the owner calls by a name of his own is told by it: a next hop may be an exchanger under another name.
    called = {(c.name, c.port) for c in found if c.kind == DECLARED and not c.address and c.name not in published}
    fresh = [
        c
        for _, c in sorted(placed.items())
        if (c.address, c.port) not in doors or (c.kind == DECLARED and (c.name, c.port) in called)
    ]
    kept = fresh[:MOST_CANDIDATES]
    return Candidates(
        listed=tuple(c for c in kept if scope.inventory.is_listed(c.address)),
        unlisted=tuple(c for c in kept if not scope.inventory.is_listed(c.address)),
        unheard=tuple(observation for observation in seen if is_silent(observation)),
        left_out=max(0, len(names) - _MOST_NAMES) + len(fresh) - len(kept),
        nowhere={
            name: _why_nowhere(answers.get(name, []))
            for name in names
            if name in declared and not any(map(addresses_in, answers.get(name, [])))
        },
    )


def _why_nowhere(answers: Sequence[Observation]) -> str:
    """Why a name led to no address."""
    if dns.NXDOMAIN in {o.status for o in answers}:
        return NO_SUCH_NAME
    unclear = [o.reason or o.status for o in answers if o.status not in (dns.NODATA, dns.ANSWER)]
    return "; ".join(dict.fromkeys(unclear)) or (NO_ADDRESS if answers else "nobody was asked")


def _placed(candidate: Candidate, answers: Sequence[Observation]) -> list[Candidate]:
    """The candidate at each of its addresses; none for a name that leads nowhere."""
    if candidate.address:
        return [candidate]
    if spelt := literal(candidate.name):
        return [msgspec.structs.replace(candidate, address=spelt)]
    return [
        msgspec.structs.replace(
            candidate, address=address, evidence=(*candidate.evidence, showing.of_answer(observation))
        )
        for observation in answers
        for address in addresses_in(observation)
    ]
