"""Our own tables in a ruleset that is loaded: whether one stands as we wrote it, and which older ones lock its doors.

Limits: only locks are compared. What an older plan had of a firewall's default-deny has the same table, unless the
firewall has another name since.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mxlatch.inventory.nftables import Ruleset
from mxlatch.plan.change import Inward, Lock, Outward
from mxlatch.plan.providers.quoting import families, network, remark
from mxlatch.plan.providers.ruleset import FAMILY, TABLE, Rule
from mxlatch.terms.wording import listed

_SHOWN = 4

Places = dict[int, tuple[str, ...]]  # by port: addresses and CIDRs


def is_there(read: Ruleset, table: str) -> bool:
    """True if a table of ours of that name is loaded."""
    return any(name[:2] == (FAMILY, table) for name in read.chains)


def only(read: Ruleset, table: str) -> Ruleset:
    """That table of ours alone."""
    ours = (FAMILY, table)
    return Ruleset(
        {name: chain for name, chain in read.chains.items() if name[:2] == ours},
        {name: rules for name, rules in read.rules.items() if name[:2] == ours},
        {name: each for name, each in read.sets.items() if name[:2] == ours},
    )


def marked(table: str, saved: str) -> str:
    """What marks our table as the one that took the place of what was saved: the plans of two domains may have the very
    same lock, and the first one's undo must not take away the second one's."""
    return f"add chain {FAMILY} {table} {_mark(saved)}\n"


def is_over(read: Ruleset, table: str, saved: str) -> bool:
    """True if the table has that mark."""
    return (FAMILY, table, _mark(saved)) in read.chains


def _mark(saved: str) -> str:
    return f"over_{hashlib.sha256(saved.encode()).hexdigest()[:8]}"


def stands(read: Ruleset, table: str, rules: Sequence[Rule], saved: str) -> bool:
    """True if our table has its mark, and its sets hold what we put there."""
    if not is_over(read, table, saved):
        return False
    for number, rule in enumerate(rules, 1):
        for name, texts in _sets(number, rule):
            for version, wanted in zip((4, 6), families(texts), strict=True):
                kept = read.sets.get((FAMILY, table, f"{name}_v{version}"))
                if kept is None or families(_elements(kept.get("elem", []))) != families(wanted):
                    return False
        if isinstance(rule, Inward):
            kept = read.sets.get((FAMILY, table, f"in{number}_ports"))
            if kept is None or kept.get("elem") != sorted(set(rule.ports)):
                return False
    return True


def _sets(number: int, rule: Rule) -> tuple[tuple[str, Sequence[str]], ...]:
    match rule:
        case Lock():
            return (f"lock{number}_doors", rule.addresses), (f"lock{number}_allow", rule.allow)
        case Inward():
            return (f"in{number}_behind", rule.blocks), (f"in{number}_doors", rule.allow)
        case Outward():
            return (f"out{number}_behind", rule.blocks), (f"out{number}_doors", rule.allow)


def _elements(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        match value:
            case str():
                yield value
            case {"prefix": {"addr": str(where), "len": int(length)}}:
                yield f"{where}/{length}"
            case {"range": [str(low), str(high)]}:
                ends = ipaddress.ip_address(low), ipaddress.ip_address(high)
                yield from map(str, ipaddress.summarize_address_range(*ends))
            case _:
                yield "0.0.0.0/0"  # nothing that we write: differs from whatever was wanted


def older(read: Ruleset, own: str, rules: Iterable[Rule]) -> dict[str, str]:
    """Our other tables that lock a door of these rules, by name: what each does besides, for people.

    "" if nothing: then whatever it refuses, these rules decide as well, and can take its place. own: theirs.
    """
    here = _places((rule.ports, rule.addresses) for rule in rules if isinstance(rule, Lock))
    found = {}
    for table in sorted({table for family, table, _ in read.chains if family == FAMILY and is_ours(table)} - {own}):
        locks = list(_locks(read, table))
        there = _places(lock for lock in locks if lock is not None)
        if any(_meet(addresses, here.get(port, ())) for port, addresses in there.items()):
            besides = [f"{each} port {port}" for port in there for each in _beyond(there[port], here.get(port, ()))]
            found[table] = listed(map(remark, [*besides, *(["other rules"] if None in locks else [])]), _SHOWN)
    return found


def is_ours(table: str) -> bool:
    """True for what we load, and for what somebody loads from our text."""
    return table == TABLE or table.startswith(f"{TABLE}_")


def _locks(read: Ruleset, table: str) -> Iterator[tuple[list[int], tuple[str, ...]] | None]:
    """Ports and addresses of each line that leads to a lock; None for a line that leads elsewhere."""
    for rule in read.rules.get((FAMILY, table, "mail"), ()):
        match rule.get("expr"):
            case [{"match": {"right": str(doors)}}, {"match": {"right": ports}}, {"jump": {"target": str(to)}}] if (
                to.startswith("lock")
            ):
                kept = read.sets.get((FAMILY, table, doors.removeprefix("@")), {})
                yield _ports(ports), tuple(_elements(kept.get("elem", [])))
            case _:
                yield None


def _ports(value: Any) -> list[int]:
    values = value.get("set", []) if isinstance(value, dict) else [value]
    return [each for each in values if isinstance(each, int)]


def _places(locks: Iterable[tuple[Iterable[int], Iterable[str]]]) -> Places:
    found: dict[int, list[str]] = {}
    for ports, addresses in locks:
        for port in ports:
            found.setdefault(port, []).extend(addresses)
    return {port: tuple(found[port]) for port in sorted(found)}


def _meet(some: Iterable[str], others: Iterable[str]) -> bool:
    pairs = ((one, other) for one in map(network, some) for other in map(network, others))
    return any(one.version == other.version and one.overlaps(other) for one, other in pairs)


def _beyond(addresses: Iterable[str], known: tuple[str, ...]) -> Iterator[str]:
    """Those that are not wholly among the known ones."""
    yield from (each for each in addresses if families((*known, each)) != families(known))
