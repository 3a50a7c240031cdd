"""The gate that every packet passes: what may be contacted, and how often (DESIGN section 6 as code).

Judged at connect time, on the address and not on the name: an MX that points at 10.0.0.5, or begins to between two
look-ups, must not make us probe the user's own network. In this order: opt-out, scope, leave, rate, and last the
`--net` table, so that all that is judged and reported are the real addresses.
"""

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from msgspec import Struct

from mxlatch.inventory.blocks import Granted, proof_of
from mxlatch.inventory.leave import Leave, why_no_canary, why_no_probes, why_not_to
from mxlatch.inventory.model import SMTP_PORT, Address, Block, Inventory, Network
from mxlatch.inventory.optout import OptOut
from mxlatch.net import blocks
from mxlatch.net.remembered import Remembered
from mxlatch.net.scope import parse_address, why_not_global
from mxlatch.net.table import Table
from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.wire.smtp.deliver import Delivery

MOST_PROBES = 8  # RCPTs in one session; FACTS 5.5 needs five: valid, random and foreign, from <> and a real sender
_NETWORK_BITS = {4: 24, 6: 48}  # what one operator usually holds, and rate-limits, as one


class Refused(Exception):
    """The gate let nothing through; `reason` is what to tell the user."""

    def __init__(self, reason: str) -> None:
        """reason: one line for people."""
        super().__init__(reason)
        self.reason = reason


class Unroutable(Refused):
    """A `--net` table was given and has no row for this address: as if this machine had no route there."""


class Spent(Refused):
    """Nobody forbade it, but this run has held so many sessions there: what would have come of it is unknown."""


class Rates(Struct, frozen=True):
    """Bounds on SMTP sessions.

    address_gap, network_gap: seconds between the starts of two sessions with one address, and with two addresses of
    one network (/24, /48). address_most, network_most: sessions a run. FACTS 5.3: 10 s keeps within the strictest
    published limit of 5-6 a minute; the totals let an audit with its second passes end, and a fault in ours not
    become somebody's flood. owned_most: the same totals where the inventory lists the address: a provider's hundreds
    of domains each try a recipient at the same exchanger.
    """

    address_gap: float = 10.0
    network_gap: float = 1.0
    address_most: int = 12
    network_most: int = 240
    owned_most: int = 8192


