"""A plain model of a domain's mail for tests of plans: dictionaries, and walks that try everything.

It knows the published vocabulary of changes (`plan/change.py`) and what RFC 5321 section 5.1 says, and shares no code
with `paths/` and `plan/`. Its limit is the engine's: what a server holds while the next one is down arrives.
"""

import ipaddress
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from mxlatch.plan.change import (
    REFUSE,
    Change,
    Delegation,
    HandOn,
    Harden,
    Inward,
    Listen,
    Lock,
    Outward,
    Records,
    Retire,
    StopWaiving,
    Tenant,
    Transfer,
)

CLOSED, UNKNOWN, OPEN = range(3)
NO, LATER, REFUSED, TAKEN = "no", "later", "refused", "taken"
PUTS_OFF = "puts-off"  # says "later" for ever: a trap

# By hand, from RFC 5321, 3207, 5782, 7208: who judges by the client's address, and what a relay's word can show.
BY_CLIENT = {"relay", "tls", "dnsbl", "spf", "pregreet", "order"}
NEVER_TOLD = {"pregreet", "tls"}
BLIND = {
    "": BY_CLIENT,
    "xclient": NEVER_TOLD,
    "proxy": set(),
    "received": NEVER_TOLD | {"relay", "order"},
}
# (goes on after, tries, sessions, tries no address twice), from their manuals.
HONEST = {
    "rfc5321": ({NO, LATER}, 99, 99, False),
    "postfix": ({NO, LATER}, 5, 2, False),
    "exim": ({NO, LATER}, 5, 99, True),
    "qmail": ({NO}, 99, 99, False),
}
BEST_OF = {"found": 3, "likely-found": 3, "unknown": 2, "not-asked": 2, "likely-absent": 1, "absent": 0}

Mx = tuple[int, str]
RRset = frozenset[Mx]


@dataclass
class Server:
    """A name server. stale: it takes no changes. rr: its MX by mail name, with TTLs."""

    name: str
    stale: bool
    rr: dict[str, RRset]
    ttl: dict[str, int]


@dataclass
class Door:
    """A place where a server listens. state: as in the generator."""

    host: str
    state: str
    latches: dict[str, str]
    locks: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    retired: set[str] = field(default_factory=set)
    endpoint: str = ""
    tenant: bool = False
    trap: bool = False  # takes nothing, from nobody
    not_for: frozenset[str] = frozenset()  # names that it does not serve


@dataclass
class Hop:
    """Where a server hands on. to: addresses, or "mx"."""

    to: tuple[str, ...] | str
    forwards: tuple[str, ...]
    names: frozenset[str]
    addresses: frozenset[str]
    behind_nat: bool


