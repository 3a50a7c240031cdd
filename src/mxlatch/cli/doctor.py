"""`mxlatch doctor`: can this machine see what an audit must see, and is anybody in between?

Every question goes through the gate like an audit's. Bounded to some seconds, and each check ends in ok, bad or
unknown: on a machine without network too.
"""

import asyncio
import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from msgspec import structs

from mxlatch.cli import diagnosis, givens, key, options, places, telling
from mxlatch.cli.diagnosis import BAD, NOBODY, OK, UNKNOWN, Check
from mxlatch.cli.exits import Exit
from mxlatch.cli.options import Looking
from mxlatch.cli.settings import Configured
from mxlatch.inventory.model import SMTP_PORT, Block, Door
from mxlatch.net.dns import Limits
from mxlatch.net.scope import parse_address
from mxlatch.net.smtp import Patience
from mxlatch.report import Ink, Style
from mxlatch.report.escape import json_text
from mxlatch.report.layout import paragraph
from mxlatch.terms.observation import NOT_YET, Observation
from mxlatch.terms.question import DnsQuestion, Question, SmtpQuestion
from mxlatch.world.scope import Scope

SCHEMA = "mxlatch.doctor/1"
# A whole run, whatever hangs: somebody waits for it at a terminal.
_SECONDS = 12.0
_LIMITS = Limits(tries=(1.0, 2.0), tcp_seconds=3.0)
_PATIENCE = Patience(connect=4.0, banner=6.0, reply=6.0, session=10.0)
_MOST_CONTROLS = 8
_MOST_ROOTS = 3  # of one address family: one may be down
_SHIPPED = 1_760_000_000.0  # 2025-10-09: before the first version, and after what a dead clock battery shows
_INKS = {OK: Ink.GOOD, BAD: Ink.BAD, UNKNOWN: Ink.DOUBT}
_MARGIN = " " * 9  # beside which the states stand
_TIME_ERROR, _TIMEX_OCTETS = 5, 512  # adjtimex(2): the clock is not kept; more than struct timex has anywhere


