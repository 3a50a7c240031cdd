"""Locks on mail ports as an nftables ruleset (nft(8)): a table of its own, `inet mxlatch`, beside whatever else is loaded.

Both address families, each by a set of intervals. Its chains stand before the usual filter, so that it can only refuse:
what it lets pass is judged by the firewall's own rules as before. Strangers get a TCP reset, so that an honest sender
goes on to the next exchanger at once; to drop would cost it the connect time-out. Loading it twice leaves one table;
loading the undo leaves none.

Limits: what comes by another path than this machine is not seen. `Outward` needs to know which networks are inside. A
session of a stranger that is open when the lock is loaded is reset too: senders try again. Mail ports other than 25 are
refused to people who submit mail there, unless the lock allows them: give such ports to a lock only where nobody does.
"""

import ipaddress
import subprocess
from collections.abc import Iterable, Iterator, Sequence

from mxlatch.plan.change import Lock, Outward
from mxlatch.plan.providers.quoting import families, port, remark
from mxlatch.terms.errors import InputError

TABLE = "inet mxlatch"
HOOKS = ("input", "forward")
PRIORITY = "filter - 10"
UNDO = f"add table {TABLE}\ndelete table {TABLE}\n"

_PATIENCE = 30.0  # seconds for nft, which answers in milliseconds unless another holds the ruleset
_SETS = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}
_SMTP = 25


class NftError(Exception):
    """nft refused; the message is what it said."""


def ruleset(changes: Iterable[Lock | Outward], hook: str = "", inside: Sequence[str] = ()) -> str:
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
    lines = [*UNDO.splitlines(), f"table {TABLE} {{", *body, *_regular("mail", jumps)]
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
        part.body += [f"\t# No IPv{lacking} address of this host is known: if it has one, add it to {name}_doors_v{lacking}."]
    part.add_set(f"{name}_allow", lock.allow)
    passes = [f"\t\t{_SETS[v][0]} saddr @{name}_allow_v{v} return" for v in (4, 6)]
    part.body += _regular(name, [*passes, "\t\tcounter reject with tcp reset"])
    part.jumps = [f"\t\t{_SETS[v][0]} daddr @{name}_doors_v{v} tcp dport {{ {ports} }} jump {name}" for v in (4, 6)]
    return part


def _outward(number: int, change: Outward, inside: Sequence[str]) -> _Part:
    part, name = _Part(outward=True), f"out{number}"
    if not any(families(inside)):
        raise InputError(f"firewall {remark(change.firewall)!r}: nobody says which networks are inside: list the blocks")
    part.body += [f"\t# Port {_SMTP} from inside to the world: for the authorised doors only."]
    part.add_set(f"{name}_inside", inside)
    part.add_set(f"{name}_allow", change.allow)
    family = [(v, _SETS[v][0]) for v in (4, 6)]
    passes = [f"\t\t{word} saddr @{name}_allow_v{v} return" for v, word in family]
    passes += [f"\t\t{word} daddr @{name}_inside_v{v} return" for v, word in family]
    part.body += _regular(name, [*passes, "\t\tcounter reject with tcp reset"])
    part.jumps = [f"\t\t{word} saddr @{name}_inside_v{v} tcp dport {_SMTP} jump {name}" for v, word in family]
    return part


def by_firewall(changes: Iterable[object]) -> Iterator[tuple[str, tuple[Lock | Outward, ...]]]:
    """The changes that nftables expresses, by the name of their firewall, "" for the host's own: there, by host."""
    found: dict[tuple[str, str], list[Lock | Outward]] = {}
    for change in changes:
        if isinstance(change, Lock):
            found.setdefault((change.firewall, "" if change.firewall else change.host), []).append(change)
        elif isinstance(change, Outward):
            found.setdefault((change.firewall, ""), []).append(change)
    for (firewall, host), those in found.items():
        yield firewall or host, tuple(those)


def load(text: str, nft: Sequence[str] = ("nft",)) -> str:
    """Check a ruleset, load it, and give back the ruleset that undoes it. nft: the command, or one that runs it elsewhere.

    Nothing is loaded unless the whole of it is right: nft commits a file in one transaction, and is asked first.

    Raises:
        NftError: nft is missing or refuses.
    """
    before = _saved(nft)
    _run((*nft, "-c", "-f", "-"), text)
    _run((*nft, "-f", "-"), text)
    return UNDO + before


def unload(saved: str, nft: Sequence[str] = ("nft",)) -> None:
    """Load what `load` gave back.

    Raises:
        NftError: nft is missing or refuses.
    """
    _run((*nft, "-c", "-f", "-"), saved)
    _run((*nft, "-f", "-"), saved)


def _saved(nft: Sequence[str]) -> str:
    """Our table as it stands, "" if there is none."""
    tables = _run((*nft, "list", "tables"), "")
    return _run((*nft, "list", "table", *TABLE.split()), "") if f"table {TABLE}" in tables.splitlines() else ""


def _run(command: Sequence[str], text: str) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NftError(f"{command[0]}: {error}") from None
    if done.returncode:
        raise NftError(f"{' '.join(command)}: exit {done.returncode}: {remark(done.stderr)}")
    return done.stdout
