"""What must be in step with the MX: MTA-STS policy, certificates and TLSA records, which speak of exchangers by name.

Before a new name is published, the policy names it and its TLSA stand; a name that is published no more
leaves the policy last. The page changes before the record that announces it, or senders would keep the old page
under the new id (RFC 8461 section 8.1).

How long: a sender takes the policy it has, up to max_age, and passes an exchanger over that this does not name. It must
look for a new id before it returns mail (section 5.1), and finds that when the TXT record's TTL is over. So the new
name waits for this TTL; only where the old policy names no exchanger that stays does it wait for max_age.

Limits: the policy of the domain itself. TLSA are copied for a key (usage 3, selector 1) from the host's other name, in
a zone that was seen; other usages are made by hand. None are deleted: other domains may still lead to that name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from mxlatch.plan.change import Certificate, Change, Listen, Policy, Records
from mxlatch.plan.proposal import Proposal, Record
from mxlatch.plan.records import MARGIN, NULL, assumed, negative_ttl, records_of
from mxlatch.plan.result import Hazard, Step
from mxlatch.terms.certnames import covers
from mxlatch.terms.door import Door, door_id
from mxlatch.terms.names import is_below
from mxlatch.terms.outcome import Found, Unknown
from mxlatch.terms.wording import lasting, listed
from mxlatch.wire import tlsa
from mxlatch.world.dane import TlsaSet
from mxlatch.world.dane_fit import fits_tlsa
from mxlatch.world.model import World
from mxlatch.world.sts import Sts

_ID = re.compile(r"(;\s*id\s*=\s*)[A-Za-z0-9]{1,32}")
_QUOTED = re.compile(r'(["\\])')


def before(world: World, taken: Sequence[Proposal]) -> Iterator[Step]:
    """What must stand before new names are published."""
    added, _ = _names(world, taken)
    sts = _heeded(world)
    unnamed = [name for name in added if sts is not None and not sts.names(name)]
    by_hand: list[Change] = list(_certificates(world, taken, added))
    records: list[Change] = [each for name in added for each in _tlsa(world, taken, added[name], name)]
    if sts is not None and unnamed:
        change = _policy(world, sts, _with(sts.body, unnamed), 1)
        by_hand.append(change)
        records += _txt(world, sts, change.record)
    if not by_hand and not records:
        return
    ttls = [each.ttl_before for each in records if isinstance(each, Records)]
    ttls += [sts.txt.ttl] if sts is not None and unnamed else []
    wait, why = _wait(world, taken, sts if unnamed else None, max(ttls)) if ttls else (0, "")
    if by_hand:
        yield Step(
            title=f"let certificates and MTA-STS policy know {listed(added)}",
            changes=tuple(by_hand),
            wait=0 if records else wait,
            why="" if records else why,
            check=_shown(by_hand),
            undo="take the names out again, once no MX leads to them",
        )
    if records:
        yield Step(
            title=f"publish what senders look up of {listed(added)} beside the MX",
            changes=tuple(records),
            wait=wait,
            why=why,
            check="every name server must serve it",
            undo="publish the old records again",
        )


def after(world: World, taken: Sequence[Proposal]) -> Iterator[Step]:
    """The names that are published no more leave the policy."""
    added, gone = _names(world, taken)
    sts = _heeded(world)
    left = [name for name in gone if sts is not None and name in sts.policy.names]
    if sts is None or not left:
        return
    now = _with(sts.body, [name for name in added if not sts.names(name)])
    change = _policy(world, sts, _without(now, left), 2, now)
    title = f"let the MTA-STS policy name {listed(left)} no more"
    undo = "name it again, and give the record another id, before its MX is published again"
    yield Step(title=title, changes=(change,), check=_shown((change,)), undo=undo)
    if records := _txt(world, sts, change.record, first=_renewed(world, sts, 1) if now != sts.body else ""):
        yield Step(title=f"{title}: its new id", changes=records, check="every name server must serve it", undo=undo)


def hazards(world: World, taken: Sequence[Proposal]) -> Iterator[Hazard]:
    """What nobody can put in step: a policy that could not be fetched, TLSA that are not of a key."""
    added, _ = _names(world, taken)
    if added and isinstance(world.sts, Unknown):
        text = f"whether an MTA-STS policy names {listed(added)} is not known ({world.sts.reason}): see that it does"
        yield Hazard(f"sts:{world.domain}", text)
    for name, record in added.items():
        known, fit = _known_tlsa(world, taken, record)
        if known is not None and not _tlsa(world, taken, record, name):
            records = listed(map(str, known.records), 2)
            why = "they speak of more than its key, or the zone was not seen"
            if fit is False:
                why = "the certificate that it showed fits none of them"
            text = f"{name} needs TLSA records before its MX, by hand: the host's other name has {records}, but {why}"
            yield Hazard(f"tlsa:{name}", text)


def _names(world: World, taken: Sequence[Proposal]) -> tuple[dict[str, Record], list[str]]:
    """Exchanges of the domain that are new, each with its record; and those that are published no more."""
    deleted, new = records_of(world, taken)
    was = {mx for name in world.names if name.name == world.domain for mx in name.mx}
    drop = {(r.preference, r.exchange) for r in deleted if r.name == world.domain}
    add = {r.exchange: r for r in new if r.name == world.domain and r.exchange != NULL}
    before = {exchange for _, exchange in was}
    after = {exchange for _, exchange in was - drop} | set(add)
    added = {name: add[name] for name in sorted(set(add) - before)}
    return added, sorted(before - after - {NULL}) if after else []


def _heeded(world: World) -> Sts | None:
    """The policy, if senders look at its names."""
    known = world.sts.value if isinstance(world.sts, Found) else None
    return known if known is not None and known.policy.mode != "none" else None


def _policy(world: World, sts: Sts, body: str, number: int, now: str = "") -> Policy:
    lines = tuple((now or sts.body).splitlines())
    return Policy(world.domain, lines, tuple(body.splitlines()), _renewed(world, sts, number), sts.policy.max_age or 0)


def _with(body: str, names: Iterable[str]) -> str:
    """The page with these exchangers after those that it names."""
    lines = body.splitlines()
    at = max((n for n, line in enumerate(lines, 1) if _mx(line) is not None), default=len(lines))
    return "".join(f"{line}\n" for line in (*lines[:at], *(f"mx: {name}" for name in names), *lines[at:]))


def _without(body: str, names: Iterable[str]) -> str:
    gone = set(names)
    return "".join(f"{line}\n" for line in body.splitlines() if _mx(line) not in gone)


def _mx(line: str) -> str | None:
    key, _, value = line.partition(":")
    return value.strip().lower().removesuffix(".") if key.strip() == "mx" else None


def _renewed(world: World, sts: Sts, number: int) -> str:
    """The record's text with an id that it never had: the moment of the audit, and the number of the change."""
    moment = datetime.fromtimestamp(world.time, UTC).strftime("%Y%m%d%H%M%S")
    return _ID.sub(rf"\g<1>{moment}n{number}", sts.txt.text, count=1)


