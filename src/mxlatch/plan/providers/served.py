"""Whether new records are in force: every address of the zone's name servers is asked (RFC 1996: secondaries follow).

Part of the providers that change DNS. A server that refuses, or does not speak for the zone, serves nothing old.
"""

from collections.abc import Sequence

from mxlatch.plan.change import Records
from mxlatch.plan.provider import Done, Means, NotDone, Outcome, Unsure
from mxlatch.plan.providers import rrsets
from mxlatch.plan.providers.rrsets import RRset
from mxlatch.terms import dns
from mxlatch.terms.question import DnsQuestion

_FOLLOW = "secondaries follow by NOTIFY or within the zone's refresh time"


async def everywhere(own: Sequence[Records], means: Means) -> Outcome:
    """Whether all of them serve these RRsets."""
    questions = [
        DnsQuestion(server, change.name, change.rrtype, spelling="lower")
        for change in own
        for server in means.servers.get(change.zone, ())
    ]
    wanted = {(change.name, change.rrtype): rrsets.after(change) for change in own}
    if not questions:
        return Unsure("the zone's name servers are not known", "look whether they all serve it")
    old, silent = [], []
    for question, seen in zip(questions, await means.ask(questions), strict=True):
        there = rrsets.served(seen, question.name, question.rrtype)
        if isinstance(there, RRset) and not there.equals(wanted[question.name, question.rrtype]):
            old.append(f"{question.server} still serves {there}")
        elif isinstance(there, str) and seen.status not in (dns.REFUSED, dns.NOT_AUTH):
            silent.append(f"{question.server}: {there}")  # who does not speak for the zone serves nothing old
    if old:
        return NotDone("; ".join(old), _FOLLOW)
    if silent:
        return Unsure("; ".join(silent), "a server that is down may come back with the old records")
    return Done(f"served by {', '.join(dict.fromkeys(question.server for question in questions))}")
