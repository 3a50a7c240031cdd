"""`mxlatch canary DOMAIN`: one harmless message through each door, to a mailbox that the owner names."""

import asyncio
import email.utils
import secrets
import time

import click
from msgspec import Struct, structs

from mxlatch.audit.log import Log
from mxlatch.canary.arrivals import Reader
from mxlatch.canary.conclusion import conclude, proven_doors, unsettled
from mxlatch.canary.mailboxes import Mailbox, MailboxError
from mxlatch.canary.message import Text
from mxlatch.canary.prepare import left_out, prepare
from mxlatch.canary.record import dump
from mxlatch.canary.result import Run
from mxlatch.canary.run import Flight, Sends
from mxlatch.cli import givens, inbox, joined, options, targets
from mxlatch.cli.audit import look
from mxlatch.cli.exits import CannotRead, ConfigError, Exit, WrongUsage
from mxlatch.cli.files import check_writable, write_text
from mxlatch.cli.settings import Configured
from mxlatch.inventory.leave import Leave
from mxlatch.net.gate import Gate
from mxlatch.report.canary import render
from mxlatch.terms.door import Door, door_id
from mxlatch.terms.errors import InputError
from mxlatch.world import enquiry
from mxlatch.world.build import build
from mxlatch.world.domain import enquire_leave
from mxlatch.world.doors import reached
from mxlatch.world.scope import Scope

_TOKEN_OCTETS = 12  # 96 bits: nobody guesses one, and 24 letters fit every header
_LONGEST_WAIT = 86_400  # seconds: greylisting and full queues take hours; who waits longer asks the mailbox again


class Errand(Struct, frozen=True):
    """What is asked for. saved: the bundle to take the doors from; output: the file for the result."""

    domain: str
    recipient: str
    gtube: bool = False
    wait: float = 300.0
    saved: str | None = None
    output: str | None = None


@click.command("canary", cls=Configured)
@click.argument("domain", metavar="DOMAIN")
@click.option("--to", "recipient", metavar="RECIPIENT", required=True, help="The mailbox, at DOMAIN; you can read it.")
@click.option("--gtube", is_flag=True, help="Send each door a second one, with the test string of spam filters.")
@inbox.choosing
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0, max=_LONGEST_WAIT),
    default=300,
    show_default=True,
    help="How long to look for them.",
)
@click.option("--bundle", "saved", metavar="BUNDLE", help="Take the doors from this, and do not audit first.")
@click.option("--output", "-o", metavar="FILE", help="Write the result there too, as JSON.")
@options.looking
def command(
    looking: options.Looking,
    place: inbox.Place,
    domain: str,
    **given: str | float | bool | None,
) -> Exit:
    """Send one harmless message through each door of DOMAIN, and see which arrive and what filter they met.

    Needs the owner's leave (--authorised, or the TXT record of `mxlatch config key`), and an inventory that lists the
    doors and names a sender. First the domain is audited, to know its doors. Each door gets one message, once; one
    that does not arrive proves nothing.
    """
    errand = Errand(_one(domain), **given)  # type: ignore[arg-type]  # click has seen to the types
    check(errand, looking)
    return run(errand, looking, inbox.checked(place))


def check(errand: Errand, looking: options.Looking) -> None:
    """Tell early what would make the run fail at its end, or what nobody may mean."""
    if errand.recipient.rpartition("@")[2].lower() != errand.domain:
        raise WrongUsage(f"--to {errand.recipient!r}: the recipient must be at {errand.domain}")
    if errand.output:
        check_writable(errand.output, "result")
    if errand.saved and not looking.authorised:
        raise WrongUsage("--bundle: what it shows of leave is of its day: add --authorised REF")


