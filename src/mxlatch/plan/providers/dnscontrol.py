"""A zone as DNSControl's dnsconfig.js (JavaScript; docs.dnscontrol.org).

With the zone's file the text is D() with the whole zone as it shall be; registrar and DNS provider are names to be
replaced by yours. Without it, D_EXTEND() with the records that come, and in comments those to take out of your D():
DNSControl deletes whatever is in no D().

Limits: SOA is the provider's own. Of types that have no function here, each record is named in a comment.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from mxlatch.plan.change import Change, Records
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers import rrsets, zonefile
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.plan.result import Plan

NAME = "dnscontrol"
TITLE = "dnsconfig.js for DNSControl"
KINDS: tuple[type[Change], ...] = (Records,)

# The arguments of each type's function, after the label.
_FORMS: dict[str, Callable[[Any], tuple[object, ...]]] = {
    "A": lambda r: (r.address,),
    "AAAA": lambda r: (r.address,),
    "CAA": lambda r: (r.tag.decode(), r.value.decode()),
    "CNAME": lambda r: (r.target.to_text(),),
    "MX": lambda r: (r.preference, r.exchange.to_text()),
    "NS": lambda r: (r.target.to_text(),),
    "PTR": lambda r: (r.target.to_text(),),
    "SRV": lambda r: (r.priority, r.weight, r.port, r.target.to_text()),
    "TLSA": lambda r: (r.usage, r.selector, r.mtype, r.cert.hex()),
    "TXT": lambda r: (b"".join(r.strings).decode("utf-8", "backslashreplace"),),
}
_CRITICAL = 128  # RFC 8659 section 4.1


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A text for each step and zone."""
    written = []
    for stage in rrsets.stages(plan, KINDS):
        kept = given.zone(stage.zone)
        there = zonefile.contents(zonefile.after(kept, stage.earlier, given.today)) if kept else None
        text = _part(stage) if there is None else _whole(stage.zone, rrsets.whole(there, stage.changes))
        said = "".join(f"// {line}\n" for line in stage.heads)
        written.append(Written(f"{stage.prefix}{stage.zone}.dnsconfig.js", said + text))
    return tuple(written)


def _whole(zone: str, there: Sequence[RRset]) -> str:
    heads = [
        "// the names of the registrar and of the provider are to be yours, as in creds.json",
        'var REG = NewRegistrar("none");',
        'var DNS = NewDnsProvider("bind");',
    ]
    return "\n".join([*heads, f"D({json.dumps(zone)}, REG, DnsProvider(DNS),", *_calls(zone, there), ");", ""])


def _part(stage: rrsets.Stage) -> str:
    old = [line for each in map(rrsets.before, stage.changes) for line in _calls(stage.zone, [each])]
    new = [each for each in map(rrsets.after, stage.changes) if each.rdatas]
    said = [f"// take out of D({json.dumps(stage.zone)}): {line.strip().rstrip(',')}" for line in old]
    body = [f"D_EXTEND({json.dumps(stage.zone)},", *_calls(stage.zone, new), ");"] if new else []
    return "\n".join([*said, *body, ""])


def _calls(zone: str, there: Sequence[RRset]) -> list[str]:
    calls, left = [], []
    for rrset in there:
        if rrset.rrtype in _FORMS:
            calls += [_call(zone, rrset, rdata) for rdata in rrset.parsed()]
        else:
            left.append(f"  // not in this file, for want of a function: {rrset}")
    # No comma after the last: DNSControl's JavaScript is of 2009.
    return [*left, *(f"  {call}," for call in calls[:-1]), *(f"  {call}" for call in calls[-1:])]


def _call(zone: str, rrset: RRset, rdata: Any) -> str:
    arguments = [json.dumps(each) for each in _FORMS[rrset.rrtype](rdata)]
    if rrset.rrtype == "CAA" and rdata.flags & _CRITICAL:
        arguments.append("CAA_CRITICAL")
    ttl = f"TTL({rrset.ttl})"
    if rrsets.is_apex_ns(zone, rrset):
        return f"NAMESERVER({', '.join(arguments)})"  # its TTL is NAMESERVER_TTL's, of the whole domain
    label = json.dumps(rrsets.label(rrset.name, zone) or "@")
    return f"{rrset.rrtype}({', '.join([label, *arguments, ttl])})"
