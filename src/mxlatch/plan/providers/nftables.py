"""Rules for mail ports as an nftables ruleset (nft(8)): tables of their own, `inet mxlatch_...`, beside what is loaded.

As a text for each step and firewall, with its undo (`held`); or loaded on the machine that holds the addresses, or that
is said to be the firewall. What comes by another path than this machine is not seen.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from mxlatch.inventory.model import SMTP_PORT
from mxlatch.inventory.nftables import Flow, Passage, Ruleset, parse, passage
from mxlatch.plan.change import Change, Inward, Lock, Outward
from mxlatch.plan.provider import Done, Elsewhere, Given, Means, NotDone, Outcome, Ran, Unsure, Written
from mxlatch.plan.providers import held, loaded
from mxlatch.plan.providers.quoting import Network, file_name, network, remark, shell
from mxlatch.plan.providers.ruleset import FAMILY, TABLE, Rule, expresses, nothing, ruleset
from mxlatch.plan.result import Plan
from mxlatch.plan.wording import sentence
from mxlatch.terms.errors import InputError
from mxlatch.terms.wording import listed
from mxlatch.world.firewalls import within

NAME = "nftables"
TITLE = "nftables: locks on mail ports, default-deny inward and outward"
KINDS = (Lock, Inward, Outward)
_HEAD = (
    "# A table for each door that is locked. Loaded again, it replaces what the same domain's plan had for that door,",
    "# and nothing else. If nft says `File exists`, the plan of another domain holds the door: nothing of this file is",
    "# loaded. `nft list table inet NAME` tells which domain, and whom it lets in. If that is the same as here, then",
    "# there is nothing to load: strike the door's part. Else put both domains into one inventory, plan them together,",
    "# undo the other, and load this. Other tables inet mxlatch_... stay, also what `mxlatch apply` loaded; whom they",
    "# do not name they refuse.",
)
PATIENCE = 0.0  # what nft has loaded holds from then on


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A ruleset for each step and firewall, or host that is its own, and what undoes it: what was there after the step
    before, of this plan."""
    steps = [(n, step) for n, step in enumerate(plan.steps, 1) if any(map(expresses, step.changes))]
    left = [f"# {remark(f'not in this file: {sentence(c)}')}" for c in plan.changes if not expresses(c)]
    written, kept = [], dict[tuple[str, str], Rule]()
    for number, step in steps:
        for name, rules in by_firewall(step.changes):
            what = f"# mxlatch: for {remark(plan.domain)}, at {remark(name)}"
            head = [f"{what}. Check: nft -c -f FILE. Load: nft -f FILE.", *_HEAD]
            head += [f"# step {number} of {len(plan.steps)}: {remark(step.title)}", *left]
            head += [f"# {line}" for rule in rules for line in held.lacking(rule)]
            loads, undoes = [], [f"{what}: undo of step {number} of {len(plan.steps)}\n"]
            for table, rule in held.apart(rules):
                before, kept[name, table] = kept.get((name, table)), rule
                loads += [held.load(table, rule, plan.domain)]
                undoes += [held.load(table, before, plan.domain) if before else held.unload(table, plan.domain)]
            stem = f"step-{number}." if len(steps) > 1 else ""
            stem += f"mxlatch-{file_name(name)}-for-{file_name(plan.domain)}"
            written += [Written(f"{stem}.nft", "\n".join(["\n".join(head) + "\n", *loads]))]
            written += [Written(f"{stem}-undo.nft", "\n".join(undoes))]
    return tuple(written)


def by_firewall(changes: Iterable[Change]) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """The changes that nftables expresses, by the name of their firewall; of a host that is its own, by the host's."""
    found: dict[str, list[Rule]] = {}
    for change in _rules(changes):
        name = change.firewall or (change.host if isinstance(change, Lock) else "")
        found.setdefault(name, []).append(change)
    for name, those in found.items():
        yield name, tuple(those)


# --- carried out on this machine ---

_NFT = ("nft",)
_LOADED = "the loaded ruleset refuses whom it should, and lets in whom the plan names"
# To see what becomes of connections to the world: documentation's own addresses, one of which is outside.
_WORLD = ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "2001:db8:ffff::1", "3fff::1")


def group(change: Change, means: Means) -> str | None:
    """What a firewall or a host of its own does, where programs may be run. Which machine this is, `look` asks."""
    if means.run is None or not _rules((change,)):
        return None
    return f"nftables at {remark(_machine(_rules((change,))))}"


