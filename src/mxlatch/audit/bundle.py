"""A saved run: its scope and every answer, one JSON object a line, to be judged again at any time and place.

DNS answers are kept as the octets that came and parsed again at each reading; SMTP sessions line by line. A bundle
comes from anywhere (a ticket, a stranger): it is bounded, and what is wrong with it is said with its line. One whose
last line broke off (a full disk, a copy that was cut) is an interrupted run without it.
"""

import builtins
import ipaddress
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from mxlatch.audit.log import Log
from mxlatch.inventory import nftables
from mxlatch.terms.errors import InputError, ProtocolError
from mxlatch.terms.names import domain_name
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, Question, SmtpQuestion
from mxlatch.terms.smtp import Session
from mxlatch.wire.dns import read
from mxlatch.world.scope import Scope

SCHEMA = "mxlatch.bundle/1"
_LAST_SECOND = 253402300799.0  # 9999-12-31T23:59:59Z, the last that can be written (RFC 3339)
_LARGEST_BUNDLE = 1 << 30  # octets; ten thousand domains stay under it


# Until November 2026 the search was on or off for all domains. (Questions by HTTP did not say whether redirects are
# refused: the answers of then about MTA-STS policies are to another question, and a replay does not find them.)
_OLD_SEARCH = re.compile(rb'"search":(true|false)')


def _new_search(found: re.Match[bytes]) -> bytes:
    return b'"search":"all"' if found[1] == b"true" else b'"search":"none"'


class _Head(Struct, frozen=True):
    schema: str
    scope: Scope
    interrupted: bool = False


class _Line(Struct, frozen=True, omit_defaults=True):
    """An observation as saved. `status` and `session` stand only where `bytes` cannot give them."""

    question: Question
    time: float
    vantage: str
    source: str = ""
    status: str = ""
    reason: str = ""
    session: Session | None = None
    # The annotation of an assignment is read after it: plain `bytes` would already be b"".
    bytes: builtins.bytes = b""


def save(log: Log, path: Path) -> None:
    """Write a bundle, whole or not at all."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for line in _lines(log):
                file.write(line + b"\n")
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def load(path: Path) -> Log:
    """Read a bundle.

    Raises:
        InputError: not a bundle, or one of another version; names the file and the line.
        OSError: the file cannot be read.
    """
    if path.stat().st_size > _LARGEST_BUNDLE:
        raise InputError(f"{path}: over {_LARGEST_BUNDLE >> 20} MiB: split the run into several bundles")
    with path.open("rb") as file:
        return _read(file, str(path))


def _lines(log: Log) -> Iterator[bytes]:
    encode = msgspec.json.Encoder(order="deterministic").encode
    yield encode(_Head(SCHEMA, log.scope, log.interrupted))
    for observation in log:
        yield encode(_line(observation))


def _line(seen: Observation) -> _Line:
    parsed_from_bytes = isinstance(seen.question, DnsQuestion) and bool(seen.bytes)
    return _Line(
        question=seen.question,
        time=seen.time,
        vantage=seen.vantage,
        source=seen.source,
        status="" if parsed_from_bytes else seen.status,
        reason="" if parsed_from_bytes else seen.reason,
        session=seen.value if isinstance(seen.value, Session) else None,
        bytes=seen.bytes,
    )


def _read(lines: Iterable[bytes], path: str) -> Log:
    numbered = enumerate(lines, start=1)
    try:
        _, first = next(numbered, (1, b""))
        head = msgspec.json.decode(_OLD_SEARCH.sub(_new_search, first), type=_Head)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"{path}:1: not an mxlatch bundle ({error}): give a file made with --save") from error
    if head.schema != SCHEMA:
        raise InputError(
            f"{path}:1: schema {head.schema!r}, this mxlatch reads {SCHEMA!r}: use the version it came from"
        )
    try:
        _check(head.scope)
    except (ValueError, InputError) as error:
        raise InputError(f"{path}:1: {error}: the bundle is damaged; take a new one") from error
    log = Log(head.scope, interrupted=head.interrupted)
    decode = msgspec.json.Decoder(_Line).decode
    for number, line in numbered:
        try:
            log.add(_observation(decode(line)))
        except (msgspec.MsgspecError, RecursionError, ProtocolError, ValueError) as error:
            if not line.endswith(b"\n"):  # only the last one can be without
                log.interrupted, log.torn = True, number
                break
            raise InputError(f"{path}:{number}: {error}: the bundle is damaged from here on; take a new one") from error
    return log


def _check(scope: Scope) -> None:
    """What types cannot say and the core relies on. Raises ValueError or InputError."""
    _check_time(scope.time)
    for domain in scope.domains:
        if domain_name(domain) != domain:
            raise ValueError(f"{domain!r} is not as mxlatch writes names")
    inventory = scope.inventory
    addresses = [address for door in inventory.doors for address in door.addresses]
    addresses += [address for address, _ in scope.resolvers] + [address for _, address in scope.root_hints]
    addresses += [address for vantage in inventory.vantages for address in vantage.controls]
    given = [(r.name, r.address) for r in scope.remembered] + [(s.name, s.address) for s in scope.seen_names]
    addresses += [address for _, address in given if address] + [each.address for each in scope.scanned]
    for address in addresses:
        ipaddress.ip_address(address)
    for name, _ in given:
        if domain_name(name) != name:
            raise ValueError(f"{name!r} is not as mxlatch writes names")
    for when in (*(each.when for each in scope.remembered), *(each.when for each in scope.scanned)):
        _check_time(when)
    networks = [block.cidr for block in inventory.blocks]
    networks += [rule.to for firewall in inventory.firewalls for rule in firewall.rules]
    networks += [network for vantage in inventory.vantages for network in vantage.networks]
    for network in networks:
        ipaddress.ip_network(network)
    for ruleset in (firewall.ruleset for firewall in inventory.firewalls if firewall.ruleset):
        nftables.parse(ruleset)


def _check_time(seconds: float) -> None:
    if not 0 <= seconds <= _LAST_SECOND:
        raise ValueError(f"{seconds!r} is no time")


def _observation(line: _Line) -> Observation:
    question = line.question
    _check_time(line.time)
    if isinstance(question, SmtpQuestion):
        ipaddress.ip_address(question.address)
    if isinstance(question, DnsQuestion) and line.bytes and not line.status:
        status, reply, reason = read(line.bytes, question)
        return Observation(question, status, reply, line.time, line.vantage, line.source, reason, line.bytes)
    return Observation(
        question, line.status, line.session, line.time, line.vantage, line.source, line.reason, line.bytes
    )
