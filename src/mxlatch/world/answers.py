"""What of an answer is the answer: records at the asked name, or at the end of its chain of aliases (RFC 1034 3.6.2).

A server may put anything into its answer section; an MX or an address of another name is not a word on this one.
"""

from mxlatch.terms import dns
from mxlatch.terms.dns import Record
from mxlatch.terms.observation import NOT_ALLOWED, Observation
from mxlatch.terms.question import DnsQuestion

# A refusal is an answer: the server is lame, and a rule says so. Of what is none of these nothing is known.
_HEARD = frozenset({dns.ANSWER, dns.NODATA, dns.NXDOMAIN, dns.REFERRAL, dns.REFUSED, dns.NOT_AUTH})
_LONGEST_CHAIN = 16  # aliases in a row; resolvers give up at 8 to 16 (unbound, BIND)


def is_silent(seen: Observation) -> bool:
    """True if it was asked and nothing was said that tells what the server would say: silence, SERVFAIL, a fault."""
    return seen.status not in _HEARD and seen.status != NOT_ALLOWED


def answered(seen: Observation, *rrtypes: str) -> tuple[Record, ...]:
    """The records of these types that answer the question; () unless it was answered."""
    if seen.status != dns.ANSWER or not isinstance(seen.value, dns.Reply) or not isinstance(seen.question, DnsQuestion):
        return ()
    records = seen.value.answer
    names = _chain(seen.question.name, records)
    return tuple(record for record in records if record.rrtype in rrtypes and record.owner in names)


def alias(seen: Observation) -> str:
    """Where the asked name's alias leads in the end, as far as this answer says; "" if it is no alias."""
    if seen.status != dns.ANSWER or not isinstance(seen.value, dns.Reply) or not isinstance(seen.question, DnsQuestion):
        return ""
    return list(_chain(seen.question.name, seen.value.answer))[-1] if answered(seen, "CNAME") else ""


def _chain(name: str, records: tuple[Record, ...]) -> dict[str, None]:
    """The asked name and its aliases, in order."""
    aliases: dict[str, str] = {}
    for record in records:
        if record.rrtype == "CNAME":
            aliases.setdefault(record.owner, str(record.value))
    chain = {name: None}
    while (name := aliases.get(name, "")) and name not in chain and len(chain) <= _LONGEST_CHAIN:
        chain[name] = None
    return chain
