"""The whole plan as steps for a person: what no tool can be told and everything else, in its order, with its waits.

Every kind of change has a text here. What operators' consoles want is from the table in data/providers.
"""

from collections.abc import Iterator
from typing import assert_never

from mxlatch.data import tables
from mxlatch.plan.change import (
    REFUSE,
    Certificate,
    Change,
    Delegation,
    HandOn,
    Harden,
    Inward,
    Listen,
    Lock,
    Outward,
    Policy,
    Records,
    Retire,
    StopWaiving,
    Tenant,
)
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers.quoting import file_name, remark
from mxlatch.plan.result import Plan, Step
from mxlatch.plan.wording import sentence
from mxlatch.terms.latch import Latch
from mxlatch.terms.wording import lasting

NAME = "steps"
TITLE = "steps for a person, for everything"
KINDS = (
    Records,
    Delegation,
    Lock,
    Inward,
    Outward,
    Harden,
    HandOn,
    StopWaiving,
    Tenant,
    Retire,
    Listen,
    Policy,
    Certificate,
)

# What a door must do to have a latch, whatever its software.
LATCHES: dict[Latch, str] = {
    Latch.RECIPIENT: "refuse unknown recipients at RCPT with 550, by the list itself or by asking the next hop; take "
    "no whole domain (`@domain`), and never take what a later hop refuses",
    Latch.RELAY: "refuse at RCPT what is not for your own domains, except from people who log in",
    Latch.TLS: "offer STARTTLS with a certificate for the name in the MX",
    Latch.CONTENT: "give every message to the same filter as the other door before the last 250, with the same corpus",
    Latch.DNSBL: "ask the same lists as the other door about the client, and know their answers for refused resolvers",
    Latch.SPF: "judge SPF at the door, where the client is seen",
    Latch.DKIM: "check DKIM signatures before 250",
    Latch.DMARC: "do what the sender's DMARC policy says before 250",
    Latch.PREGREET: "wait a moment before the banner, and refuse who speaks first",
    Latch.ORDER: "refuse with 4xx who did not try the better exchangers: mxlatch guard, or postscreen on one host",
}


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """One text; none for a plan without steps."""
    if not plan.steps:
        return ()
    lines = [f"{remark(plan.domain)}: {remark(plan.sentence)}", ""]
    for hazard in plan.hazards:
        lines += [f"! {remark(hazard.name)}: {remark(hazard.text)}"]
    for number, step in enumerate(plan.steps, 1):
        lines += ["", *_step(number, step)]
    return (Written(f"steps-{file_name(plan.domain)}.txt", "\n".join(lines) + "\n"),)


def _step(number: int, step: Step) -> Iterator[str]:
    yield f"{number}. {remark(step.title)}"
    for change in step.changes:
        yield f"   - {remark(sentence(change))}"
        yield from (f"     {remark(line)}" for line in how(change))
    if step.check:
        yield f"   Go on when: {remark(step.check)}"
    if step.wait:
        yield f"   Then wait {lasting(step.wait)}: {remark(step.why)}"
    if step.undo:
        cost = "" if step.free else f" (not free: {remark(step.costs)})"
        yield f"   Undo: {remark(step.undo)}{cost}"


def how(change: Change) -> Iterator[str]:
    """What to do where no tool can be told, and how to go back."""
    match change:
        case Records():
            yield f"at every server of {change.zone}: TTL {change.ttl} s; see that each answers with it first"
        case Delegation():
            yield "at the registrar; the new servers must answer for the zone first, the old ones until the TTL is over"
            yield f"undo: the old set at the registrar; resolvers keep either for up to {lasting(change.ttl_before)}"
        case Lock():
            yield from _lock(change)
        case Inward():
            yield f"at {change.firewall}, for IPv4 and IPv6: first count and log who connects there, for a week"
            yield "new connections are rejected with a TCP reset, open ones stay; who delivers there uses the MX"
            yield "undo: remove the rule"
        case Outward():
            yield "first count in the firewall's log who sends now; printers and applications use a relay of yours"
            yield "undo: remove the rule"
        case Harden():
            yield f"it must {LATCHES[change.latch]}"
            if change.detail:
                yield f"as at {change.like or 'the other door'}: {change.detail}"
        case HandOn():
            yield from _hand_on(change)
        case StopWaiving():
            yield "take the relay out of mynetworks, relay_from_hosts, local_addrs, SCL -1 rules and allow lists there"
            yield "undo: put it back"
        case Tenant():
            yield from _tenant(change)
        case Retire():
            yield "take its MX away first and wait; then refuse at RCPT with 550 and a text that names the exchangers"
            if change.owner:
                yield f"it is {change.owner}'s: ask them, in writing"
            yield "undo: take the domain again"
        case Listen():
            yield "give the host the address, let the server listen at it, and tell it that it is its own: else a loop"
            yield "undo: remove the MX that leads there first, then the address"
        case Policy():
            yield from _policy(change)
        case Certificate():
            yield "renew it with these names, also in what renews it by itself; senders that heed MTA-STS look at them"
            yield "keep the key if TLSA records (3 1 1) speak of it; undo: the old certificate"
        case _:
            assert_never(change)


def _policy(change: Policy) -> Iterator[str]:
    yield f"at https://mta-sts.{change.domain}/.well-known/mta-sts.txt, in these lines:"
    yield from (f"  {line}" for line in change.after)
    yield f"only then TXT at _mta-sts.{change.domain}: {change.record}"
    yield "undo: the old page, then another new id; senders keep what they fetched until then, or for"
    yield f"{change.max_age} s"


def _lock(change: Lock) -> Iterator[str]:
    yield f"at {change.firewall or 'the host'}, for {', '.join(change.addresses)}: both families, and no other port"
    if change.stage == REFUSE:
        yield "the mail server says 550, and where to deliver; then look in its log who was refused, for a week"
    else:
        yield "the firewall rejects with a TCP reset; to drop would cost honest senders their connect time-out"
    if change.log:
        yield f"who else delivers there: {change.log}"
    if change.shared:
        yield "others send from these addresses too: rarer, not closed"
    yield "undo: remove the rule"


def _hand_on(change: HandOn) -> Iterator[str]:
    match change.by:
        case "xclient":
            yield "the relay sends XCLIENT before each message; the next hop takes it from this address alone"
        case "proxy":
            yield "the relay sends a PROXY header; the next hop expects it from this address, and from nobody else"
        case _:
            yield "the next hop's filter trusts the Received line that this relay writes, and no other"
    yield "undo: both settings back, the relay's first"


def _tenant(change: Tenant) -> Iterator[str]:
    known = next((p for p in tables().providers if p.id == change.provider), None)
    if known is None or known.lockdown is None:
        yield "we know of no setting there that lets the filter in alone: ask the operator, in writing"
        return
    yield from (f"{number}) {line}" for number, line in enumerate(known.lockdown.steps, 1))
    yield f"who still gets in: {known.lockdown.admits} (verified {known.lockdown.verified})"