@dataclass
class Plain:
    """Everything that counts. ever: (name, exchange, address) of all that was published or known at any time.

    told, waives: by (address, next address). implicit: addresses of mail names. cached: RRsets that resolvers keep, and
    until when. negative: seconds for which a missing address is remembered. parent: TTL of the delegation.
    """

    servers: list[Server]
    delegated: frozenset[str]
    hosts: dict[str, frozenset[str]]
    implicit: dict[str, frozenset[str]]
    ever: set[tuple[str, str, str]]
    doors: dict[str, Door]
    hops: dict[str, Hop]
    told: dict[tuple[str, str], str]
    waives: dict[tuple[str, str], frozenset[str]]
    base: frozenset[str]
    names: tuple[str, ...]
    parent: int
    now: int = 0
    cached: list[tuple[str, RRset, int]] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)  # by name, until when resolvers remember that it was not
    brands: dict[str, RRset] = field(default_factory=dict)  # other domains of the mailboxes, and their MX
    silent: frozenset[str] = frozenset()  # names that take no mail
    asked: frozenset[str] = frozenset()  # name servers whose word counts, delegated or not
    outward: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)  # (behind, who may go out)
    kept: set[tuple[str, str, int]] = field(default_factory=set)  # (name, address, until when resolvers keep it)
    sends_from: dict[str, str] = field(default_factory=dict)  # by address: where it connects from, over IPv6

    def copy(self) -> "Plain":
        return Plain(
            [Server(s.name, s.stale, dict(s.rr), dict(s.ttl)) for s in self.servers],
            self.delegated,
            dict(self.hosts),
            dict(self.implicit),
            set(self.ever),
            {
                a: replace(d, latches=dict(d.latches), locks=list(d.locks), retired=set(d.retired))
                for a, d in self.doors.items()
            },
            dict(self.hops),
            dict(self.told),
            dict(self.waives),
            self.base,
            self.names,
            self.parent,
            self.now,
            list(self.cached),
            dict(self.missing),
            dict(self.brands),
            self.silent,
            self.asked,
            list(self.outward),
            set(self.kept),
            dict(self.sends_from),
        )

    # --- records ---

    def views(self, name: str) -> list[RRset]:
        """What a sender may be told now: by each delegated server, or by a cache."""
        served = [s.rr.get(name, frozenset()) for s in self.servers if s.name in self.delegated]
        kept = [rrset for each, rrset, until in self.cached if each == name and until > self.now]
        return list(dict.fromkeys((*served, *kept)))

    def union(self, name: str) -> RRset:
        """What any server says."""
        return frozenset(mx for s in self.servers if s.name in self.asked for mx in s.rr.get(name, ()))

    def leads(self, name: str, exchange: str) -> Iterator[str]:
        """The addresses of an exchange."""
        kept = {address for each, address, until in self.kept if each == exchange and until > self.now}
        yield from sorted(self.hosts.get(exchange, frozenset()) | kept)
        if exchange == name:
            yield from sorted(self.implicit.get(name, ()))

    # --- changes ---

    def apply(self, change: Change) -> None:
        """Do what a change says, and nothing that it does not say."""
        match change:
            case Records(rrtype="MX"):
                self._publish(change)
            case Records() if change.before:
                v6 = change.rrtype == "AAAA"
                assert set(change.before) == {a for a in self.hosts[change.name] if (":" in a) == v6}
                gone = set(change.before) - set(change.after)
                self.hosts[change.name] = self.hosts[change.name] - gone | frozenset(change.after)
                self.kept |= {(change.name, address, self.now + change.ttl_before) for address in gone}
            case Records():
                assert self.missing.get(change.name, 0) <= self.now
                self.hosts[change.name] = self.hosts.get(change.name, frozenset()) | frozenset(change.after)
                self.missing[change.name] = self.now + change.ttl_before
            case Delegation():
                assert set(change.before) == self.delegated
                gone = self.delegated - set(change.after)
                for server in self.servers:
                    for name, rrset in server.rr.items():
                        if server.name in gone:
                            # A resolver may ask the old server until the delegation ends, and keep that as long again.
                            self.cached.append((name, rrset, self.now + self.parent + server.ttl[name]))
                self.delegated = frozenset(change.after)
                self.asked -= gone
            case Transfer():
                self._transfer(change)
            case Lock():
                for address in change.addresses:
                    if address in self.doors and 25 in change.ports:
                        self.doors[address].locks.append((change.allow, change.stage))
            case Retire():
                self._at(change.door).retired.add(change.domain)
            case Harden():
                self._at(change.door).latches[str(change.latch)] = "found"
            case HandOn():
                self.told[_address(change.door), _address(change.next_door)] = change.by
            case StopWaiving():
                key = _address(change.door), _address(change.next_door)
                self.waives[key] = self.waives.get(key, frozenset()) - {str(latch) for latch in change.latches}
            case Tenant():
                for _, exchange, address in self.ever:
                    if exchange == change.endpoint and self.doors[address].endpoint:
                        self.doors[address].tenant = True
            case Listen():
                like = self._at(change.like)
                self.doors[change.address] = Door(
                    like.host, like.state, dict(like.latches), [], set(like.retired), not_for=like.not_for
                )
                self.hops[change.address] = self.hops.get(
                    _address(change.like), Hop((), (), frozenset(), frozenset(), False)
                )
            case Inward():
                for door in self._denied(change):
                    door.locks.append((change.blocks, "default-deny"))
            case Outward():
                self.outward.append((change.blocks, change.allow))

    def undo(self, change: Change) -> None:
        """Put back what a change says that there was."""
        match change:
            case Records(rrtype="MX"):
                for server in self.servers:
                    if not server.stale and _text(server.rr.get(change.name, frozenset())) == change.after:
                        server.rr[change.name] = _parsed(change.before)
            case Records() if change.before:
                self.hosts[change.name] = self.hosts[change.name] - set(change.after) | frozenset(change.before)
            case Records():
                self.hosts[change.name] -= frozenset(change.after)
                if not self.hosts[change.name]:
                    del self.hosts[change.name]
                self.missing.pop(change.name)
            case Delegation():
                self.asked |= frozenset(change.before)
                self.delegated = frozenset(change.before)
            case Lock():
                for address in change.addresses:
                    if address in self.doors and 25 in change.ports:
                        self.doors[address].locks.remove((change.allow, change.stage))
            case Retire():
                self._at(change.door).retired.discard(change.domain)
            case Harden():
                pass  # the caller knows what the door had
            case Listen():
                del self.doors[change.address]
                self.hops.pop(change.address, None)
            case Tenant():
                for door in self.doors.values():
                    door.tenant = False
            case Inward():
                for door in self._denied(change):
                    door.locks.remove((change.blocks, "default-deny"))
            case Outward():
                self.outward.remove((change.blocks, change.allow))
            case _:
                pass

    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.cached = [each for each in self.cached if each[2] > self.now]

    def _denied(self, change: Inward) -> list[Door]:
        """The doors behind a firewall that are none of the authorised ones."""
        return [self.doors[address] for address in self.doors if self.is_denied(change, address)]

    def is_denied(self, change: Inward, address: str) -> bool:
        """True if a firewall keeps the world from this address."""
        return 25 in change.ports and _allowed(change.blocks, address) and not _allowed(change.allow, address)

    def _goes_out(self, to: str, source: str) -> bool:
        stopped = ((behind, allow) for behind, allow in self.outward if _allowed(behind, source))
        return all(_allowed(behind, to) or _allowed(allow, source) for behind, allow in stopped)

    def _at(self, door: str) -> Door:
        return self.doors[_address(door)]

    def _transfer(self, change: Transfer) -> None:
        like = next(server for server in self.servers if server.name in change.like)
        assert not like.stale
        for server in (each for each in self.servers if each.name in change.servers):
            assert server.stale, f"{server.name} is up to date"
            self.cached += [(name, rrset, self.now + server.ttl[name]) for name, rrset in server.rr.items()]
            server.stale, server.rr, server.ttl = False, dict(like.rr), dict(like.ttl)

    def _publish(self, change: Records) -> None:
        done = False
        after = _parsed(change.after)
        for server in self.servers:
            old = server.rr.get(change.name, frozenset())
            if server.stale or _text(old) != change.before:
                continue  # who carries it out does nothing where something else stands
            done = True
            self.cached.append((change.name, old, self.now + server.ttl.get(change.name, 3600)))
            server.rr[change.name] = after
            server.ttl[change.name] = change.ttl
        assert done, f"{change} changes what stands nowhere"
        for _, exchange in after:
            for address in self.leads(change.name, exchange):
                self.ever.add((change.name, exchange, address))

    # --- strangers ---

    def reach(self, down: frozenset[str] = frozenset()) -> tuple[int, list[str]]:
        """How surely some stranger's mail gets to the mailbox without a latch of the baseline, and one way of it."""
        worst: tuple[int, list[str]] = (CLOSED, [])
        ways = set(self.ever)
        for name in self.names:
            for _, exchange in self.union(name):
                ways |= {(name, exchange, address) for address in self.leads(name, exchange)}
        relays = {name: self._relays(name, down) for name in {way[0] for way in ways}}
        for name, _, address in ways:
            for sure, walk in self._walks(name, address, relays[name], down):
                if sure > worst[0]:
                    worst = sure, walk
        return worst

    def _walks(
        self,
        name: str,
        first: str,
        relays: dict[str, list[tuple[str, str, bool, tuple[str, ...]]]],
        down: frozenset[str],
    ) -> Iterator[tuple[int, list[str]]]:
        door = self.doors[first]
        entry = self._entry(name, first, down)
        if entry == CLOSED:
            return
        met = {latch: BEST_OF[door.latches.get(latch, "unknown")] for latch in self.base}
        if door.state == "foreign" and self._foreign(name, first) is not True:
            met |= dict.fromkeys(met.keys() & {"recipient", "relay"}, BEST_OF["unknown"])
        waiting = [((first,), entry, met, frozenset[str]())]
        while waiting:
            walk, sure, met, blind = waiting.pop()
            onward = relays.get(walk[-1], [])
            going = [r for r in onward if r[0] not in walk and all(self._gives_way(b, walk[-1], down) for b in r[3])]
            delivers = all(kind == "forward" for _, kind, _, _ in onward)
            if delivers:
                yield self._judged(sure, met), list(walk)
            elif not going:
                yield min(self._judged(sure, met), UNKNOWN), list(walk)
            for to, _, _, before in going:
                if not self._lets_in(to, walk[-1]) or self.doors[to].trap:
                    continue
                here = self.doors[to]
                next_sure = sure if self._stands(to) else min(sure, UNKNOWN)
                if any(self._tried(b, walk[-1], down) - {NO, LATER} for b in before):
                    next_sure = min(next_sure, UNKNOWN)
                key = walk[-1], to
                now_blind = blind | BLIND[self.told.get(key, "")]
                unseen = now_blind | self.waives.get(key, frozenset())
                shown = dict(here.latches)
                if here.state == "foreign":  # it refuses every stranger: no word on what it does with a relay's mail
                    shown |= dict.fromkeys(("recipient", "relay"), "unknown")
                more = {
                    latch: best if latch in unseen else max(best, BEST_OF[shown.get(latch, "unknown")])
                    for latch, best in met.items()
                }
                waiting.append(((*walk, to), next_sure, more, frozenset(now_blind)))

    def _judged(self, sure: int, met: dict[str, int]) -> int:
        least = min(met.values(), default=2)
        return CLOSED if least == 3 else sure if least < 2 else min(sure, UNKNOWN)

    def _foreign(self, name: str, address: str) -> bool | None:
        """True if the door surely does not serve the name: another takes the recipient, and it was asked of this."""
        served = any(door.state in ("open", "greylists") for door in self.doors.values())
        return served and name == "example.com"

    def _entry(self, name: str, address: str, down: frozenset[str]) -> int:
        door = self.doors[address]
        shut = any(not _lets_anybody_in(allow) for allow, _ in door.locks)
        if address in down or door.trap or door.tenant or door.endpoint == "closed" or shut:
            return CLOSED
        if any(name == domain or name.endswith(f".{domain}") for domain in door.retired):
            return CLOSED
        if door.state == "foreign":
            return CLOSED if self._foreign(name, address) else UNKNOWN
        states = {"closed": CLOSED, "shut": CLOSED, "silent": UNKNOWN, "unknown": UNKNOWN, "refuses": UNKNOWN}
        return states.get(door.state, OPEN)

    def _stands(self, address: str) -> bool:
        """What a relay hands on gets in, now or when the door is back."""
        door = self.doors[address]
        return bool(door.locks) or door.state not in ("closed", "silent", "unknown")

    def _lets_in(self, to: str, source: str) -> bool:
        door = self.doors[to]
        if door.retired or not self._goes_out(to, source):
            return False
        return all(_allowed(allow, source) for allow, _ in door.locks)

    def _tried(self, address: str, source: str, down: frozenset[str]) -> set[str]:
        """What a relay's try may come to: what a door does with strangers is no word on it."""
        door = self.doors[address]
        if address in down or not self._lets_in(address, source):
            return {NO}
        if door.trap:
            return {{"closed": NO, "refuses": REFUSED}.get(door.state, LATER)}
        if door.locks or door.retired or door.state in ("shut", "silent", "unknown"):
            return {NO, LATER, REFUSED, TAKEN}
        return {NO} if door.state == "closed" else {TAKEN, REFUSED} | ({LATER} if door.state == "greylists" else set())

    def _gives_way(self, address: str, source: str, down: frozenset[str]) -> bool:
        return bool(self._tried(address, source, down) & {NO, LATER})

    def _relays(self, name: str, down: frozenset[str]) -> dict[str, list[tuple[str, str, bool, tuple[str, ...]]]]:
        """By address: (next address, kind, itself, those tried first). By the MX only where a record leads there."""
        found: dict[str, list[tuple[str, str, bool, tuple[str, ...]]]] = {}
        for address, hop in self.hops.items():
            if address not in self.doors:
                continue
            mine = found.setdefault(address, [])
            if hop.to == "mx":
                left = self._better(name, address, hop)
                if left is None:
                    pass
                elif not left:
                    mine.append((address, "mx", True, ()))
                for preference, to in left or ():
                    mine.append((to, "mx", to == address, tuple(dict.fromkeys(t for p, t in left if p < preference))))
            else:
                mine += [(to, "next", False, ()) for to in hop.to if to in self.doors]
            mine += [(to, "forward", False, ()) for to in hop.forwards if to in self.doors]
        return found

    def _better(self, name: str, address: str, hop: Hop) -> list[tuple[int, str]] | None:
        """The exchangers before this one, all where it is none of them, None for a name without any."""
        records = sorted(
            (p, x, to) for p, x in self.union(name) | self._implied_by_some(name) for to in self.leads(name, x)
        )
        if not records:
            return None
        own = [p for p, x, to in records if x in hop.names or (not hop.behind_nat and to in hop.addresses | {address})]
        return sorted({(p, to) for p, _, to in records if not own or p < min(own)})

    def _implied(self, name: str) -> RRset:
        return frozenset({(0, name)}) if name in self.implicit else frozenset()

    def _implied_by_some(self, name: str) -> RRset:
        empty = any(not s.rr.get(name) for s in self.servers if s.name in self.asked)
        return self._implied(name) if empty else frozenset()

    # --- honest people ---

    def losses(self, down: frozenset[str] = frozenset(), unknown: str = TAKEN) -> dict[tuple[str, str], str]:
        """By sender and name: how its mail is lost in some run. unknown: what doors of which nothing is known do.

        With a server down nobody's mail is lost that only waits.
        """
        found: dict[tuple[str, str], str] = {}
        for name in (*self.names, *self.brands):
            for rrset in self.views(name) if name in self.names else (self.brands[name],):
                fates = self._fates(name, rrset, down, unknown)
                for sender, fate in fates.items():
                    if fate:
                        found.setdefault((sender, name), f"{fate} (by {sorted(rrset)})")
        return found

    def _fates(self, name: str, rrset: RRset, down: frozenset[str], unknown: str) -> dict[str, str]:
        records = rrset or self._implied(name)
        if name in self.silent:
            return {}
        if not records or any(x == "." for _, x in records):
            return dict.fromkeys(HONEST, "nowhere to go")
        tries = sorted((p, to) for p, x in records for to in self.leads(name, x))
        word = {to: self._said(name, to, down, unknown) for _, to in tries}
        shape = tuple((p, to, word[to]) for p, to in tries)
        found = {}
        for sender in HONEST:
            ends = runs(sender, shape)
            fate = ""
            for end in ends:
                if end == REFUSED:
                    fate = "refused for good"
                elif end != NO:
                    fate = fate or self._carried(name, end, down)
            if not fate and not down and ends == {NO}:
                fate = "never taken"
            found[sender] = fate
        return found

    def _said(self, name: str, address: str, down: frozenset[str], unknown: str) -> str:
        """What an honest sender's try comes to."""
        door = self.doors[address]
        if address in down or door.state in ("closed", "shut"):
            return NO
        if name in door.not_for:
            return REFUSED
        if any(stage != REFUSE for _, stage in door.locks):
            return NO  # the firewall resets
        if door.locks or door.tenant or door.endpoint == "closed" or door.state in ("foreign", "refuses"):
            return REFUSED
        if any(name == domain or name.endswith(f".{domain}") for domain in door.retired):
            return REFUSED
        if door.state in ("silent", "unknown"):
            return unknown
        if door.trap:
            return PUTS_OFF
        return LATER if door.state == "greylists" else TAKEN

    def _carried(self, name: str, at: str, down: frozenset[str]) -> str:
        """What may become of honest mail that a server took: "" if it surely arrives, or how it is lost."""
        waiting = [(at,)]
        while waiting:
            walk = waiting.pop()
            for to in self._next(name, walk[-1], down):
                if to in walk:
                    return f"goes round in a circle: {' '.join((*walk, to))}"
                source = self.sends_from.get(walk[-1], walk[-1]) if ":" in to else walk[-1]
                if not to or not self._lets_in(to, source):
                    return f"ends at {walk[-1]}, which {to or 'nobody'} lets in no more"
                waiting.append((*walk, to))
        return ""

    def _next(self, name: str, at: str, down: frozenset[str]) -> list[str]:
        hop = self.hops.get(at)
        if hop is None or not hop.to:
            return []
        if hop.to != "mx":
            return [to for to in hop.to if to in self.doors]
        found: dict[str, None] = {}
        for rrset in self.views(name):
            records = sorted((p, x, to) for p, x in rrset or self._implied(name) for to in self.leads(name, x))
            own = [p for p, x, to in records if x in hop.names or (not hop.behind_nat and to in hop.addresses | {at})]
            left = [(p, to) for p, _, to in records if not own or p < min(own)]
            if not left:
                found[at] = None  # mail loops back to itself
            for _, level in itertools.groupby(left, key=lambda each: each[0]):
                tried = [to for _, to in level]
                # Who is down, or resets, is passed over; who answers decides.
                answering = [to for to in tried if self._answers(to, at, down) and not self.doors[to].trap]
                found |= dict.fromkeys(answering)
                if answering:
                    break
            else:
                found |= dict.fromkeys(to for _, to in left if to in down)  # waits for them
        return list(found)

    def _answers(self, to: str, source: str, down: frozenset[str]) -> bool:
        """What is silent to strangers may be open to a relay."""
        door = self.doors[to]
        if to in down or door.state == "closed" or not self._goes_out(to, source):
            return False
        return all(_allowed(allow, source) or stage == REFUSE for allow, stage in door.locks)