async def look(changes: Sequence[Change], means: Means) -> str | NotDone | Elsewhere:
    """Our table as it stands, and older ones that it replaces; not done where nft refuses it, or on another machine."""
    rules = _rules(changes)
    if (not_here := await _not_here(rules, means)) is not None:
        return not_here
    checked = await _run(means, (*_NFT, "-c", "-f", "-"), ruleset(rules, _own_table(rules)))
    if checked.code:
        return NotDone(f"nft refuses the ruleset: {remark(checked.err)}", "is nft installed, and are we root?")
    standing = await _standing(rules, means)
    return standing if isinstance(standing, NotDone) else standing.text


async def carry_out(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Load it: one transaction, so all of it or nothing. What stood there must be what was saved."""
    rules = _rules(changes)
    if (not_here := await _not_here(rules, means)) is not None:
        return not_here
    now = await _standing(rules, means)
    if isinstance(now, NotDone):
        return now
    if now.text != saved:
        read = await _read(means)
        if isinstance(read, Ruleset) and loaded.stands(read, _own_table(rules), rules, saved):
            return Done("it is loaded already")  # by a run that was broken off
        return NotDone(f"table {_own_table(rules)} was changed since it was looked at", "plan again")
    gone = _replaced(now.older)
    own = _own_table(rules)
    text = "".join(map(nothing, gone)) + ruleset(rules, own) + loaded.marked(own, saved)
    told = [f"loaded{f' in place of {listed(gone)}' if gone else ''}", *filter(None, [_staying(now.older)])]
    return _outcome(await _run(means, (*_NFT, "-f", "-"), text), "; ".join(told))


async def undo(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Load what was saved, if our table is as we loaded it."""
    rules = _rules(changes)
    if (not_here := await _not_here(rules, means)) is not None:
        return not_here
    read = await _read(means)
    if not isinstance(read, Ruleset):
        return read
    own = _own_table(rules)
    if not loaded.is_there(read, own):
        return NotDone(f"table {own} is not there any more", "if a newer plan took its place, roll that one back first")
    if not loaded.is_over(read, own, saved):
        return NotDone(f"table {own} was loaded again by another plan", "roll that one back first")
    if not loaded.stands(read, own, rules, saved):
        return NotDone(f"table {own} is not as it was loaded", f"remove it by hand: {nothing(own)}")
    return _outcome(await _run(means, (*_NFT, "-f", "-"), saved), "as before")


async def restored(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """This machine alone has it, and `undo` saw to that."""
    return Done("as before")


async def holds(changes: Sequence[Change], means: Means) -> Outcome:
    """Done if the ruleset that is loaded surely refuses a stranger and lets in who is allowed."""
    rules = _rules(changes)
    if means.run is None:
        return Elsewhere("whether it is still loaded was not asked", "ask on that machine, with --nft")
    if (not_here := await _not_here(rules, means)) is not None:
        return not_here
    read = await _read(means)
    if not isinstance(read, Ruleset):
        return read
    for rule in rules:
        # What else a firewall has is for its owner to say; whoever it refuses as well, our rule need not let in.
        judge = read if isinstance(rule, Lock) else loaded.only(read, _own_table(rules))
        hook = rule.hook or ("" if rule.firewall else "input")
        for flow, wanted in _flows(rule):
            if (seen := passage(judge, flow, hook)) != wanted:
                who = remark(flow.source or "a stranger")
                told = f"{who} to {flow.to} port {flow.port}: {seen}, and should be {wanted}"
                if seen is Passage.UNKNOWN:
                    return Unsure(told, "another table may have a say")
                refused = wanted is Passage.ALLOWED
                return NotDone(told, _staying(loaded.older(read, _own_table(rules), rules)) if refused else "")
    return Done(_LOADED)


async def _not_here(rules: Sequence[Rule], means: Means) -> Elsewhere | NotDone | None:
    """Why nothing of these is to be done on this machine; None if it is theirs."""
    machine = _machine(rules)
    if rules[0].firewall:
        if means.firewall == machine:
            return None
        reason = f"this machine is not said to be the firewall {remark(machine)}"
        there = f"--nft --firewall {shell(remark(machine))}"
        return Elsewhere(reason, f"take the plan and its journal to that machine, and run it there with {there}")
    mine = await _run(means, ("ip", "-o", "address"), "")
    if mine.code:
        return NotDone(f"which addresses this machine has is not known: ip: {remark(mine.err)}", "install iproute2")
    has = {field.partition("/")[0] for field in mine.out.split()}
    wanted = [address for lock in rules if isinstance(lock, Lock) for address in lock.addresses]
    missing = [address for address in wanted if not _any_held(network(address), has)]
    if not missing:
        return None
    reason = f"this machine has not the address {remark(missing[0])}"
    if len(missing) < len(wanted):
        return NotDone(f"{reason}, and has others of {remark(machine)}", "load the ruleset there: `--as nftables`")
    there = f"take the plan and its journal to {remark(machine)}, and run it there with --nft"
    return Elsewhere(reason, f"{there}; or load the text there: `--as nftables`")


def _machine(rules: Sequence[Rule]) -> str:
    """The firewall's name, or the host's: a group is of one machine."""
    first = rules[0]
    return first.firewall or (first.host if isinstance(first, Lock) else "")


def _flows(rule: Rule) -> Iterator[tuple[Flow, Passage]]:
    match rule:
        case Lock():
            for to in map(network, rule.addresses):
                for number in rule.ports:
                    yield Flow(None, str(to), number), Passage.REFUSED
                    for source in map(network, rule.allow):
                        if source.version == to.version:
                            yield Flow(str(source), str(to), number), Passage.ALLOWED
        case Inward():
            for number in rule.ports:
                yield from ((Flow(None, str(to), number), Passage.REFUSED) for to in _others(rule))
                yield from ((Flow(None, str(network(to)), number), Passage.ALLOWED) for to in rule.allow)
        case Outward():
            world = [network(each) for each in _WORLD if not within(each, rule.blocks)]
            for to in {each.version: each for each in world}.values():
                sources = [(each, Passage.REFUSED) for each in _others(rule)]
                sources += [(network(each), Passage.ALLOWED) for each in rule.allow]
                yield from ((Flow(str(s), str(to), SMTP_PORT), p) for s, p in sources if s.version == to.version)


def _others(rule: Inward | Outward) -> Iterator[Network]:
    """Of each block an address that is none of the authorised doors', where there is one."""
    for block in map(network, rule.blocks):
        few = (block[at] for at in range(min(block.num_addresses, len(rule.allow) + 1)))
        yield from [network(str(each)) for each in few if not within(str(each), rule.allow)][:1]


def _rules(changes: Iterable[Change]) -> tuple[Rule, ...]:
    return tuple(change for change in changes if isinstance(change, Rule) and expresses(change))


def _own_table(rules: Sequence[Rule]) -> str:
    """A table for these doors, or this firewall's way in or out: another step's rules must not replace it, a newer
    plan's for the same must; one for more doors replaces it too (`loaded.older`)."""
    places: list[tuple[str, object]] = []
    for rule in rules:
        match rule:
            case Lock():
                places += [(address, port) for address in rule.addresses for port in rule.ports]
            case Inward():
                places.append(("inward", rule.firewall))
            case Outward():
                places.append(("outward", rule.firewall))
    return f"{TABLE}_{hashlib.sha256(repr(sorted(places, key=str)).encode()).hexdigest()[:8]}"


def _any_held(wanted: Network, has: Iterable[str]) -> bool:
    for text in has:
        try:
            if ipaddress.ip_address(text) in wanted:
                return True
        except ValueError:
            continue
    return False


class _Standing(Struct, frozen=True):
    """What stands there. text: brings back what our ruleset replaces. older: as `loaded.older` has it."""

    text: str
    older: dict[str, str]


async def _standing(rules: Sequence[Rule], means: Means) -> _Standing | NotDone:
    """What would be replaced."""
    tables = await _run(means, (*_NFT, "list", "tables"), "")
    if tables.code:
        return NotDone(f"nft: {remark(tables.err)}", "are we root?")
    own, there = _own_table(rules), tables.out.splitlines()
    older: dict[str, str] = {}
    if any(loaded.is_ours(line.removeprefix(f"table {FAMILY} ")) for line in there if line != f"table {FAMILY} {own}"):
        read = await _read(means)
        if not isinstance(read, Ruleset):
            return NotDone(f"which older locks stand there is not known: {read.reason}", read.remedy)
        older = loaded.older(read, own, rules)
    text = ""
    for table in (own, *_replaced(older)):
        text += nothing(table)
        if f"table {FAMILY} {table}" in there:
            text += (await _run(means, (*_NFT, "-s", "list", "table", FAMILY, table), "")).out
    return _Standing(text, older)


def _replaced(older: Mapping[str, str]) -> list[str]:
    return [table for table, besides in older.items() if not besides]


def _staying(older: Mapping[str, str]) -> str:
    """What somebody has to know of older locks that could not be replaced."""
    told = [
        f"table {FAMILY} {table} of an older plan stays, for it has {besides} too; whom it does not name it refuses: "
        f"`nft delete table {FAMILY} {table}` removes it"
        for table, besides in older.items()
        if besides
    ]
    return "; ".join(told)


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
