"""A zone file (RFC 1035 section 5) with the plan's records, and nothing else in it touched: comments, columns, order,
relative names, the way TTLs are written, line ends. The serial is raised in the style it has (RFC 1982).

What comes out is read again, as dnspython reads zone files, and must be the old zone with these RRsets changed and
nothing more; where that cannot be, nothing comes out. The diff is its own undo, octet for octet. Going back where a
name server may have the new serial, the file comes back with a newer one still: a secondary that has the new one would
keep its records for good (RFC 1034 section 4.3.5).

Limits: no include is followed and no $GENERATE carried out.
"""

import difflib
import re
from collections.abc import Sequence
from datetime import date

import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.zone
import msgspec
from msgspec import Struct

from mxlatch.plan.change import Change, Records
from mxlatch.plan.provider import Done, Given, Means, NotDone, Outcome, Unsure, Written, ZoneFile
from mxlatch.plan.providers import rrsets, served, zonetext
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.plan.providers.zonetext import Line, Word, Zone
from mxlatch.plan.result import Plan
from mxlatch.terms.errors import InputError

NAME = "zone"
TITLE = "the zone file, as a diff"
KINDS: tuple[type[Change], ...] = (Records,)
PATIENCE = 0.0  # somebody has to let the server load it

_SERIALS = 1 << 32  # RFC 1982
_DATED = re.compile(r"(\d{8})\d\d", re.ASCII)
_FIRST_YEAR = 1983  # of the DNS: an earlier date is a count
_ANEW = "make a new plan: mxlatch plan"


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A diff for each step and zone; for a zone whose file is not given, the lines that go and come."""
    written = []
    for stage in rrsets.stages(plan, KINDS):
        head = "".join(f"# {line}\n" for line in stage.heads)
        kept = given.zone(stage.zone)
        if kept is None:
            text = _lines(stage.changes)
        else:
            now = after(kept, stage.earlier, given.today)
            text = diff(now, after(now, [stage.changes], given.today).text)
        written.append(Written(f"{stage.prefix}{stage.zone}.diff", head + text))
    return tuple(written)


def after(kept: ZoneFile, stages: Sequence[Sequence[Records]], today: str) -> ZoneFile:
    """The file after these changes, one lot after the other: each raises the serial."""
    for changes in stages:
        kept = ZoneFile(kept.zone, kept.path, rewritten(kept, changes, today))
    return kept


def contents(kept: ZoneFile) -> list[RRset] | None:
    """Every RRset of the file but the SOA, in the file's order; None if some of it is behind an $INCLUDE."""
    zone = zonetext.read(kept.text, kept.zone, kept.path)
    if any(entry.words[0].text.upper() == "$INCLUDE" for entry in zone.blind):
        return None
    found = []
    for (name, rrtype), (ttls, rdatas) in _read(kept).items():
        texts = tuple(sorted(rdata.to_text() for rdata in rdatas))
        found.append(RRset(name.to_text(omit_final_dot=True), rrtype, ttls[0], texts))
    return found


