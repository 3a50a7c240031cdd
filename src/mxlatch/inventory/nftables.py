"""What an nftables ruleset surely does with a new SMTP connection: lets it pass, refuses it, or nobody can tell.

Reads what `nft -j list ruleset` prints (libnftables-json(5)) and follows a packet through the base chains of a hook as
the kernel does. Only the usual words of a mail firewall are understood: addresses, ports, sets, connection state,
accept, drop, reject, jump, goto, return. Whatever else stands in a rule leaves it open whether the rule acts, so that
the outcome is unknown wherever it could matter; it is never taken for leave or refusal.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from mxlatch.terms.errors import InputError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Json = dict[str, Any]

LARGEST = 1 << 20  # octets of a ruleset; ten thousand rules stay under it
_MOST_STEPS = 200_000  # rules and values looked at for one connection: jumps into jumps can multiply them
_DEEPEST = 16  # jumps in a row, as in the kernel (NFT_JUMP_STACK_SIZE)
_COARSE = {4: 8, 6: 16}  # a prefix this short may hold a stranger; a longer one is somebody in particular
_FAMILIES = {"inet": (4, 6), "ip": (4,), "ip6": (6,), "netdev": (4, 6), "bridge": (4, 6)}
_BEFORE = ("ingress", "prerouting")
_HARMLESS = frozenset({"counter", "log", "comment", "notrack", "mangle", "last", "flow", "xt_comment"})
_SOMETIMES = frozenset({"limit", "quota", "ct count", "set", "meter"})  # hold for some packets
_WORDS = frozenset({"accept", "drop", "reject", "return", "continue", "jump", "goto"})
_OTHER_PROTOCOLS = frozenset({"udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "arp", "esp", "ah", "igmp"})

_ACCEPT, _DROP, _RETURN, _NEXT = "accept", "drop", "return", "next"
Outcomes = frozenset[str]
_ANY_END: Outcomes = frozenset({_ACCEPT, _DROP})


class Passage(StrEnum):
    """What becomes of a connection."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Flow(Struct, frozen=True):
    """A new TCP connection. source: a network, None for a stranger anywhere; to: a network; port: of the door."""

    source: str | None
    to: str
    port: int

    @property
    def version(self) -> int:
        """The IP version."""
        return _network(self.to).version


class Ruleset(Struct, frozen=True):
    """A ruleset, by table. chains, sets: by (family, table, name); the rules of a chain in their order."""

    chains: dict[tuple[str, str, str], Json]
    rules: dict[tuple[str, str, str], tuple[Json, ...]]
    sets: dict[tuple[str, str, str], Json]


@lru_cache(maxsize=64)
def parse(text: str, path: str = "ruleset") -> Ruleset:
    """Read a ruleset.

    Raises:
        InputError: it is not what `nft -j list ruleset` prints; names the file.
    """
    if len(text) > LARGEST:
        raise InputError(f"{path}: over {LARGEST >> 20} MiB: is this the ruleset?")
    try:
        listed = msgspec.json.decode(text, type=dict[str, list[dict[str, Any]]])["nftables"]
    except (msgspec.MsgspecError, KeyError, RecursionError) as error:
        raise InputError(f"{path}: no ruleset: make it with `nft -j list ruleset` ({error})") from None
    chains: dict[tuple[str, str, str], Json] = {}
    rules: dict[tuple[str, str, str], list[Json]] = {}
    sets: dict[tuple[str, str, str], Json] = {}
    for entry in listed:
        for kind, value in entry.items():
            if not isinstance(value, dict):
                continue
            table = (str(value.get("family")), str(value.get("table")))
            if kind == "chain":
                chains[*table, str(value.get("name"))] = value
            elif kind == "rule":
                rules.setdefault((*table, str(value.get("chain"))), []).append(value)
            elif kind in ("set", "map"):
                sets[*table, str(value.get("name"))] = value
    return Ruleset(chains, {name: tuple(each) for name, each in rules.items()}, sets)


def passage(ruleset: Ruleset, flow: Flow, hook: str = "") -> Passage:
    """What surely becomes of a connection.

    hook: "input" or "forward"; "" where nobody says which: then both must agree, of those that have any rules.
    """
    hooks = [hook] if hook else [each for each in ("input", "forward") if _has_rules(ruleset, each)]
    found = {_through(ruleset, flow, each) for each in hooks}
    return found.pop() if len(found) == 1 else Passage.UNKNOWN


@lru_cache(maxsize=16384)
def passage_of(text: str, flow: Flow, hook: str = "") -> Passage:
    """The same of a ruleset's text, kept: every domain of a run asks about the same doors."""
    return passage(parse(text), flow, hook)


def _has_rules(ruleset: Ruleset, hook: str) -> bool:
    """True if the hook does anything: an empty chain that accepts everything says nothing of what is meant."""
    return any(
        chain.get("hook") == hook and (ruleset.rules.get(name) or chain.get("policy") == _DROP)
        for name, chain in ruleset.chains.items()
    )


