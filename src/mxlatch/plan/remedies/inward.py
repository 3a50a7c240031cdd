"""Inward: mail ports of what stands behind a firewall are shut to the world, but for the authorised doors.

Closes every way to servers behind it that nobody listed or that the owner calls not authorised, over IPv4 and IPv6;
those that nobody has found yet are shut with them, and nothing is claimed of these. It makes no way rarer only. It
costs more than a lock of one host, since it meets whoever nobody thought of.

Limits: what a firewall's rules name is taken to stand behind it, and nothing else. A server that is authorised for one
port keeps its others: that is for `lock`. From behind the firewall everything is as before.
"""

from collections.abc import Callable, Iterator, Sequence

from mxlatch.inventory.model import SMTP_PORT, Firewall
from mxlatch.inventory.model import Door as Declared
from mxlatch.paths.facts import ACCEPT_BIT, facts_of
from mxlatch.plan import hazards
from mxlatch.plan.addresses import AddressRecord
from mxlatch.plan.change import Inward
from mxlatch.plan.effect import shuts
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import Door
from mxlatch.terms.wording import listed
from mxlatch.world.firewalls import behind, overlaps, within

ID = "inward"
_COST = 3
_SUBMISSION = (465, 587, 2525)  # where people hand in their own mail too (RFC 8314; 2525 by custom)


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each declared firewall behind which servers stand that are not authorised, seen from before it."""
    for firewall in seen.world.inventory.firewalls if seen.world.inventory.doors else ():
        blocks = behind(seen.world.inventory, firewall)
        rogue = [door for door in seen.world.standing_doors if _is_rogue(seen, door, blocks)]
        rule = Inward(
            firewall.name,
            blocks,
            authorised_addresses(seen, blocks),
            # Beside 25, where a stranger's mail may be taken; a port where people log in is left to them.
            tuple(sorted({SMTP_PORT, *(door.port for door in rogue if facts_of(door).outcomes & ACCEPT_BIT)})),
            firewall.hook,
        )
        shut = [door for door in rogue if shuts(rule, door)]
        moved, leaving = (seen.moved(shut), seen.leaving(shut)) if shut else (None, None)
        if moved is None or leaving is None or hazards.handed_in_first(seen.world, _shut_by(rule)):
            continue
        if not _looks_from_behind(seen, shut, blocks):
            yield _inward(seen, firewall, rule, shut, moved, *leaving)


def _shut_by(rule: Inward) -> Callable[[str], bool]:
    return lambda address: within(address, rule.blocks) and not within(address, rule.allow)


def authorised_addresses(seen: Seen, blocks: tuple[str, ...]) -> tuple[str, ...]:
    """Where the owner's authorised servers are in these blocks, for any domain, and where they could listen too."""
    listed_doors = [entry for entry in seen.world.inventory.doors if entry.authorised]
    found = [address for entry in listed_doors for address in (*entry.addresses, *entry.spare)]
    # An entry may have a name only; where that leads was looked up.
    found += [door.address for door in seen.world.doors if _is_authorised(seen.declared(door))]
    return tuple(dict.fromkeys(address for address in found if within(address, blocks)))


def nowhere_seen(seen: Seen, firewall: str) -> Iterator[Hazard]:
    """Authorised servers that are listed by name only, and were not met: who knows where they are?"""
    met = [seen.declared(door) for door in seen.world.doors]
    for entry in seen.world.inventory.doors:
        if entry.authorised and not entry.addresses and entry not in met:
            text = f"{entry.name} is listed without an address: if it stands behind {firewall}, it is shut too"
            yield Hazard(f"no-address:{entry.name}", text)


def _is_authorised(declared: Declared | None) -> bool:
    return declared is not None and declared.authorised


def _is_rogue(seen: Seen, door: Door, blocks: tuple[str, ...]) -> bool:
    return not door.endpoint and not _is_authorised(seen.declared(door)) and within(door.address, blocks)


def _looks_from_behind(seen: Seen, shut: Sequence[Door], blocks: tuple[str, ...]) -> bool:
    """True if who looked may stand behind the firewall: then nothing of what was seen becomes otherwise."""
    for door in shut:
        sources = seen.world.inventory.sources(seen.world.vantage, door.address)
        if not sources or any(source is not None and overlaps(source, blocks) for source in sources):
            return True
    return False


def _inward(
    seen: Seen,
    firewall: Firewall,
    rule: Inward,
    shut: Sequence[Door],
    moved: tuple[Record, ...],
    every: tuple[Record, ...],
    unaddressed: tuple[AddressRecord, ...],
) -> Proposal:
    records = tuple(dict.fromkeys(every))
    ports = listed([str(port) for port in rule.ports])
    deleted = f", and delete {len(records)} MX of others" if records else ""
    deleted += f", and {len(unaddressed)} of their addresses under names that stay" if unaddressed else ""
    return Proposal(
        remedy=ID,
        title=f"at {firewall.name}, let the world connect to port {ports} of the authorised doors only{deleted}",
        cost=_COST + len(records) + len(unaddressed) + len(moved),
        doors=tuple(door.id for door in shut),
        drop=records,
        add=moved,
        unlisted=tuple(door.id for door in shut),
        unaddressed=unaddressed,
        changes=(rule,),
        hazards=tuple(_hazards(seen, firewall.name, rule, shut, moved)),
        undo=f"take the rule for port {ports} at {firewall.name} away",
    )


def _hazards(
    seen: Seen, firewall: str, rule: Inward, shut: Sequence[Door], moved: tuple[Record, ...]
) -> Iterator[Hazard]:
    for host, owner in {seen.host(door): _owner(seen, door) for door in shut}.items():
        text = f"{owner} and its users get no mail from outside at {host} any more: tell them, and where mail goes now"
        yield Hazard(f"rogue:{host}", text)
    if submitted := [str(port) for port in rule.ports if port in _SUBMISSION]:
        text = (
            f"people outside who submit mail at port {listed(submitted)} of servers behind {firewall} are cut off, "
            "unless the server is listed: list those where they log in"
        )
        yield Hazard(f"submission:{firewall}", text)
    text = (
        f"monitoring, scanners and other domains' mail that come to port {SMTP_PORT} behind {firewall} are cut off, "
        "unless the server is listed: look in its log first"
    )
    yield Hazard(f"monitoring:{firewall}", text)
    yield from nowhere_seen(seen, firewall)
    yield from hazards.of_others(seen.world, firewall, _shut_by(rule), lambda source: within(source, rule.blocks))
    yield from hazards.moved(moved)


def _owner(seen: Seen, door: Door) -> str:
    declared = seen.declared(door)
    return (declared.owner if declared else "") or "whoever runs it"
