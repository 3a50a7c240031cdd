"""Locks on mail ports as an nftables ruleset (nft(8)): a table of its own, `inet mxlatch`, beside all that is loaded.

Both address families, each by a set of intervals. Its chains stand before the usual filter, so that it can only refuse:
what it lets pass is judged by the firewall's own rules as before. Strangers get a TCP reset, so that an honest sender
goes on to the next exchanger at once; to drop would cost it the connect time-out. Loading it twice leaves one table;
loading the undo leaves none.

Limits: what comes by another path than this machine is not seen. `Outward` needs to know which networks are inside. A
session of a stranger that is open when the lock is loaded is reset too: senders try again. Mail ports other than 25 are
refused to people who submit mail there, unless the lock allows them: give such ports to a lock only where nobody does.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Sequence

from mxlatch.inventory.nftables import Flow, Passage, Ruleset, parse, passage
from mxlatch.plan.change import REJECT, Change, Lock, Outward
from mxlatch.plan.provider import Done, Given, Means, NotDone, Outcome, Ran, Unsure, Written
from mxlatch.plan.providers.quoting import Network, families, file_name, network, port, remark
from mxlatch.plan.result import Plan
from mxlatch.plan.wording import sentence
from mxlatch.terms.errors import InputError

NAME = "nftables"
TITLE = "nftables: locks on mail ports, port 25 outward"
KINDS = (Lock, Outward)
PATIENCE = 0.0  # what nft has loaded holds from then on

TABLE = "mxlatch"
HOOKS = ("input", "forward")
PRIORITY = "filter - 10"

_FAMILY = "inet"
_SETS = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}
_SMTP = 25


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A ruleset for each step and firewall, or host that is its own, and what undoes it.

    A step's ruleset holds those of the steps before it, too: loading it replaces them. Its undo brings them back.
    """
    inside = [block.cidr for block in given.inventory.blocks]
    steps = [(n, step) for n, step in enumerate(plan.steps, 1) if any(map(expresses, step.changes))]
    left = [f"# {remark(f'not in this file: {sentence(c)}')}" for c in plan.changes if not expresses(c)]
    written, loaded = [], dict[str, tuple[Lock | Outward, ...]]()
    for number, step in steps:
        for name, changes in by_firewall(step.changes):
            hook = next((f.hook for f in given.inventory.firewalls if f.name == name), "")
            head = [
                f"# mxlatch: for {remark(plan.domain)}, at {remark(name)}. Check: nft -c -f FILE. Load: nft -f FILE."
            ]
            head += [f"# step {number} of {len(plan.steps)}: {remark(step.title)}", *left, ""]
            before, loaded[name] = loaded.get(name, ()), (*loaded.get(name, ()), *changes)
            stem = f"step-{number}." if len(steps) > 1 else ""
            stem += f"mxlatch-{file_name(name)}"
            written += [Written(f"{stem}.nft", "\n".join(head) + ruleset(loaded[name], hook, inside))]
            written += [Written(f"{stem}-undo.nft", ruleset(before, hook, inside) if before else nothing())]
    return tuple(written)


def expresses(change: Change) -> bool:
    """True for what a firewall does: the first stage of a lock, 550 and why, is the mail server's."""
    return isinstance(change, Outward) or (isinstance(change, Lock) and change.stage == REJECT)


def nothing(table: str = TABLE) -> str:
    """The ruleset that removes our table, and does nothing where there is none."""
    return f"add table {_FAMILY} {table}\ndelete table {_FAMILY} {table}\n"


