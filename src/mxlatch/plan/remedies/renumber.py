"""Renumber: the lines of one server get the preferences that their owner means (RFC 5321 section 5.1).

Lines are addresses of one server under several exchangers' names. Equal preferences share the load; a line with a
higher one is used only while the better are down, as the owner wants of a dear one (`dear` in the inventory). Closes
nothing.

Limits: a name that leads to lines of both sorts is left alone, since a number tells names apart and not addresses: the
plan says so. Left alone is a record behind another server's, too, where lines shall share: that is a layout (a
sandwich), and no slip.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct

from mxlatch.plan.preference import after
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import StaysOpen
from mxlatch.plan.views import right_views
from mxlatch.terms.dns import Mx
from mxlatch.terms.door import MX, Door
from mxlatch.terms.wording import listed
from mxlatch.world.model import MailName

ID = "renumber"
_COST = 1
_SHOWN = 4

Moves = dict[Mx, int]  # which record gets which preference


class _Lines(Struct, frozen=True):
    """One server's records of a name, best first, by what they cost. others: preferences of other servers' records."""

    cheap: tuple[Mx, ...]
    dear: tuple[Mx, ...]
    others: tuple[int, ...]


def also(seen: Seen) -> Iterator[Proposal]:
    """For each server of which the owner says what its lines are for, and each name whose MX say otherwise."""
    for name, leads, host, dear in _said(seen):
        lines = _lines(seen, host, dear, leads)
        moves = _apart(lines) if dear else _alike(lines, leads)
        if moves:
            yield _renumbered(name, host, moves, leads, shared=not dear)


def cannot(seen: Seen) -> Iterator[StaysOpen]:
    """Where a name leads to a dear line and to others, so that the dear one is used while a cheap one is up."""
    for _, leads, host, dear in _said(seen):
        lines = {
            mx: {door.address for door in map(seen.world.door, doors) if seen.host(door) == host}
            for mx, doors in sorted(leads.items())
        }
        cheap = set(chain.from_iterable(lines.values())).difference(dear)
        for (preference, exchange), addresses in lines.items():
            tried = set(chain.from_iterable(lines[mx] for mx in lines if mx[0] < preference))
            if addresses.intersection(dear) and addresses & cheap and cheap - tried:
                yield _both(host, exchange, addresses.intersection(dear), addresses & cheap)


def _both(host: str, exchange: str, dear: Iterable[str], cheap: Iterable[str]) -> StaysOpen:
    which, others = listed(sorted(dear), _SHOWN), listed(sorted(cheap), _SHOWN)
    return StaysOpen(
        f"the dear line of {host} ({which}) takes mail while others are up",
        f"{exchange} leads to it and to {others}, and a preference tells names apart, not addresses: "
        "give the dear line a name of its own",
    )


def _said(seen: Seen) -> Iterator[tuple[str, dict[Mx, list[str]], str, tuple[str, ...]]]:
    """Each mail name, where its records lead, and each server of which the owner says which lines are dear."""
    declared = {seen.host(door): entry.dear for door in seen.world.doors if (entry := seen.declared(door)) is not None}
    for name in seen.world.names:
        if not name.wildcard and name.name in seen.mail_names:
            leads = _leads(seen, name)
            yield from ((name.name, leads, host, dear) for host, dear in declared.items() if dear is not None)


def is_dear(seen: Seen, door: Door) -> bool:
    """True if the owner wants this address of a server to be used only while its others are down."""
    declared = seen.declared(door)
    return declared is not None and door.address in (declared.dear or ())


def _leads(seen: Seen, name: MailName) -> dict[Mx, list[str]]:
    """The records that count, each with the ids of the doors that it leads to."""
    right = right_views(name)
    found: dict[Mx, list[str]] = {mx: [] for mx in (right[0].meant if right else None) or ()}
    for way, door in seen.world.ways_in:
        if way.kind == MX and way.name == name.name and (way.preference, way.exchange) in found:
            found[way.preference, way.exchange].append(door)
    return found


def _lines(seen: Seen, host: str, dear: Iterable[str], leads: dict[Mx, list[str]]) -> _Lines:
    mine = {
        mx: {seen.world.door(door).address for door in doors}
        for mx, doors in leads.items()
        if _hosts(seen, doors) == {host}
    }
    return _Lines(
        cheap=tuple(sorted(mx for mx, addresses in mine.items() if addresses.isdisjoint(dear))),
        dear=tuple(sorted(mx for mx, addresses in mine.items() if addresses.issubset(dear))),
        others=tuple(preference for (preference, _), doors in leads.items() if _hosts(seen, doors) - {host}),
    )


def _hosts(seen: Seen, doors: Iterable[str]) -> set[str]:
    return {seen.host(seen.world.door(door)) for door in doors}


def _alike(lines: _Lines, leads: dict[Mx, list[str]]) -> Moves:
    """Every line shares the load with the best."""
    if not lines.cheap:
        return {}
    best = lines.cheap[0][0]
    sharing = set(chain.from_iterable(leads[mx] for mx in lines.cheap if mx[0] == best))
    return {
        mx: best
        for mx in lines.cheap
        if sharing.isdisjoint(leads[mx]) and not any(best < other < mx[0] for other in lines.others)
    }


def _apart(lines: _Lines) -> Moves:
    """A dear line comes after the first of the others."""
    if not lines.cheap or not lines.dear or lines.cheap[0][0] < lines.dear[0][0]:
        return {}
    best, first = lines.dear[0][0], lines.cheap[0][0]
    then = first if first > best else after(best, lines.others)
    moves = {mx: then for mx in lines.dear if mx[0] == best}
    return moves | {mx: best for mx in lines.cheap if mx[0] == first > best} if then > best else {}


def _renumbered(name: str, host: str, moves: Moves, leads: dict[Mx, list[str]], *, shared: bool) -> Proposal:
    told = listed([f"{exchange} {preference}" for (_, exchange), preference in sorted(moves.items())])
    why = "all its lines share the load" if shared else "its dear line is for when the others are down"
    return Proposal(
        remedy=ID,
        title=f"renumber the MX of {host}: {why} ({told})",
        cost=_COST * len(moves),
        doors=(),
        drop=tuple(Record(name, *mx) for mx in sorted(moves)),
        add=tuple(
            Record(name, preference, mx[1], door)
            for mx, preference in sorted(moves.items())
            if (preference, mx[1]) not in leads
            for door in leads[mx]
        ),
        undo=f"give the MX of {host} their old preferences",
    )
