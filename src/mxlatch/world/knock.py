"""What to ask at the doors: one session each, with RCPT probes only where leave and inventory allow, and a second pass
over what was silent."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mxlatch.inventory.leave import Leave, why_no_probes
from mxlatch.inventory.model import SMTP_PORT, SMTPS_PORT, Inventory
from mxlatch.terms.observation import SILENT, Observation
from mxlatch.terms.operators import operator_of
from mxlatch.terms.question import RcptProbe, SmtpQuestion
from mxlatch.world.candidate import Candidate
from mxlatch.world.endpoints import EndpointSeen
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.exchanges import ExchangeSeen
from mxlatch.world.other_domains import OtherExchange, place
from mxlatch.world.scope import Scope

PASSES = 2  # silence once may be a lost packet; silence twice is a filter, if others answer
MOST_DOORS = 2048


def knock(questions: Sequence[SmtpQuestion]) -> Enquiry[tuple[Observation, ...]]:
    """Hold the sessions; return the last observation of each door, by address and port."""
    last: dict[tuple[str, int], Observation] = {}
    while questions:
        seen: Sequence[Observation] = yield questions
        last.update(((o.question.address, o.question.port), o) for o in seen if isinstance(o.question, SmtpQuestion))
        silent = [o.question for o in seen if isinstance(o.question, SmtpQuestion) and o.status == SILENT]
        questions = [_again(question) for question in silent if question.attempt < PASSES]
    return tuple(last[place] for place in sorted(last))


def door_questions(
    domain: str, exchanges: Iterable[ExchangeSeen], leave: Leave | None, scope: Scope
) -> list[SmtpQuestion]:
    """One question an address, in the name of the first exchange that leads there."""
    hosts: dict[str, list[str]] = {}
    for exchange in exchanges:
        for address in exchange.addresses:
            hosts.setdefault(address, []).append(exchange.name)
    return [_question(domain, address, sorted(hosts[address]), leave, scope) for address in sorted(hosts)[:MOST_DOORS]]


def candidate_questions(
    domain: str, candidates: Iterable[Candidate], leave: Leave | None, scope: Scope
) -> list[SmtpQuestion]:
    """The same for doors that no record names; one question an address and port, but none where TLS must come first."""
    hosts: dict[tuple[str, int], list[str]] = {}
    for candidate in (each for each in candidates if each.port != SMTPS_PORT):
        hosts.setdefault((candidate.address, candidate.port), []).append(candidate.name or candidate.address)
    return [
        msgspec.structs.replace(_question(domain, address, sorted(names), leave, scope), port=port, published=False)
        for (address, port), names in sorted(hosts.items())
    ]


def endpoint_questions(
    domain: str, endpoints: Iterable[EndpointSeen], leave: Leave | None, scope: Scope
) -> list[SmtpQuestion]:
    """One session with each provider's endpoint, at one of its addresses, if the owner gave leave for recipients.

    Besides the usual senders one of the domain itself: some settings refuse only those (FACTS 5.2).
    """
    entry = scope.inventory.domain(domain)
    if entry is None or entry.recipient is None:
        return []
    usual = (probe for probe in probes(domain, scope.inventory, scope.nonce) if probe.label != "foreign")
    asked = (*usual, RcptProbe("valid", entry.recipient, entry.recipient))
    return [
        SmtpQuestion(
            endpoint.addresses[0],
            SMTP_PORT,
            endpoint.name,
            domain=domain,
            operator=endpoint.provider,
            probes=asked,
            published=False,
        )
        for endpoint in endpoints
        if endpoint.addresses
        and why_no_probes(domain, endpoint.addresses[0], scope.inventory, leave, scope.time, endpoint=True) is None
    ]


def other_questions(
    others: Iterable[OtherExchange], leaves: Mapping[str, Leave], endpoints: Sequence[EndpointSeen], scope: Scope
) -> list[SmtpQuestion]:
    """One question an address at which another domain of the same mailboxes has its exchanger.

    With recipients of that domain, if there is leave for it. An operator's own names for the customer are asked about
    nowhere but at its endpoint; a domain that the inventory names is the owner's, and its exchanger is published.
    """
    named = [each for each in others if scope.inventory.domain(each.domain) is not None]
    ends = {(place(each, endpoints), each.domain): each for each in named if place(each, endpoints) == each.address}
    found: dict[str, SmtpQuestion] = {}
    for (address, domain), each in sorted(ends.items()):
        found.setdefault(address, _question(domain, address, [each.exchange], leaves.get(domain), scope))
    return list(found.values())


def probes(domain: str, inventory: Inventory, nonce: str) -> tuple[RcptProbe, ...]:
    """The RCPTs that tell whether unknown recipients and foreign ones are refused (valid, random, foreign).

    From a real sender and from `<>`: some sites refuse the null reverse-path, others treat it more kindly. The foreign
    recipient is the operator's own mailbox; where that is at the domain itself, relaying cannot be asked.
    """
    entry = inventory.domain(domain)
    if entry is None or entry.recipient is None:
        return ()
    nobody = f"mxlatch-{nonce}@{entry.recipient.rpartition('@')[2]}"
    sender = inventory.sender_for(domain)
    asked = [RcptProbe("valid", "", entry.recipient), RcptProbe("random", "", nobody)]
    if sender:
        asked += [RcptProbe("valid", sender, entry.recipient), RcptProbe("random", sender, nobody)]
    if sender and inventory.domain(sender.rpartition("@")[2].lower()) is None:
        asked.append(RcptProbe("foreign", sender, sender))  # last: Postfix says 554 to it, which ends a session
    return tuple(asked)


def _question(domain: str, address: str, hosts: list[str], leave: Leave | None, scope: Scope) -> SmtpQuestion:
    operators = [who.id for host in hosts if (who := operator_of(host, scope.providers))]
    may = why_no_probes(domain, address, scope.inventory, leave, scope.time) is None
    asked = probes(domain, scope.inventory, scope.nonce) if may else ()
    return SmtpQuestion(
        address=address,
        port=SMTP_PORT,
        host=hosts[0],
        domain=domain if asked else "",
        operator=operators[0] if operators and not scope.inventory.is_listed(address) else "",
        probes=asked,
    )


def _again(question: SmtpQuestion) -> SmtpQuestion:
    return msgspec.structs.replace(question, attempt=question.attempt + 1)
