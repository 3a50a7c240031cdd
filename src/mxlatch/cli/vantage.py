"""`mxlatch vantage run`: what the doors, the name servers and the way out look like from where this machine stands."""

from collections import Counter
from collections.abc import Iterator

import click
from msgspec import structs

from mxlatch.audit.log import Log
from mxlatch.cli import audit, givens, options
from mxlatch.cli.exits import Exit, WrongUsage
from mxlatch.cli.files import check_writable
from mxlatch.cli.options import Looking
from mxlatch.cli.settings import Configured
from mxlatch.inventory.model import Inventory
from mxlatch.net.scope import parse_address
from mxlatch.terms.wording import counted
from mxlatch.world.scope import Scope
from mxlatch.world.vantages import MOST_CONTROLS, UNKNOWN, Look, look, port_out


@click.group("vantage")
def command() -> None:
    """Look from elsewhere: the guest Wi-Fi, a partner's network, a second place on the internet."""


@command.command("run", cls=Configured)
@click.option("--name", metavar="NAME", required=True, help="This place, as the inventory calls it: guest-wifi.")
@click.option("--output", "-o", metavar="FACTS", required=True, help="Keep what was seen, for `mxlatch audit --with`.")
@click.option(
    "--control",
    "controls",
    metavar="ADDRESS",
    multiple=True,
    help="A mail server elsewhere, to see whether port 25 goes out from here; again for more.",
)
@options.looking
def run(name: str, output: str, controls: tuple[str, ...], looking: Looking) -> Exit:
    """Look at the inventory's doors from here, and keep what was seen.

    Holds one session with each door (banner, EHLO, STARTTLS; no recipient is tried), asks the name servers of the
    inventory's domains, and tries port 25 of the servers that you name with --control, or the inventory for this
    vantage; of no others.
    """
    check_writable(output, "facts")
    scope = _scope(name, controls, looking)
    if not scope.inventory.doors and not scope.domains:
        raise WrongUsage("there is nothing to look at: name your domains and doors in a file, and give --inventory")
    log = audit.look(scope, looking, enquiries=[look(scope)])
    audit.keep(log, output)
    click.echo("\n".join(_told(log, output)))
    return Exit.INTERRUPTED if log.interrupted else Exit.OK


def _scope(name: str, controls: tuple[str, ...], looking: Looking) -> Scope:
    """An audit's scope of all the inventory's domains, in which the controls may be tried."""
    if not name.strip() or not name.isprintable():
        raise WrongUsage("--name names nothing: say what the inventory calls this place, as in --name guest-wifi")
    scope = givens.scope((), structs.replace(looking, vantage=name))
    domains = tuple(domain.name for domain in scope.inventory.domains)
    return structs.replace(scope, domains=domains, inventory=_with_controls(scope.inventory, name, controls))


def _with_controls(inventory: Inventory, name: str, controls: tuple[str, ...]) -> Inventory:
    """The inventory with these controls at the vantage."""
    parsed = [parse_address(control) for control in controls]
    for text, address in zip(controls, parsed, strict=True):
        if address is None:
            raise WrongUsage(f"--control {text}: give the server's address (dig +short {text} A)")
    place = inventory.vantage(name)
    every = tuple(dict.fromkeys([*map(str, parsed), *place.controls]))
    if len(every) > MOST_CONTROLS:
        raise WrongUsage(f"{len(every)} controls: at most {MOST_CONTROLS} are tried from one place")
    others = tuple(each for each in inventory.vantages if each.name != name)
    return structs.replace(inventory, vantages=(*others, structs.replace(place, controls=every)))


def _told(log: Log, output: str) -> Iterator[str]:
    """What was seen, in a few lines."""
    seen = Look(log.scope, log.get, tuple(log))
    states = Counter(str(door.state) for door in seen.doors)
    doors = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    yield f"{log.scope.vantage}: {counted(len(seen.doors), 'door')}{f': {doors}' if doors else ''}"
    out = port_out(seen, seen.answering)
    yield f"port 25 out to the world: {out.state}{f' ({out.reason})' if out.state == UNKNOWN else ''}"
    domain = next(iter(log.scope.domains), "DOMAIN")
    yield f"kept in {output}; join it: mxlatch audit --with {output} {domain}"
