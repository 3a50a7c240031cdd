"""Whether records are in force: every address of the zone's name servers is asked (RFC 1996: secondaries follow).

Part of the providers that change DNS. A server that refuses, or does not speak for the zone, serves nothing old.
"""

from collections.abc import Sequence

from mxlatch.plan.provider import Done, Means, NotDone, Outcome, Unsure
from mxlatch.plan.providers import rrsets
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.terms import dns
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion
from mxlatch.terms.serials import is_newer

_NOT_ITS_ZONE = (dns.REFUSED, dns.NOT_AUTH)
_BACK = "a server that is down may come back with other records; to go on all the same: --without ADDRESS"
_FOLLOW = "secondaries follow by NOTIFY or within the zone's refresh time"


async def everywhere(zone: str, wanted: Sequence[RRset], means: Means) -> Outcome:
    """Whether all of them serve these RRsets."""
    by_name = {(each.name, each.rrtype): each for each in wanted}
    questions = [
        DnsQuestion(server, name, rrtype, spelling="lower")
        for name, rrtype in by_name
        for server in means.servers.get(zone, ())
    ]
    if not questions:
        return Unsure("the zone's name servers are not known", "look whether they all serve it")
    old, silent, heard = list[str](), dict[str, str](), dict[str, None]()
    for question, seen in zip(questions, await means.ask(questions), strict=True):
        there = rrsets.served(seen, question.name, question.rrtype)
        if isinstance(there, str) and seen.status not in _NOT_ITS_ZONE:
            silent[question.server] = there
            continue
        heard[question.server] = None
        if isinstance(there, RRset) and not there.equals(by_name[question.name, question.rrtype]):
            old.append(f"{question.server} still serves {there}")
    if old:
        return NotDone("; ".join(old), _FOLLOW)
    return _judged(silent, list(heard))


async def is_unheard_of(serial: int, zone: str, means: Means) -> bool:
    """True if surely no name server has the zone with this serial or a newer one (RFC 1982)."""
    questions = [DnsQuestion(server, zone, "SOA", spelling="lower") for server in means.servers.get(zone, ())]
    older = [
        is_newer(serial, theirs) if (theirs := _serial(seen)) is not None else False
        for seen in await means.ask(questions)
        if seen.status not in _NOT_ITS_ZONE
    ]
    return bool(older) and all(older)


def _serial(seen: Observation) -> int | None:
    for record in seen.value.answer if seen.status == dns.ANSWER and isinstance(seen.value, dns.Reply) else ():
        match record.value:
            case (_, _, int(serial), _, _, _, _) if record.rrtype == "SOA":
                return serial
    return None


def _judged(silent: dict[str, str], heard: list[str]) -> Outcome:
    """Those that spoke serve it. That no IPv6 address at all speaks says more of this machine than of them."""
    no_ipv6 = not any(":" in server for server in heard) and any(":" not in server for server in heard)
    missed = {server: reason for server, reason in silent.items() if not (no_ipv6 and ":" in server)}
    if missed:
        return Unsure("; ".join(f"{server}: {reason}" for server, reason in missed.items()), _BACK)
    note = "; nobody was reached by IPv6" if silent else ""
    return Done(f"served by {', '.join(heard)}{note}")
