"""From settings to a run: the scope, and a `Net` behind one gate. Here the files, the clock and chance come in."""

import platform
import re
import secrets
import ssl
import time
from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from mxlatch.cli import key, places
from mxlatch.cli.exits import ConfigError, WrongUsage
from mxlatch.cli.files import read_text
from mxlatch.cli.options import Looking
from mxlatch.data import Tables, root_servers, tables
from mxlatch.inventory import nftables, optout
from mxlatch.inventory import read as inventory_file
from mxlatch.inventory.leave import by_reference, key_hash
from mxlatch.inventory.model import Firewall, Inventory
from mxlatch.net import table
from mxlatch.net.ask import Net
from mxlatch.net.canary import Courier
from mxlatch.net.dns import Limits, Transport
from mxlatch.net.gate import Gate, Rates
from mxlatch.net.http import Https
from mxlatch.net.remembered import Remembered
from mxlatch.net.scope import parse_address
from mxlatch.net.smtp import Doors, Patience
from mxlatch.terms.errors import InputError
from mxlatch.wire.http import parse_url
from mxlatch.world.blocks import names_to_ask
from mxlatch.world.scope import Scope

RESOLV_CONF = "/etc/resolv.conf"
_MOST_RESOLVERS = 3  # as resolv.conf(5)
_DNS_PORT, _LARGEST_PORT = 53, 65535
_NONCE_OCTETS = 8  # of a name that nobody has: 64 bits will not be guessed, and 16 letters fit any label
_HOST_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


def scope(domains: tuple[str, ...], looking: Looking) -> Scope:
    """All that the run is given.

    Raises:
        InputError, CannotRead: a file of the settings cannot be used.
    """
    known, declared, now = tables(), inventory(looking), time.time()
    return Scope(
        inventory=declared,
        domains=domains,
        vantage=looking.vantage,
        time=now,
        nonce=secrets.token_hex(_NONCE_OCTETS),
        resolvers=resolvers(looking),
        root_hints=_root_hints(looking, known),
        rdap=looking.rdap or "",
        rdap_bootstrap=known.rdap_bootstrap,
        words=known.words,
        providers=known.providers,
        behaviours=known.behaviours,
        key_hashes=key_hashes((*domains, *(d.name for d in declared.domains), *names_to_ask(declared.blocks, now))),
        authorised=looking.authorised or "",
    )


def key_hashes(names: Iterable[str]) -> dict[str, str]:
    """The operator's key for each of these domains and reverse zones; none, while there is no key."""
    secret = key.read(key.path())
    return {} if secret is None else {name: key_hash(secret, name) for name in names}


def net(
    scope: Scope,
    looking: Looking,
    memory: Remembered | None = None,
    *,
    limits: Limits | None = None,
    patience: Patience | None = None,
    through: Gate | None = None,
) -> Net:
    """What asks, through one gate, at the pace that the settings allow.

    limits, patience: other than an audit's. through: the gate of a run that does more than to ask.
    """
    through = through or gate(scope, looking, memory)
    ca = certificates(looking)
    return Net(
        through,
        Transport(through, scope.vantage, limits=_paced(limits or Limits(), _pace(looking))),
        Https(through, scope.vantage, ca=ca),
        Doors(through, ehlo_name(scope.inventory), scope.vantage, ca_file=ca, patience=patience),
    )


def memory(looking: Looking) -> Remembered | None:
    """What providers said today. None in a lab: its servers only play them, and that is not to be remembered."""
    return None if looking.net else Remembered(places.remembered())


def courier(scope: Scope, looking: Looking, through: Gate) -> Courier:
    """What hands canaries over, through the gate of the run."""
    return Courier(through, ehlo_name(scope.inventory), ca_file=certificates(looking))


def gate(
    scope: Scope,
    looking: Looking,
    memory: Remembered | None = None,
    *,
    recipients: frozenset[str] = frozenset(),
    mailbox_host: str = "",
    servers: Iterable[str] = (),
) -> Gate:
    """The gate of this run: what the operator gave may be asked, strangers as DESIGN 6 says.

    recipients, mailbox_host: of canaries: `--to` and the host of `--imap`. servers: of `apply --server`.
    """
    pace, polite = _pace(looking), Rates()
    given = [*servers, *(address for address, _ in scope.resolvers)]
    if looking.root_hints:
        given += [address for _, address in scope.root_hints]
    leaves = {d: by_reference(d, looking.authorised) for d in scope.domains} if looking.authorised else {}
    return Gate(
        scope.inventory,
        leaves,
        given_dns=frozenset(given),
        given_http=frozenset([parse_url(looking.rdap).host] if looking.rdap else []),
        given_mailbox=frozenset([mailbox_host] if mailbox_host else []),
        recipients=recipients,
        table=table.parse(read_text(looking.net, "table"), looking.net) if looking.net else None,
        optout=optout.parse(read_text(looking.opt_out, "opt-out list"), looking.opt_out) if looking.opt_out else None,
        remembered=memory,
        rates=Rates(polite.address_gap / pace, polite.network_gap / pace),
    )


