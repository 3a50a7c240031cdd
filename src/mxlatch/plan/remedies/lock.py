"""Lock: the mailbox's own server takes mail from the filter only, and is no exchanger any more.

Closes every way to that server, the remembered ones too. Where the filter's ranges are shared, its other customers
still come in. Both address families and every port where the server takes mail.
"""

from collections.abc import Iterator

from msgspec import structs

from mxlatch.inventory.model import SMTP_PORT
from mxlatch.plan.change import REFUSE, REJECT, Lock
from mxlatch.plan.cut_off import SOMEBODY, UNSURE, Others, cut_off
from mxlatch.plan.proposal import Proposal, Record, Seen
from mxlatch.plan.result import Hazard
from mxlatch.terms.door import Door
from mxlatch.terms.wording import listed

ID = "lock"
_COST = 2


def propose(seen: Seen) -> Iterator[Proposal]:
    """For each server of one's own to which another hands mail on, and which takes it from strangers too."""
    done: set[str] = set()
    for door in seen.world.doors:
        host = seen.host(door)
        if host in done or door.endpoint or not seen.feeders(door):
            continue
        done.add(host)
        moved, leaving = seen.moved(seen.machine(door)), seen.leaving(seen.machine(door))
        if moved is not None and leaving is not None:
            yield structs.replace(_lock(seen, door, host, moved, leaving[0]), unaddressed=leaving[1])


def _lock(seen: Seen, door: Door, host: str, moved: tuple[Record, ...], records: tuple[Record, ...]) -> Proposal:
    machine = seen.machine(door)
    feeders = [seen.world.door(d) for d in sorted({relay.door for each in machine for relay in seen.feeders(each)})]
    filters = sorted({each.operator for each in feeders if each.operator in seen.world.filters})
    who = listed(sorted({seen.host(each) for each in feeders}))
    refuse = _rule(seen, machine, host, feeders, who, shared=bool(filters))
    log = seen.world.mail_logs.get(host)
    others = cut_off(refuse, log, seen.world.time) if log is not None else None
    if others is not None:
        refuse = structs.replace(refuse, log=others.log)
    deleted = f", and delete its MX {'record' if len(records) == 1 else 'records'}" if records else ""
    return Proposal(
        remedy=ID,
        title=f"let only {who} connect to port 25 of {host}{deleted}",
        cost=_COST + len(records) + len(moved),
        doors=tuple(each.id for each in machine),
        drop=records,
        add=moved,
        unlisted=tuple(each.id for each in machine),
        changes=(refuse, *_resets(seen, refuse)),
        hazards=tuple(_hazards(seen, host, door, filters, others)),
        rarer=tuple(f"mail from other customers of {each} through its shared addresses" for each in filters),
        undo=f"take the rule for {host} away",
    )


def _rule(seen: Seen, machine: list[Door], host: str, feeders: list[Door], who: str, *, shared: bool) -> Lock:
    declared = [entry for entry in map(seen.declared, machine) if entry is not None]
    allow = [address for each in feeders for address in _sends_from(seen, each)]
    allow += [partner for entry in declared for partner in entry.partners]
    addresses = [each.address for each in machine] + [address for entry in declared for address in entry.addresses]
    ports = tuple(sorted({SMTP_PORT, *(each.port for each in machine)}))
    return Lock(host, _once(addresses), ports, _once(allow), who, shared, stage=REFUSE)


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


def _hazards(seen: Seen, host: str, door: Door, filters: list[str], others: Others | None) -> Iterator[Hazard]:
    declared = seen.declared(door)
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
    if filters:
        theirs = "those of its MX: take them from its console, and keep them up to date"
        yield Hazard(f"ranges:{host}", f"{listed(filters)} delivers from other addresses than {theirs}")
