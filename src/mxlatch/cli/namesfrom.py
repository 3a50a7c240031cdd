"""Files that name hosts (`--names-from`): certificate logs, messages, mail logs, lists, earlier bundles.

What a file is, its beginning tells. Only names at or below the audited domains are kept.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import structs

from mxlatch.cli import joined
from mxlatch.cli.exits import WrongUsage
from mxlatch.cli.files import STANDARD, read_octets
from mxlatch.cli.options import Searching
from mxlatch.terms.errors import InputError, ProtocolError
from mxlatch.terms.names import BadName, domain_name, is_below
from mxlatch.wire import ct, peers, received
from mxlatch.world.remembered import remembered_in
from mxlatch.world.scope import Remembered, Scope, Search, SeenName

MOST_NAMES = 20_000  # kept of all files together: they stand in the head of every bundle
_MOST_MESSAGES = 10_000  # of one mbox
_BUNDLE = b'{"schema":"mxlatch.bundle/'
_MESSAGE = re.compile(
    rb"(?:From [^\n]*\n)?[!-9;-~]{1,80}:[ \t]"
)  # RFC 5322 section 2.2, or a line of an mbox before it
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)
_LOG = re.compile(rb"\b(?:relay|client)=|\bconnect from |\bH=")
_FROM_LINE = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_WHAT = "file of names"


def searched(scope: Scope, searching: Searching) -> Scope:
    """The scope with what the files name. Whoever gives files wants them looked through: they turn the search on.

    Raises:
        WrongUsage: files, and no search. InputError, CannotRead: a file cannot be used.
    """
    if searching.search is False and searching.names_from:
        raise WrongUsage("--names-from names hosts to search for, and --no-search forbids it: leave one of them out")
    seen: set[SeenName] = set()
    remembered: list[Remembered] = []
    for path in searching.names_from:
        if _is_bundle(path):
            log = joined.load(path)
            remembered += [each for domain in scope.domains for each in remembered_in(log, domain, path)]
        else:
            hosts = _hosts(read_octets(path, _WHAT), path)
            seen.update(SeenName(*host, path) for host in hosts if _is_wanted(host[0], scope.domains))
    if len(seen) > MOST_NAMES:
        click.echo(f"mxlatch: only {MOST_NAMES} of {len(seen)} names in files are kept", err=True)
    return structs.replace(
        scope,
        search=_extent(searching),
        remembered=tuple(remembered),
        seen_names=tuple(sorted(seen)[:MOST_NAMES]),
    )


def _extent(searching: Searching) -> Search:
    """For which domains: those of the inventory, unless more or less is asked for."""
    if searching.search or searching.names_from:
        return "all"
    return "listed" if searching.search is None else "none"


def _is_wanted(name: str, domains: tuple[str, ...]) -> bool:
    return any(is_below(name, domain) for domain in domains)


def _is_bundle(path: str) -> bool:
    if path == STANDARD or not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return file.read(len(_BUNDLE)) == _BUNDLE


def _hosts(octets: bytes, path: str) -> Iterator[tuple[str, str]]:
    """(name, address or "") of every host in a file."""
    start = octets.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"[", b"{"):
        return _in_certificates(start, path)
    if _MESSAGE.match(start) and _RECEIVED.search(start, 0, received.LARGEST_HEADER):
        return _in_messages(start)
    if _LOG.search(start):
        return iter(peers.hosts(start.splitlines()))
    return _in_list(start, path)


def _in_certificates(octets: bytes, path: str) -> Iterator[tuple[str, str]]:
    try:
        yield from ((name, "") for name in ct.names(octets))
    except ProtocolError as error:
        raise InputError(f"{path}: {error}: give the JSON of crt.sh, or a list, one name a line") from None


def _in_messages(octets: bytes) -> Iterator[tuple[str, str]]:
    """Who wrote each Received, and whom it had it from. What the sender of the message forged is looked up in vain."""
    for message in _FROM_LINE.split(octets, _MOST_MESSAGES):
        for hop in received.chain(message):
            for name, address in ((hop.by, ""), (hop.name, hop.address), (hop.helo, hop.address)):
                if _is_name(name):
                    yield domain_name(name), address


def _is_name(text: str) -> bool:
    try:
        return bool(domain_name(text))
    except BadName:
        return False


def _in_list(octets: bytes, path: str) -> Iterator[tuple[str, str]]:
    for number, raw in enumerate(octets.decode("utf-8", "replace").splitlines(), 1):
        entry = raw.partition("#")[0].strip()
        if entry and not entry.startswith("*."):  # a wildcard names no host
            try:
                yield domain_name(entry), ""
            except BadName as fault:
                raise InputError(f"{path}:{number}: {fault}") from None