def diff(kept: ZoneFile, new: str) -> str:
    """The change as `patch` takes it; with --reverse it is the undo. Lines keep their ends."""
    # Not splitlines(): to that a form feed ends a line, and to `patch` it does not.
    old_lines, new_lines = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (kept.text, new))
    told = difflib.unified_diff(old_lines, new_lines, f"a/{kept.path}", f"b/{kept.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in told)


def rewritten(kept: ZoneFile, changes: Sequence[Records], today: str) -> str:
    """The text of the file with these changes.

    Raises:
        InputError: it does not hold what the plan saw, or cannot be changed without changing more.
    """
    new = kept
    for change in changes:
        new = _changed(new, change)
    new = _raised(new, today)
    _check(kept, new, changes)
    return new.text


def next_serial(serial: int, today: str) -> int:
    """The serial after this one: a date with a count stays one, anything else counts on (RFC 1982 section 3.1)."""
    dated = _DATED.fullmatch(str(serial))
    if dated and _is_day(dated[1]):
        of_today = int(today) * 100 + 1
        if 0 < (of_today - serial) % _SERIALS < _SERIALS // 2:
            return of_today
    return (serial + 1) % _SERIALS or 1  # 0 means "none" to some servers


# As a carrier


def group(change: Change, means: Means) -> str | None:
    """Of one zone in one file, if its file was given."""
    if not isinstance(change, Records) or change.zone not in means.zone_files or means.read is None:
        return None
    return means.zone_files[change.zone]


class _Texts(Struct, frozen=True):
    """Both texts, octet for octet."""

    old: bytes
    new: bytes


async def look(changes: Sequence[Change], means: Means) -> str | NotDone:
    """The text before and after."""
    own = rrsets.records(changes)
    path = means.zone_files[own[0].zone]
    assert means.read is not None, "see `group`"
    old = means.read(path)
    try:
        new = rewritten(ZoneFile(own[0].zone, path, decoded(old)), own, means.today)
    except InputError as fault:
        return NotDone(str(fault))
    return msgspec.json.encode(_Texts(old, encoded(new))).decode()


async def carry_out(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Write the new text, if the old one stands there."""
    texts = msgspec.json.decode(saved, type=_Texts)
    told = "written; it is in force when the server has loaded it"
    return _replaced(changes, texts.old, texts.new, means, told)


async def undo(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Write the old text, if the new one stands there, whatever its serial became meanwhile.

    The old serial comes back only if no name server has seen the new one.
    """
    texts = msgspec.json.decode(saved, type=_Texts)
    zone, path = _place(changes, means)
    assert means.read is not None, "see `group`"
    there = means.read(path)
    old, new, now = (ZoneFile(zone, path, decoded(octets)) for octets in (texts.old, texts.new, there))
    if _same(now, old):
        return Done("it stands there already")
    if not _same(now, new):
        return NotDone(f"{path} was changed meanwhile: nothing was written", _ANEW)
    serial = int(_serial(now).text)
    if there == texts.new and await served.is_unheard_of(serial, zone, means):
        told = "as before, octet for octet: no name server had loaded what was written"
        return _replaced(changes, there, texts.old, means, told)
    serial = next_serial(serial, means.today)
    told = f"as before but for the serial, which rises to {serial}; in force when the server has loaded it"
    return _replaced(changes, there, encoded(_with_serial(old, serial).text), means, told)


async def restored(changes: Sequence[Change], saved: str, means: Means) -> Outcome:
    """Whether every name server serves what the old text has."""
    zone, path = _place(changes, means)
    held = _read(ZoneFile(zone, path, decoded(msgspec.json.decode(saved, type=_Texts).old)))
    wanted = []
    for change in rrsets.records(changes):
        ttls, rdatas = held.get((rrsets.absolute(change.name), change.rrtype), ((0,), set()))
        texts = tuple(sorted(each.to_text() for each in rdatas))
        wanted.append(RRset(change.name, change.rrtype, ttls[0], texts))
    return _until_loaded(await served.everywhere(zone, wanted, means))


async def holds(changes: Sequence[Change], means: Means) -> Outcome:
    """Whether every name server serves it."""
    own = rrsets.records(changes)
    return _until_loaded(await served.everywhere(own[0].zone, tuple(map(rrsets.after, own)), means))


def _until_loaded(outcome: Outcome) -> Outcome:
    if isinstance(outcome, NotDone):
        return NotDone(outcome.reason, f"let the server load the file; {outcome.remedy}")
    return outcome


def decoded(octets: bytes) -> str:
    """Octets as text from which `encoded` makes the same octets."""
    return octets.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """The octets of a text of `decoded`."""
    return text.encode("utf-8", "surrogateescape")


def _place(changes: Sequence[Change], means: Means) -> tuple[str, str]:
    """The zone of these changes, and its file."""
    zone = rrsets.records(changes)[0].zone
    return zone, means.zone_files[zone]


def _replaced(changes: Sequence[Change], old: bytes, new: bytes, means: Means, told: str) -> Outcome:
    _, path = _place(changes, means)
    assert means.read is not None, "see `group`"
    assert means.replace is not None, "who may read may replace"
    there = means.read(path)
    if there == new:
        return Done("it stands there already")
    if there != old:
        return NotDone(f"{path} was changed meanwhile: nothing was written", _ANEW)
    means.replace(path, new)
    if means.read(path) != new:
        return Unsure(f"{path} is not what was written", "does something else write there too?")
    return Done(f"{path} {told}")


# One change


def _changed(kept: ZoneFile, change: Records) -> ZoneFile:
    """The file with one RRset changed; its serial not yet."""
    zone = zonetext.read(kept.text, kept.zone, kept.path)
    there = list(dict.fromkeys(_rdata(kept, line) for line in _of(zone, change)))
    _compare(kept, zone, there, change)
    wanted = rrsets.after(change).parsed()
    goes = [rdata for rdata in there if rdata not in wanted]
    comes = [rdata for rdata in wanted if rdata not in there]
    pairs = _pairs(goes, comes)
    for old, new in pairs.items():
        kept = _with_rdata(kept, _line(kept, change, old), new)
    for rdata in goes:  # the second line of a record that stood there twice goes here too
        while line := _find(kept, change, rdata):
            kept = _without(kept, line)
    for rdata in comes:
        if rdata not in pairs.values():
            kept = _inserted(kept, change, rdata)
    for rdata in wanted:
        kept = _with_ttl(kept, _line(kept, change, rdata), change.ttl)
    return kept


def _compare(kept: ZoneFile, zone: Zone, there: Sequence[dns.rdata.Rdata], change: Records) -> None:
    """Refuse a file that does not hold what the plan saw."""
    if set(there) == set(rrsets.before(change).parsed()):
        return
    shown = ", ".join(sorted(each.to_text() for each in there)) or "not there"
    own = _of(zone, change)
    where = f"{kept.path}:{own[0].entry.line}" if own else kept.path
    fault = f"{where}: {change.name} {change.rrtype} is {shown}; the plan saw {', '.join(change.before) or 'nothing'}"
    if zone.blind:
        entry = zone.blind[0]
        behind = f"what stands behind line {entry.line} ({entry.words[0].text}) is not known here"
        raise InputError(f"{fault}; {behind}: give the file that holds it, or use another provider")
    raise InputError(f"{fault}: {_ANEW}, or give the file that is served")


def _pairs(goes: Sequence[dns.rdata.Rdata], comes: Sequence[dns.rdata.Rdata]) -> dict[dns.rdata.Rdata, dns.rdata.Rdata]:
    """Which record becomes which in its line: those that end alike first, so that a host keeps its comment."""
    pairs: dict[dns.rdata.Rdata, dns.rdata.Rdata] = {}
    for alike in (True, False):
        for old in goes:
            left = [new for new in comes if new not in pairs.values() and (not alike or _last(new) == _last(old))]
            if left and old not in pairs:
                pairs[old] = left[0]
    return pairs


def _last(rdata: dns.rdata.Rdata) -> str:
    return rdata.to_text().rpartition(" ")[2].lower()


# Lines


def _of(zone: Zone, change: Records) -> list[Line]:
    """The lines of an RRset."""
    owner = rrsets.absolute(change.name)
    return [line for line in zone.lines if line.owner == owner and line.rrtype.text.upper() == change.rrtype]


def _find(kept: ZoneFile, change: Records, rdata: dns.rdata.Rdata) -> Line | None:
    zone = zonetext.read(kept.text, kept.zone, kept.path)
    return next((line for line in _of(zone, change) if _rdata(kept, line) == rdata), None)


def _line(kept: ZoneFile, change: Records, rdata: dns.rdata.Rdata) -> Line:
    line = _find(kept, change, rdata)
    assert line is not None, "it was put there"
    return line


def _rdata(kept: ZoneFile, line: Line) -> dns.rdata.Rdata:
    text = " ".join(word.text for word in line.rdata)
    try:
        return dns.rdata.from_text("IN", line.rrtype.text, text, origin=line.origin, relativize=False)
    except dns.exception.DNSException as error:
        where = f"{kept.path}:{line.entry.line}"
        raise InputError(f"{where}: no {line.rrtype.text} record ({error}): correct it") from None


def _edited(kept: ZoneFile, start: int, end: int, text: str) -> ZoneFile:
    return ZoneFile(kept.zone, kept.path, kept.text[:start] + text + kept.text[end:])


def _with_word(kept: ZoneFile, word: Word, new: str) -> ZoneFile:
    """Another word in its place; what follows stays in its column where blanks allow it."""
    end = word.end
    while kept.text[end : end + 1] == " ":
        end += 1
    gap = end - word.end
    if gap < 2 or kept.text[end : end + 1] in ("", "\r", "\n"):
        return _edited(kept, word.start, word.end, new)
    return _edited(kept, word.start, end, new + " " * max(1, gap + len(word.text) - len(new)))


def _with_rdata(kept: ZoneFile, line: Line, rdata: dns.rdata.Rdata) -> ZoneFile:
    """The line with other RDATA: word by word where there are as many, so that what stands between them stays."""
    fresh = _words(line, rdata)
    if len(fresh) != len(line.rdata):
        return _edited(kept, line.rdata[0].start, line.rdata[-1].end, " ".join(fresh))
    for word, new in reversed(list(zip(line.rdata, fresh, strict=True))):
        if word.text != new:
            kept = _with_word(kept, word, new)
    return kept


def _words(line: Line, rdata: dns.rdata.Rdata) -> list[str]:
    """RDATA as this line would have it: with full names if it has them."""
    full = line.rrtype.text.upper() == dns.rdatatype.to_text(rdata.rdtype) and line.rdata[-1].text.endswith(".")
    text = rdata.to_text() if full else rdata.to_text(origin=line.origin, relativize=True)
    return [text] if '"' in text else text.split(" ")


def _with_ttl(kept: ZoneFile, line: Line, ttl: int) -> ZoneFile:
    if line.ttl == ttl:
        return kept
    if line.own_ttl is not None:
        return _with_word(kept, line.own_ttl, zonetext.like(ttl, line.own_ttl.text))
    place = (line.rrclass or line.rrtype).start
    if kept.text[place - 1] == "\t":
        return _edited(kept, place, place, f"{ttl}\t")
    gap = place
    while kept.text[gap - 1] == " " and gap - 1 > line.entry.start:
        gap -= 1
    gap += 1  # a blank stays, be it after the owner or in its place
    room = max(0, place - gap)
    word = f"{ttl} "
    return _edited(kept, place - min(room, len(word)), place, word)


def _without(kept: ZoneFile, line: Line) -> ZoneFile:
    """The file without a line; one after it that has no owner of its own gets this one's."""
    zone = zonetext.read(kept.text, kept.zone, kept.path)
    heir = next((each for each in zone.lines if each.entry.start > line.entry.start), None)
    if line.named is not None and heir is not None and heir.named is None:
        kept = _with_owner(kept, heir, line.named.text if heir.origin == line.origin else line.owner.to_text())
    return _edited(kept, line.entry.start, line.entry.end, "")


def _with_owner(kept: ZoneFile, line: Line, owner: str) -> ZoneFile:
    """The line with this owner, in the place of its own or of the blank that stands for one."""
    if line.named is not None:
        return _with_word(kept, line.named, owner)
    end = line.entry.start
    while kept.text[end] == " ":
        end += 1
    blank = end - line.entry.start
    return _edited(kept, line.entry.start, end, owner.ljust(blank) if len(owner) < blank else owner + " " * bool(blank))


# New lines


def _inserted(kept: ZoneFile, change: Records, rdata: dns.rdata.Rdata) -> ZoneFile:
    """The file with one more record, made after the model of its nearest relative."""
    zone = zonetext.read(kept.text, kept.zone, kept.path)
    if not zone.lines:
        raise InputError(f"{kept.path}: holds no records of {kept.zone}: give the file that does")
    model, owner = _model(zone, change), rrsets.absolute(change.name)
    last = model
    for line in zone.lines[zone.lines.index(model) + 1 :] if model.owner != owner else ():
        if line.named is not None:
            break
        last = line  # of the model's owner still: a line of another must not come between
    text, end = kept.text, last.entry.end
    newline = "\r\n" if text[:end].endswith("\r\n") else "\n"
    fresh = _modelled(kept, model, last, change, rdata)
    if not text[:end].endswith("\n"):
        return _edited(kept, end, end, newline + fresh)
    return _edited(kept, end, end, fresh + newline)


def _model(zone: Zone, change: Records) -> Line:
    """The last of the RRset, of its owner, of its type, of all: the first of these that there is."""
    owner = rrsets.absolute(change.name)
    others = [line for line in zone.lines if line.owner == owner]
    alike = [line for line in zone.lines if line.rrtype.text.upper() == change.rrtype]
    return [*zone.lines, *alike, *others, *_of(zone, change)][-1]


def _modelled(kept: ZoneFile, model: Line, last: Line, change: Records, rdata: dns.rdata.Rdata) -> str:
    """A line for a record, with the columns of its model. last: the line that it comes after."""
    head = kept.text[model.entry.start : model.rdata[0].start]
    owner = _owner(last.origin, rrsets.absolute(change.name))
    if "(" in head or "\n" in head:
        return f"{owner} {change.ttl} {change.rrtype} {_joined(kept, model, last, rdata)}"
    body = _joined(kept, model, last, rdata)
    line = ZoneFile(kept.zone, kept.path, head + "x")  # a word in the place of the RDATA, for its column
    shifted = _shifted(model)
    if shifted.rrtype.text.upper() != change.rrtype:
        line = _with_word(line, shifted.rrtype, change.rrtype)
    if model.owner != rrsets.absolute(change.name):
        line = _with_owner(line, shifted, owner)
    return line.text[:-1] + body


def _shifted(line: Line) -> Line:
    """The line as if it stood at the beginning of a text."""
    by = line.entry.start

    def moved(word: Word | None) -> Word | None:
        return None if word is None else Word(word.text, word.start - by, word.end - by)

    entry = msgspec.structs.replace(line.entry, start=0, end=line.entry.end - by)
    rrtype = moved(line.rrtype)
    assert rrtype is not None
    return msgspec.structs.replace(line, entry=entry, named=moved(line.named), rrtype=rrtype)


def _joined(kept: ZoneFile, model: Line, last: Line, rdata: dns.rdata.Rdata) -> str:
    """RDATA with the gaps of its model."""
    words = _words(msgspec.structs.replace(model, origin=last.origin), rdata)
    if len(words) != len(model.rdata):
        return " ".join(words)
    ends = zip(model.rdata, model.rdata[1:], strict=False)
    gaps = [kept.text[one.end : two.start] for one, two in ends]
    plain = [gap if gap.strip(" \t") == "" else " " for gap in gaps]
    return "".join(word + gap for word, gap in zip(words, [*plain, ""], strict=True))


def _owner(origin: dns.name.Name, name: dns.name.Name) -> str:
    return name.relativize(origin).to_text() if name.is_subdomain(origin) else name.to_text()


# The whole


def _raised(kept: ZoneFile, today: str) -> ZoneFile:
    """The file with the next serial."""
    return _with_serial(kept, next_serial(int(_serial(kept).text), today))


def _with_serial(kept: ZoneFile, serial: int) -> ZoneFile:
    return _with_word(kept, _serial(kept), str(serial))


def _same(one: ZoneFile, other: ZoneFile) -> bool:
    """True if nothing but the serial, and the blanks after it, is another."""
    try:
        word, other_word = _serial(one), _serial(other)
    except InputError:
        return False
    return (one.text[: word.start], one.text[word.end :].lstrip(" \t")) == (
        other.text[: other_word.start],
        other.text[other_word.end :].lstrip(" \t"),
    )


def _serial(kept: ZoneFile) -> Word:
    zone = zonetext.read(kept.text, kept.zone, kept.path)
    for line in zone.lines:
        if line.rrtype.text.upper() == "SOA" and line.owner == rrsets.absolute(kept.zone):
            return line.rdata[2]
    raise InputError(
        f"{kept.path}: no SOA of {kept.zone}, so that its serial cannot be raised: give the file that has it"
    )


def _check(old: ZoneFile, new: ZoneFile, changes: Sequence[Records]) -> None:
    """The new file must be the old one with these changes and no other.

    TTLs of the changed ones as `zonetext` reads them: dnspython and BIND differ where there is no $TTL.
    """
    was, becomes = _read(old), _read(new)
    wanted = {(rrsets.absolute(each.name), each.rrtype): each for each in changes}
    for key in was.keys() | becomes.keys():
        change = wanted.get(key)
        expected = set(rrsets.after(change).parsed()) if change else was.get(key, (0, set()))[1]
        found = becomes.get(key, (0, set[dns.rdata.Rdata]()))
        if found[1] != expected or (change is None and found[0] != was[key][0]):
            name, rrtype = key
            raise InputError(
                f"{old.path}: {name} {rrtype} would change too: put a $TTL line at the head of the file, "
                "or change it by hand"
            )


_Held = dict[tuple[dns.name.Name, str], tuple[tuple[int, ...], set[dns.rdata.Rdata]]]


def _read(kept: ZoneFile) -> _Held:
    """Every RRset but the SOA: its TTLs, as we and as dnspython read them, and its records."""
    zone = zonetext.read(kept.text, kept.zone, kept.path)
    text = kept.text
    for entry in reversed(zone.blind):
        text = text[: entry.start] + ";" + text[entry.start :]
    text = text.removeprefix(zonetext.BOM)
    try:
        parsed = dns.zone.from_text(text, kept.zone, relativize=False, check_origin=False, filename=kept.path)
    except (dns.exception.DNSException, ValueError) as error:
        for each in zone.lines:
            _rdata(kept, each)  # tells which line it is; dnspython names the one after, at times
        told = str(error)
        where = "" if told.startswith(f"{kept.path}:") else f"{kept.path}: "
        raise InputError(f"{where}{told}: no zone file: correct it") from None
    ours: dict[tuple[dns.name.Name, str], set[int]] = {}
    for line in zone.lines:
        ours.setdefault((line.owner, line.rrtype.text.upper()), set()).add(-1 if line.ttl is None else line.ttl)
    held: _Held = {}
    for name, rdataset in parsed.iterate_rdatasets():
        rrtype = dns.rdatatype.to_text(rdataset.rdtype)
        if rrtype != "SOA":
            ttls = (rdataset.ttl, *sorted(ours.get((name, rrtype), ())))
            held[name, rrtype] = ttls, set(rdataset)
    return held


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}").year >= _FIRST_YEAR
    except ValueError:
        return False


def _lines(changes: Sequence[Records]) -> str:
    """Without a file: what goes and what comes, as zone-file lines."""
    told = []
    for change in changes:
        name = rrsets.absolute(change.name)
        told += [f"-{name} {change.ttl_before} IN {change.rrtype} {text}" for text in change.before]
        told += [f"+{name} {change.ttl} IN {change.rrtype} {text}" for text in change.after]
    return "# no zone file was given: these lines go (-) and come (+); raise the serial\n" + "\n".join(told) + "\n"
