"""The text of a ruleset for nft(8): one table, in which each change has its sets and a chain of its own.

Both address families, each by a set of intervals. The chains stand before the usual filter, so that they can only
refuse: what they let pass is judged by the firewall's own rules as before. Strangers get a TCP reset, so that an honest
sender goes on to the next exchanger at once; to drop would cost it the connect time-out. Loading it twice leaves one
table; loading `nothing` leaves none.

Limits: a session of a stranger that is open when a lock is loaded is reset too: senders try again. The default-deny of
a firewall (`Inward`, `Outward`) meets new connections only, known by their first packet, so that it needs no connection
tracking. Mail ports other than 25 are refused to people who submit mail there, unless the rule allows them: give such
ports to a rule only where nobody does.
"""

import ipaddress
from collections.abc import Iterable, Sequence

from mxlatch.inventory.model import HOOKS, SMTP_PORT
from mxlatch.plan.change import REJECT, Change, Inward, Lock, Outward
from mxlatch.plan.providers.quoting import families, network, port, remark
from mxlatch.plan.wording import SHARED
from mxlatch.terms.errors import InputError

TABLE = "mxlatch"
FAMILY = "inet"
PRIORITY = "filter - 10"

_SETS = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}
_NEW = "tcp flags & (fin | syn | rst | ack) == syn"  # the first packet of a connection (RFC 9293 section 3.5)
_LOGGED = "limit rate 10/minute burst 30 packets"  # a botnet must not fill the disk

Rule = Lock | Inward | Outward


def expresses(change: Change) -> bool:
    """True for what a firewall does: the first stage of a lock, 550 and why, is the mail server's."""
    return isinstance(change, Inward | Outward) or (isinstance(change, Lock) and change.stage == REJECT)


def nothing(table: str = TABLE) -> str:
    """The ruleset that removes our table, and does nothing where there is none."""
    return f"add table {FAMILY} {table}\ndelete table {FAMILY} {table}\n"


def ruleset(changes: Sequence[Rule], table: str = TABLE) -> str:
    """The ruleset of one firewall, to be loaded by `nft -f`; in both hooks, where the changes do not say in which.

    Raises:
        InputError: a value is no address, port or hook; a rule would let everybody in, or meets nobody.
    """
    hooks = _hooks(changes)
    parts = [_part(number, change) for number, change in enumerate(changes, 1)]
    body = [line for part in parts for line in part.body]
    jumps = [line for part in parts for line in part.jumps]
    lines = [*nothing(table).splitlines(), f"table {FAMILY} {table} {{", *body, *_regular("mail", jumps)]
    for each in hooks:
        lines += _base(each, ['\t\tiif "lo" accept', "\t\tjump mail"] if each == "input" else ["\t\tjump mail"])
    if "input" in hooks and any(isinstance(change, Outward) for change in changes):
        lines += _base("output", ['\t\toif "lo" accept', "\t\tjump mail"])
    return "\n".join([*lines, "}"]) + "\n"


def _hooks(changes: Sequence[Rule]) -> tuple[str, ...]:
    said = {change.hook for change in changes}
    if wrong := said - {"", *HOOKS}:
        raise InputError(f"{remark(wrong.pop())!r} is no hook: input or forward")
    return HOOKS if "" in said else tuple(hook for hook in HOOKS if hook in said)


def _part(number: int, change: Rule) -> "_Part":
    match change:
        case Lock():
            return _lock(number, change)
        case Inward():
            return _inward(number, change)
        case Outward():
            return _outward(number, change)


def _regular(name: str, lines: list[str]) -> list[str]:
    return [f"\tchain {name} {{", *lines, "\t}"]


def _base(hook: str, lines: list[str]) -> list[str]:
    return [f"\tchain {hook} {{", f"\t\ttype filter hook {hook} priority {PRIORITY}; policy accept;", *lines, "\t}"]


