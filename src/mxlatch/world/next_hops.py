"""What was not seen of the places to which the owner's doors hand mail on: the mailbox may stand open there.

One at an address that nobody on the internet comes to is surely no way in from there. One that the inventory lists
neither as a door's address nor in a block may be somebody else's: it is not asked. Of any other that no door was found
for, a name that leads nowhere above all, nothing is known.
"""

from collections.abc import Iterator, Sequence

from mxlatch.inventory.hops import FORWARDS, Hop, hops_of
from mxlatch.inventory.model import SMTPS_PORT
from mxlatch.terms.door import DECLARED, Door, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import NotAsked, NotJudged
from mxlatch.terms.names import is_below
from mxlatch.terms.operators import operator_of
from mxlatch.world.candidates import NO_ADDRESS
from mxlatch.world.domain import DomainSeen
from mxlatch.world.exchanges import NO_SUCH_NAME
from mxlatch.world.scope import Scope

NEXT_HOP, SESSION = "next hop", "session"  # `NotAsked.what`, of a door the latter; `NotJudged.what`
TLS_FIRST = "a server there expects TLS from the first octet (RFC 8314), which is not spoken yet"
_REMEDY = "write the name as it is, or, if it is known inside only, list the door with its addresses"

Unseen = NotAsked | NotJudged | Evidence  # the last: surely no way in, and why


def unseen(seen: DomainSeen, doors: Sequence[Door], scope: Scope) -> Iterator[Unseen]:
    """What to tell of each place at which no door was found, by the declaration that names it."""
    exchangers = frozenset(address for exchange in seen.exchanges for address in exchange.addresses)
    for hop in hops_of(seen.domain, exchangers, scope.inventory):
        if not hop.is_trap and not _is_endpoint(hop, doors, scope):
            yield from _of_hop(hop, seen, doors, scope)


def _is_endpoint(hop: Hop, doors: Sequence[Door], scope: Scope) -> bool:
    """True if it is an operator's that has its one session elsewhere: any of its addresses does the same."""
    operator = operator_of(hop.host, scope.providers)
    return operator is not None and any(door.operator == operator.id for door in doors)


def _of_hop(hop: Hop, seen: DomainSeen, doors: Sequence[Door], scope: Scope) -> Iterator[Unseen]:
    known = {door.id for door in doors}
    places = dict.fromkeys(_places(hop, seen))
    for address, port in places:
        if door_id(address, port) not in known:
            yield _of_place(hop, address, port, scope, seen.domain)
    if not places and not any(map(hop.leads_to, doors)):
        yield _of_name(hop, seen, scope)


def _places(hop: Hop, seen: DomainSeen) -> Iterator[tuple[str, int]]:
    """(address, port) of all that it means, as far as it is known."""
    candidates = [each for each in (*seen.candidates.listed, *seen.candidates.unlisted) if each.kind == DECLARED]
    for name, address, port in hop.places:
        if address:
            yield address, port
        else:
            yield from ((each.address, port) for each in candidates if (each.name, each.port) == (name, port))


def _of_place(hop: Hop, address: str, port: int, scope: Scope, domain: str) -> Unseen:
    said, place = hop.evidence(scope.inventory), door_id(address, port)
    if why := scope.why_unreachable(address):
        return Evidence(f"{said.text}: {why}", said.source)
    if not scope.searches(domain):
        return NotAsked(place, SESSION, f"{_named(said)}: no MX leads there")
    if port == SMTPS_PORT:
        return NotAsked(place, SESSION, TLS_FIRST)
    if not scope.inventory.is_listed(address):
        # Aliases are sent on to other people's servers too, and nothing says that these hold the domain's mailboxes.
        what = SESSION if hop.key == FORWARDS else NEXT_HOP
        return NotAsked(place, what, f"{_named(said)}; list the address as a door's or in a block, if it is yours")
    return NotJudged(place, NEXT_HOP, f"{_named(said)}: not seen, beyond the bound")


def _of_name(hop: Hop, seen: DomainSeen, scope: Scope) -> Unseen:
    said = hop.evidence(scope.inventory)
    if not scope.searches(seen.domain):
        return NotAsked(hop.text, SESSION, f"{_named(said)}: no MX leads there")
    why = seen.candidates.nowhere.get(hop.host, "beyond the bound")
    sure = why in (NO_SUCH_NAME, NO_ADDRESS)
    if sure and hop.key == FORWARDS and not _is_own(hop, scope):
        return NotAsked(hop.text, SESSION, f"{_named(said)}: {why}")
    remedy = f"; {_REMEDY}" if sure else ""
    return NotJudged(hop.text, NEXT_HOP, f"{_named(said)}: not seen, {why}{remedy}")


def _is_own(hop: Hop, scope: Scope) -> bool:
    """True if the name is of the owner's: aliases are sent on to other people's domains too, which need no address."""
    return bool(hop.doors) or any(is_below(hop.host, entry.name) for entry in scope.inventory.domains)


def _named(said: Evidence) -> str:
    """Who names it, and where."""
    return f"{said.text} ({said.source})"
