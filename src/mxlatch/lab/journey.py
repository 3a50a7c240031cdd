"""One sender's way along the MX records of a lab that is up: the senders of data/behaviours.toml, played literally.

Limits: one attempt. What a sender does hours later, after its queue's next run, is not played; nor is the implicit MX.
"""

import random
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import dns.message
import dns.rdatatype
from msgspec import Struct

from mxlatch.lab.internet import Running
from mxlatch.lab.post import Message
from mxlatch.lab.resolver import Resolver
from mxlatch.lab.sender import Refusal
from mxlatch.lab.topology import SMTP_PORT, Topology
from mxlatch.terms.behaviour import ACCEPT, NO_ANSWER, REJECT, TEMPFAIL, Behaviour

Step = tuple[int, str, str]  # preference, exchange, address


class Try(Struct, frozen=True):
    """One try. outcome: as in `terms.behaviour`; reply: the door's last word, or why there was none."""

    exchange: str
    address: str
    outcome: str
    reply: str = ""


async def journey(
    lab: Running, behaviour: Behaviour, source: str, message: Message, chance: random.Random | None = None
) -> tuple[Try, ...]:
    """Have a sender at this address try to get a message in; gives its tries, in their order.

    The exchangers are those of the first recipient's domain. chance: decides among equals; the records' own order
    without it.
    """
    domain = message.recipients[0].rpartition("@")[2]
    tries: list[Try] = []
    for _, exchange, address in _in_order(behaviour, exchangers(lab.topology, domain), chance):
        if behaviour.distinct and any(address == each.address for each in tries):
            continue
        tries.append(await _tried(lab, source, exchange, address, message))
        answered = sum(each.outcome != NO_ANSWER for each in tries)
        has_none_left = len(tries) == behaviour.tries or answered == behaviour.sessions > 0
        if has_none_left or tries[-1].outcome not in behaviour.goes_on:
            break
    return tuple(tries)


def exchangers(topology: Topology, domain: str) -> tuple[Step, ...]:
    """What the public resolver says of a domain's MX, best first, with each address of each exchange."""
    resolver = Resolver(topology)
    records = sorted(_asked(resolver, domain, "MX"), key=lambda record: record.preference)
    return tuple(
        (record.preference, str(record.exchange).rstrip(".").lower(), each.address)
        for record in records
        for rrtype in ("A", "AAAA")
        for each in _asked(resolver, str(record.exchange), rrtype)
    )


def _asked(resolver: Resolver, name: str, rrtype: str) -> list:  # type: ignore[type-arg]  # of rdata of that type
    reply = resolver.answer(dns.message.make_query(name, rrtype).to_wire(), True)
    assert reply is not None
    wanted = dns.rdatatype.from_text(rrtype)
    return [record for each in dns.message.from_wire(reply).answer if each.rdtype == wanted for record in each]


def _in_order(behaviour: Behaviour, steps: tuple[Step, ...], chance: random.Random | None) -> Iterator[Step]:
    """As the sender tries them; who takes any does not look at preferences."""
    by_preference = sorted(steps, key=itemgetter(0), reverse=behaviour.order == "descending")
    levels = [list(level) for _, level in groupby(by_preference, key=itemgetter(0))]
    for level in [by_preference] if behaviour.order == "random" else levels:
        yield from level if chance is None else chance.sample(level, len(level))


async def _tried(lab: Running, source: str, exchange: str, address: str, message: Message) -> Try:
    try:
        await lab.send(source, address, SMTP_PORT, message)
    except Refusal as refusal:
        return Try(exchange, address, TEMPFAIL if refusal.reply.startswith("4") else REJECT, str(refusal))
    except (OSError, EOFError) as error:
        return Try(exchange, address, NO_ANSWER, str(error))
    return Try(exchange, address, ACCEPT)
