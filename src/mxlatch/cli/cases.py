"""`mxlatch cases`: for each door that nobody authorised, whose it is, what was done about it, and the letters."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

import click
import msgspec
from msgspec import Struct, structs

from mxlatch.audit.collect import collect
from mxlatch.audit.log import Log
from mxlatch.audit.result import Audit
from mxlatch.audit.verdict import judge
from mxlatch.cases import letter
from mxlatch.cases.case import Answering, Case, Refused, State, begin, found_again, observe, take
from mxlatch.cases.sighting import Sighting, of_door, of_place, strays, unsettled
from mxlatch.cases.store import Store, Unavailable
from mxlatch.cli import casebook, givens, joined, options, places, scanned
from mxlatch.cli.exits import CannotWrite, Exit, WrongUsage
from mxlatch.cli.files import STANDARD, check_writable, read_text, write_text
from mxlatch.cli.settings import Configured
from mxlatch.data import address_registries
from mxlatch.report.as_json import SEVERAL
from mxlatch.report.escape import encodable, json_text
from mxlatch.terms.door import Door, DoorState, WayIn, door_id
from mxlatch.terms.errors import InputError
from mxlatch.terms.names import BadName, domain_name
from mxlatch.terms.scan import Scan
from mxlatch.world.enquiry import conclude
from mxlatch.world.owner import Owner, owner_enquiry
from mxlatch.world.scope import Scope

_STATES = {
    "contacted": State.CONTACTED,
    "agreed": State.AGREED,
    "escalated": State.ESCALATED,
    "closed": State.CLOSED,
}

_PORTS = 65536

_number = click.argument("number", metavar="ID", type=click.IntRange(min=1))
_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")
_audit = click.argument("audit", metavar="AUDIT", required=False)
_bundle = click.option("--bundle", metavar="BUNDLE", help="A bundle of `audit --save`, in place of an audit's JSON.")


class _Seen(Struct, frozen=True):
    """What the file that was given holds: audits, or a scan."""

    audits: tuple[Audit, ...] = ()
    scans: tuple[Scan, ...] = ()

    def unsettled(self) -> tuple[Sighting, ...]:
        """The doors that somebody must be asked about."""
        return (*unsettled(self.audits), *(each for scan in self.scans for each in strays(scan)))

    def of(self, case: Case) -> tuple[Sighting, ...]:
        """What it says of a case's door."""
        places = (of_place(scan, case.address, case.port) for scan in self.scans)
        return (*of_door(self.audits, case.door, case.domains), *(place for place in places if place is not None))


class _Several(Struct):
    audits: list[Audit]


class _Any(Struct):
    schema: str


@click.group("cases", invoke_without_command=True)
@click.option("--all", "every", is_flag=True, help="Closed cases too.")
@_json
@click.pass_context
def command(context: click.Context, every: bool, as_json: bool) -> None:
    """List the open cases: doors that answer and that nobody authorised, and how far each is.

    A case begins with `mxlatch cases open AUDIT`. It is found, contacted, transition agreed, escalated, closed.
    """
    if context.invoked_subcommand is not None:
        return
    with _told():
        cases = [case for case in _store().all() if every or case.state is not State.CLOSED]
    if as_json:
        click.echo(json_text(casebook.several(cases)))
    elif cases:
        _print(casebook.listing(cases, casebook.style()))
    else:
        click.echo("no case" if every else "no open case: mxlatch cases open AUDIT begins one")


@command.command("open")
@_audit
@_bundle
@_json
def open_command(audit: str | None, bundle: str | None, as_json: bool) -> None:
    """Open a case for each door of AUDIT that nobody authorised: rogue, retired, unlisted or stray.

    AUDIT is a file of `mxlatch audit --json -o` or of `mxlatch scan -o FILE.json`. A door that has a case already keeps
    it.
    """
    store, how = _store(), casebook.style()
    kept: dict[int, tuple[Case, bool]] = {}
    with _told():
        for seen in _seen(audit, bundle).unsettled():
            case, new = store.keep(
                seen.door,
                lambda number, seen=seen: begin(number, seen),  # type: ignore[misc]
                lambda case, seen=seen: found_again(case, seen),  # type: ignore[misc]
            )
            kept[case.id] = case, new or kept.get(case.id, (case, False))[1]
    if as_json:
        click.echo(json_text(casebook.several([case for case, _ in kept.values()])))
    else:
        _print([casebook.opened(case, new, how) for case, new in kept.values()] or [_none()])


