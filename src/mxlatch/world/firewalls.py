"""What a firewall is declared to do beside what its ruleset does, and what its rules show to stand behind it."""

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from mxlatch.inventory.model import INTERNET, Firewall, Inventory, Network, Rule, is_network
from mxlatch.inventory.nftables import Passage
from mxlatch.terms.door import Door, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import NotJudged
from mxlatch.terms.wording import listed

Place = tuple[str, int]


class Comparison(Struct, frozen=True):
    """One source of connections to one door.

    source: the name of a vantage, or a network of the rule. admitted: the rule lets it through; passage: what the
    ruleset does.
    """

    firewall: str
    door: str
    source: str
    admitted: bool
    passage: Passage
    evidence: Evidence

    @property
    def differs(self) -> bool:
        """True if the ruleset surely does other than the rule says."""
        return self.passage is (Passage.REFUSED if self.admitted else Passage.ALLOWED)


def behind(inventory: Inventory, firewall: Firewall) -> tuple[str, ...]:
    """The addresses and CIDRs that a firewall's rules name: what goes there passes it, whatever the port.

    A rule for all addresses says so of the owner's own only: his blocks and his doors.
    """
    own = [block.cidr for block in inventory.blocks] + [each for door in inventory.doors for each in door.addresses]
    found: dict[str, None] = {}
    for rule in firewall.rules:
        to = ipaddress.ip_network(rule.to)
        mine = [each for each in own if ipaddress.ip_network(each).version == to.version]
        found |= dict.fromkeys([rule.to] if to.prefixlen else mine)
    return tuple(found)


@lru_cache(maxsize=65536)  # a planner asks the same of a thousand worlds
def within(place: str, networks: tuple[str, ...]) -> bool:
    """True if an address or CIDR lies wholly in one of these; what is no address lies nowhere."""
    here = _parsed(place)
    there = map(_parsed, networks)
    return here is not None and any(n and n.version == here.version and here.subnet_of(n) for n in there)  # type: ignore[arg-type]


def overlaps(place: str, networks: Iterable[str]) -> bool:
    """True if an address or CIDR and one of these have an address in common."""
    here = _parsed(place)
    there = map(_parsed, networks)
    return here is not None and any(n and n.version == here.version and here.overlaps(n) for n in there)


@lru_cache(maxsize=65536)
def _parsed(text: str) -> Network | None:
    """None for what a stranger's record called an address."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def compare(inventory: Inventory, doors: Iterable[Door]) -> Iterator[Comparison]:
    """Every firewall with a ruleset beside its rules, at these doors and at those that the inventory lists."""
    places = {(door.address, door.port) for door in doors}
    places |= {(address, door.port) for door in inventory.doors for address in door.addresses}
    for address, port in sorted(places):
        for firewall, rule in inventory.covering(address, port):
            if firewall.ruleset:
                yield from _at(inventory, firewall, rule, (address, port))


def not_judged(inventory: Inventory, doors: Iterable[Door]) -> Iterator[NotJudged]:
    """Where nobody can tell what a ruleset does: by door, the sources of which that holds."""
    open_: dict[tuple[str, str], list[str]] = {}
    for found in compare(inventory, doors):
        if found.passage is Passage.UNKNOWN:
            open_.setdefault((found.firewall, found.door), []).append(found.source)
    for (firewall, door), sources in open_.items():
        reason = f"what the ruleset does with {listed(sources)} cannot be told from the words that are understood"
        yield NotJudged(f"firewall {firewall}", f"the way to {door}", reason)


def _at(inventory: Inventory, firewall: Firewall, rule: Rule, place: Place) -> Iterator[Comparison]:
    for source, networks in _sources(inventory, rule, place[0]).items():
        admitted = is_network(source) or inventory.admits(rule, source, place[0])
        does = {firewall.passage(network, *place) for network in networks}
        yield Comparison(
            firewall=firewall.name,
            door=door_id(*place),
            source=source,
            admitted=admitted,
            passage=does.pop() if len(does) == 1 else Passage.UNKNOWN,
            evidence=inventory.quote(firewall, rule),
        )


def _sources(inventory: Inventory, rule: Rule, address: str) -> dict[str, tuple[str | None, ...]]:
    """Whom to try: strangers, the declared vantages whose networks are known, and the networks that the rule names."""
    found: dict[str, tuple[str | None, ...]] = {INTERNET: inventory.sources(INTERNET, address)}
    found |= {place.name: inventory.sources(place.name, address) for place in inventory.vantages}
    six = ":" in address
    # Everybody is tried as a stranger.
    named = [each for each in rule.allow if is_network(each) and not each.endswith("/0")]
    found |= {each: (each,) for each in named if (":" in each) == six}
    return {source: networks for source, networks in found.items() if networks}
