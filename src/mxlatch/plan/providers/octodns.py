"""A zone as octoDNS's YamlProvider reads it (octodns 1.x; keys in natural order, ";" in TXT with a backslash).

With the zone's file the text is the whole zone as it shall be. Without it the text holds only the names that change, to
be put in the place of theirs: octoDNS deletes whatever its file does not name.

Limits: SOA is the provider's own. Of types that octoDNS has no form for here, each record is named in a comment.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mxlatch.plan.change import Change, Records
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers import rrsets, zonefile
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.plan.result import Plan

NAME = "octodns"
TITLE = "YAML for octoDNS"
KINDS: tuple[type[Change], ...] = (Records,)

_PART = "only the names that change: put these in the place of theirs, octoDNS deletes what its file does not name"

# How octoDNS writes a value of each type (docs/records.md there); more than one value where `_ONE` does not say.
_FORMS: dict[str, Callable[[Any], object]] = {
    "A": lambda r: r.address,
    "AAAA": lambda r: r.address,
    "CAA": lambda r: {"flags": r.flags, "tag": r.tag.decode(), "value": r.value.decode()},
    "CNAME": lambda r: r.target.to_text(),
    "DNAME": lambda r: r.target.to_text(),
    "MX": lambda r: {"exchange": r.exchange.to_text(), "preference": r.preference},
    "NS": lambda r: r.target.to_text(),
    "PTR": lambda r: r.target.to_text(),
    "SRV": lambda r: {"port": r.port, "priority": r.priority, "target": r.target.to_text(), "weight": r.weight},
    "TLSA": lambda r: {
        "certificate_association_data": r.cert.hex(),
        "certificate_usage": r.usage,
        "matching_type": r.mtype,
        "selector": r.selector,
    },
    "TXT": lambda r: b"".join(r.strings).decode("utf-8", "backslashreplace").replace(";", "\\;"),
}
_ONE = frozenset({"CNAME", "DNAME"})


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A text for each step and zone."""
    written = []
    for stage in rrsets.stages(plan, KINDS):
        kept = given.zone(stage.zone)
        there = zonefile.contents(zonefile.after(kept, stage.earlier, given.today)) if kept else None
        heads = list(stage.heads) if there is not None else [*stage.heads, _PART]
        now = rrsets.whole(there or [], stage.changes)
        gone = [change for change in stage.changes if not change.after and there is None]
        heads += [f"and take out: {change.name} {change.rrtype}" for change in gone]
        written.append(Written(f"{stage.prefix}{stage.zone}.yaml", _text(stage.zone, now, heads)))
    return tuple(written)


def _text(zone: str, there: Sequence[RRset], heads: Iterable[str]) -> str:
    formed = [each for each in there if each.rrtype in _FORMS]
    said = [f"# {line}" for line in heads]
    said += [f"# not in this file, for want of a form: {each}" for each in there if each.rrtype not in _FORMS]
    if any(";" in text for each in formed if each.rrtype == "TXT" for text in each.rdatas):
        said.append("# escaped_semicolons: true (the default of octoDNS 1)")
    by_label: dict[str, list[RRset]] = {}
    for each in formed:
        by_label.setdefault(rrsets.label(each.name, zone), []).append(each)
    lines = [*said, "---"]
    for label in sorted(by_label, key=_natural):
        lines.append(f"{json.dumps(label)}:")
        for rrset in sorted(by_label[label], key=lambda each: each.rrtype):
            lines += _record(rrset)
    return "\n".join(lines) + "\n"


def _record(rrset: RRset) -> list[str]:
    values = [_FORMS[rrset.rrtype](each) for each in rrset.parsed()]
    one = rrset.rrtype in _ONE
    lines = [f"  - ttl: {rrset.ttl}", f"    type: {rrset.rrtype}", "    value:" if one else "    values:"]
    if one:
        lines[-1] += f" {json.dumps(values[0])}"
        return lines
    return [*lines, *(f"      - {json.dumps(value)}" for value in values)]


def _natural(label: str) -> tuple[tuple[int, int, str], ...]:
    """mx2 before mx10, as octoDNS wants its keys."""
    parts = re.findall(r"\d+|\D+", label)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
