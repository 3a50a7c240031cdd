"""What `mxlatch apply` works with: the plan, its journal, the key, the zones' servers and files, from its options."""

import asyncio
import fcntl
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec import Struct

from mxlatch.audit.log import Log
from mxlatch.cli import collecting, givens, running
from mxlatch.cli.exits import Exit, Failure, WrongUsage
from mxlatch.cli.files import STANDARD, read_octets, read_text, replace_octets
from mxlatch.cli.options import Looking
from mxlatch.cli.progress import Progress
from mxlatch.net.ask import Net
from mxlatch.net.gate import Gate
from mxlatch.net.scope import parse_address
from mxlatch.net.update import exchange
from mxlatch.plan import journal, keyfile
from mxlatch.plan.apply import Desk
from mxlatch.plan.change import Inward, Lock, Outward, Records
from mxlatch.plan.provider import Key, Means
from mxlatch.plan.result import Plan
from mxlatch.plan.serving import Serving, find_serving
from mxlatch.terms.names import BadName, domain_name
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, Question
from mxlatch.terms.wording import listed
from mxlatch.world.enquiry import conclude
from mxlatch.world.scope import Scope

SUFFIX = ".journal"
_PORT, _LARGEST_PORT = 53, 65535
_TSIG_PARTS = 3

Place = tuple[str, int]


class Ways(Struct, frozen=True):
    """The options that say where changes go, with what key, whether `nft` may be run, and as which firewall."""

    server: tuple[str, ...] = ()
    tsig_file: str | None = None
    tsig: str | None = None
    zone_file: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    nft: bool = False
    firewall: str = ""


class Interrupted(Failure):
    """Ctrl-C while servers were looked for: nothing was sent."""

    code = Exit.INTERRUPTED


@contextmanager
def alone(path: str) -> Iterator[None]:
    """Hold the plan: two runs at once would each do half.

    Raises:
        WrongUsage: another run holds it.
    """
    if path == STANDARD:
        raise WrongUsage("PLAN: a file is wanted, beside which the journal is kept, and not standard input")
    read_octets(path, "plan")  # what is wrong with the file is told as with any
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise WrongUsage(f"{path}: another mxlatch carries this plan out now: wait for its end") from None
    finally:
        os.close(handle)


def opened(path: str, plan: Plan) -> journal.Journal:
    """The journal at this path; a new one if there is none."""
    if not os.path.lexists(path):
        return journal.begin(plan)
    return journal.from_text(read_text(path, "journal"), path)


def desk(path: str) -> Desk:
    """Keeps the journal at this path; nowhere, if it is ""."""

    def keep(story: journal.Journal) -> None:
        if path:
            replace_octets(path, journal.to_text(story).encode(), "journal")

    return Desk(keep, time.time, asyncio.sleep)


def key(ways: Ways, warn: Callable[[str], None]) -> Key | None:
    """The TSIG key; None if none is given.

    Raises:
        InputError, CannotRead, WrongUsage.
    """
    if ways.tsig and ways.tsig_file:
        raise WrongUsage("--tsig and --tsig-file: give one of them")
    if ways.tsig_file:
        _check_private(ways.tsig_file, warn)
        return keyfile.parse(read_text(ways.tsig_file, "key"), ways.tsig_file)
    if ways.tsig:
        parts = ways.tsig.split(":", _TSIG_PARTS - 1)
        if len(parts) != _TSIG_PARTS or not os.path.exists(parts[2]):
            raise WrongUsage("--tsig: write NAME:ALGORITHM:FILE; the secret (base64) stands in FILE, never here")
        _check_private(parts[2], warn)
        return keyfile.make(parts[0], parts[1], read_text(parts[2], "secret"), parts[2])
    return None


def _check_private(path: str, warn: Callable[[str], None]) -> None:
    if path != STANDARD and os.path.exists(path) and stat.S_IMODE(os.stat(path).st_mode) & 0o007:
        warn(f"{path}: everybody on this machine may read this key: chmod 600 {path}")


def zones_of(plan: Plan) -> tuple[str, ...]:
    """The zones whose records the plan changes."""
    return tuple(dict.fromkeys(change.zone for change in plan.changes if isinstance(change, Records)))