def inventory(looking: Looking) -> Inventory:
    """What the owner declares; nothing, where no inventory is given.

    Raises:
        ConfigError: it cannot be used; one line for each fault.
    """
    if looking.inventory is None:
        return Inventory()
    try:
        found = inventory_file.parse(read_text(looking.inventory, "inventory"), looking.inventory)
        walls = tuple(_with_ruleset(firewall, Path(looking.inventory).parent) for firewall in found.firewalls)
    except InputError as error:
        raise ConfigError(str(error)) from None
    return structs.replace(found, firewalls=walls)


def _with_ruleset(firewall: Firewall, folder: Path) -> Firewall:
    """The firewall with the text of its ruleset, whose path is as from the inventory's folder."""
    if not firewall.nftables:
        return firewall
    where = str(folder / firewall.nftables)
    text = read_text(where, "ruleset")
    nftables.parse(text, where)
    return structs.replace(firewall, ruleset=text)


def resolvers(looking: Looking) -> tuple[tuple[str, int], ...]:
    """The recursive resolvers to ask: those given, or this machine's."""
    if looking.resolver:
        return tuple(map(_resolver, looking.resolver))
    try:
        lines = Path(RESOLV_CONF).read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()  # none: what only a resolver knows stays unknown, and the report says so
    words = (line.split() for line in lines)
    named = [w[1] for w in words if len(w) > 1 and w[0] == "nameserver" and parse_address(w[1]) is not None]
    return tuple((address, _DNS_PORT) for address in named[:_MOST_RESOLVERS])


def ehlo_name(inventory: Inventory) -> str:
    """Our name in EHLO: the operator's, else this machine's, else one that is plainly nobody's (RFC 2606)."""
    if inventory.operator.ehlo:
        return inventory.operator.ehlo
    own = platform.node().lower()
    return own if _HOST_NAME.fullmatch(own) else "mxlatch.invalid"


def _pace(looking: Looking) -> float:
    """How many times the polite pace.

    Raises:
        WrongUsage: quicker than polite with servers that may be strangers'.
    """
    pace = 1.0 if looking.rate is None else looking.rate
    if pace > 1 and not (looking.net or looking.root_hints or looking.authorised):
        raise WrongUsage(
            f"--rate {pace:g}: over 1 only for servers of your own: with --net or --root-hints (a lab) or --authorised"
        )
    return pace


def certificates(looking: Looking) -> Path | None:
    """The file of --ca. What is wrong with it is told now: in the midst of a session it would look like the peer's."""
    if looking.ca is None:
        return None
    read_text(looking.ca, "file of certificates")
    try:
        ssl.create_default_context(cafile=looking.ca)
    except ssl.SSLError:
        raise InputError(f"{looking.ca}: no certificates: give a file in PEM form") from None
    return Path(looking.ca)


def _paced(limits: Limits, pace: float) -> Limits:
    """All servers together are asked no quicker than politely: that bound is for this machine's network too."""
    overall = min(1.0, pace)
    return structs.replace(
        limits,
        server_rate=limits.server_rate * pace,
        server_burst=max(1.0, limits.server_burst * pace),
        resolver_rate=limits.resolver_rate * pace,
        resolver_burst=max(1.0, limits.resolver_burst * pace),
        overall_rate=limits.overall_rate * overall,
        overall_burst=max(1.0, limits.overall_burst * overall),
    )


def _root_hints(looking: Looking, known: Tables) -> tuple[tuple[str, str], ...]:
    if looking.root_hints is None:
        return known.root_hints
    return root_servers(read_text(looking.root_hints, "root hints"), looking.root_hints)


def _resolver(text: str) -> tuple[str, int]:
    """ADDR, ADDR:PORT or [ADDR]:PORT."""
    host, _, port = text.rpartition(":")
    bare = parse_address(text.strip("[]"))
    address = bare or parse_address(host.strip("[]"))
    number = str(_DNS_PORT) if bare else port
    if address is None or not (number.isascii() and number.isdigit() and 0 < int(number) <= _LARGEST_PORT):
        raise WrongUsage(f"--resolver {text!r}: write ADDRESS or ADDRESS:PORT, an IPv6 address in brackets")
    return str(address), int(number)
