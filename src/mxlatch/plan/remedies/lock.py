"""Lock: the mailbox's own server takes mail from the filter only, and is no exchanger any more.

Closes every way to that server, the remembered ones too. Where the filter's ranges are shared, its other customers
still come in; so does whoever sits in a partner's range that is too large to be his own. Both address families and
every port where the server takes mail. Not where other domains' mail is handed in at the server first.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import structs

from mxlatch.inventory.model import SMTP_PORT
from mxlatch.plan import hazards
from mxlatch.plan.change import REFUSE, REJECT, Lock
from mxlatch.plan.cut_off import SOMEBODY, UNSURE, Others, cut_off
from mxlatch.plan.effect import admits, admits_anybody, wide
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import Hazard, StaysOpen
from mxlatch.terms.door import Door
from mxlatch.terms.wording import listed

ID = "lock"
_COST = 2


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each server of one's own to which another hands mail on, and which takes it from strangers too."""
    for door, rule in _rules(seen):
        moved, leaving = seen.moved(seen.machine(door)), seen.leaving(seen.machine(door))
        if moved is not None and leaving is not None and not _why_not(seen, rule):
            yield structs.replace(_lock(seen, door, rule, moved, leaving[0]), unaddressed=leaving[1])


def cannot(seen: Seen) -> Iterator[StaysOpen]:
    """Of each server through which a path goes round that a lock would close, were it not for somebody else."""
    for door, rule in _rules(seen):
        if door.id in seen.round and (why := _why_not(seen, rule)):
            yield StaysOpen(door.id, f"port 25 of {rule.host} is not locked: {why}")


def _rules(seen: Seen) -> Iterator[tuple[Door, Lock]]:
    """A door of each server to which another hands mail on, and how that would be locked."""
    done: set[str] = set()
    for door in seen.world.doors:
        host = seen.host(door)
        if host not in done and not door.endpoint and seen.feeders(door):
            done.add(host)
            yield door, _rule(seen, host, seen.machine(door))


def _why_not(seen: Seen, rule: Lock) -> str:
    """Why the lock would close nothing, or lose the mail of others; "" if neither."""
    if admits_anybody(rule):
        return f"its partners {listed(wide(rule.allow))} are anybody: name the addresses from which they send"
    if names := hazards.handed_in_first(seen.world, _shut_by(rule)):
        return f"mail for {listed(names)} is handed in there first, so its MX has to lead elsewhere before"
    return ""


def _rule(seen: Seen, host: str, machine: list[Door]) -> Lock:
    declared = [entry for entry in map(seen.declared, machine) if entry is not None]
    feeders = _feeders(seen, machine)
    allow = [address for each in feeders for address in _sends_from(seen, each)]
    allow += [partner for entry in declared for partner in entry.partners]
    addresses = [each.address for each in machine] + [address for entry in declared for address in entry.addresses]
    ports = tuple(sorted({SMTP_PORT, *(each.port for each in machine)}))
    who = listed(sorted({seen.host(each) for each in feeders}))
    shared = bool(_filters(seen, feeders) or wide(_once(allow)))
    return Lock(host, _once(addresses), ports, _once(allow), who, shared, stage=REFUSE)


def _shut_by(rule: Lock) -> Callable[[str], bool]:
    return lambda address: address in rule.addresses


def _feeders(seen: Seen, machine: Sequence[Door]) -> list[Door]:
    return [seen.world.door(d) for d in sorted({relay.door for each in machine for relay in seen.feeders(each)})]


def _filters(seen: Seen, feeders: Sequence[Door]) -> list[str]:
    return sorted({each.operator for each in feeders if each.operator in seen.world.filters})