def _through(ruleset: Ruleset, flow: Flow, hook: str) -> Passage:
    """Every base chain is passed, whatever another accepted; one that surely drops has the last word."""
    walk = _Walk(ruleset, flow)
    before = [walk.base(name, chain) for name, chain in _base_chains(ruleset, flow.version, _BEFORE)]
    if any(len(end) > 1 for end in before):  # it may even go to another address from here (dnat)
        return Passage.UNKNOWN
    ends = [*before, *(walk.base(name, chain) for name, chain in _base_chains(ruleset, flow.version, (hook,)))]
    if any(end == {_DROP} for end in ends):
        return Passage.REFUSED
    return Passage.ALLOWED if all(end == {_ACCEPT} for end in ends) else Passage.UNKNOWN


def _base_chains(ruleset: Ruleset, version: int, hooks: Sequence[str]) -> Iterator[tuple[tuple[str, str, str], Json]]:
    for name, chain in ruleset.chains.items():
        if chain.get("hook") in hooks and version in _FAMILIES.get(name[0], ()):
            yield name, chain


class _Walk:
    """One connection on its way through a ruleset."""

    def __init__(self, ruleset: Ruleset, flow: Flow) -> None:
        self._ruleset, self._flow = ruleset, flow
        self._steps = 0

    def base(self, name: tuple[str, str, str], chain: Json) -> Outcomes:
        """How a base chain may end."""
        ends = self._chain(name, 0)
        policy = chain.get("policy", _ACCEPT)
        return ends - {_RETURN} | ({_DROP if policy == _DROP else _ACCEPT} if _RETURN in ends else set())

    def _chain(self, name: tuple[str, str, str], depth: int) -> Outcomes:
        """How a chain may end: accept, drop, or return to where it was called from."""
        if depth > _DEEPEST or name not in self._ruleset.chains:
            return _ANY_END | {_RETURN}
        ends: Outcomes = frozenset()
        for rule in self._ruleset.rules.get(name, ()):
            self._steps += 1
            if self._steps > _MOST_STEPS:
                return _ANY_END | {_RETURN}
            may = self._rule(name[:2], rule, depth)
            ends |= may - {_NEXT}
            if _NEXT not in may:
                return ends
        return ends | {_RETURN}

    def _rule(self, table: tuple[str, str], rule: Json, depth: int) -> Outcomes:
        """What one rule may do: NEXT where it does not end the chain."""
        doubt = False
        for statement in _statements(rule):
            word, value = next(iter(statement.items()), ("", None))
            if word in _WORDS:
                does = self._verdict(table, word, value, depth)
            elif word in _HARMLESS:
                continue
            elif word in _SOMETIMES:
                doubt = True
                continue
            elif word == "match":
                match = _Match(self._ruleset, table, self._flow)
                holds = match.holds(value)
                self._steps += match.looked
                if holds is False:
                    return frozenset({_NEXT})
                doubt = doubt or holds is None
                continue
            else:  # queue, dnat, vmap…: it may match or not, and do anything
                return _ANY_END | {_NEXT, _RETURN}
            return does | {_NEXT} if doubt else does
        return frozenset({_NEXT})

    def _verdict(self, table: tuple[str, str], word: str, value: Any, depth: int) -> Outcomes:
        match word:
            case "accept" | "return":
                return frozenset({word})
            case "drop" | "reject":
                return frozenset({_DROP})
            case "jump" | "goto":
                target = str(value.get("target")) if isinstance(value, dict) else ""
                ends = self._chain((*table, target), depth + 1)
                back = _NEXT if word == "jump" else _RETURN
                return frozenset(back if end == _RETURN else end for end in ends)
            case _:
                return frozenset({_NEXT})


