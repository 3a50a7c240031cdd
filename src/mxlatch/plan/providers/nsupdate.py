"""Changes of records as text for nsupdate(1) and knsupdate(1): one message a step and zone.

Its prerequisites (RFC 2136 section 2.4) let it do nothing where the RRsets are not as the plan saw them.

Limits: no key stands in it; give one with -k. Both tools send to the server that the zone's SOA names, unless a server
stands in the text.
"""

from collections.abc import Iterator, Sequence

from mxlatch.plan.change import Change, Records
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers import rrsets
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.plan.result import Plan

NAME = "nsupdate"
TITLE = "DNS updates for nsupdate and knsupdate"
KINDS: tuple[type[Change], ...] = (Records,)


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A text for each step and zone."""
    return tuple(
        Written(f"{stage.prefix}{stage.zone}.nsupdate", _text(stage, given.server))
        for stage in rrsets.stages(plan, KINDS)
    )


def lines(zone: str, old: Sequence[RRset], new: Sequence[RRset]) -> Iterator[str]:
    """The update that makes `new` of `old`: the same as `rfc2136.message` sends."""
    yield f"zone {rrsets.absolute(zone)}"
    for rrset in old:
        owner = rrsets.absolute(rrset.name)
        for text in rrset.texts():
            yield f"prereq yxrrset {owner} {rrset.rrtype} {text}"
        if not rrset.rdatas:
            yield f"prereq nxrrset {owner} {rrset.rrtype}"
    pairs = list(zip(old, new, strict=True))
    for was, _ in pairs:
        if was.rdatas and not rrsets.is_apex_ns(zone, was):
            yield f"update delete {rrsets.absolute(was.name)} {was.rrtype}"
    for was, becomes in pairs:
        owner = rrsets.absolute(becomes.name)
        for text in becomes.texts():
            yield f"update add {owner} {becomes.ttl} {becomes.rrtype} {text}"
        if rrsets.is_apex_ns(zone, was):
            gone = [text for text in was.texts() if rrsets.rdata("NS", text) not in becomes.parsed()]
            for text in gone:
                yield f"update delete {owner} {was.rrtype} {text}"


def _text(stage: rrsets.Stage, server: str) -> str:
    host, _, port = server.rpartition(":")
    said = [f"; {line}" for line in stage.heads]
    place = [f"server {host.strip('[]')} {port}"] if server else []
    old = [rrsets.before(change) for change in stage.changes]
    new = [rrsets.after(change) for change in stage.changes]
    return "\n".join([*said, *place, *lines(stage.zone, old, new), "send", ""])