def _lock(seen: Seen, door: Door, refuse: Lock, moved: tuple[Record, ...], records: tuple[Record, ...]) -> Proposal:
    machine, host = seen.machine(door), refuse.host
    log = seen.world.mail_logs.get(host)
    others = cut_off(refuse, log, seen.world.time) if log is not None else None
    if others is not None:
        refuse = structs.replace(refuse, log=others.log)
    deleted = f", and delete its MX {'record' if len(records) == 1 else 'records'}" if records else ""
    filters = _filters(seen, _feeders(seen, machine))
    return Proposal(
        remedy=ID,
        title=f"let only {refuse.who} connect to port 25 of {host}{deleted}",
        cost=_COST + len(records) + len(moved),
        doors=tuple(each.id for each in machine),
        drop=records,
        add=moved,
        unlisted=tuple(each.id for each in machine),
        changes=(refuse, *_resets(seen, refuse)),
        hazards=(*_hazards(seen, door, refuse, others), *hazards.moved(moved)),
        rarer=(
            *(f"mail from other customers of {each} through its shared addresses" for each in filters),
            *(f"mail from whoever sends from {each}" for each in wide(refuse.allow)),
        ),
        undo=f"take the rule for {host} away",
    )


def _resets(seen: Seen, refuse: Lock) -> Iterator[Lock]:
    """The same at the firewall before each address, or on the host for those that none is shown to stand before."""
    before: dict[tuple[str, str], list[str]] = {}
    for address in refuse.addresses:
        covering = seen.world.inventory.covering(address, SMTP_PORT)
        firewall = next(((each.name, each.hook) for each, _ in covering), ("", ""))
        before.setdefault(firewall, []).append(address)
    for (name, hook), addresses in before.items():
        yield structs.replace(refuse, addresses=tuple(addresses), firewall=name, hook=hook, stage=REJECT)


def _once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _sends_from(seen: Seen, door: Door) -> list[str]:
    declared = seen.declared(door)
    return [door.address, *(declared.addresses if declared else ())]


def _version(address: str) -> int:
    return 6 if ":" in address else 4


def _hazards(seen: Seen, door: Door, rule: Lock, others: Others | None) -> Iterator[Hazard]:
    yield from _cut_off(seen, door, others)
    feeders = _feeders(seen, seen.machine(door))
    yield from _ranges(rule, _filters(seen, feeders))
    yield from _families(seen, rule, feeders)
    yield from hazards.of_others(seen.world, rule.host, _shut_by(rule), lambda source: admits(rule, source))


def _cut_off(seen: Seen, door: Door, others: Others | None) -> Iterator[Hazard]:
    host, declared = seen.host(door), seen.declared(door)
    is_declared = declared is not None and bool(declared.partners)
    if others is not None and (others.who == SOMEBODY or (others.who == UNSURE and not is_declared)):
        yield Hazard(f"cut-off:{host}", f"whoever else connects to {host} directly is cut off: {others.log}")
    if others is None and not is_declared:
        who = "partners, scanners, hybrid servers"
        text = (
            f"whoever else connects to {host} directly ({who}) is cut off: none is declared, so look in its logs "
            "first, or have them read: --mail-log"
        )
        yield Hazard(f"cut-off:{host}", text)


def _ranges(rule: Lock, filters: Sequence[str]) -> Iterator[Hazard]:
    said = []
    if filters:
        theirs = "those of its MX: take them from its console, and keep them up to date"
        said.append(f"{listed(filters)} delivers from other addresses than {theirs}")
    if ranges := wide(rule.allow):
        said.append(
            f"{listed(ranges)} is more than one partner's own, and whoever sits there still connects: declare the "
            "addresses from which the partner sends"
        )
    if said:
        yield Hazard(f"ranges:{rule.host}", "; ".join(said))


def _families(seen: Seen, rule: Lock, feeders: Sequence[Door]) -> Iterator[Hazard]:
    """Who hands on and is known by one family only may send by the other, which is locked too."""
    for version in sorted(set(map(_version, rule.addresses))):
        known = {seen.host(each) for each in feeders if version in map(_version, _sends_from(seen, each))}
        lacking = sorted({seen.host(each) for each in feeders} - known)
        if lacking:
            text = (
                f"{rule.host} is locked over IPv{version} too, and of {listed(lacking)} no IPv{version} address is "
                f"known: declare it, or have mail for {rule.host} sent over IPv{10 - version} only, or it is lost"
            )
            yield Hazard(f"ipv{version}:{rule.host}", text)
