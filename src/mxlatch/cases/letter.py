"""Drafts of the letter to a door's owner, and of the escalation: a template with the case's facts put in.

A template is text with placeholders ($door or ${door}, and $$ for a dollar): it holds no code, and what is put in is
not looked at again. The case must have been made safe to show before it comes here.
"""

import ipaddress
import re
import string
import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from msgspec import structs

from mxlatch.cases.case import Case, State
from mxlatch.terms.errors import InputError
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.standing import Standing
from mxlatch.terms.wording import listed

OWNER, ESCALATION = "owner", "escalation"
_MOST_CONTACTS = 6  # on a line of addresses
_NOBODY = "(nobody known: mxlatch cases owner asks)"
_OUR_MAIL = "our domains"  # a scan finds a door without knowing whose mail it takes
_ASKED_BY = frozenset({"udp", "tcp", "http", "https"})
_WIDTH = 76  # columns of a sentence; the templates' own lines have as many
_OURS = "our own records"  # instead of a file's name, which is nobody else's business
_RISK = {
    Standing.ROGUE: "Mail that comes in there does not pass our filter.",
    Standing.RETIRED: "Mail that comes in there does not pass our filter.",
    Standing.UNLISTED: "Whether it takes mail for us was not tried. If it does, that mail may not pass our filter.",
    Standing.STRAY: "It refused mail for us when we tried. If that changes, mail there may not pass our filter.",
}
_WHAT = {
    Standing.ROGUE: "answers and takes mail for {domains}, and nobody has authorised it to",
    Standing.UNLISTED: "answers to mail connections, and is not on the list of the mail servers of {domains}",
    Standing.STRAY: "answers and refuses mail for {domains}, and nobody has authorised it",
    Standing.RETIRED: "is no longer authorised for mail of {domains}, and still answers",
}


class _Letter(string.Template):
    flags = re.ASCII  # a placeholder's letters are plain
    idpattern = "[a-z][a-z_]*"


def placeholders(case: Case, today: date) -> dict[str, str]:
    """What a template may name, with what stands for it."""
    domains = listed(case.domains, last="and") or _OUR_MAIL
    names = [name for name in case.names if name != case.address]
    who = f"{listed(names, 3)} ({case.door})" if names else case.door
    contacts = case.owner.contacts if case.owner else ()
    facts = case.owner.facts if case.owner else ()
    first = case.steps[0]
    return {
        "case": str(case.id),
        "door": case.door,
        "server": who,
        "domains": domains,
        "standing": case.standing,
        "what": _WHAT.get(case.standing, "is not authorised for mail of {domains}").format(domains=domains),
        "why": case.why,
        "risk": textwrap.fill(_RISK.get(case.standing, _RISK[Standing.UNLISTED]), _WIDTH),
        "found": first.date,
        "today": today.isoformat(),
        "state": case.state,
        "answering": case.answering[1],
        "contacts": ", ".join(contacts[:_MOST_CONTACTS]) or _NOBODY,
        "evidence": "\n".join(_lines(case.evidence)) or "  (none)",
        "owner": "\n".join(_lines(facts)) or f"  {_NOBODY}",
        "history": "\n".join(_history(case)),
        "contacted": listed([step.date for step in case.steps if step.state is State.CONTACTED], 10) or "never",
    }


def compose(template: str, path: str, case: Case, today: date) -> str:
    """The draft.

    Raises:
        InputError: the template names something that there is not; says the line, and what there is.
    """
    values = placeholders(case, today)
    for line, name in _named(template, path):
        if name not in values:
            raise InputError(f"{path}:{line}: there is no ${name}: write {listed([f'${v}' for v in values], 99, 'or')}")
    return _Letter(template).substitute(values)


def said_by(evidence: Evidence) -> str:
    """Who said it, and when: "192.0.2.53:53/udp, 2026-11-22 13:32:53 UTC"."""
    return ", ".join(filter(None, (evidence.source, _moment(evidence.time))))


def _public(source: str) -> str:
    """Who said it, as an outsider may read it: a server ("192.0.2.53:53/udp"), or we; no file of ours."""
    return source if not source or _is_server(source) else _OURS


def _is_server(source: str) -> bool:
    """A file may be called "beef" or "feed/scan": what counts is that it is an address, and how it was asked."""
    where, slash, how = source.partition("/")
    host, _, port = where.rpartition(":")
    bare = _is_address(where) or (port.isdecimal() and _is_address(host.removeprefix("[").removesuffix("]")))
    return bare and (not slash or how in _ASKED_BY)


def _is_address(text: str) -> bool:
    try:
        return "%" not in text and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _moment(seconds: float | None) -> str:
    try:
        return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # an audit's JSON may hold any number
        return ""


def _named(template: str, path: str) -> Iterator[tuple[int, str]]:
    for found in _Letter.pattern.finditer(template):
        line = template.count("\n", 0, found.start()) + 1
        if found["invalid"] is not None:
            raise InputError(f"{path}:{line}: a $ that names nothing: write $$ for a dollar")
        if name := found["named"] or found["braced"]:
            yield line, name


def _lines(evidence: Iterable[Evidence]) -> Iterator[str]:
    for each in evidence:
        yield f"  - {each.text}"
        if said := said_by(structs.replace(each, source=_public(each.source))):
            yield f"    said by {said}"
        if each.command:
            yield f"    to see it: {each.command}"


def _history(case: Case) -> Iterator[str]:
    for step in case.steps:
        told = "; ".join(filter(None, (step.note, f"reason: {step.reason}" if step.reason else "")))
        yield f"  {step.date}  {step.state}{f': {told}' if told else ''}"