def ruleset(changes: Iterable[Lock | Outward], hook: str = "", inside: Sequence[str] = (), table: str = TABLE) -> str:
    """The ruleset of one firewall, to be loaded by `nft -f`.

    hook: "input" (the doors are on this machine), "forward", or "" for both. inside: the networks whose way out an
    `Outward` closes.

    Raises:
        InputError: a value is no address or port; a lock locks nothing; nobody says what is inside.
    """
    if hook not in ("", *HOOKS):
        raise InputError(f"{remark(hook)!r} is no hook: input or forward")
    hooks = (hook,) if hook else HOOKS
    parts = [_lock(n, c) if isinstance(c, Lock) else _outward(n, c, inside) for n, c in enumerate(changes, 1)]
    body = [line for part in parts for line in part.body]
    jumps = [line for part in parts for line in part.jumps]
    lines = [*nothing(table).splitlines(), f"table {_FAMILY} {table} {{", *body, *_regular("mail", jumps)]
    for each in hooks:
        lines += _base(each, ['\t\tiif "lo" accept', "\t\tjump mail"] if each == "input" else ["\t\tjump mail"])
    if "input" in hooks and any(part.outward for part in parts):
        lines += _base("output", ['\t\toif "lo" accept', "\t\tjump mail"])
    return "\n".join([*lines, "}"]) + "\n"


def _regular(name: str, lines: list[str]) -> list[str]:
    return [f"\tchain {name} {{", *lines, "\t}"]


def _base(hook: str, lines: list[str]) -> list[str]:
    return [f"\tchain {hook} {{", f"\t\ttype filter hook {hook} priority {PRIORITY}; policy accept;", *lines, "\t}"]


class _Part:
    """What one change adds: sets and a chain of its own, and the lines that lead there."""

    def __init__(self, outward: bool) -> None:
        self.outward = outward
        self.body: list[str] = []
        self.jumps: list[str] = []

    def add_set(self, name: str, texts: Iterable[str]) -> dict[int, bool]:
        """A set for each family, also where it is empty: who maintains it adds to it. By family: it has elements."""
        filled = {}
        for version, elements in zip((4, 6), families(texts), strict=True):
            self.body += [f"\tset {name}_v{version} {{", f"\t\ttype {_SETS[version][1]}", "\t\tflags interval"]
            self.body += ["\t\tauto-merge"]
            if elements:
                self.body += [f"\t\telements = {{ {', '.join(elements)} }}"]
            self.body += ["\t}"]
            filled[version] = bool(elements)
        return filled


def _lock(number: int, lock: Lock) -> _Part:
    part, name = _Part(outward=False), f"lock{number}"
    if not lock.addresses or not lock.ports:
        raise InputError(f"the lock of {remark(lock.host)!r} names no address or no port: nothing would be locked")
    if any(ipaddress.ip_network(n).prefixlen == 0 for family in families(lock.allow) for n in family):
        raise InputError(f"the lock of {remark(lock.host)!r} lets everybody in: nothing would be locked")
    ports = ", ".join(str(port(p)) for p in sorted(set(lock.ports)))
    part.body += [f"\t# {remark(lock.host)}, port {ports}: {remark(lock.who) or 'the addresses below'} and nobody else"]
    if lock.shared:
        part.body += ["\t# Others send from these addresses too: they still get in. Rarer, not closed."]
    filled = part.add_set(f"{name}_doors", lock.addresses)
    if not all(filled.values()):
        lacking = next(v for v in filled if not filled[v])
        part.body += [
            f"\t# No IPv{lacking} address of this host is known: if it has one, add it to {name}_doors_v{lacking}."
        ]
    part.add_set(f"{name}_allow", lock.allow)
    passes = [f"\t\t{_SETS[v][0]} saddr @{name}_allow_v{v} return" for v in (4, 6)]
    part.body += _regular(name, [*passes, "\t\tcounter reject with tcp reset"])
    part.jumps = [f"\t\t{_SETS[v][0]} daddr @{name}_doors_v{v} tcp dport {{ {ports} }} jump {name}" for v in (4, 6)]
    return part