@click.command("doctor", cls=Configured)
@click.option(
    "--control",
    "controls",
    metavar="ADDRESS",
    multiple=True,
    help="A mail server that answers strangers, to see whether port 25 goes out; again for more.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@options.looking
@click.pass_context
def command(
    context: click.Context, /, controls: tuple[str, ...], as_json: bool, looking: Looking, color: str, ascii: bool
) -> Exit:
    """Check whether this machine can see what an audit must see: port 25, name servers, an honest resolver, the clock.

    Asks root servers and your resolver, tries one address that is nobody's (192.0.2.1, port 25), and the servers given
    by --control or named as doors in the inventory.
    """
    checks = run(controls, looking)
    click.echo(_json(checks) if as_json else _text(checks, telling.style(color, ascii, sys.stdout)))
    states = {check.state for check in checks}
    return Exit.FINDINGS if BAD in states else Exit.INCOMPLETE if UNKNOWN in states else Exit.OK


command.params.extend(option for option in options.every_setting() if option.name in ("color", "ascii"))


def run(controls: tuple[str, ...], looking: Looking) -> list[Check]:
    """All checks, in the order in which they matter."""
    scope = _scope(controls, looking)
    seen = _ask(_questions(scope), scope, looking)
    declared = bool(scope.inventory.operator.ehlo)
    return [
        *_of_dns(scope, seen),
        diagnosis.reaches([seen[q] for q in _doors(scope)]),
        diagnosis.intercepted(seen[_knock(NOBODY)]),
        diagnosis.clock(_clock_is_kept(), time.time(), _SHIPPED),
        diagnosis.ehlo(givens.ehlo_name(scope.inventory), declared),
        *_of_files(),
    ]


def _scope(controls: tuple[str, ...], looking: Looking) -> Scope:
    """An audit's scope without a domain, in which nobody's address and the controls may be asked."""
    scope = givens.scope((), looking)
    addresses = tuple(c for c in controls if parse_address(c) is not None)
    inventory = structs.replace(
        scope.inventory,
        blocks=(*scope.inventory.blocks, Block(f"{NOBODY}/32")),
        doors=(*(Door(addresses=(a,)) for a in addresses), *scope.inventory.doors),
    )
    unusable = [c for c in controls if c not in addresses]
    if unusable:
        raise click.UsageError(f"--control {unusable[0]}: give the server's address (dig +short {unusable[0]} A)")
    return structs.replace(scope, inventory=inventory)


def _made_up(resolver: tuple[str, int], scope: Scope) -> DnsQuestion:
    # Below com, where those who rewrite do it; RFC 6761's "invalid" many of them leave alone.
    return DnsQuestion(resolver[0], f"www.{scope.nonce}.com", "A", recursion=True, port=resolver[1])


def _real(resolver: tuple[str, int]) -> DnsQuestion:
    return DnsQuestion(resolver[0], ".", "NS", recursion=True, port=resolver[1])


def _roots(scope: Scope, family: str) -> list[DnsQuestion]:
    addresses = [a for _, a in scope.root_hints if (":" in a) == (family == "IPv6")]
    return [DnsQuestion(address, ".", "SOA") for address in addresses[:_MOST_ROOTS]]


def _knock(address: str) -> SmtpQuestion:
    return SmtpQuestion(address, SMTP_PORT, "")


def _doors(scope: Scope) -> list[SmtpQuestion]:
    named = [a for door in scope.inventory.doors if door.port == SMTP_PORT for a in door.addresses]
    return [_knock(address) for address in dict.fromkeys(named)][:_MOST_CONTROLS]


def _questions(scope: Scope) -> list[Question]:
    resolvers = [q for r in scope.resolvers for q in (_made_up(r, scope), _real(r))]
    roots = [q for family in ("IPv4", "IPv6") for q in _roots(scope, family)]
    return [*resolvers, *roots, _knock(NOBODY), *_doors(scope)]


def _ask(questions: Sequence[Question], scope: Scope, looking: Looking) -> dict[Question, Observation]:
    """An answer to every question, "not yet" where time was up."""
    seen: dict[Question, Observation] = {}

    def keep(observation: Observation) -> None:
        seen[observation.question] = observation

    async def ask() -> None:
        net = givens.net(scope, looking, limits=_LIMITS, patience=_PATIENCE)
        async with asyncio.timeout(_SECONDS):
            await net.ask(questions, keep)

    with contextlib.suppress(TimeoutError):
        asyncio.run(ask())
    late = f"no answer within {_SECONDS:.0f} s"
    return {q: seen.get(q) or Observation(q, NOT_YET, None, time.time(), scope.vantage, reason=late) for q in questions}


def _of_dns(scope: Scope, seen: dict[Question, Observation]) -> list[Check]:
    found = [diagnosis.honest(r[0], seen[_made_up(r, scope)], seen[_real(r)]) for r in scope.resolvers]
    if not found:
        found = [Check("resolver", UNKNOWN, f"none in {givens.RESOLV_CONF}", "name one with --resolver")]
    return [*found, *(diagnosis.direct(f, [seen[q] for q in _roots(scope, f)]) for f in ("IPv4", "IPv6"))]


def _clock_is_kept() -> bool | None:
    """The kernel's word (adjtimex(2)); None where it has none."""
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_OCTETS)))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR


def _of_files() -> list[Check]:
    return [_state_folder(places.state_dir()), _key_file(key.path())]


def _state_folder(folder: Path) -> Check:
    """Can we remember what providers said? The nearest folder that exists decides."""
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    if os.access(there, os.W_OK):
        return Check("memory", OK, f"{folder} can be written")
    remedy = "let this user write there, or set XDG_STATE_HOME: without it providers are asked again at every run"
    return Check("memory", BAD, f"{there} cannot be written", remedy)


def _key_file(where: Path) -> Check:
    """A key that others can read is not the operator's alone."""
    try:
        mode = where.stat().st_mode
    except OSError:
        remedy = "needed only for leave by TXT record: `mxlatch config key DOMAIN` makes it"
        return Check("operator's key", OK, f"none yet; {remedy}")
    if mode & 0o077:
        return Check("operator's key", BAD, f"{where} can be read by others", f"chmod 600 {where}")
    return Check("operator's key", OK, str(where))


def _json(checks: list[Check]) -> str:
    whole = {"schema": SCHEMA, "checks": checks}
    return json_text(whole)


def _text(checks: list[Check], style: Style) -> str:
    return "\n".join(line for check in checks for line in _lines(check, style))


def _lines(check: Check, style: Style) -> Iterator[str]:
    first, *rest = paragraph(style.safe(f"{check.name}: {check.found}"), style.room, _MARGIN)
    yield style.paint(f"{check.state:<{len(_MARGIN)}}", _INKS[check.state]) + first.removeprefix(_MARGIN)
    yield from rest
    if check.remedy:
        yield from paragraph(style.safe(check.remedy), style.room, f"{_MARGIN}-> ")