def means(plan: Plan, looking: Looking, ways: Ways, warn: Callable[[str], None]) -> Means:
    """All that the plan may be carried out with.

    Raises:
        WrongUsage: it is not known where the updates of a zone go.
    """
    zones, secret = zones_of(plan), key(ways, warn)
    files = _by_zone("--zone-file", ways.zone_file, zones)
    without = {place("--without", text)[0] for text in ways.without}
    servers = {zone: place("--server", text) for zone, text in _by_zone("--server", ways.server, zones).items()}
    scope = givens.scope(zones, looking)
    gate = givens.gate(scope, looking, servers=[address for address, _ in servers.values()])
    serving = {each.zone: each for each in _serving(zones, scope, looking, gate)}
    for zone in zones:
        if zone not in servers and zone not in files:
            servers[zone] = _primary(serving[zone])
    net = givens.net(scope, looking, through=gate)

    async def exchange_(address: str, port: int, message: bytes) -> bytes:
        return await exchange(gate, address, port, message)

    return Means(
        exchange=exchange_,
        ask=lambda questions: _ask(net, questions),
        primaries=servers,
        servers={
            zone: tuple(a for a in _addresses(serving[zone], servers, warn) if a not in without) for zone in zones
        },
        key=secret,
        zone_files=files,
        read=lambda path: read_octets(path, "zone file"),
        replace=lambda path, octets: replace_octets(path, octets, "zone file"),
        run=running.run if ways.nft else None,
        firewall=_firewall(plan, ways),
        today=datetime.now(UTC).strftime("%Y%m%d"),
    )


def _firewall(plan: Plan, ways: Ways) -> str:
    """Which firewall this machine is said to be."""
    known = {c.firewall for c in plan.changes if isinstance(c, Lock | Inward | Outward) and c.firewall}
    if ways.firewall and not ways.nft:
        raise WrongUsage("--firewall says which machine this is, for --nft: give both")
    if ways.firewall and ways.firewall not in known:
        told = f"it has for: {listed(sorted(known))}" if known else "it has for none"
        raise WrongUsage(f"--firewall {ways.firewall}: the plan has nothing for a firewall of that name; {told}")
    return ways.firewall


def place(option: str, text: str) -> Place:
    """ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT."""
    bare = parse_address(text.strip("[]"))
    if bare is not None:
        return str(bare), _PORT
    host, _, port = text.rpartition(":")
    address = parse_address(host.strip("[]"))
    if address is None or not (port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT):
        raise WrongUsage(f"{option} {text!r}: write ADDRESS or ADDRESS:PORT, an IPv6 address in brackets")
    return str(address), int(port)


def _by_zone(option: str, words: Sequence[str], zones: Sequence[str]) -> dict[str, str]:
    """What was given for each zone, as ZONE=VALUE, or as VALUE for all of them."""
    found: dict[str, str] = {}
    for word in words:
        head, equals, value = word.partition("=")
        zone = _zone(head) if equals else ""
        if zone in zones:
            found[zone] = value
        elif equals and zone:
            raise WrongUsage(f"{option} {word}: the plan changes nothing in {zone}, only in {' and '.join(zones)}")
        elif option == "--zone-file" and len(zones) > 1:
            raise WrongUsage(f"{option} {word}: the plan changes {' and '.join(zones)}: write ZONE=FILE for each")
        else:
            found |= {each: word for each in zones if each not in found}
    return found


def _zone(text: str) -> str:
    try:
        return domain_name(text)
    except BadName:
        return ""


def _serving(zones: tuple[str, ...], scope: Scope, looking: Looking, gate: Gate) -> list[Serving]:
    """Who serves the zones, asked from the root down."""
    log = Log(scope)
    progress = Progress(sys.stderr, terminal=sys.stderr.isatty(), width=shutil.get_terminal_size().columns)
    net = givens.net(scope, looking, through=gate)
    collecting.run(log, net, progress, [find_serving(zone, scope) for zone in zones])
    if log.interrupted:
        raise Interrupted("interrupted: nothing was sent")
    return [conclude(find_serving(zone, scope), log.get, scope.time, scope.vantage) for zone in zones]


def _primary(serving: Serving) -> Place:
    if serving.primary:
        return serving.primary[0], _PORT
    named = f"its SOA names {serving.mname}, whose address is not found" if serving.mname else "nobody serves it"
    where = f"--server {serving.zone}=ADDRESS, or --zone-file {serving.zone}=FILE"
    raise WrongUsage(f"where do updates of {serving.zone} go? {named}: {where}")


def _addresses(serving: Serving, primaries: dict[str, Place], warn: Callable[[str], None]) -> tuple[str, ...]:
    """Who must serve what is new before the next step."""
    if serving.addresses or serving.zone not in primaries:
        return serving.addresses
    address, port = primaries[serving.zone]
    warn(f"{serving.zone}: its name servers were not found: only {address} is asked whether it serves what is new")
    return (address,) if port == _PORT else ()


async def _ask(net: Net, questions: Sequence[DnsQuestion]) -> list[Observation]:
    seen: dict[Question, Observation] = {}

    def take(observation: Observation) -> None:
        seen[observation.question] = observation

    await net.ask(questions, take)
    return [seen[question] for question in questions]