def _outward(number: int, change: Outward, inside: Sequence[str]) -> _Part:
    part, name = _Part(outward=True), f"out{number}"
    if not any(families(inside)):
        raise InputError(
            f"firewall {remark(change.firewall)!r}: nobody says which networks are inside: list the blocks"
        )
    part.body += [f"\t# Port {_SMTP} from inside to the world: for the authorised doors only."]
    part.add_set(f"{name}_inside", inside)
    part.add_set(f"{name}_allow", change.allow)
    family = [(v, _SETS[v][0]) for v in (4, 6)]
    passes = [f"\t\t{word} saddr @{name}_allow_v{v} return" for v, word in family]
    passes += [f"\t\t{word} daddr @{name}_inside_v{v} return" for v, word in family]
    part.body += _regular(name, [*passes, "\t\tcounter reject with tcp reset"])
    part.jumps = [f"\t\t{word} saddr @{name}_inside_v{v} tcp dport {_SMTP} jump {name}" for v, word in family]
    return part


def by_firewall(changes: Iterable[Change]) -> Iterator[tuple[str, tuple[Lock | Outward, ...]]]:
    """The changes that nftables expresses, by the name of their firewall; of a host that is its own, by the host's."""
    found: dict[str, list[Lock | Outward]] = {}
    for change in changes:
        if isinstance(change, Lock | Outward) and expresses(change):
            name = change.firewall or (change.host if isinstance(change, Lock) else "")
            found.setdefault(name, []).append(change)
    for name, those in found.items():
        yield name, tuple(those)


# --- carried out on this machine ---

_NFT = ("nft",)


def group(change: Change, means: Means) -> str | None:
    """A lock of a host that is its own firewall, where programs may be run. Which machine that is, `look` asks."""
    if means.run is None or not isinstance(change, Lock) or change.firewall or not expresses(change):
        return None
    return f"nftables at {remark(change.host)}"


async def look(changes: Sequence[Change], means: Means) -> str | NotDone:
    """Our table as it stands; not done where this machine is another host, or nft refuses the ruleset."""
    locks = _locks(changes)
    mine = await _run(means, ("ip", "-o", "address"), "")
    if mine.code:
        return NotDone(f"which addresses this machine has is not known: ip: {remark(mine.err)}", "install iproute2")
    held = {field.partition("/")[0] for field in mine.out.split()}
    if missing := [a for lock in locks for a in lock.addresses if not _any_held(network(a), held)]:
        return NotDone(
            f"this machine has not the address {remark(missing[0])}", "load the ruleset there: `--as nftables`"
        )
    checked = await _run(means, (*_NFT, "-c", "-f", "-"), ruleset(locks, table=_own_table(locks)))
    if checked.code:
        return NotDone(f"nft refuses the ruleset: {remark(checked.err)}", "is nft installed, and are we root?")
    listed = await _listed(locks, means)
    return listed if isinstance(listed, NotDone) else nothing(_own_table(locks)) + listed