def run(errand: Errand, looking: options.Looking, place: inbox.Place) -> Exit:
    """Audit, send, look for what arrives, and tell."""
    scope = structs.replace(givens.scope((errand.domain,), looking), search="all")
    if not scope.inventory.sender_for(errand.domain):
        where = looking.inventory or "no --inventory"
        raise ConfigError(f"{where}: who sends the canary? Name a sender under [operator] or [[domain]]")
    gate = givens.gate(
        scope,
        looking,
        givens.memory(looking),
        recipients=frozenset({errand.recipient}),
        mailbox_host=place.account.host if place.account else "",
    )
    courier = givens.courier(scope, looking, gate)
    mailbox = inbox.opened(place, gate, givens.certificates(looking))
    log = joined.load(errand.saved) if errand.saved else look(scope, looking, gate)
    if log.interrupted and not errand.saved:
        return Exit.INTERRUPTED
    _take_leave(errand.domain, scope, log, gate)
    flown = _fly(errand, scope, _doors(log, errand), gate, courier, mailbox)
    proven = frozenset(proven_doors(flown))
    if errand.output:
        write_text(errand.output, dump(flown), "result")
    click.echo(render(flown, proven), nl=False)
    return _exit(flown, proven)


def _one(word: str) -> str:
    names = targets.domains((word,))
    if len(names) != 1:
        raise WrongUsage(f"{len(names)} domains: canaries are for one domain at a time")
    return names[0]


def _take_leave(domain: str, scope: Scope, log: Log, gate: Gate) -> None:
    """The leave that the audit just proved; it was not needed until now if no recipient was tried."""
    leave = enquiry.conclude(enquire_leave(domain, scope), log.get, scope.time, scope.vantage)
    if isinstance(leave, Leave):
        gate.leaves[domain] = leave


def _doors(log: Log, errand: Errand) -> tuple[Door, ...]:
    if errand.domain not in log.scope.domains:
        raise InputError(f"{errand.saved}: a bundle of {', '.join(log.scope.domains)[:200]}, not of {errand.domain}")
    control = reached(log, log.scope.time)
    return build(errand.domain, log.get, log.scope, control, interrupted=log.interrupted).doors


def _fly(errand: Errand, scope: Scope, doors: tuple[Door, ...], gate: Gate, courier: Sends, mailbox: Mailbox) -> Run:
    """Send, wait, and conclude; Ctrl-C ends the wait and not the report."""
    leave = gate.leaves.get(errand.domain)
    text = _text(errand, scope, leave)
    try:
        prepared = prepare(doors, text, lambda: secrets.token_hex(_TOKEN_OCTETS), gtube=errand.gtube)
    except ValueError as error:
        raise ConfigError(f"the canary cannot be written: {error}") from None
    flight = Flight(time.time, tell=lambda line: click.echo(f"mxlatch: {line}", err=True))
    reader = Reader({each.token for each in prepared}, scope.inventory, scope.providers)
    try:
        asyncio.run(flight.run(prepared, courier, mailbox, reader, errand.wait))
    except KeyboardInterrupt:
        flight.interrupted = True
    except MailboxError as error:
        raise CannotRead(f"{error}; nothing was sent") from None
    if flight.trouble:
        click.echo(f"mxlatch: {flight.trouble}", err=True)
    return _concluded(flight, text, scope, left_out(doors))


def _text(errand: Errand, scope: Scope, leave: Leave | None) -> Text:
    operator = scope.inventory.operator
    return Text(
        domain=errand.domain,
        sender=scope.inventory.sender_for(errand.domain),
        recipient=errand.recipient,
        date=email.utils.formatdate(localtime=False),
        operator=operator.name,
        contact=operator.contact,
        leave="" if leave is None else leave.told,
    )


def _concluded(flight: Flight, text: Text, scope: Scope, skipped: tuple[tuple[str, str], ...]) -> Run:
    filters = {door_id(a, d.port) for d in scope.inventory.doors if d.role == "filter" for a in d.addresses}
    now = time.time()
    return Run(
        domain=text.domain,
        recipient=text.recipient,
        sender=text.sender,
        vantage=scope.vantage,
        leave=text.leave,
        time=now,
        waited=round(flight.waited, 1),
        interrupted=flight.interrupted,
        canaries=tuple(conclude(canary, flight.arrivals, filters, now) for canary in flight.canaries),
        skipped=skipped,
    )


def _exit(flown: Run, proven: frozenset[str]) -> Exit:
    if flown.interrupted:
        return Exit.INTERRUPTED
    if proven:
        return Exit.FINDINGS
    settled = flown.canaries and not unsettled(flown)
    return Exit.OK if settled else Exit.INCOMPLETE
