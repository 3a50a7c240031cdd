"""Tenant: the mailboxes' provider takes mail for this customer from the filter only.

Exchange Online by a partner connector, Google by an inbound gateway, others as their table says. Closes the provider's
endpoint to strangers; where only shared ranges or names can be asked for, the filter's other customers still come in.
"""

from collections.abc import Iterator

from mxlatch.plan.change import Tenant
from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import ENDPOINT, Door
from mxlatch.terms.wording import listed

ID = "tenant"
_COST = 2
_ELSEWHERE = (
    "the filter delivers from addresses or a certificate that are not those of its MX: take them from its console; "
    "what comes from elsewhere (applications, hybrid servers) is refused"
)


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each provider's endpoint through which a path goes round."""
    done: set[str] = set()
    for door in seen.world.doors:
        for way in door.ways_in:
            if way.kind == ENDPOINT and door.id in seen.round and way.exchange not in done:
                done.add(way.exchange)
                yield _tenant(seen, door, way.exchange)


def _tenant(seen: Seen, door: Door, endpoint: str) -> Proposal:
    front = [each for each in seen.world.doors if any(way.published for way in each.ways_in) and not each.endpoint]
    allow = tuple(dict.fromkeys(each.address for each in front))
    filters = sorted({each.operator for each in front if each.operator in seen.world.filters})
    known = next((each for each in seen.providers if each.id == door.operator), None)
    name = known.name if known else door.operator or endpoint
    there = tuple(each.id for each in seen.world.doors if any(w.exchange == endpoint for w in each.ways_in))
    return Proposal(
        remedy=ID,
        title=f"let {name} take mail for {seen.world.domain} from {listed(filters) or 'the filter'} only",
        cost=_COST,
        doors=there,
        changes=(Tenant(door.operator, seen.world.domain, endpoint, allow, shared=bool(filters)),),
        hazards=(Hazard(f"ranges:{endpoint}", _ELSEWHERE),),
        rarer=tuple(f"mail from other customers of {each} through its shared addresses" for each in filters),
        undo=f"remove the connector or gateway at {name}",
    )