async def carry_out(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Load it: one transaction, so all of it or nothing. What stood there must be what was saved."""
    locks = _locks(changes)
    now = await _listed(locks, means)
    if isinstance(now, NotDone):
        return now
    if nothing(_own_table(locks)) + now != saved:
        read = await _read(means)
        if isinstance(read, Ruleset) and _stands(read, locks):
            return Done("it is loaded already")  # by a run that was broken off
        return NotDone(f"table {_own_table(locks)} was changed since it was looked at", "plan again")
    return _outcome(await _run(means, (*_NFT, "-f", "-"), ruleset(locks, table=_own_table(locks))), "loaded")


async def undo(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Load what was saved, if our table is as we loaded it."""
    locks = _locks(changes)
    read = await _read(means)
    if not isinstance(read, Ruleset):
        return read
    if not _stands(read, locks):
        return NotDone(
            f"table {_own_table(locks)} is not as it was loaded", f"remove it by hand: {nothing(_own_table(locks))}"
        )
    return _outcome(await _run(means, (*_NFT, "-f", "-"), saved), "as before")


async def holds(changes: Sequence[Change], means: Means) -> Outcome:
    """Done if the ruleset that is loaded surely refuses a stranger and may let in who is allowed."""
    if means.run is None:
        return Unsure("whether the lock is still loaded was not asked", "ask on that machine, with --nft")
    read = await _read(means)
    if not isinstance(read, Ruleset):
        return read
    for lock in _locks(changes):
        for flow, wanted in _flows(lock):
            if (seen := passage(read, flow, "input")) != wanted:
                who = remark(flow.source or "a stranger")
                told = f"{who} to {flow.to} port {flow.port}: {seen}, and should be {wanted}"
                return Unsure(told, "another table may have a say") if seen is Passage.UNKNOWN else NotDone(told)
    return Done("the loaded ruleset refuses strangers, and lets in whom the lock names")


def _flows(lock: Lock) -> Iterator[tuple[Flow, Passage]]:
    for to in map(network, lock.addresses):
        for number in lock.ports:
            yield Flow(None, str(to), number), Passage.REFUSED
            for source in map(network, lock.allow):
                if source.version == to.version:
                    yield Flow(str(source), str(to), number), Passage.ALLOWED


def _locks(changes: Sequence[Change]) -> tuple[Lock, ...]:
    return tuple(change for change in changes if isinstance(change, Lock))


def _own_table(locks: Sequence[Lock]) -> str:
    """A table for these doors: another step's lock must not replace it, a newer plan's for the same doors must."""
    doors = sorted((address, port) for lock in locks for address in lock.addresses for port in lock.ports)
    return f"{TABLE}_{hashlib.sha256(repr(doors).encode()).hexdigest()[:8]}"


def _any_held(wanted: Network, held: Iterable[str]) -> bool:
    for text in held:
        try:
            if ipaddress.ip_address(text) in wanted:
                return True
        except ValueError:
            continue
    return False


def _stands(read: Ruleset, locks: Sequence[Lock]) -> bool:
    """True if the sets of our table hold what we put there."""
    table = (_FAMILY, _own_table(locks))
    for number, lock in enumerate(locks, 1):
        for name, texts in (("doors", lock.addresses), ("allow", lock.allow)):
            for version, wanted in zip((4, 6), families(texts), strict=True):
                kept = read.sets.get((*table, f"lock{number}_{name}_v{version}"))
                if kept is None or families(_elements(kept.get("elem", []))) != families(wanted):
                    return False
    return True


def _elements(listed: Iterable[object]) -> Iterator[str]:
    for item in listed:
        match item:
            case str():
                yield item
            case {"prefix": {"addr": str(where), "len": int(length)}}:
                yield f"{where}/{length}"
            case {"range": [str(low), str(high)]}:
                ends = ipaddress.ip_address(low), ipaddress.ip_address(high)
                yield from map(str, ipaddress.summarize_address_range(*ends))
            case _:
                yield "0.0.0.0/0"  # nothing that we write: differs from whatever was wanted


async def _listed(locks: Sequence[Lock], means: Means) -> str | NotDone:
    """Our table, "" if there is none."""
    tables = await _run(means, (*_NFT, "list", "tables"), "")
    if tables.code:
        return NotDone(f"nft: {remark(tables.err)}", "are we root?")
    if f"table {_FAMILY} {_own_table(locks)}" not in tables.out.splitlines():
        return ""
    return (await _run(means, (*_NFT, "-s", "list", "table", _FAMILY, _own_table(locks)), "")).out


async def _read(means: Means) -> Ruleset | Unsure:
    listing = await _run(means, (*_NFT, "-j", "list", "ruleset"), "")
    if listing.code:
        return Unsure(f"nft: {remark(listing.err)}", "are we root?")
    try:
        return parse(listing.out)
    except InputError as error:
        return Unsure(f"nft: {remark(str(error))}")


async def _run(means: Means, argv: Sequence[str], text: str) -> Ran:
    assert means.run is not None, "`group` wants it"
    return await means.run(argv, text.encode())


def _outcome(ran: Ran, told: str) -> Outcome:
    if ran.code < 0:
        return Unsure(f"nft was ended before it said whether it was done: {remark(ran.err)}", "run the same again")
    return Done(told) if ran.code == 0 else NotDone(f"nft: exit {ran.code}: {remark(ran.err)}")