@lru_cache(maxsize=100_000)
def runs(sender: str, tries: tuple[tuple[int, str, str], ...]) -> frozenset[str]:
    """What any run of a sender may end in: an address that took the mail, REFUSED, or NO (it waits).

    tries: (preference, address, what a try there comes to); a door that says LATER takes it at another time.
    """
    goes_on, most, sessions, distinct = HONEST[sender]
    ends: set[str] = set()
    levels = [tuple(level) for _, level in itertools.groupby(tries, key=lambda each: each[0])]
    seen = set()

    def step(number: int, left: tuple[tuple[int, str, str], ...], begun: int, held: int, past: frozenset[str]) -> None:
        if (number, left, begun, held, past) in seen:
            return
        seen.add((number, left, begun, held, past))
        if not left:
            if number + 1 < len(levels):
                step(number + 1, levels[number + 1], begun, held, past)
            else:
                ends.add(NO)
            return
        for index, (_, address, said) in enumerate(left):
            rest = left[:index] + left[index + 1 :]
            if distinct and address in past:
                step(number, rest, begun, held, past)
                continue
            if begun >= most or held >= sessions:
                ends.add(NO)
                continue
            now = (begun + 1, held + (said != NO), past | {address})
            if said in (TAKEN, LATER):
                ends.add(address)
            if said == REFUSED:
                ends.add(REFUSED)
            elif said == NO or (said in (LATER, PUTS_OFF) and LATER in goes_on):
                step(number, rest, *now)
            else:
                ends.add(address if said == LATER else NO)

    if levels:
        step(0, levels[0], 0, 0, frozenset())
    else:
        ends.add(NO)
    return frozenset(ends)


def _address(door: str) -> str:
    return door.rpartition(":")[0].strip("[]")


def _text(rrset: Iterable[Mx]) -> tuple[str, ...]:
    return tuple(f"{p} {x.rstrip('.')}." for p, x in sorted(rrset))


def _parsed(text: Iterable[str]) -> RRset:
    pairs = (line.split() for line in text)
    return frozenset((int(p), x.rstrip(".") or ".") for p, x in pairs)


@lru_cache(maxsize=10_000)
def _lets_anybody_in(allow: tuple[str, ...]) -> bool:
    """True if half of the world's 256 blocks of 16 million addresses sit there, or more."""
    return any(ipaddress.ip_network(each).num_addresses > 1 << 31 for each in allow if ":" not in each)


@lru_cache(maxsize=10_000)
def _allowed(allow: tuple[str, ...], source: str) -> bool:
    return any(ipaddress.ip_address(source) in ipaddress.ip_network(each, strict=False) for each in allow)
