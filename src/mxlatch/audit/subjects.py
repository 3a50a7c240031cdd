"""Who a finding speaks of: mail names, exchanges and doors, as the world relates them and as people name them."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from mxlatch.terms.dns import Mx
from mxlatch.terms.door import Door, DoorState
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import ROOT
from mxlatch.terms.smtp import Certificate, Reply
from mxlatch.terms.wording import listed
from mxlatch.world.model import MailName, MxView, World

NULL_MX = ROOT

T = TypeVar("T")


def title(door: Door) -> str:
    """The door with the exchanges that lead to it: "mx2.example.com (192.0.2.20:25)"."""
    exchanges = sorted({way.exchange for way in door.ways_in})
    return f"{listed(exchanges, 3)} ({door.id})" if exchanges else door.id


def open_doors(world: World) -> list[Door]:
    """The doors where SMTP answered, by id."""
    return sorted((door for door in world.doors if door.state is DoorState.OPEN), key=lambda door: door.id)


def published(door: Door) -> bool:
    """True if an MX record leads to this door."""
    return any(way.kind == "mx" for way in door.ways_in)


def ranked(world: World, name: str) -> list[tuple[int, str, Door]]:
    """(preference, exchange, door) of every MX of a mail name, best first."""
    doors = {door.id: door for door in world.doors}
    ways = {(w.preference, w.exchange, d) for w, d in world.ways_in if w.kind == "mx" and w.name == name and d in doors}
    return [(preference, exchange, doors[door]) for preference, exchange, door in sorted(ways)]


def targets(world: World) -> dict[str, list[tuple[str, int]]]:
    """Every MX target but the null MX, with the (mail name, preference) pairs that lead to it."""
    found: dict[str, set[tuple[str, int]]] = {}
    for name in world.names:
        for preference, exchange in name.mx:
            if exchange != NULL_MX:
                found.setdefault(exchange, set()).add((name.name, preference))
    return {exchange: sorted(found[exchange]) for exchange in sorted(found)}


def as_mx_of(uses: Iterable[tuple[str, int]]) -> str:
    """Where a target is published: "MX 10 of example.com and MX 20 of example.net"."""
    return listed(f"MX {preference} of {name}" for name, preference in uses)


def mx_text(mx: Iterable[Mx]) -> str:
    """An MX set as one phrase: "10 mx1.example.com and 20 mx2.example.com", "no MX"."""
    return listed(f"{preference} {exchange}" for preference, exchange in mx) or "no MX"


def views_with(name: MailName, exchange: str) -> list[MxView]:
    """The answers that hold this exchange, by server."""
    return [view for view in by_server(name) if any(mx[1] == exchange for mx in view.mx or ())]


def by_server(name: MailName) -> list[MxView]:
    """The answers of a name, by server address."""
    return sorted(name.views, key=lambda view: view.server)


def mx_evidence(world: World, exchange: str) -> list[Evidence]:
    """The answers in which any server publishes this exchange."""
    names = sorted(world.names, key=lambda name: name.name)
    return [e for name in names for view in views_with(name, exchange) for e in view.evidence]


def together(world: World, told: Mapping[str, T]) -> list[tuple[str, T, list[str]]]:
    """Names of which the same is to be told, as one: (first name, what, every name). The domain itself comes first."""
    groups: dict[T, list[str]] = {}
    for name in sorted(told, key=lambda name: (name != world.domain, name)):
        groups.setdefault(told[name], []).append(name)
    return [(names[0], what, names) for what, names in groups.items()]


def said(world: World, door: Door, lines: Iterable[str]) -> list[Evidence]:
    """Lines of the door's session as evidence, with the time and the command of the session where they are known."""
    first = door.evidence[0] if door.evidence else Evidence("", time=world.time)
    time = world.time if first.time is None else first.time
    return [Evidence(line, source=door.id, time=time, command=first.command) for line in lines]


def ehlo_replies(door: Door) -> list[Reply]:
    """The accepted replies to EHLO, before and after STARTTLS."""
    if door.session is None:
        return []
    both = (door.session.ehlo(encrypted=False), door.session.ehlo(encrypted=True))
    return [reply for reply in both if reply is not None]


def keywords(replies: Iterable[Reply]) -> dict[str, tuple[str, str]]:
    """EHLO keywords (upper case) to their parameters and their line; the first line of a reply is the greeting."""
    found: dict[str, tuple[str, str]] = {}
    for reply in replies:
        for line in reply.lines[1:]:
            keyword, _, parameters = line.strip().partition(" ")
            if keyword:
                found.setdefault(keyword.upper(), (parameters.strip(), f"250 {line.strip()}"))
    return found


def certificate_line(leaf: Certificate) -> str:
    """A certificate as one line of evidence."""
    names = listed(leaf.names) or "no DNS name"
    return f"certificate of {leaf.subject}, by {leaf.issuer}, for {names}, SHA-256 {leaf.sha256}"