class Gate:
    """Who may be asked. One gate a run; every method raises `Refused` rather than return a place not to go.

    given_dns, given_http: addresses and hosts that the operator gave on the command line (root hints, `--resolver`,
    `--rdap`): allowed even where they are not globally routable, and for that protocol only. So is given_mailbox, the
    hosts of `--imap`. recipients: who may get a canary beside those of the inventory: `--to`.
    """

    def __init__(
        self,
        inventory: Inventory | None = None,
        leaves: Mapping[str, Leave] | None = None,
        *,
        given_dns: frozenset[str] = frozenset(),
        given_http: frozenset[str] = frozenset(),
        given_mailbox: frozenset[str] = frozenset(),
        recipients: frozenset[str] = frozenset(),
        table: Table | None = None,
        optout: OptOut | None = None,
        remembered: Remembered | None = None,
        rates: Rates | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        """clock: monotonic seconds, for the rates only; sleep: waits so many of them. now: seconds since 1970 UTC."""
        self.inventory = inventory or Inventory()
        self.leaves = dict(leaves or {})
        self._given_dns = frozenset(map(_canonical, given_dns))
        self._given_http = frozenset(_canonical(host) for host in given_http)
        self._given_mailbox = frozenset(_canonical(host) for host in given_mailbox)
        self._recipients = recipients
        self._handed: set[tuple[str, int, str]] = set()  # doors that had their canary, by kind
        self._now = now
        self._table = table
        self._optout = optout or OptOut()
        self._remembered = remembered
        self._pace = _Pace(rates or Rates(), clock, sleep)

    def dns(self, address: str, port: int = 53) -> tuple[str, int]:
        """Where to send a DNS query for this server address."""
        parsed = self._parse(address)
        given = str(parsed) in self._given_dns
        self._judge(parsed, given)
        return self._mapped(parsed, port, given=given)

    def smtp(self, address: str, port: int, question: SmtpQuestion) -> tuple[str, int]:
        """Where to connect for this SMTP session.

        Ports other than 25, and addresses to which no record leads, are for doors and blocks that the inventory lists.
        """
        parsed = self._parse(address)
        if parsed != self._parse(question.address) or port != question.port:
            raise Refused(f"{address}:{port} is not what the question asks for")
        self._judge_name(question.host)
        self._judge_name(question.domain)
        self._judge(parsed, self.inventory.is_control(str(parsed)))
        listed = self.inventory.is_listed(str(parsed))
        if not question.published and not listed and not _is_endpoint(question):
            raise Refused(f"no record of the domain leads to {parsed}, and the inventory does not list it")
        if port != SMTP_PORT and not listed:
            raise Refused(f"port {port} at {parsed}: only port {SMTP_PORT} is asked of doors outside the inventory")
        if question.probes:
            self._judge_probes(str(parsed), question)
        return self._mapped(parsed, port)

    def http(self, host: str, address: str, port: int) -> tuple[str, int]:
        """Where to connect for this URL's host, which resolved to this address."""
        parsed = self._parse(address)
        self._judge_name(host)
        given = self.is_given_http(host)
        self._judge(parsed, given)
        return self._mapped(parsed, port, given=given)

    def scan(self, network: Network) -> blocks.Allowed:
        """What of this network may be scanned, by whose leave: of the inventory's blocks, those with proof."""
        allowed = blocks.judge(network, self.inventory, self._optout, self.proof_of)
        if isinstance(allowed, str):
            raise Refused(allowed)
        return allowed

    def proof_of(self, block: Block) -> Granted | str:
        """What proves a block now, or the reason why nothing does."""
        reference = next((leave.granted for leave in self.leaves.values() if leave.blocks), None)
        reverse = {cidr: said for leave in self.leaves.values() for cidr, said in leave.reverse.items()}
        return proof_of(block, reference, reverse, self._now())

    def scan_all(self, networks: Iterable[Network]) -> None:
        """Judge again, when packets are about to go out: each of these must be allowed whole."""
        for network in networks:
            if self.scan(network).networks != (network,):
                raise Refused(f"{network}: not all of it may be scanned")

    def scan_still(self, blocks: Iterable[Block]) -> None:
        """Judge again what time alone can change: the proof of each of these blocks."""
        for block in blocks:
            proof = self.proof_of(block)
            if isinstance(proof, str):
                raise Refused(proof)

    def scan_place(self, address: str, port: int) -> tuple[str, int]:
        """Where to connect for an address of a network that `scan` allowed."""
        return self._mapped(self._parse(address), port)

    @asynccontextmanager
    async def canary(self, delivery: Delivery) -> AsyncIterator[tuple[str, int]]:
        """Hold the one session in which this door gets its canary; gives where to connect.

        Needs leave, a recipient that somebody named and that is at the domain, and a door that the inventory lists.
        Each kind of canary goes to a door once a run, whatever came of it: nothing is ever sent twice.
        """
        self._judge_canary(delivery)  # before the wait, so that who is refused spends no turn
        async with self.session(delivery.address):
            place = self._judge_canary(delivery)
            self._handed.add(_once(delivery))
            yield place

    def mailbox(self, host: str, address: str, port: int) -> tuple[str, int]:
        """Where to connect to read the mailbox in which canaries arrive: at the host that the operator gave only."""
        parsed = self._parse(address)
        if _canonical(host) not in self._given_mailbox:
            raise Refused(f"{host} was not given with --imap")
        self._judge_name(host)
        self._judge(parsed, True)
        return self._mapped(parsed, port, given=True)

    @property
    def has_table(self) -> bool:
        """True in a lab: there is a `--net` table, and what it does not name is nowhere."""
        return self._table is not None

    def is_given_http(self, host: str) -> bool:
        """True if the operator gave this host (`--rdap`): plain http and any port are then allowed."""
        return _canonical(host) in self._given_http

    @asynccontextmanager
    async def session(self, address: str) -> AsyncIterator[None]:
        """Hold one SMTP session with this address: one at a time, spaced as `Rates` says.

        Raises `Spent` when the run's total for the address or its network is used up.
        """
        async with self._pace.turn(self._parse(address), owned=self.inventory.is_listed(address)):
            yield

    def remembered(self, question: SmtpQuestion) -> Observation | None:
        """The session of the last day with a third party's endpoint: to be shown in place of a new one."""
        if self._remembered is None or not self.is_third_party(question):
            return None
        return self._remembered.recall(question)

    def remember(self, observation: Observation) -> None:
        """Keep a session with a third party's endpoint; anything else is nobody's to remember."""
        question = observation.question
        if self._remembered is None or not isinstance(question, SmtpQuestion) or observation.status != SESSION:
            return
        if self.is_third_party(question):
            self._remembered.keep(observation)

    def is_third_party(self, question: SmtpQuestion) -> bool:
        """True for a known operator's door that is not the inventory's own: one session a domain a day."""
        return bool(question.operator) and not self.inventory.is_listed(question.address)

    def _parse(self, address: str) -> Address:
        parsed = parse_address(address)
        if parsed is None:
            raise Refused(f"{address[:60]!r} is not an address")
        return parsed

    def _judge(self, address: Address, given: bool) -> None:
        entry = self._optout.address(str(address))
        if entry is not None:
            raise Refused(f"{address} is on the opt-out list ({entry})")
        what = why_not_global(address)
        if what is not None and not given and not self.inventory.is_listed(str(address)):
            raise Refused(f"{address} is not globally routable ({what}), and the inventory does not list it")

    def _judge_name(self, name: str) -> None:
        entry = self._optout.name(name)
        if entry is not None:
            raise Refused(f"{name} is on the opt-out list ({entry})")

    def _judge_probes(self, address: str, question: SmtpQuestion) -> None:
        leave, endpoint = self.leaves.get(question.domain), _is_endpoint(question)
        reason = why_no_probes(question.domain, address, self.inventory, leave, self._now(), endpoint=endpoint)
        if reason is not None:
            raise Refused(reason)
        if len(question.probes) > MOST_PROBES:
            raise Refused(f"{len(question.probes)} probes in one session: at most {MOST_PROBES}")
        for probe in question.probes:
            ours = self.inventory.sender_for(question.domain)
            if probe.recipient.rpartition("@")[2].lower() != question.domain and probe.recipient != ours:
                raise Refused(f"{probe.recipient!r} is neither at {question.domain} nor the operator's own mailbox")

    def _judge_canary(self, delivery: Delivery) -> tuple[str, int]:
        address, domain = self._parse(delivery.address), delivery.domain
        for name in (delivery.host, domain):
            self._judge_name(name)
        self._judge(address, False)
        reason = why_no_canary(domain, str(address), self.inventory, self.leaves.get(domain), self._now())
        reason = reason or why_not_to(delivery.recipient, domain, self._recipients, self.inventory)
        if reason is not None:
            raise Refused(reason)
        if _once(delivery) in self._handed:
            raise Refused(f"{address} port {delivery.port} had its canary ({delivery.kind}): one message a door")
        return self._mapped(address, delivery.port)

    def _mapped(self, address: Address, port: int, *, given: bool = False) -> tuple[str, int]:
        """Where the packet really goes. What the operator gave on this very machine needs no row in the table."""
        if self._table is None:
            return str(address), port
        place = self._table.find(str(address), port)
        if place is not None:
            return place
        if given and address.is_loopback:
            return str(address), port
        raise Unroutable(f"{address} port {port} is not in {self._table.path}: no route")


def _is_endpoint(question: SmtpQuestion) -> bool:
    """True for a provider's endpoint that is asked about a domain: only with recipients, and so only with leave."""
    return not question.published and bool(question.operator) and bool(question.probes)


class _Pace:
    """One session an address at a time, the starts spaced, the totals bounded."""

    def __init__(self, rates: Rates, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._rates, self._clock, self._sleep = rates, clock, sleep
        self._locks: dict[str, asyncio.Lock] = {}
        self._free: dict[str, float] = {}  # when the next session may begin
        self._count: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, address: Address, *, owned: bool) -> AsyncIterator[None]:
        network = str(ipaddress.ip_network((address, _NETWORK_BITS[address.version]), strict=False))
        rates = self._rates
        async with self._locks.setdefault(str(address), asyncio.Lock()):
            self._spend(str(address), rates.owned_most if owned else rates.address_most)
            self._spend(network, rates.owned_most if owned else rates.network_most)
            await self._wait(str(address), network)
            yield

    def _spend(self, whom: str, most: int) -> None:
        count = self._count.get(whom, 0)
        if count >= most:
            raise Spent(f"{most} sessions with {whom} in this run: no more")
        self._count[whom] = count + 1

    async def _wait(self, address: str, network: str) -> None:
        """Take the next free start. It is booked before the wait, so that two who wait do not start at once."""
        start = max(self._clock(), self._free.get(address, 0.0), self._free.get(network, 0.0))
        self._free[address] = start + self._rates.address_gap
        self._free[network] = start + self._rates.network_gap
        if start > self._clock():
            await self._sleep(start - self._clock())


def _once(delivery: Delivery) -> tuple[str, int, str]:
    return _canonical(delivery.address), delivery.port, delivery.kind


def _canonical(host: str) -> str:
    parsed = parse_address(host.strip("[]"))
    return str(parsed) if parsed is not None else host.lower().removesuffix(".")
