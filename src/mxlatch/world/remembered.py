"""What an earlier run saw of a domain's doors: exchanges and addresses that senders may still remember (story 1)."""

from collections.abc import Iterable, Iterator, Sequence

from mxlatch.terms.names import ROOT, BadName, domain_name, is_below
from mxlatch.terms.observation import SESSION, Observation
from mxlatch.terms.question import DnsQuestion, SmtpQuestion
from mxlatch.world.answers import answered
from mxlatch.world.delegation import addresses_in
from mxlatch.world.scope import Remembered

MOST = 512  # of one domain and one run

Pair = tuple[str, str]  # name, and address or ""


def remembered_in(observations: Iterable[Observation], domain: str, where: str) -> tuple[Remembered, ...]:
    """The exchanges that a log shows for the domain, their addresses, and the doors that spoke.

    where: what to call the log, for people.
    """
    seen = list(observations)
    exchanges = {name: o.time for o in seen for name in _exchanges(o, domain)}
    latest: dict[Pair, float] = {(name, ""): time for name, time in exchanges.items() if name != domain}
    for pair, time in (found for o in seen for found in _addresses(o, {*exchanges, domain}, domain)):
        latest[pair] = max(time, latest.get(pair, time))
    return tuple(Remembered(domain, *pair, latest[pair], where) for pair in sorted(latest)[:MOST])


def _exchanges(seen: Observation, domain: str) -> Sequence[str]:
    """The exchanges in an MX answer for a name at or below the domain."""
    question = seen.question
    if not isinstance(question, DnsQuestion) or question.rrtype != "MX" or not is_below(question.name, domain):
        return ()
    values = (record.value for record in answered(seen, "MX") if isinstance(record.value, tuple))
    return [str(value[1]) for value in values if len(value) == 2 and value[1] != ROOT and _is_plain(str(value[1]))]


def _addresses(seen: Observation, names: set[str], domain: str) -> Iterator[tuple[Pair, float]]:
    """Where these names led, by DNS; and by sessions that were held, any name below the domain."""
    question = seen.question
    if isinstance(question, DnsQuestion) and question.name in names:
        yield from (((question.name, address), seen.time) for address in addresses_in(seen))
    if isinstance(question, SmtpQuestion) and seen.status == SESSION and _is_plain(host := question.host):
        yield from [((host, question.address), seen.time)] if host in names or is_below(host, domain) else []


def _is_plain(name: str) -> bool:
    """False for a name with octets that no host name has: nobody is to be asked for it again."""
    try:
        return domain_name(name) == name
    except BadName:
        return False
