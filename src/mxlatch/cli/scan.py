"""`mxlatch scan CIDR…`: which doors stand in the owner's blocks, and which of them nobody authorised."""

import asyncio
import contextlib
import ipaddress
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Sequence

import click
from msgspec import Struct, structs

from mxlatch.cli import audit, givens, options, targets, telling
from mxlatch.cli.exits import Exit, WrongUsage
from mxlatch.cli.files import check_writable, read_text, write_text
from mxlatch.cli.options import Looking
from mxlatch.cli.progress import PATIENCE
from mxlatch.cli.settings import Configured, setting
from mxlatch.inventory.blocks import Granted
from mxlatch.inventory.leave import Leave, by_reference
from mxlatch.inventory.model import SMTP_PORT, Block, Inventory, Network
from mxlatch.net.blocks import Allowed, remedy
from mxlatch.net.gate import Gate, Refused
from mxlatch.net.scope import parse_address
from mxlatch.net.smtp import Patience
from mxlatch.net.space import TooLarge
from mxlatch.net.sweep import POLITE, Method, Sweep, spans
from mxlatch.net.syn import NoRight
from mxlatch.report import Style
from mxlatch.report import scan as report
from mxlatch.terms.errors import InputError, ProtocolError
from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import SmtpQuestion
from mxlatch.terms.scan import ELSEWHERE, How, Opening, Scan, Swept
from mxlatch.terms.smtp import Session
from mxlatch.wire import scans
from mxlatch.wire.smtp.greeting import speaks
from mxlatch.wire.smtp.software import recognise
from mxlatch.world.blocks import find_blocks, names_to_ask
from mxlatch.world.enquiry import conclude
from mxlatch.world.scope import Scope

ALL_PORTS = "all"
_LARGEST_PORT = 65535
_MOST_SEEDS = 65_536
_MOST_CONTROLS = 4  # a port: one door that answers is enough
_LONGEST_BANNER = 512  # characters kept of a greeting
_NO_BLOCKS = (
    "which blocks? List yours in an inventory (--inventory FILE), with proof of control: the record of `mxlatch config "
    'key CIDR` in the reverse zone, or authorised = "…" at the block, or --authorised REF'
)
_SWEPT = 4  # the IP version whose blocks are swept whole; IPv6 addresses are named, or given as seeds
_REDRAWN = 0.5  # seconds between two lines of progress
# A greeting may be delayed by half a minute against bots; servers that wait for their clients cost as long.
_PATIENCE = Patience(connect=5.0, banner=35.0, reply=10.0, session=60.0)


class Errand(Struct, frozen=True):
    """What is asked for. ports: as given; seeds, imports, output: the files of these options."""

    cidrs: tuple[str, ...]
    ports: str
    how: Method
    seeds: str | None
    imports: tuple[str, ...]
    banners: bool
    output: str | None
    json: bool
    allow_unknown: bool


