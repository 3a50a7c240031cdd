"""Puts a topology up on loopback ports, and says how to reach it: table, hints, resolver, registry, CA (DESIGN 9)."""

import asyncio
import contextlib
import datetime
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from msgspec import Struct, structs

from mxlatch.lab import dns, rdap
from mxlatch.lab.authority import CertificateAuthority
from mxlatch.lab.dns import LOOPBACK, Authority
from mxlatch.lab.doors import Doors, shut
from mxlatch.lab.places import closed_port, silent_port
from mxlatch.lab.post import Message, Post
from mxlatch.lab.resolver import Resolver
from mxlatch.lab.sender import hand_over
from mxlatch.lab.topology import DNS_PORT, Topology
from mxlatch.lab.tree import ROOT_SERVER, addresses, registered, sites
from mxlatch.net.table import Table
from mxlatch.net.table import parse as parse_table

NET_FILE, HINTS_FILE, CA_FILE, INVENTORY_FILE = "net.txt", "root.hints", "ca.pem", "inventory.toml"
_NO_DOOR = 65535  # a port that only a rule for every port covers


class Running(Struct, frozen=True):
    """An internet that is up, and all that an audit of it needs.

    net_table: the text of the `--net` table; `table` is the same, parsed. root_hints: the text of the hints file;
    root_hint_pairs: (name, address). resolver: (address, port), a real address that the table maps. rdap: base URL,
    plain HTTP on loopback. ca_file: the lab's CA certificate, PEM. inventory_text: the topology's inventory, "" for
    none. domains: those to audit. post: mailboxes, quarantine, bounces, and what each door was told.
    """

    topology: Topology
    net_table: str
    table: Table
    root_hints: str
    root_hint_pairs: tuple[tuple[str, str], ...]
    resolver: tuple[str, int]
    rdap: str
    ca_file: Path
    inventory_text: str
    domains: tuple[str, ...]
    post: Post
    doors: Doors

    def place(self, address: str, port: int) -> tuple[str, int] | None:
        """The loopback place that plays this one for a stranger; None where there is no route."""
        return self.table.find(address, port)

    async def connect(self, source: str, address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to a door as any address of the lab; see `Doors.connect`."""
        return await self.doors.connect(source, address, port)

    async def send(self, source: str, address: str, port: int, message: Message, helo: str = "sender.example") -> None:
        """Hand a message to a door as this source, and wait until it came to rest.

        Raises:
            Refusal: the door's answer. ConnectionRefusedError, TimeoutError: it is shut to this source.
        """
        reader, writer = await self.connect(source, address, port)
        await hand_over(reader, writer, helo, message)
        await self.doors.settled()

    def write(self, directory: Path) -> dict[str, str]:
        """Write the files that the command line takes; gives option -> value, ready for `mxlatch audit`."""
        files = {NET_FILE: self.net_table, HINTS_FILE: self.root_hints, INVENTORY_FILE: self.inventory_text}
        for file, text in files.items():
            (directory / file).write_text(text)
        (directory / CA_FILE).write_bytes(self.ca_file.read_bytes())
        options = {
            "--net": str(directory / NET_FILE),
            "--root-hints": str(directory / HINTS_FILE),
            "--resolver": f"{self.resolver[0]}:{self.resolver[1]}",
            "--rdap": self.rdap,
            "--ca": str(directory / CA_FILE),
        }
        if self.inventory_text:
            options["--inventory"] = str(directory / INVENTORY_FILE)
        return options


@contextlib.asynccontextmanager
async def internet(topology: Topology, *, seen_from: str = "") -> AsyncIterator[Running]:
    """Keep the topology up for as long as the context lasts: all on 127.0.0.1, on ports that were free.

    seen_from: the address that the table and unknown clients are taken to look from, where it is not a stranger's: the
    firewall may let it through (another vantage).
    """
    if seen_from:
        topology = structs.replace(topology, internet=structs.replace(topology.internet, stranger=seen_from))
    async with contextlib.AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mxlatch-lab-")))
        authority = CertificateAuthority(directory, datetime.datetime.now(datetime.UTC))
        places = _Places(stack.enter_context(closed_port()), stack.enter_context(silent_port()))
        doors = Doors(topology, Post(), authority)
        await _start_dns(topology, places, stack)
        for (address, port), there in (await stack.enter_async_context(doors.listening())).items():
            places.open(topology, address, port, there, _host_name(topology, address, port))
        registry = await _start_registry(topology, places, stack)
        yield _running(topology, places, registry, authority, doors)


class _Places:
    """The rows of the table, while they are collected."""

    def __init__(self, closed: int, silent: int) -> None:
        self.closed, self.silent = closed, silent
        self.rows: dict[str, str] = {}

    def open(self, topology: Topology, address: str, port: int, there: int, name: str) -> None:
        """A place that answers at the loopback port `there`, if the firewall lets a stranger through."""
        stranger = topology.internet.stranger
        is_door = any(address in h.addresses and port in h.ports for h in topology.mailhosts)
        action = shut(topology, stranger, address, port) if is_door else topology.blocked(stranger, address, port)
        self.put(address, str(port), {"drop": self.silent, "reject": self.closed}.get(action or "", there), name)

    def put(self, address: str, port: str, there: int, name: str) -> None:
        left = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        self.rows.setdefault(left, f"{LOOPBACK}:{there}  # {name}")

    @property
    def text(self) -> str:
        width = max(map(len, self.rows))
        return "".join(f"{left:<{width}} = {right}\n" for left, right in self.rows.items())


async def _start_dns(topology: Topology, places: _Places, stack: contextlib.AsyncExitStack) -> None:
    resolver = topology.internet.resolver
    there = await stack.enter_async_context(dns.serving(Resolver(topology).answer))
    places.put(resolver, str(DNS_PORT), there, "public resolver")
    for site in sites(topology):
        if site.server.behaviour == "closed":
            places.put(site.address, str(DNS_PORT), places.closed, site.server.name)
        elif site.server.behaviour == "silent":
            places.put(site.address, str(DNS_PORT), places.silent, site.server.name)
        else:
            answer: Callable[[bytes, bool], bytes | None] = Authority(site.zones, site.server.behaviour).answer
            there = await stack.enter_async_context(dns.serving(answer))
            places.open(topology, site.address, DNS_PORT, there, site.server.name)


async def _start_registry(topology: Topology, places: _Places, stack: contextlib.AsyncExitStack) -> int:
    if topology.internet.rdap == "closed":
        port = places.closed
    else:
        port = await stack.enter_async_context(rdap.serving(registered(topology), topology.internet.rdap))
    places.put(LOOPBACK, str(port), port, "registry (RDAP)")
    return port


def _close_the_rest(topology: Topology, places: _Places) -> None:
    """Every other port of a host that is there, for a door or a name says so: what the firewall says, else closed."""
    hosts = [(a, h.name) for h in topology.mailhosts for a in h.addresses]
    hosts += [(site.address, site.server.name) for site in sites(topology)]
    hosts += addresses(topology).items()
    for address, name in dict(reversed(hosts)).items():
        whole = topology.blocked(topology.internet.stranger, address, _NO_DOOR)
        places.put(address, "*", places.silent if whole == "drop" else places.closed, name)


def _running(
    topology: Topology, places: _Places, registry: int, authority: CertificateAuthority, doors: Doors
) -> Running:
    _close_the_rest(topology, places)
    hints = ((ROOT_SERVER, topology.internet.root),)
    return Running(
        topology=topology,
        net_table=places.text,
        table=parse_table(places.text, "lab"),
        root_hints="".join(
            f". 3600000 IN NS {n}.\n{n}. 3600000 IN {'AAAA' if ':' in a else 'A'} {a}\n" for n, a in hints
        ),
        root_hint_pairs=hints,
        resolver=(topology.internet.resolver, DNS_PORT),
        rdap=f"http://{LOOPBACK}:{registry}/",
        ca_file=authority.file,
        inventory_text=topology.inventory,
        domains=topology.domains,
        post=doors.post,
        doors=doors,
    )


def _host_name(topology: Topology, address: str, port: int) -> str:
    return next(h.name for h in topology.mailhosts if address in h.addresses and port in h.ports)