def _txt(world: World, sts: Sts, text: str, *, first: str = "") -> tuple[Records, ...]:
    """The record's change; () where somebody has to do it by hand. first: what an earlier step made of it."""
    owner = f"_mta-sts.{world.domain}"
    zone = _zone(world, owner)
    plain = all(string.isascii() and string.decode("ascii", "replace").isprintable() for string in sts.txt.strings)
    if not zone or sts.txt.owner != owner or not sts.txt.alone or not plain or text == sts.txt.text:
        return ()
    now = (first,) if first else tuple(string.decode("ascii") for string in sts.txt.strings)
    return (Records(zone, owner, "TXT", (_quoted(now),), (_quoted((text,)),), sts.txt.ttl, sts.txt.ttl),)


def _quoted(strings: Iterable[str]) -> str:
    return " ".join('"' + _QUOTED.sub(r"\\\1", string) + '"' for string in strings)


def _zone(world: World, name: str) -> str:
    return max((zone.name for zone in world.zones if is_below(name, zone.name)), key=len, default="")


def _door(world: World, taken: Sequence[Proposal], record: Record) -> tuple[Door | None, str]:
    """The door that is there already of the host where a new record leads, and the host's name."""
    for change in (change for proposal in taken for change in proposal.changes):
        if isinstance(change, Listen) and change.like in world.doors_by_id:
            like = world.door(change.like)
            if door_id(change.address, like.port) == record.door:
                return like, change.host
    door = world.doors_by_id.get(record.door)
    names = sorted(way.exchange for way in door.ways_in if way.published) if door is not None else []
    return door, names[0] if names else record.door


