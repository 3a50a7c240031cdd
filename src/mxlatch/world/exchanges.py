"""Where each exchange leads: its addresses by public resolution and at every server of its zone (RFC 5321 5.1)."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec
from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.names import ROOT, is_below
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.world.delegation import addresses_in, resolver_questions
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.nameservers import PUBLIC, Servers
from mxlatch.world.scope import Scope

MOST_EXCHANGES = 1024  # the most that one domain is known to publish is 398 (netmeister.org, 2023)
_PUNCTUATION = re.compile(r"\\(091|093|058)")  # "[", "]" and ":"
_LOCALHOST = ("localhost", "localhost.localdomain")

MOST_ADDRESSES = 64  # of one exchange; large operators give a dozen, and Postfix tries five

NO_SUCH_NAME = "no such name"
HOST, LITERAL, NULL, LOCALHOST = "host", "literal", "null", "localhost"


class ExchangeSeen(Struct, frozen=True, dict=True):
    """An exchange and every answer about its addresses, by who gave it (PUBLIC or a server address).

    dangling: the registrable domain of a name that does not exist, where that does not exist either.
    """

    name: str
    kind: str
    answers: tuple[tuple[str, Observation], ...] = ()
    dangling: str = ""

    @property
    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Address to who gave it, up to the bound."""
        if self.kind == LITERAL:
            return {literal(self.name): ("the MX record itself",)}
        return {address: tuple(dict.fromkeys(by for by, _ in given)) for address, given in self.given.items()}

    @property
    def given(self) -> dict[str, list[tuple[str, Observation]]]:
        """Address to the answers that hold it and who gave them, up to the bound."""
        return {address: self._given[address] for address in sorted(self._given)[:MOST_ADDRESSES]}

    @property
    def left_out(self) -> int:
        """How many addresses are beyond the bound."""
        return max(0, len(self._given) - MOST_ADDRESSES)

    # Kept, since it is asked for again and again, and an answer may hold thousands of addresses.
    @cached_property
    def _given(self) -> dict[str, list[tuple[str, Observation]]]:
        found: dict[str, list[tuple[str, Observation]]] = {}
        for by, observation in self.answers:
            for address in addresses_in(observation):
                found.setdefault(address, []).append((by, observation))
        return found

    @property
    def cname(self) -> str:
        """The first alias that any answer shows, "" for none."""
        records = (
            r for _, o in self.answers if isinstance(o.value, dns.Reply) for r in o.value.answer if r.rrtype == "CNAME"
        )
        return next((str(r.value) for r in records if r.owner == self.name), "")

    @property
    def problem(self) -> tuple[str, bool]:
        """Why no address is known and whether that is sure: ("", False) where one is known."""
        if self.kind in (NULL, LITERAL) or self.addresses:
            return "", False
        open_ = [(by, o) for by, o in self.answers if o.status not in (dns.NODATA, dns.NXDOMAIN, dns.ANSWER)]
        if open_ or not self.answers:
            why = "; ".join(dict.fromkeys(f"{by}: {o.reason or o.status}" for by, o in open_))
            return why or "nobody was asked: no resolver", False
        if self.cname and all(by != PUBLIC for by, _ in self.answers):
            return f"an alias for {self.cname}, and no resolver to ask where that leads", False
        said = {o.status for _, o in self.answers}
        return (NO_SUCH_NAME if dns.NXDOMAIN in said else "the name has no address"), True


def kind_of(exchange: str) -> str:
    """What sort of thing stands in the MX record."""
    if exchange == ROOT:
        return NULL
    if exchange in _LOCALHOST or exchange.endswith(".localhost"):
        return LOCALHOST
    return LITERAL if literal(exchange) else HOST


def literal(exchange: str) -> str:
    """The address that an exchange spells, "" if it is a name. "[192.0.2.1]" and "192.0.2.1" both occur.

    From the wire brackets and colons come escaped (`terms.names`).
    """
    spelt = _PUNCTUATION.sub(lambda match: chr(int(match[1])), exchange)
    try:
        return str(ipaddress.ip_address(spelt.strip("[]").removeprefix("ipv6:")))
    except ValueError:
        return ""


def find_exchanges(names: Iterable[str], zones: Sequence[Servers], scope: Scope) -> Enquiry[tuple[ExchangeSeen, ...]]:
    """Ask for the addresses of every exchange: a resolver, and each speaking server of its zone if we know that."""
    wanted = sorted(set(names))[:MOST_EXCHANGES]
    asked = {name: _questions(name, zones, scope) for name in wanted if kind_of(name) in (HOST, LOCALHOST)}
    seen = yield list(dict.fromkeys(question for questions in asked.values() for question in questions))
    answers = {observation.question: observation for observation in seen}
    found = [
        ExchangeSeen(name, kind_of(name), tuple((_by(q), answers[q]) for q in asked.get(name, ()))) for name in wanted
    ]
    gone = {each.name: _registrable(each.name, scope) for each in found if each.problem == (NO_SUCH_NAME, True)}
    missing = yield from _missing({home for home in gone.values() if home}, scope)
    return tuple(
        msgspec.structs.replace(each, dangling=gone[each.name]) if gone.get(each.name) in missing else each
        for each in found
    )


def _registrable(name: str, scope: Scope) -> str:
    """The domain below the registry that a name belongs to, "" where no registry is known.

    By the RDAP bootstrap and not a list of public suffixes: a name in co.uk gives "co.uk", which exists; so a domain
    may be missed, never wrongly called free.
    """
    labels = name.split(".")
    cuts = (i for i in range(1, len(labels)) if ".".join(labels[i:]) in scope.rdap_bootstrap)
    first = next(cuts, 0)
    return ".".join(labels[first - 1 :]) if first else ""


def _missing(homes: set[str], scope: Scope) -> Enquiry[frozenset[str]]:
    """Those of the domains that surely do not exist."""
    questions = [
        DnsQuestion(address, home, "SOA", recursion=True, port=port)
        for home in sorted(homes)
        for address, port in scope.resolvers[:1]
    ]
    seen = yield questions
    return frozenset(q.name for q, o in zip(questions, seen, strict=True) if o.status == dns.NXDOMAIN)


def _questions(name: str, zones: Sequence[Servers], scope: Scope) -> list[DnsQuestion]:
    home = max((z for z in zones if is_below(name, z.zone)), key=lambda z: len(z.zone), default=None)
    public = resolver_questions([name], scope)
    return public + [DnsQuestion(a, name, t) for a in (home.speaking if home else ()) for t in ("A", "AAAA")]


def _by(question: DnsQuestion) -> str:
    return PUBLIC if question.recursion else question.server
