"""The order in which a plan is carried out, and how long to wait between its steps.

Strengthen first, mend or leave the name servers that serve old data, publish, take away, shut at the end: at no moment
does a sender find less than it was promised. A wait begins when the last name server serves the change; it lasts as
long as the longest authoritative TTL (RFC 2308 section 5 for what was not there), the parent's for NS, and an hour more
for resolvers that serve stale answers (RFC 8767 lets them do so for days: they are refused with a text, not silently).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import structs

from mxlatch.plan import addresses, in_step
from mxlatch.plan.change import (
    REFUSE,
    REJECT,
    Change,
    Delegation,
    Harden,
    Inward,
    Listen,
    Lock,
    Outward,
    Records,
    Retire,
    Tenant,
    Transfer,
)
from mxlatch.plan.proposal import Proposal
from mxlatch.plan.records import MARGIN, NULL, assumed, negative_ttl, records_of, unaddressed
from mxlatch.plan.remedies.agree import ASSUMED_TTL
from mxlatch.plan.result import Step
from mxlatch.plan.undoing import costs
from mxlatch.plan.views import right_views
from mxlatch.terms.door import door_id
from mxlatch.terms.wording import lasting, listed
from mxlatch.world.model import MailName, World, Zone

SETTLING = 7 * 86_400  # seconds of 550 with a text before connections are reset: who still comes is seen in the logs
_DEFAULT_TTL = 3600


def steps(world: World, taken: Sequence[Proposal]) -> tuple[Step, ...]:
    """Every change of these remedies, in order."""
    agreed = [step for proposal in taken for step in (*_mended(world, proposal), *_undelegated(world, proposal))]
    published = (*in_step.before(world, taken), *_records(world, taken), *in_step.after(world, taken))
    made = (*_made_ready(world, taken), *agreed, *published, *_taken_away(taken))
    return tuple(_with_costs(step, world) for step in made)


def _with_costs(step: Step, world: World) -> Step:
    """The step, with what undoing it costs."""
    told = dict.fromkeys(filter(None, (costs(change, world) for change in step.changes)))
    return structs.replace(step, free=not told, costs="; ".join(told))


def _made_ready(world: World, taken: Sequence[Proposal]) -> Iterator[Step]:
    """What makes doors stronger or new, and may stand at any time."""
    late = (Lock, Retire, Tenant, Transfer, Delegation, Inward, Outward)
    listening = [change for proposal in taken for change in proposal.changes if isinstance(change, Listen)]
    unheard = {door_id(change.address, int(change.like.rpartition(":")[2])) for change in listening}
    # What a server gets, it has at its new address too, and before it listens there.
    for proposal in sorted(taken, key=lambda each: any(isinstance(change, Listen) for change in each.changes)):
        changes = tuple(
            change
            for change in proposal.changes
            if not isinstance(change, late) and not (isinstance(change, Harden) and change.door in unheard)
        )
        if not changes:
            continue
        records = [change for change in changes if isinstance(change, Records)]
        new = max((change.ttl_before for change in records), default=0)
        guessed = assumed(world, {change.zone for change in records}, new)
        yield Step(
            title=proposal.title,
            changes=changes,
            wait=new + MARGIN if new else 0,
            why=f"that the new names were not there is remembered for up to {lasting(new)}{guessed}" if new else "",
            check="audit again: what was changed must be seen",
            undo=proposal.undo,
        )


def _records(world: World, taken: Sequence[Proposal]) -> Iterator[Step]:
    """What is added is served everywhere before anything is taken away."""
    adding: list[Records] = []
    removing: list[Records] = []
    deleted, new = records_of(world, taken)
    for name in world.names:
        drop = {(r.preference, r.exchange) for r in deleted if r.name == name.name}
        add = {(r.preference, r.exchange) for r in new if r.name == name.name}
        right = right_views(name)
        if right and (drop or add):
            before = frozenset(right[0].meant or ())
            both, after = before | add, (before - drop) | add
            # A null MX stands alone, and a mere change of preference is one change (RFC 7505 section 3).
            at_once = both == after or any(exchange == "." for _, exchange in add)
            if not at_once and add - before:
                adding.append(_rrset(world, name, before, both))
                before = both
            if before != after:
                (adding if before < after else removing).append(_rrset(world, name, before, after))
    removing += addresses.changes(world, unaddressed(taken))
    for changes in (adding, removing):
        if changes:
            yield _published(world, _title(changes), changes, _left_out(taken))


def _title(changes: Sequence[Records]) -> str:
    said = []
    for change in changes:
        parts = (("publish", "for", change.after, change.before), ("delete", "of", change.before, change.after))
        for verb, of, here, there in parts:
            if words := [f"{change.rrtype} {_short(each)}" for each in here if each not in there]:
                said.append(f"{verb} {listed(words)} {of} {change.name}")
    return listed(said, 3)


def _short(rdata: str) -> str:
    """As people write it: without the last dot, but for a null MX, which is nothing else."""
    return rdata if rdata.endswith(f" {NULL}") else rdata.removesuffix(".")


def _left_out(taken: Iterable[Proposal]) -> frozenset[str]:
    """The name servers to which nobody is delegated any more."""
    delegations = [c for proposal in taken for c in proposal.changes if isinstance(c, Delegation)]
    return frozenset(ns for change in delegations for ns in change.before if ns not in change.after)


def _published(world: World, title: str, changes: Sequence[Records], gone: frozenset[str]) -> Step:
    ttl = max(change.ttl_before for change in changes)
    zones = {change.zone for change in changes}
    serving = [ns for zone in world.zones if zone.name in zones for ns in zone.servers if ns.name not in gone]
    servers = sorted({each.address for ns in serving for each in ns.addresses})
    return Step(
        title=title,
        changes=tuple(changes),
        wait=ttl + MARGIN,
        why=f"resolvers keep the old answer for {lasting(ttl)}{assumed(world, zones, ttl)}, and some an hour longer",
        check=f"every name server must serve it: {listed(servers, 8)}"
        if servers
        else "every name server must serve it",
        undo="publish the old records again",
    )


def _rrset(
    world: World, name: MailName, before: Iterable[tuple[int, str]], after: Iterable[tuple[int, str]]
) -> Records:
    ttls = [view.ttl for view in name.views if view.ttl is not None]
    missing = not before or any(not view.mx for view in name.views)
    negative = negative_ttl(world, {name.zone})
    ttl_before = max((*ttls, negative) if missing else ttls, default=negative)
    return Records(name.zone, name.name, "MX", _text(before), _text(after), max(ttls, default=_DEFAULT_TTL), ttl_before)


def _text(mx: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(f"{preference} {exchange.rstrip('.')}." for preference, exchange in sorted(mx))


def _taken_away(taken: Sequence[Proposal]) -> Iterator[Step]:
    """What shuts: first those who can be told why, then the connections."""
    for proposal in taken:
        yield from _refused(proposal)
    for proposal in taken:
        shut = tuple(c for c in proposal.changes if isinstance(c, Inward | Outward) or _is_lock(c, REJECT))
        if shut:
            hosts = listed(sorted({c.host for c in shut if isinstance(c, Lock)}))
            yield Step(
                title=f"reset the connections of strangers to {hosts}" if hosts else proposal.title,
                changes=shut,
                check=_checked(shut),
                undo=proposal.undo,
            )


def _checked(shut: Iterable[Change]) -> str:
    if any(isinstance(each, Outward) for each in shut):
        return "look again from that network (mxlatch vantage run): port 25 must not go out, over IPv4 and IPv6"
    return "audit again: it must be shut to strangers, over IPv4 and IPv6"


def _is_lock(change: Change, stage: str) -> bool:
    return isinstance(change, Lock) and change.stage == stage


def _refused(proposal: Proposal) -> Iterator[Step]:
    told = tuple(c for c in proposal.changes if isinstance(c, Retire | Tenant) or _is_lock(c, REFUSE))
    if not told:
        return
    locked = [each for each in told if isinstance(each, Lock)]
    title = f"let {listed(sorted({each.host for each in locked}))} refuse strangers with 550 and a text"
    yield Step(
        title=title if locked else _told(told, proposal),
        changes=told,
        wait=SETTLING if locked else 0,
        why="who still comes is told where mail goes now, and shows in the logs" if locked else "",
        check=f"audit again: it must refuse strangers{_and_take(told)}",
        undo=proposal.undo,
    )


def _told(told: Sequence[Change], proposal: Proposal) -> str:
    retired = listed(
        sorted({f"{each.host} refuse mail for {each.domain}" for each in told if isinstance(each, Retire)})
    )
    return f"let {retired}" if retired else proposal.title


def _and_take(told: Sequence[Change]) -> str:
    """What must still come through: a server that is retired takes nothing more."""
    return "" if any(isinstance(each, Retire) for each in told) else ", and take what the filter hands on"


def _mended(world: World, proposal: Proposal) -> Iterator[Step]:
    transfers = tuple(change for change in proposal.changes if isinstance(change, Transfer))
    if transfers:
        ttl = _longest(world, {change.zone for change in transfers})
        behind = listed(sorted({server for change in transfers for server in change.servers}))
        yield Step(
            title=f"wait for {behind} to serve what the other name servers do, or mend the transfer",
            changes=transfers,
            wait=ttl + MARGIN,
            why=f"what the old data said lasts in resolvers for {lasting(ttl)}, and in some an hour longer",
            check="audit again: every name server must serve the same",
            undo="nothing is to be undone: old data serves nobody",
        )


def _longest(world: World, zones: Collection[str]) -> int:
    """How long resolvers keep what any server of these zones says of a mail name, or that there is nothing: seconds."""
    views = [view for name in world.names if name.zone in zones for view in name.views]
    nothing = negative_ttl(world, zones)
    return max((view.ttl if view.ttl is not None else nothing for view in views), default=nothing)


def _undelegated(world: World, proposal: Proposal) -> Iterator[Step]:
    delegations = tuple(change for change in proposal.changes if isinstance(change, Delegation))
    if delegations:
        zones = {change.zone for change in delegations}
        # Until the last moment a resolver may ask the old server, and keeps what it says as long again.
        ttl = _longest(world, zones)
        ns_ttl, by = _of_ns([zone for zone in world.zones if zone.name in zones])
        gone = sorted({ns for change in delegations for ns in change.before if ns not in change.after})
        yield Step(
            title=f"take {listed(gone)} out of the delegation of {listed(sorted(zones))}: {_serve(gone)} old data",
            changes=delegations,
            wait=ns_ttl + ttl + MARGIN,
            why=f"resolvers keep the old NS for up to {lasting(ns_ttl)} ({by}), "
            f"and what the old server says last for {lasting(ttl)} more{assumed(world, zones, ttl)}",
            check="every server of the parent must give the new delegation; only then is the old server switched off",
            undo=proposal.undo,
        )


def _serve(servers: Sequence[str]) -> str:
    return "they serve" if len(servers) > 1 else "it serves"


def _of_ns(zones: Sequence[Zone]) -> tuple[int, str]:
    """How long resolvers keep the NS of these zones, in seconds, and whose TTL that is.

    Some go by the parent's, others by that of the zone itself (RFC 2181 section 5.4.1): the longer one counts.
    """
    said = [
        (ASSUMED_TTL, "assumed: the parent's TTL was not seen")
        if zone.parent_ttl is None
        else (zone.parent_ttl, "the parent's TTL")
        for zone in zones
    ]
    said += [(zone.ns_ttl, "the zone's own TTL") for zone in zones if zone.ns_ttl is not None]
    return max(said, key=lambda each: each[0], default=(ASSUMED_TTL, "assumed: the parent's TTL was not seen"))
