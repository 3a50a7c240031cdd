"""Reads an inventory (TOML) and says every fault at once, with path, line and remedy.

`tomllib` gives values without lines, so the lines come from a scan of the same text for table headers and keys. A key
inside an inline table has the line of the key that the inline table belongs to.
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from mxlatch.inventory import hops
from mxlatch.inventory.lines import Path, line_of, scan
from mxlatch.inventory.model import (
    ANY,
    HANDS_ON,
    HOOKS,
    INTERNET,
    MX,
    ROLES,
    SMTP_PORT,
    Block,
    Domain,
    Door,
    Firewall,
    Inventory,
    Operator,
    Policy,
    Role,
    Rule,
    Vantage,
)
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch
from mxlatch.terms.names import domain_name

_LARGEST_PORT = 65535
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST_ENTRIES = 100_000  # of one kind; a provider's domains fit, a mistaken file does not fill the memory

T = TypeVar("T")


def parse(text: str, path: str) -> Inventory:
    """Parse an inventory.

    Raises:
        InputError: one line for each fault: `path:line: what is wrong: what to write instead`.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    reader = _Reader(path, scan(text))
    inventory = _inventory(_Table(reader, tree, ()), path)
    reader.raise_faults()
    return inventory


class _Reader:
    """Collects the faults of one file."""

    def __init__(self, path: str, lines: dict[Path, int]) -> None:
        self._path, self._lines = path, lines
        self._faults: list[tuple[int, str]] = []

    def fault(self, where: Path, text: str) -> None:
        self._faults.append((self.line(where), text))

    def line(self, where: Path) -> int:
        return line_of(where, self._lines)

    def raise_faults(self) -> None:
        if self._faults:
            raise InputError("\n".join(f"{self._path}:{line}: {text}" for line, text in sorted(self._faults)))


class _Table:
    """One table of the file; each `take` checks one key, and `done` refuses what nobody took."""

    def __init__(self, reader: _Reader, values: dict[str, Any], where: Path) -> None:
        self.reader, self._values, self._where = reader, values, where
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def line(self) -> int:
        return self.reader.line(self._where)

    def take(self, key: str, parse: Callable[[Any], T], default: T) -> T:
        """The parsed value, or the default where the key is missing or (a fault then) wrong."""
        self._known.append(key)
        if key not in self._values:
            return default
        try:
            return parse(self._values[key])
        except InputError as error:
            self.fault(key, f"{key}: {error}")
            return default

    def take_all(self, key: str, parse: Callable[[Any], tuple[T, ...]]) -> tuple[T, ...]:
        """The parsed values, none where the key is missing or wrong."""
        return self.take(key, parse, ())

    def need(self, key: str, parse: Callable[[Any], T], default: T, example: str) -> T:
        """As `take`, but the key must stand there."""
        if key not in self._values:
            self.reader.fault(self._where, f"{key} is missing: add {key} = {example}")
        return self.take(key, parse, default)

    def tables(self, key: str, build: Callable[["_Table"], T]) -> tuple[T, ...]:
        """The entries of an array of tables, [[key]]; a single table counts as one entry."""
        none: list[dict[str, Any]] = []
        entries = self.take(key, _entries, none)
        found: list[T] = []
        for index, entry in enumerate(entries):
            table = _Table(self.reader, entry, (*self._where, key, index))
            found.append(build(table))
            table.done()
        return tuple(found)

    def table(self, key: str, build: Callable[["_Table"], T], default: T) -> T:
        """One sub-table, [key]."""
        values = self.take(key, _one_table, None)
        if values is None:
            return default
        table = _Table(self.reader, values, (*self._where, key))
        found = build(table)
        table.done()
        return found

    def pairs(self, key: str, parse: Callable[[str, Any], T]) -> tuple[T, ...]:
        """The entries of a sub-table whose keys are part of what is said."""
        found: list[T] = []
        for name, value in (self.take(key, _one_table, None) or {}).items():
            try:
                found.append(parse(name, value))
            except InputError as error:
                self.reader.fault((*self._where, key, name), f"{key}.{name}: {error}")
        return tuple(found)

    def fault(self, key: str, text: str) -> None:
        self.reader.fault((*self._where, key), text)

    def done(self) -> None:
        for key in self._values:
            if key not in self._known:
                self.fault(key, f"unknown key {key!r}{_meant(key, self._known)}")


def _inventory(top: _Table, path: str) -> Inventory:
    inventory = Inventory(
        domains=top.tables("domain", _domain),
        blocks=top.tables("block", _block),
        doors=top.tables("door", _door),
        firewalls=top.tables("firewall", _firewall),
        vantages=top.tables("vantage", _vantage),
        operator=top.table("operator", _operator, Operator()),
        path=path,
        policies=top.tables("policy", _policy),
    )
    top.done()
    _cross_check(top, inventory)
    return inventory


def _operator(table: _Table) -> Operator:
    return Operator(
        name=table.take("name", _text, ""),
        ehlo=table.take("ehlo", _name, ""),
        contact=table.take("contact", _text, ""),
        sender=table.take("sender", _mailbox, ""),
    )


