"""Every name server of a zone, to a fixpoint: ask each address who serves the zone, until nobody names another.

Zonemaster takes one step (parent, then the servers it names); here each server address that turns up is asked in its
turn, so that a server known to one other server only is found too. NS count only from authoritative answers owned by
the zone's apex; rounds are whole and sorted, so that the order of answers cannot matter, even at a bound.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.names import is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.answers import is_silent
from mxlatch.world.delegation import Glue, addresses_in, resolver_questions
from mxlatch.world.delegation import glue as additional
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope

MOST_ADDRESSES = 64
MOST_ROUNDS = 8
_MOST_NAMES = 128  # names whose addresses are looked up; far beyond any zone, and a bound on what one server can cause
PUBLIC = "public resolution"

Pair = tuple[str, str]  # (server address, question's name)


class Servers(Struct, frozen=True):
    """What the search found.

    named_by: server name to who named it. learnt: server name to address to who gave the address. soa, ns, mx,
    mx_lower: by server address, what it said for the apex. unheard: where addresses of servers were asked for and
    nothing was said. limit: which bound ended the search, "" for none.
    """

    zone: str
    named_by: dict[str, tuple[str, ...]]
    learnt: dict[str, dict[str, tuple[str, ...]]]
    soa: dict[str, Observation]
    ns: dict[str, Observation]
    mx: dict[str, Observation]
    mx_lower: dict[str, Observation]
    resolved: dict[str, tuple[Observation, ...]]
    unheard: tuple[Observation, ...] = ()
    limit: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every server address that was asked."""
        return tuple(sorted(self.soa))

    @property
    def speaking(self) -> tuple[str, ...]:
        """The addresses that gave an authoritative answer to any question about the apex: worth asking on."""
        own = (dns.ANSWER, dns.NODATA)
        return tuple(a for a in self.addresses if any(table[a].status in own for table in (self.soa, self.ns, self.mx)))


def find_servers(zone: str, named: dict[str, tuple[str, ...]], glue: Glue, scope: Scope) -> Enquiry[Servers]:
    """Search from the servers that parent, registry and inventory name (`named`: name to who named it)."""
    search = _Search(zone, named, glue, scope)
    for _ in range(2 * MOST_ROUNDS):  # a round at the apex, and one for the addresses of the names it brought
        questions = search.questions()
        if not questions:
            break
        search.take(questions, (yield questions))
    else:
        search.limit_if(search.questions(), f"the search for name servers stopped after {MOST_ROUNDS} rounds")
    return search.found()


def apex_ns(observation: Observation, zone: str) -> tuple[str, ...] | None:
    """The NS set of the zone's apex in an authoritative answer; None if there is none."""
    if observation.status != dns.ANSWER or not isinstance(observation.value, dns.Reply):
        return None
    return tuple(sorted({str(r.value) for r in observation.value.answer if r.rrtype == "NS" and r.owner == zone}))


def apex_ns_ttl(observation: Observation, zone: str) -> int | None:
    """The TTL in seconds of the NS set that `apex_ns` reads; None if there is none."""
    if apex_ns(observation, zone) is None or not isinstance(observation.value, dns.Reply):
        return None
    return max((r.ttl for r in observation.value.answer if r.rrtype == "NS" and r.owner == zone), default=None)