@click.command("scan", cls=Configured)
@click.argument("cidrs", nargs=-1, metavar="[CIDR]...")
@click.option("--ports", metavar="LIST", default=str(SMTP_PORT), show_default=True, help="As 25,465,2525-2530; or all.")
@click.option(
    "--how",
    type=click.Choice(["auto", "connect", "syn"]),
    default="auto",
    show_default=True,
    help="By connections, or by SYN packets (needs CAP_NET_RAW; auto takes them where it may).",
)
@click.option("--ipv6-seeds", "seeds", metavar="FILE", help="IPv6 addresses to try, one a line.")
@click.option(
    "--import",
    "imports",
    metavar="FILE",
    multiple=True,
    help="Send nothing: take what nmap (-oX), masscan (-oJ) or zgrab2 found; again for more files.",
)
@click.option("--no-banners", is_flag=True, help="Do not read the greetings of what opens.")
@click.option("--output", "-o", metavar="FILE", help="Write the result there, and not to the terminal.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@setting("--allow-unknown", is_flag=True, help="Exit with 0, not 3, when something gave no answer.")
@options.looking
def command(
    looking: Looking,
    cidrs: tuple[str, ...],
    no_banners: bool,
    as_json: bool,
    color: str,
    ascii: bool,
    **given: str | bool | tuple[str, ...] | None,
) -> Exit:
    """Find what listens in your blocks: on port 25, on a list of ports or on all, by connections or SYN packets.

    Only what the inventory lists as a block is scanned, and only with proof: `authorised = "…"` at the block, the
    record of `mxlatch config key CIDR` in its reverse zone, or --authorised. Without CIDR: every IPv4 block of the
    inventory that has proof. Exit 1 if something speaks SMTP that the inventory does not authorise.
    """
    errand = Errand(cidrs, banners=not no_banners, json=as_json, **given)  # type: ignore[arg-type]  # click checked
    if errand.output:
        check_writable(errand.output, "result")
    scan = imported(errand, looking) if errand.imports else run(errand, looking)
    if errand.output:
        write_text(errand.output, _shown(scan, errand, Style(ascii=ascii)), "result")
    else:
        click.echo(_shown(scan, errand, telling.style(color, ascii, sys.stdout)), nl=False)
    return code(scan, allow_unknown=errand.allow_unknown)


command.params.extend(option for option in options.every_setting() if option.name in ("color", "ascii"))


def code(scan: Scan, *, allow_unknown: bool) -> Exit:
    """How the run ends."""
    if scan.strays:
        return Exit.FINDINGS
    if scan.interrupted:
        return Exit.INTERRUPTED
    return Exit.OK if scan.complete or allow_unknown else Exit.INCOMPLETE


def run(errand: Errand, looking: Looking) -> Scan:
    """Judge, scan, read greetings. Nothing goes to a block before all that is asked for was allowed.

    Raises:
        WrongUsage: a block that may not be scanned, with the reason of each.
    """
    scope = givens.scope((), looking)
    gate = givens.gate(scope, looking)
    named = _named(errand)
    gate.leaves[""] = _leave(named, scope, looking, gate)
    allowed = _allowed(gate, named or _proved(gate))
    ports = _ports(errand.ports)
    rate = POLITE * (looking.rate or 1.0)
    try:
        sweep = Sweep(gate, allowed, ports, how=errand.how, rate=rate, secret=secrets.randbits(64))
    except (TooLarge, NoRight) as wrong:
        raise WrongUsage(str(wrong)) from None
    greetings = _Greetings(scope, looking, gate)
    interrupted = not _finished(sweep, greetings, errand, scope.inventory, ports)
    return _scan(sweep, greetings, scope, interrupted)


def imported(errand: Errand, looking: Looking) -> Scan:
    """What other scanners found, beside the inventory. Nothing is sent.

    Raises:
        WrongUsage: there is something to scan as well. InputError: a file cannot be used.
    """
    if errand.cidrs or errand.seeds:
        raise WrongUsage("--import sends nothing: leave out the blocks and seeds, or the import")
    inventory = givens.inventory(looking)
    blocks: dict[tuple[str, How], list[Opening]] = {}
    for path in errand.imports:
        try:
            found = scans.parse(read_text(path, "scan"))
        except ProtocolError as broken:
            raise InputError(f"{path}: {broken}") from None
        for opening in found.openings:
            block = inventory.block_of(opening.address)
            name = block.cidr if block is not None else ELSEWHERE
            blocks.setdefault((name, found.how), []).append(_known(opening, inventory))
    swept = tuple(
        Swept(name, spans({o.port for o in openings}), how, 0, tuple(openings))
        for (name, how), openings in blocks.items()
    )
    return Scan(swept or (Swept(ELSEWHERE, "", found.how, 0),), looking.vantage, time.time())


def _finished(
    sweep: Sweep, greetings: "_Greetings", errand: Errand, inventory: Inventory, ports: Sequence[int]
) -> bool:
    """False if the user had enough before the end."""
    try:
        with _progress() as told:
            sweep.run(told)
        asked = sweep.open() if errand.banners else []
        greetings.ask([*asked, *_controls(inventory, ports, sweep)])
    except KeyboardInterrupt:
        click.echo("mxlatch: interrupted: this is what was seen until then", err=True)
        return False
    except Refused as refusal:  # leave that ended in the midst of it: what was not asked is unknown
        click.echo(f"mxlatch: {refusal.reason}: this is what was seen until then", err=True)
    return True


def _scan(sweep: Sweep, greetings: "_Greetings", scope: Scope, interrupted: bool) -> Scan:
    controlled = {
        family: ports | frozenset(p for a, p in greetings.stood() if (":" in a) == (family == "IPv6"))
        for family, ports in sweep.controlled().items()
    }
    blocks = tuple(
        structs.replace(swept, open=tuple(_known(greetings.of(o), scope.inventory) for o in swept.open))
        for swept in sweep.swept(controlled)
    )
    told = {family: tuple(sorted(ports)) for family, ports in controlled.items()}
    return Scan(blocks, scope.vantage, time.time(), told, interrupted)


# --- what is asked for --------------------------------------------------------------------------------------------


def _named(errand: Errand) -> list[Network]:
    """The networks of the command line and of the seeds."""
    return [*map(targets.network, errand.cidrs), *(_seeds(errand.seeds) if errand.seeds else ())]


def _leave(named: Sequence[Network], scope: Scope, looking: Looking, gate: Gate) -> Leave:
    """The leave to scan: by the reference of the run, or what the reverse zones say of the blocks that need it."""
    if looking.authorised:
        return by_reference("", looking.authorised)
    blocks = [block for block in scope.inventory.blocks if _concerned(block, named)]
    hashes = givens.key_hashes(names_to_ask(blocks, scope.time))
    if not hashes:
        return Leave("")
    asking = structs.replace(scope, key_hashes=hashes)
    log = audit.look(asking, looking, gate, [find_blocks(blocks, asking)])
    if log.interrupted:
        raise click.Abort
    return Leave("", reverse=conclude(find_blocks(blocks, asking), log.get, scope.time, scope.vantage))


def _concerned(block: Block, named: Sequence[Network]) -> bool:
    """True if leave for this block may matter. Without networks IPv4 blocks are meant, whole."""
    network = ipaddress.ip_network(block.cidr)
    if not named:
        return network.version == _SWEPT
    return any(network.version == each.version and network.overlaps(each) for each in named)


def _proved(gate: Gate) -> list[Network]:
    """The inventory's IPv4 blocks that have proof; of the others it is told that they are not scanned.

    Raises:
        WrongUsage: there is none.
    """
    blocks = [block for block in gate.inventory.blocks if _concerned(block, ())]
    proofs = [(block, gate.proof_of(block)) for block in blocks]
    proved = [ipaddress.ip_network(block.cidr) for block, proof in proofs if isinstance(proof, Granted)]
    refused = [f"{proof}: {remedy(block)}" for block, proof in proofs if isinstance(proof, str)]
    if not proved:
        raise WrongUsage("\n".join([_NO_BLOCKS, *refused]))
    for reason in refused:
        click.echo(f"mxlatch: not scanned: {reason}", err=True)
    return proved


def _seeds(path: str) -> list[Network]:
    """The addresses of a seed list, "#" begins a comment."""
    found: dict[Network, None] = {}
    for number, raw in enumerate(read_text(path, "seed list").splitlines(), 1):
        entry = raw.partition("#")[0].strip()
        address = parse_address(entry) if entry else None
        if entry and (address is None or address.version != 6):
            raise WrongUsage(f"{path}:{number}: {entry[:60]!r} is no IPv6 address: write one a line")
        if address is not None:
            found[ipaddress.ip_network(address)] = None
    if len(found) > _MOST_SEEDS:
        raise WrongUsage(f"{path}: {len(found)} addresses: at most {_MOST_SEEDS} in one scan")
    return list(found)


def _allowed(gate: Gate, networks: Sequence[Network]) -> list[Allowed]:
    allowed, refused = [], []
    for network in networks:
        try:
            allowed.append(gate.scan(network))
        except Refused as refusal:
            refused.append(refusal.reason)
    if refused:
        raise WrongUsage("\n".join(["nothing was scanned:", *refused]))
    return allowed


def _ports(text: str) -> list[int]:
    """The ports of a list like 25,465,2525-2530, or all."""
    if text == ALL_PORTS:
        return list(range(1, _LARGEST_PORT + 1))
    found: dict[int, None] = {}
    for part in text.split(","):
        low, _, high = part.strip().partition("-")
        if not all(p.isascii() and p.isdigit() and 0 < int(p) <= _LARGEST_PORT for p in (low, high or low)):
            raise WrongUsage(
                f"--ports {part[:20]!r}: write numbers from 1 to {_LARGEST_PORT}, as 25,465,2525-2530, or all"
            )
        found |= dict.fromkeys(range(int(low), int(high or low) + 1))
    if not found:
        raise WrongUsage(f"--ports {text[:40]!r}: there is no port in it")
    return list(found)


# --- greetings ----------------------------------------------------------------------------------------------------


def _controls(inventory: Inventory, ports: Sequence[int], sweep: Sweep) -> list[tuple[str, int]]:
    """Doors of the inventory that may stand for the control where nothing opened."""
    held, wanted, found = sweep.controlled(), frozenset(ports), list[tuple[str, int]]()
    for port in sorted({door.port for door in inventory.doors} & wanted):
        addresses = [a for door in inventory.doors if door.port == port for a in door.addresses]
        for family in held:
            if port not in held[family]:
                mine = [a for a in addresses if (":" in a) == (family == "IPv6")]
                found += [(a, port) for a in mine[:_MOST_CONTROLS]]
    return found


class _Greetings:
    """Holds a polite session with what opened, and keeps what it said."""

    def __init__(self, scope: Scope, looking: Looking, gate: Gate) -> None:
        self._scope, self._looking, self._gate = scope, looking, gate
        self._seen: dict[tuple[str, int], Observation] = {}

    def ask(self, places: Sequence[tuple[str, int]]) -> None:
        """Read the greetings; Ctrl-C keeps those that were read."""
        questions = [SmtpQuestion(address, port, "", published=False) for address, port in dict.fromkeys(places)]
        if questions:
            asyncio.run(self._ask(questions))

    async def _ask(self, questions: Sequence[SmtpQuestion]) -> None:
        net = givens.net(self._scope, self._looking, patience=_PATIENCE, through=self._gate)
        await net.ask(questions, self._keep)

    def _keep(self, seen: Observation) -> None:
        assert isinstance(seen.question, SmtpQuestion)
        self._seen[seen.question.address, seen.question.port] = seen

    def stood(self) -> list[tuple[str, int]]:
        """Where a connection stood."""
        return [place for place, seen in self._seen.items() if seen.status == SESSION]

    def of(self, opening: Opening) -> Opening:
        """The same with its greeting."""
        seen = self._seen.get((opening.address, opening.port))
        if seen is None:
            return opening
        if not isinstance(seen.value, Session):
            return structs.replace(opening, reason=seen.reason or seen.status)
        session = seen.value
        software = recognise(session.banner, session.ehlo(encrypted=False))
        return structs.replace(
            opening,
            speaks=speaks(session),
            banner=f"{session.banner.code} {session.banner.text}"[:_LONGEST_BANNER] if session.banner else "",
            software=f"{software.name} {software.version}".strip() if software else "",
            reason="" if session.banner else session.ended,
        )


def _known(opening: Opening, inventory: Inventory) -> Opening:
    """The same with what the inventory says of it."""
    door = inventory.door_at(opening.address, opening.port)
    return opening if door is None else structs.replace(opening, authorised=door.authorised, role=door.role)


# --- telling ------------------------------------------------------------------------------------------------------


def _shown(scan: Scan, errand: Errand, style: Style) -> str:
    as_json = errand.json or (errand.output or "").endswith(".json")
    return report.as_json(scan) if as_json else report.text(scan, style)


class _Told:
    """Says how far the scan is, on a terminal and after two seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + PATIENCE
        self._shown = False

    def __call__(self, step: int, done: int, count: int, found: int) -> None:
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next, self._shown = now + _REDRAWN, True
        line = f"pass {step} of 2: {done} of {count}, {found} open; Ctrl-C shows what there is"
        sys.stderr.write(f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


@contextlib.contextmanager
def _progress() -> Iterator[_Told]:
    told = _Told()
    try:
        yield told
    finally:
        told.clear()