class _Match:
    """Whether a match statement holds for the connection: True, False, None unknown. looked: values compared."""

    def __init__(self, ruleset: Ruleset, table: tuple[str, str], flow: Flow) -> None:
        self.ruleset, self.table, self.flow = ruleset, table, flow
        self.looked = 1

    def holds(self, value: Any) -> bool | None:
        if not isinstance(value, dict):
            return None
        op, left = value.get("op"), value.get("left")
        if op not in ("==", "!=", "in"):
            return None
        if self._is_of_another_protocol(left):
            return False  # whatever the operator: there is no such field in this packet
        found = self._equal(left, value.get("right"))
        return (not found) if op == "!=" and found is not None else found

    def _is_of_another_protocol(self, left: Any) -> bool:
        match left:
            case {"payload": {"protocol": "ip" | "ip6" as family}}:
                return bool((family == "ip") != (self.flow.version == 4))
            case {"payload": {"protocol": str(protocol)}}:
                return protocol in _OTHER_PROTOCOLS
            case _:
                return False

    def _equal(self, left: Any, right: Any) -> bool | None:
        match left:
            case {"payload": {"protocol": "ip" | "ip6", "field": str(field)}}:
                return self._header(field, right)
            case {"payload": {"protocol": "tcp" | "th", "field": "dport"}}:
                return _any(_port_in(self.flow.port, item) for item in self._items(right))
            case {"meta": {"key": "l4proto"}}:
                return self._one_of("tcp", 6, right)
            case {"meta": {"key": "nfproto"}}:
                return self._one_of(f"ipv{self.flow.version}", {4: 2, 6: 10}[self.flow.version], right)
            case {"meta": {"key": "protocol"}}:
                return self._one_of("ip" if self.flow.version == 4 else "ip6", None, right)
            case {"meta": {"key": "iif" | "iifname"}} if right == "lo":
                return False
            case {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, [*mask]]} if _is_of_first_packet(mask):
                return bool(right == "syn")
            case {"ct": {"key": "state"}}:
                return self._one_of("new", None, right)
            case _:
                return None

    def _header(self, field: str, right: Any) -> bool | None:
        if field in ("protocol", "nexthdr"):
            return self._one_of("tcp", 6, right)
        if field == "daddr":
            return _any(_inside(self.flow.to, item) for item in self._items(right))
        if field == "saddr":
            return _any(_source_in(self.flow, item) for item in self._items(right))
        return None

    def _one_of(self, name: str, number: int | None, right: Any) -> bool | None:
        """A word of a list; what is none of the words known here is some other word, unless it is no word at all."""
        return _any(
            item == name if isinstance(item, str) else item == number if _is_number(item, number) else None
            for item in self._items(right)
        )

    def _items(self, right: Any) -> list[Any]:
        """The values that are compared with, sets and lists opened; [None] where that cannot be told."""
        if isinstance(right, str) and right.startswith("@"):
            named = self.ruleset.sets.get((*self.table, right[1:]))
            found = [None] if named is None else _elements(named.get("elem", []))
        else:
            found = _elements(right["set"] if isinstance(right, dict) and "set" in right else right)
        self.looked += len(found)
        return found


def _statements(rule: Json) -> list[Json]:
    found = rule.get("expr", [])
    # Something that is no list of statements is a rule of which nothing is known.
    return [s if isinstance(s, dict) else {"": s} for s in found] if isinstance(found, list) else [{"": None}]


def _elements(value: Any) -> list[Any]:
    """The elements of a set, each without its time-out, counter or comment."""
    listed = value if isinstance(value, list) else [value]
    return [e["elem"].get("val") if isinstance(e, dict) and isinstance(e.get("elem"), dict) else e for e in listed]


def _any(found: Iterable[bool | None]) -> bool | None:
    """True if one holds, False if surely none does."""
    all_of = list(found)
    if True in all_of:
        return True
    return None if None in all_of else False


def _is_of_first_packet(mask: list[Any]) -> bool:
    """True if a new connection shows SYN alone of these flags (RFC 9293 section 3.5)."""
    return "syn" in mask and all(flag in ("fin", "syn", "rst", "ack") for flag in mask)


def _is_number(item: Any, number: int | None) -> bool:
    return number is not None and isinstance(item, int) and not isinstance(item, bool)


def _port_in(port: int, item: Any) -> bool | None:
    match item:
        case bool():
            return None
        case int():
            return port == item
        case {"range": [int(low), int(high)]}:
            return low <= port <= high
        case _:
            return None


def _source_in(flow: Flow, item: Any) -> bool | None:
    if flow.source is not None:
        return _inside(flow.source, item)
    networks = _networks(item)
    if networks is None:
        return None
    if any(n.prefixlen == 0 and n.version == flow.version for n in networks):
        return True
    return None if any(n.prefixlen <= _COARSE[n.version] and n.is_global for n in networks) else False


def _inside(place: str, item: Any) -> bool | None:
    """Whether a network lies in what a rule names: wholly, not at all, or (None) partly."""
    networks, here = _networks(item), _network(place)
    if networks is None:
        return None
    if any(here.version == n.version and here.subnet_of(n) for n in networks):  # type: ignore[arg-type]
        return True
    return None if any(here.version == n.version and here.overlaps(n) for n in networks) else False


def _networks(item: Any) -> tuple[Network, ...] | None:
    """The addresses that an element stands for; None if it is none that is known here (a host name, a variable)."""
    try:
        match item:
            case str():
                return (ipaddress.ip_network(item),)
            case {"prefix": {"addr": str(address), "len": int(length)}}:
                return (ipaddress.ip_network((address, length), strict=False),)
            case {"range": [str(low), str(high)]}:
                ends = ipaddress.ip_address(low), ipaddress.ip_address(high)
                return tuple(ipaddress.summarize_address_range(*ends))
            case _:
                return None
    except (ValueError, TypeError):
        return None


_network = lru_cache(maxsize=65536)(ipaddress.ip_network)