class _Search:
    """The state between rounds."""

    def __init__(self, zone: str, named: dict[str, tuple[str, ...]], glue: Glue, scope: Scope) -> None:
        self._zone, self._scope = zone, scope
        self._named_by: dict[str, set[str]] = {name: set(by) for name, by in named.items()}
        self._learnt: dict[str, dict[str, set[str]]] = {}
        self._views: dict[tuple[str, str, str], Observation] = {}  # (address, rrtype, spelling), of the apex
        self._resolved: dict[str, list[Observation]] = {}
        self._pairs: set[Pair] = set()
        self._unheard: list[Observation] = []
        self._limits: list[str] = []
        for name in sorted(set(glue) & set(named)):
            for address in glue[name]:
                self._learn(name, address, "glue")

    def questions(self) -> list[DnsQuestion]:
        """The next whole round; empty at the fixpoint."""
        names = sorted(self._named_by)
        self._limit_names(names)
        names = names[:_MOST_NAMES]
        addresses = self._addresses()
        fresh = [address for address in addresses if (address, "SOA", "mixed") not in self._views]
        public = [name for name in names if name not in self._resolved]
        return [
            *resolver_questions(public, self._scope),
            *(question for address in fresh for question in apex_questions(address, self._zone)),
            *self._address_questions(addresses, names),
        ]

    def take(self, questions: Sequence[DnsQuestion], seen: Sequence[Observation]) -> None:
        """Learn from a round."""
        for name in self._named_by:
            self._resolved.setdefault(name, [])
        for question, observation in zip(questions, seen, strict=True):
            if question.rrtype in ("A", "AAAA") and is_silent(observation):
                self._unheard.append(observation)
            if question.recursion:
                self._resolved[question.name].append(observation)
                self._learn_all(question.name, observation, PUBLIC)
            elif question.rrtype in ("A", "AAAA"):
                self._learn_all(question.name, observation, question.server)
            else:
                self._views[question.server, question.rrtype, question.spelling] = observation
                if question.rrtype == "NS":
                    self._take_ns(observation, question.server)

    def _take_ns(self, observation: Observation, server: str) -> None:
        names = apex_ns(observation, self._zone) or ()
        for name in names:
            self._named_by.setdefault(name, set()).add(f"zone at {server}")
        if names and isinstance(observation.value, dns.Reply):
            for name, addresses in additional(observation.value, names).items():
                for address in addresses:
                    self._learn(name, address, server)

    def limit_if(self, more: Iterable[DnsQuestion], reason: str) -> None:
        """Note that a bound ended the search, if it did."""
        if any(more):
            self._limits.append(reason)

    def found(self) -> Servers:
        """All that is known now."""
        kept = set(self._addresses())
        return Servers(
            zone=self._zone,
            named_by={name: tuple(sorted(by)) for name, by in sorted(self._named_by.items())},
            learnt={name: self._learnt_of(name, kept) for name in sorted(self._named_by)},
            soa=self._table("SOA", "mixed"),
            ns=self._table("NS", "mixed"),
            mx=self._table("MX", "mixed"),
            mx_lower=self._table("MX", "lower"),
            resolved={name: tuple(seen) for name, seen in sorted(self._resolved.items())},
            unheard=tuple(self._unheard),
            limit="; ".join(dict.fromkeys(self._limits)),
        )

    def _learnt_of(self, name: str, kept: set[str]) -> dict[str, tuple[str, ...]]:
        learnt = self._learnt.get(name, {})
        return {address: tuple(sorted(by)) for address, by in sorted(learnt.items()) if address in kept}

    def _table(self, rrtype: str, spelling: str) -> dict[str, Observation]:
        return {a: seen for (a, t, s), seen in sorted(self._views.items()) if (t, s) == (rrtype, spelling)}

    def _addresses(self) -> list[str]:
        """The addresses to ask: those asked already stay, then the new ones in their order, up to the bound."""
        known = {address for learnt in self._learnt.values() for address in learnt}
        asked = {address for address, _, _ in self._views}
        wanted = sorted(asked) + sorted(known - asked)
        if len(wanted) > MOST_ADDRESSES:
            self._limits.append(f"only {MOST_ADDRESSES} of {len(wanted)} name server addresses were asked")
        return wanted[:MOST_ADDRESSES]

    def _limit_names(self, names: Sequence[str]) -> None:
        if len(names) > _MOST_NAMES:
            self._limits.append(f"only {_MOST_NAMES} of {len(names)} name servers were looked up")

    def _address_questions(self, addresses: Sequence[str], names: Sequence[str]) -> list[DnsQuestion]:
        """Where the zone's servers say that servers with names in the zone are."""
        inside = [name for name in names if is_below(name, self._zone)]
        pairs = [(address, name) for address in addresses for name in inside if (address, name) not in self._pairs]
        self._pairs.update(pairs)
        return [DnsQuestion(address, name, rrtype) for address, name in pairs for rrtype in ("A", "AAAA")]

    def _learn_all(self, name: str, observation: Observation, by: str) -> None:
        for address in addresses_in(observation):
            self._learn(name, address, by)

    def _learn(self, name: str, address: str, by: str) -> None:
        self._learnt.setdefault(name, {}).setdefault(address, set()).add(by)


def apex_questions(address: str, zone: str) -> list[DnsQuestion]:
    """What every server address is asked of the apex; MX in two spellings, since some servers know only one."""
    return [
        DnsQuestion(address, zone, "SOA"),
        DnsQuestion(address, zone, "NS"),
        DnsQuestion(address, zone, "MX"),
        DnsQuestion(address, zone, "MX", spelling="lower"),
    ]