@command.command("check")
@_audit
@_bundle
@_json
def check_command(audit: str | None, bundle: str | None, as_json: bool) -> Exit:
    """Look in a newer AUDIT, or scan, whether the doors of the open cases still answer.

    Ends with 1 if one does, with 3 if that is unknown of one.
    """
    seen, store = _seen(audit, bundle), _store()
    with _told():
        known = [case for case in store.all() if case.state is not State.CLOSED]
        cases = [case for each in known if (case := store.change(each.id, _observing(seen)))]
    if as_json:
        click.echo(json_text(casebook.several(cases)))
    else:
        _print(casebook.checked(cases, casebook.style()))
    words = {case.answering[0] for case in cases}
    if Answering.YES in words:
        return Exit.FINDINGS
    return Exit.INCOMPLETE if Answering.UNKNOWN in words else Exit.OK


@command.command("show")
@_number
@_json
def show_command(number: int, as_json: bool) -> None:
    """Show case ID: its steps, its evidence, its owner."""
    with _told():
        case = _there(_store().get(number), number)
    _show(case, as_json)


@command.command("step")
@_number
@click.argument("state", metavar="STATE", type=click.Choice(list(_STATES)))
@click.option("--note", metavar="TEXT", default="", help="What was said, and by whom.")
@click.option(
    "--date",
    "on",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="When it was done, as 2026-11-22. [default: today, UTC]",
)
@click.option("--reason", metavar="TEXT", default="", help="Why it may be closed, its door not seen shut.")
@_json
def step_command(number: int, state: str, note: str, on: datetime | None, reason: str, as_json: bool) -> None:
    """Write down what was done about case ID: contacted, agreed (a transition), escalated or closed.

    A case whose door still answers, by the newest audit given, is closed only with --reason.
    """
    if reason and state != "closed":
        raise click.UsageError("--reason is for closed: say it in --note")
    day = on.date() if on else None
    with _told():
        case = _store().change(
            number, lambda case: take(case, _STATES[state], _today(), on=day, note=_typed(note), reason=_typed(reason))
        )
    _show(_there(case, number), as_json)


@command.command("owner", cls=Configured)
@_number
@options.looking
@_json
def owner_command(number: int, looking: options.Looking, as_json: bool) -> None:
    """Ask whose the door of case ID is, and keep the answers.

    Asks the resolver for the reverse name and the zones, and the registries (RDAP) for the holders of the address and
    of the domains. The door itself is not contacted.
    """
    store = _store()
    with _told():
        case = _there(store.get(number), number)
        owner = _ask_owner(case, givens.scope(case.domains, looking), looking)
        changed = store.change(number, lambda case: structs.replace(case, owner=owner))
    _show(_there(changed, number), as_json)


@command.command("letter")
@_number
@click.option("--escalation", is_flag=True, help="The letter to whoever can close the door.")
@click.option("--templates", metavar="DIR", help="Take owner.txt and escalation.txt from there.")
@click.option("--output", "-o", metavar="FILE", help="Write the draft there, not to the terminal.")
def letter_command(number: int, escalation: bool, templates: str | None, output: str | None) -> None:
    """Draft the letter to the owner of the door of case ID, with the evidence. Nothing is sent."""
    if output is not None and output != STANDARD:
        check_writable(output, "letter")
    name = letter.ESCALATION if escalation else letter.OWNER
    text, path = _template(name, templates)
    with _told():
        case = _there(_store().get(number), number)
    draft = letter.compose(text, path, casebook.safe(case, casebook.style()), _today())
    if output is None or output == STANDARD:
        click.echo(draft, nl=not draft.endswith("\n"))
    else:
        write_text(output, draft, "letter")