class _Part:
    """What one change adds: sets and a chain of its own, and the lines that lead there."""

    def __init__(self) -> None:
        self.body: list[str] = []
        self.jumps: list[str] = []

    def add_set(self, name: str, texts: Iterable[str]) -> None:
        """A set for each family, also where it is empty: who maintains it adds to it."""
        for version, elements in zip((4, 6), families(texts), strict=True):
            self.body += [f"\tset {name}_v{version} {{", f"\t\ttype {_SETS[version][1]}", "\t\tflags interval"]
            self.body += ["\t\tauto-merge"]
            if elements:
                self.body += [f"\t\telements = {{ {', '.join(elements)} }}"]
            self.body += ["\t}"]


def _lock(number: int, lock: Lock) -> _Part:
    part, name = _Part(), f"lock{number}"
    if not lock.addresses or not lock.ports:
        raise InputError(f"the lock of {remark(lock.host)!r} names no address or no port: nothing would be locked")
    if any(ipaddress.ip_network(n).prefixlen == 0 for family in families(lock.allow) for n in family):
        raise InputError(f"the lock of {remark(lock.host)!r} lets everybody in: nothing would be locked")
    ports = ", ".join(str(port(p)) for p in sorted(set(lock.ports)))
    part.body += [f"\t# {remark(lock.host)}, port {ports}: {remark(lock.who) or 'the addresses below'} and nobody else"]
    if lock.shared:
        part.body += [f"\t# {SHARED}"]
    part.add_set(f"{name}_doors", lock.addresses)
    part.add_set(f"{name}_allow", lock.allow)
    passes = [f"\t\t{_SETS[v][0]} saddr @{name}_allow_v{v} return" for v in (4, 6)]
    part.body += _regular(name, [*passes, "\t\tcounter reject with tcp reset"])
    part.jumps = [f"\t\t{_SETS[v][0]} daddr @{name}_doors_v{v} tcp dport {{ {ports} }} jump {name}" for v in (4, 6)]
    return part


def _inward(number: int, change: Inward) -> _Part:
    part, name = _Part(), f"in{number}"
    if not change.ports:
        raise InputError(f"firewall {remark(change.firewall)!r}: no port is named: nothing would be shut")
    ports = ", ".join(str(port(p)) for p in sorted(set(change.ports)))
    part.body += [f"\t# Port {ports} behind {remark(change.firewall)}: from outside to the authorised doors only."]
    part.body += [f"\tset {name}_ports {{", "\t\ttype inet_service", f"\t\telements = {{ {ports} }}", "\t}"]
    _denied(part, name, change, (f"saddr @{name}_behind", f"daddr @{name}_doors"))
    part.jumps = _jumps(f"daddr @{name}_behind", f"@{name}_ports", name)
    return part


def _outward(number: int, change: Outward) -> _Part:
    part, name = _Part(), f"out{number}"
    part.body += [f"\t# Port {SMTP_PORT} outward from behind {remark(change.firewall)}: for the authorised doors only."]
    _denied(part, name, change, (f"saddr @{name}_doors", f"daddr @{name}_behind"))
    part.jumps = _jumps(f"saddr @{name}_behind", str(SMTP_PORT), name)
    return part


def _denied(part: _Part, name: str, change: Inward | Outward, passes: Sequence[str]) -> None:
    """The sets of what stands behind a firewall, and a chain that refuses all but what passes."""
    networks = [n for family in families(change.blocks) for n in map(network, family)]
    if not networks or any(n.prefixlen == 0 for n in networks):
        raise InputError(f"firewall {remark(change.firewall)!r}: no rule says what stands behind it: write one")
    part.add_set(f"{name}_behind", change.blocks)
    part.add_set(f"{name}_doors", change.allow)
    returns = [f"\t\t{word} {each}_v{version} return" for each in passes for version, (word, _) in _SETS.items()]
    logs = f'\t\t{_LOGGED} log prefix "mxlatch {name} "'
    part.body += _regular(name, [*returns, logs, "\t\tcounter reject with tcp reset"])


def _jumps(addresses: str, ports: str, name: str) -> list[str]:
    to = f"tcp dport {ports} {_NEW} jump {name}"
    return [f"\t\t{word} {addresses}_v{version} {to}" for version, (word, _) in _SETS.items()]
