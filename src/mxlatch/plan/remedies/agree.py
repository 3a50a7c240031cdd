"""Agree: name servers that serve other data than what counts come to serve it, or leave the delegation.

A server that the zone itself names, or that the owner lists, lags: its transfer is waited for, or mended, and it stays,
since a zone wants two servers at least (RFC 2182 section 5). One that only the parent still names is nobody's, and
leaves. The records that only they give are gone with that; who remembers them still comes.

Limits: one look cannot tell how long a server has been behind. What is meant where servers differ at one serial is told
by their number (`plan.views`).
"""

from collections.abc import Collection, Iterator

from mxlatch.plan.change import Change, Delegation, Transfer
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import Hazard
from mxlatch.plan.views import right_views, stale_views
from mxlatch.terms.serials import is_newer
from mxlatch.terms.wording import listed
from mxlatch.world.model import MailName, Zone

ID = "agree"
_COST = 2
_ENOUGH = 2  # name servers of a zone: RFC 2182 section 5
ASSUMED_TTL = 172_800  # seconds: what TLDs give NS records, as a rule


def also(seen: Seen) -> Iterator[Proposal]:
    """For each zone whose servers give different MX."""
    for zone in seen.world.zones:
        names = [name for name in seen.world.names if name.zone == zone.name and not name.wildcard]
        stale = {view.server for name in names for view in stale_views(name)}
        if stale:
            yield _agree(seen, zone, names, stale)


def _agree(seen: Seen, zone: Zone, names: list[MailName], stale: set[str]) -> Proposal:
    right = {view.server for name in names for view in right_views(name)} - stale
    hosts = _named(zone, stale)
    fed = _fed(seen, zone, right)
    lagging = [host for host in hosts if fed is None or host in fed]
    strays = [host for host in hosts if host not in lagging]
    delegated = tuple(sorted({ns for view in zone.parent_views.values() for ns in view or ()}))
    left = tuple(ns for ns in delegated if ns not in strays)
    can = bool(left) or not strays
    only_there = _only_there(names) if can else ()
    changes: list[Change] = [_transfer(zone, names, lagging, stale)] if lagging else []
    if left != delegated:
        ttl = zone.parent_ttl if zone.parent_ttl is not None else ASSUMED_TTL
        changes.append(Delegation(zone.name, delegated, left, ttl))
    return Proposal(
        remedy=ID,
        title=_title(zone.name, lagging, [host for host in strays if host in delegated] or strays),
        cost=_COST,
        doors=(),
        drop=only_there,
        undelegated=only_there,
        changes=tuple(changes) if can else (),
        hazards=tuple(_hazards(zone.name, strays, delegated, left)),
        undo="delegate to it again" if strays else "nothing is to be undone: old data serves nobody",
    )


def _named(zone: Zone, addresses: Collection[str]) -> list[str]:
    """The servers that have one of these addresses."""
    return [server.name for server in zone.servers if any(a.address in addresses for a in server.addresses)]


def _fed(seen: Seen, zone: Zone, right: set[str]) -> set[str] | None:
    """The servers that the owner means: in the zone's NS at those that serve what counts, or listed; None: unknown."""
    sets = [address.ns for address in zone.addresses if address.address in right and address.ns is not None]
    listed_ = {ns for entry in seen.world.inventory.domains if entry.name == zone.name for ns in entry.name_servers}
    return {ns for named in sets for ns in named} | listed_ if sets else None


def _transfer(zone: Zone, names: list[MailName], lagging: list[str], stale: set[str]) -> Transfer:
    views = [view for name in names for view in right_views(name)]
    meant = next((view.serial for view in views), None)
    old = [
        each.serial
        for server in zone.servers
        if server.name in lagging
        for each in server.addresses
        if each.address in stale
    ]
    behind = meant is not None and all(serial is not None and is_newer(meant, serial) for serial in old)
    like = _named(zone, {view.server for view in views} - stale)
    return Transfer(zone.name, tuple(lagging), tuple(like), meant, behind)


def _only_there(names: list[MailName]) -> tuple[Record, ...]:
    found = {
        Record(name.name, preference, exchange)
        for name in names
        for view in stale_views(name)
        for preference, exchange in view.meant or ((0, name.name),)  # the name itself, where there is no MX
        if (preference, exchange) not in (right_views(name)[0].meant or ((0, name.name),))
    }
    return tuple(sorted(found))


def _title(zone: str, lagging: list[str], strays: list[str]) -> str:
    said = []
    if lagging:
        said.append(f"wait for {listed(lagging)} to serve {zone} as the other name servers do, or mend the transfer")
    if strays:
        serve = "they serve" if len(strays) > 1 else "it serves"
        said.append(f"take {listed(strays)} out of the delegation of {zone}: {serve} old data")
    return "; ".join(said)


def _hazards(zone: str, strays: list[str], delegated: tuple[str, ...], left: tuple[str, ...]) -> Iterator[Hazard]:
    if strays and not left:
        yield Hazard(f"last-servers:{zone}", f"no name server of {zone} would be left: mend their zone instead")
    elif left != delegated and len(left) < _ENOUGH:
        text = (
            f"only {left[0]} would serve {zone}: while it is down nobody is found; have a second one first (RFC 2182)"
        )
        yield Hazard(f"one-server:{zone}", text)