def _certificates(world: World, taken: Sequence[Proposal], added: dict[str, Record]) -> Iterator[Certificate]:
    """Hosts whose certificates must stand for new names: a policy demands it (RFC 8461 section 4.2)."""
    hosts: dict[str, list[str]] = {}
    for name, record in added.items() if _heeded(world) is not None else ():
        door, host = _door(world, taken, record)
        tls = door.session.tls if door is not None and door.session is not None else None
        if tls is None or not tls.chain or not any(covers(each, name) for each in tls.chain[0].names):
            hosts.setdefault(host, []).append(name)
    for host, names in hosts.items():
        yield Certificate(host, tuple(names))


def _known_tlsa(world: World, taken: Sequence[Proposal], record: Record) -> tuple[TlsaSet | None, bool | None]:
    """The TLSA at another name of the host, and whether its certificate fits them; None and None if there are none."""
    door, _ = _door(world, taken, record)
    seen: tuple[TlsaSet | None, bool | None] = None, None
    for way in door.ways_in if door is not None and world.dane is not None else ():
        known = world.dane.tlsa.get(way.exchange) if world.dane is not None else None
        if door is not None and isinstance(known, Found) and known.value.usable:
            seen = known.value, fits_tlsa(world, door, way.exchange)
            if seen[1]:
                break
    return seen


def _tlsa(world: World, taken: Sequence[Proposal], record: Record, name: str) -> tuple[Records, ...]:
    known, fit = _known_tlsa(world, taken, record)
    owner, zone = tlsa.owner(name), _zone(world, name)
    if known is None or fit is False or not zone or not all(each.is_of_key for each in known.records if each.usable):
        return ()
    rdatas = tuple(str(each) for each in known.records if each.usable)
    return (Records(zone, owner, "TLSA", (), rdatas, known.ttl, negative_ttl(world, {zone})),)


def _wait(world: World, taken: Sequence[Proposal], sts: Sts | None, ttl: int) -> tuple[int, str]:
    """sts: the policy whose change is waited for, None if only TLSA are new."""
    added, gone = _names(world, taken)
    if sts is None:
        guessed = assumed(world, {_zone(world, tlsa.owner(name)) for name in added}, ttl)
        return ttl + MARGIN, f"that there was none is remembered for up to {lasting(ttl)}{guessed}"
    published = {exchange for name in world.names if name.name == world.domain for _, exchange in name.mx}
    stay = [each for each in (published - set(gone)) | set(added) if sts.names(each)]
    if sts.enforced and not stay:
        age = max(sts.policy.max_age or 0, ttl)
        return age + MARGIN, f"the policy that senders keep for {lasting(age)} names no exchanger that stays"
    return (
        ttl + MARGIN,
        f"senders that keep the old policy pass the new names over, for {lasting(ttl)} or so",
    )


def _shown(changes: Iterable[Change]) -> str:
    said = []
    for change in changes:
        if isinstance(change, Policy):
            said.append(f"curl -s https://mta-sts.{change.domain}/.well-known/mta-sts.txt must show the new policy")
        if isinstance(change, Certificate):
            said.append(f"audit again: {change.host} must show a certificate for {listed(change.names)}")
    return listed(said)
