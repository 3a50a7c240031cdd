"""Agree: name servers that serve old data, or that nobody should ask any more, leave the delegation.

The records that only they give are gone with them; who remembers them still comes.
"""

from collections.abc import Iterator

from mxlatch.plan.change import Delegation
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import Hazard
from mxlatch.plan.views import right_views, stale_views
from mxlatch.terms.wording import listed
from mxlatch.world.model import MailName, Zone

ID = "agree"
_COST = 2
ASSUMED_TTL = 172_800  # seconds: what TLDs give NS records, as a rule


def also(seen: Seen) -> Iterator[Proposal]:
    """For each zone whose servers give different MX."""
    for zone in seen.world.zones:
        names = [name for name in seen.world.names if name.zone == zone.name and not name.wildcard]
        stale = sorted({view.server for name in names for view in stale_views(name)})
        if stale:
            yield _agree(seen, zone, names, stale)


def _agree(seen: Seen, zone: Zone, names: list[MailName], stale: list[str]) -> Proposal:
    hosts = [server.name for server in zone.servers if any(a.address in stale for a in server.addresses)]
    delegated = tuple(sorted({ns for view in zone.parent_views.values() for ns in view or ()}))
    left = tuple(ns for ns in delegated if ns not in hosts)
    only_there = {
        Record(name.name, preference, exchange)
        for name in names
        for view in stale_views(name)
        for preference, exchange in view.meant or ((0, name.name),)  # the name itself, where there is no MX
        if (preference, exchange) not in (right_views(name)[0].meant or ((0, name.name),))
    }
    serve = "they serve" if len(hosts or stale) > 1 else "it serves"
    ttl = zone.parent_ttl if zone.parent_ttl is not None else ASSUMED_TTL
    change = Delegation(zone.name, delegated, left, ttl)
    alone = Hazard(f"last-servers:{zone.name}", f"no name server of {zone.name} would be left: mend their zone instead")
    return Proposal(
        remedy=ID,
        title=f"take {listed(hosts or stale)} out of the delegation of {zone.name}: {serve} old data",
        cost=_COST,
        doors=(),
        drop=tuple(sorted(only_there)) if left else (),
        undelegated=tuple(sorted(only_there)) if left else (),
        changes=(change,) if left and left != delegated else (),
        hazards=() if left else (alone,),
        undo="delegate to it again",
    )