def _domain(table: _Table) -> Domain:
    return Domain(
        name=table.need("name", _name, "", '"example.com"'),
        mail=table.take("mail", _yes_or_no, True),
        recipient=table.take("recipient", _mailbox, None),
        sender=table.take("sender", _mailbox, ""),
        subdomains=table.take("subdomains", _list(_name), ()),
        name_servers=table.take("name_servers", _list(_name), ()),
        baseline=table.take("baseline", _list(_latch), None),
        next_hop=table.take("next_hop", _text, ""),
        mailbox=table.take("mailbox", _text, ""),
        line=table.line,
    )


def _block(table: _Table) -> Block:
    block = Block(
        cidr=table.need("cidr", _cidr, "255.255.255.255/32", '"198.51.100.0/24"'),
        authorised=table.take("authorised", _text, None),
        line=table.line,
        until=table.take("until", _day, None),
    )
    if block.until is not None and "authorised" not in table:
        table.fault("until", 'until: there is no reference that could end: add authorised = "…", or delete until')
    return block


def _door(table: _Table) -> Door:
    addresses = table.take_all("address", _one_or_more(_address)) + table.take_all("addresses", _list(_address))
    handed_on: bool | str = False
    door = Door(
        name=table.take("name", _name, ""),
        addresses=addresses,
        port=table.take("port", _port, SMTP_PORT),
        role=table.take("role", _role, "mailbox"),
        owner=table.take("owner", _text, ""),
        authorised=table.take("authorised", _yes_or_no, True),
        latches=dict(table.pairs("latches", _declared_latch)),
        next_hop=table.take("next_hop", _hop, ""),
        hands_on_client=table.take("hands_on_client", _hands_on, handed_on),
        waives=table.take("waives", _list(_latch), ()),
        public_names=table.take("public_names", _list(_name), ()),
        line=table.line,
        behind_nat=table.take("behind_nat", _yes_or_no, False),
        forwards=table.take("forwards", _list(_hop), ()),
        tells_delay=table.take("tells_delay", _yes_or_no, None),
        partners=table.take("partners", _list(_cidr), ()),
        spare=table.take("spare", _list(_address), ()),
        dear=table.take("dear", _list(_address), None),
    )
    if door.dear and not set(door.dear) < set(addresses):
        table.fault("dear", "dear: name some of the door's own addresses, not all of them")
    if not door.name and not door.addresses:
        table.fault("name", 'a door needs a name or an address: add name = "mx1.example.com" or addresses = ["…"]')
    return door


def _firewall(table: _Table) -> Firewall:
    return Firewall(
        name=table.take("name", _text, "") or f"#{table.line}",
        rules=table.tables("rule", _rule),
        line=table.line,
        nftables=table.take("nftables", _text, ""),
        hook=table.take("hook", _hook, ""),
    )


def _rule(table: _Table) -> Rule:
    every: int | None = SMTP_PORT
    return Rule(
        to=table.need("to", _cidr, "255.255.255.255/32", '"198.51.100.0/24"'),
        port=table.take("port", _port_or_any, every),
        allow=table.need("allow", _list(_source), (), '["203.0.113.7"], or [] for nobody'),
        line=table.line,
    )


def _policy(table: _Table) -> Policy:
    return Policy(
        passes=table.need("passes", _list(_latch), (), '["content", "recipient"]'),
        domains=table.take("domains", _list(_name), ()),
        source=table.take("from", _text, INTERNET),
        line=table.line,
    )


def _vantage(table: _Table) -> Vantage:
    return Vantage(
        name=table.need("name", _text, "", '"guest-wifi"'),
        what=table.take("what", _text, ""),
        networks=table.take("networks", _list(_cidr), ()),
        line=table.line,
        controls=table.take("controls", _list(_address), ()),
    )


def _cross_check(top: _Table, inventory: Inventory) -> None:
    """What only the whole entry or file can tell."""
    seen: set[str] = set()
    for index, domain in enumerate(inventory.domains):
        if domain.name and domain.name in seen:
            top.reader.fault(
                ("domain", index, "name"), f"domain {domain.name} stands twice: put all of it in one entry"
            )
        seen.add(domain.name)
        if domain.recipient is not None and (text := _bad_recipient(domain.recipient, domain.name)):
            top.reader.fault(("domain", index, "recipient"), f"recipient: {text}")
    vantages = [ANY, *(vantage.name for vantage in inventory.vantages)]
    for f, firewall in enumerate(inventory.firewalls):
        for r, rule in enumerate(firewall.rules):
            for name in rule.allow:
                if not _is_network(name) and name not in vantages:
                    text = f"allow: {name!r} is no address, CIDR or vantage{_meant(name, vantages)}"
                    top.reader.fault(("firewall", f, "rule", r, "allow"), text)

    sources = [INTERNET, *(vantage.name for vantage in inventory.vantages)]
    for p, policy in enumerate(inventory.policies):
        if policy.source not in sources:
            text = f"from: {policy.source!r} is no vantage{_meant(policy.source, sources)}: declare it as [[vantage]]"
            top.reader.fault(("policy", p, "from"), text)