def _store() -> Store:
    return Store(places.cases())


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the cases' room refuses, as this room's failures."""
    try:
        yield
    except Refused as refusal:
        raise WrongUsage(str(refusal)) from None
    except Unavailable as trouble:
        raise CannotWrite(str(trouble)) from None


def _there(case: Case | None, number: int) -> Case:
    if case is None:
        raise WrongUsage(f"there is no case {number}: mxlatch cases --all lists them")
    return case


def _seen(audit: str | None, bundle: str | None) -> _Seen:
    """The audits or the scan of a JSON file, or the audits of a bundle judged again."""
    if (audit is None) == (bundle is None):
        raise click.UsageError("give the JSON file of an audit or a scan, or --bundle BUNDLE")
    path = audit if audit is not None else bundle or ""
    seen = _judged(path) if bundle is not None else _read(path)
    for time in (*(each.time for each in seen.audits), *(_moment(each.time) for each in seen.scans)):
        # The newest decides: one from the future would decide for ever.
        if time[:10] > (_today() + timedelta(days=1)).isoformat():
            raise InputError(f"{path}: it is of {time}, and today is {_today()}: is a clock wrong?")
    return seen


def _judged(path: str) -> _Seen:
    log = joined.load(path)
    return _Seen(tuple(judge(log, domain) for domain in log.scope.domains))


def _read(path: str) -> _Seen:
    text = read_text(path, "audit")
    if scanned.is_scan(text):
        return _Seen(scans=(scanned.parse(text, path),))
    return _Seen(tuple(read_audits(text, path)))


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def read_audits(text: str, path: str) -> list[Audit]:
    """The audits in a file of `mxlatch audit --json`.

    Raises:
        InputError: it is something else, or damaged.
    """
    remedy = "give a file that `mxlatch audit --json -o FILE` or `mxlatch scan -o FILE.json` wrote, or --bundle BUNDLE"
    try:
        if msgspec.json.decode(text, type=_Any).schema == SEVERAL:
            audits = msgspec.json.decode(text, type=_Several).audits
        else:
            audits = [msgspec.json.decode(text, type=Audit)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{path}: {error}: {remedy}") from None
    for audit in audits:
        _check(audit, path, remedy)
    return audits


def _check(audit: Audit, where: str, remedy: str) -> None:
    """What types cannot say and a case relies on."""
    try:
        datetime.strptime(audit.time, "%Y-%m-%dT%H:%M:%SZ")
        for door in audit.doors:
            if door.id != door_id(str(ip_address(door.address)), door.port) or not 0 < door.port < _PORTS:
                raise ValueError(f"{door.id[:80]!r} is no door")
        if domain_name(audit.domain) != audit.domain:
            raise ValueError(f"{audit.domain[:80]!r} is not as mxlatch writes names")
    except (ValueError, BadName) as error:
        raise InputError(f"{where}: {error}: {remedy}") from None


def _observing(seen: _Seen) -> Callable[[Case], Case]:
    return lambda case: observe(case, seen.of(case))


def _ask_owner(case: Case, scope: Scope, looking: options.Looking) -> Owner:
    ways = tuple(WayIn("mx", domain, 0, name) for domain in case.domains for name in case.names)
    door = Door(case.address, case.port, DoorState.OPEN, ways_in=ways)
    registries, log = address_registries(), Log(scope)
    asyncio.run(collect(log, givens.net(scope, looking), enquiries=[owner_enquiry(door, scope, registries)]))
    return conclude(owner_enquiry(door, scope, registries), log.get, scope.time, scope.vantage)


def _template(name: str, folder: str | None) -> tuple[str, str]:
    """A template's text, and what to call it in messages."""
    if folder is not None:
        path = str(Path(folder) / f"{name}.txt")
        return read_text(path, "template"), path
    shipped = files("mxlatch.data") / "letters" / f"{name}.txt"
    return shipped.read_text("utf-8"), f"{name}.txt"


def _typed(text: str) -> str:
    """What somebody typed; octets that were no UTF-8 are kept as escapes."""
    return encodable(text.strip())


def _show(case: Case, as_json: bool) -> None:
    if as_json:
        click.echo(json_text(casebook.one(case)))
    else:
        _print(casebook.story(case, casebook.style()))


def _none() -> str:
    return "no door that nobody authorised: no case opened (the inventory must list your doors)"


def _print(lines: list[str]) -> None:
    click.echo("\n".join(lines), file=sys.stdout)


def _today() -> date:
    return datetime.now(UTC).date()