def _bad_recipient(recipient: str, domain: str) -> str:
    """Why this recipient cannot be the control of the probes, "" if it can."""
    local, _, at = recipient.rpartition("@")
    if at != domain:
        return f"{recipient} is not at {domain}: name a valid recipient there"
    if local.lower() == "postmaster":
        return "postmaster is often exempt from checks and proves nothing: name another valid recipient"
    return ""


# --- values ---------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{_shown(value)} is no text: write it in double quotes")
    if not value.strip() or not value.isprintable():
        raise InputError(
            f"{_shown(value)} says nothing, or has a character that cannot be shown: write it, or leave it out"
        )
    return value


def _day(value: Any) -> date:
    """A date of TOML, or the same in quotes: there is but one day that it can mean."""
    # A moment (datetime) is a date to Python; whose day it is would depend on its zone.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) and _DATE.fullmatch(value) else "")
    except ValueError:
        shown = _shown(str(value) if isinstance(value, datetime) else value)
        raise InputError(f"{shown} is no day: write one like 2026-12-31") from None


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{_shown(value)}: write true or false")
    return value


def _hands_on(value: Any) -> bool | str:
    if isinstance(value, bool) or value in HANDS_ON:
        handed_on: bool | str = value
        return handed_on
    raise InputError(f"{_shown(value)}: write true, false, or one of {', '.join(HANDS_ON)}")


def _name(value: Any) -> str:
    return domain_name(_text(value))


def _mailbox(value: Any) -> str:
    """A mailbox (RFC 5321 section 4.1.2), less quoted local parts; nothing in it can end an SMTP command."""
    text = _text(value)
    local, at, domain = text.rpartition("@")
    if not at or not local.isascii() or not local.isprintable() or any(c in ' <>"\\@,;:()[]' for c in local):
        raise InputError(f"{_shown(text)} is no mail address: write one like probe@example.com")
    return f"{local}@{domain_name(domain)}"


def _address(value: Any) -> str:
    try:
        return str(ipaddress.ip_address(_text(value)))
    except ValueError:
        raise InputError(f"{_shown(value)} is no IP address: write one like 198.51.100.7 or 2001:db8::7") from None


def _cidr(value: Any) -> str:
    """A network in canonical form; a single address is a network of one."""
    text = _text(value)
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InputError(f"{_shown(text)} is no CIDR: write one like 198.51.100.0/24") from None
    raise InputError(f"{text} has host bits set: write {meant}")


def _source(value: Any) -> str:
    text = _text(value)
    return _cidr(text) if "/" in text else text


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _port(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LARGEST_PORT:
        raise InputError(f"{_shown(value)} is no port: write a number from 1 to {_LARGEST_PORT}")
    return value


def _port_or_any(value: Any) -> int | None:
    return None if value == ANY else _port(value)


def _hook(value: Any) -> str:
    if value not in HOOKS:
        raise InputError(f"{_shown(value)} is no hook of a filter: write one of {', '.join(HOOKS)}")
    return str(value)


def _hop(value: Any) -> str:
    """Where a door hands mail on to, in its canonical form."""
    text = _text(value)
    if text == MX:
        return MX
    try:
        return hops.written(*hops.parse(text))
    except InputError as error:
        how = (
            f'write a host name or ADDRESS:PORT, "{MX}" to go by the MX, or leave it out of a door that keeps its mail'
        )
        raise InputError(f"{error}; {how}") from None


def _role(value: Any) -> Role:
    for role in ROLES:
        if value == role:
            return role
    raise InputError(f"{_shown(value)} is no role{_meant(str(value), ROLES)}: one of {', '.join(ROLES)}")


def _latch(value: Any) -> Latch:
    try:
        return Latch(value)
    except ValueError:
        names = [latch.value for latch in Latch]
        raise InputError(f"{_shown(value)} is no latch{_meant(str(value), names)}: one of {', '.join(names)}") from None


def _declared_latch(name: str, value: Any) -> tuple[Latch, bool | str]:
    if not isinstance(value, bool | str) or value == "":
        raise InputError(f"{_shown(value)}: write true, false, or how it is done, in double quotes")
    return _latch(name), value


def _list(parse: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def parse_list(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
            raise InputError(f"{_shown(value)} is no list: write it in brackets, [ … ]")
        return tuple(dict.fromkeys(parse(item) for item in value))

    return parse_list


def _one_or_more(parse: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    parse_list = _list(parse)
    return lambda value: parse_list(value if isinstance(value, list) else [value])


def _entries(value: Any) -> list[dict[str, Any]]:
    entries = value if isinstance(value, list) else [value]
    if len(entries) > _MOST_ENTRIES or not all(isinstance(entry, dict) for entry in entries):
        raise InputError("this is no table: begin each entry with its header in double brackets")
    return entries


def _one_table(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        raise InputError(f"{_shown(value)} is no table: begin it with its header in brackets")
    return value


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _meant(word: str, known: Sequence[str]) -> str:
    """', did you mean …?' for a word that is nearly one of the known ones, else ''."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}?" if near else ""
