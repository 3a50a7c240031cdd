"""A change in words for who carries it out by hand: what is to be done, how without a tool, and how to go back.

Every kind of change has a case here. What a plan's reader is told, who decides and does not type, stands in
`report.plan_outline`: there one sentence is for all doors of a host, and long lists are shortened. How a product is
told so is in the texts of `plan.providers`.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

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
    Transfer,
)
from mxlatch.terms.latch import Latch
from mxlatch.terms.operators import Provider
from mxlatch.terms.wording import lasting

# Of a lock on a filter's shared addresses.
SHARED = "Others send from these addresses too: they still get in. Rarer, not closed."

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


def sentence(change: Change) -> str:
    """What is to be changed, on one line, without a full stop."""
    return next(by_hand(change, ()))


def going_back(change: Change) -> str:
    """What undoing makes of a change, on one line."""
    match change:
        case Records():
            return f"{change.name} {change.rrtype} becomes {_set(change.before)} (now {_set(change.after)})"
        case _:
            return sentence(change)


def standing(change: Change) -> str:
    """What a change made, and is not undone, on one line."""
    match change:
        case Records():
            return f"{change.name} {change.rrtype} is {_set(change.after)} (before: {_set(change.before)})"
        case _:
            return sentence(change)


def by_hand(change: Change, operators: Sequence[Provider]) -> Iterator[str]:
    """What is to be changed, as `sentence` has it; then, a line each, how, and how to go back.

    operators: what is known of them, and of their consoles (data/providers).
    """
    match change:
        case Records():
            yield f"{change.name} {change.rrtype} becomes {_set(change.after)} (now {_set(change.before)})"
            yield f"at every server of {change.zone}: TTL {change.ttl} s; see that each answers with it first"
        case Delegation():
            yield from _delegation(change)
        case Transfer():
            yield from _transfer(change)
        case Lock():
            yield from _lock(change)
        case Inward():
            yield from _inward(change)
        case Outward():
            allowed = f"for {_set(change.allow, 'nobody')} only"
            yield f"port 25 from {_set(change.blocks)} behind {change.firewall} to the world: {allowed}"
            yield "first count in the firewall's log who sends now; printers and applications use a relay of yours"
            yield "undo: remove the rule"
        case Harden():
            yield from _harden(change)
        case HandOn():
            yield from _hand_on(change)
        case StopWaiving():
            latches = ", ".join(change.latches)
            yield f"{change.next_door} applies {latches} to what {change.door} ({change.host}) hands on"
            yield "take the relay out of mynetworks, relay_from_hosts, local_addrs, SCL -1 rules and allow lists there"
            yield "undo: put it back"
        case Tenant():
            yield from _tenant(change, operators)
        case Retire():
            yield from _retire(change)
        case Listen():
            yield f"{change.host} listens at {change.address} too, as at {change.like}"
            yield "give the host the address, let the server listen at it, and tell it that it is its own: else a loop"
            yield "undo: remove the MX that leads there first, then the address"
        case Policy():
            yield from _policy(change)
        case Certificate():
            yield f"the certificate of {change.host} is for {_set(change.names)} too"
            yield "renew it with these names, also in what renews it by itself; senders that heed MTA-STS look at them"
            yield "keep the key if TLSA records (3 1 1) speak of it; undo: the old certificate"
        case _:
            assert_never(change)


def _set(values: tuple[str, ...], none: str = "nothing") -> str:
    return ", ".join(values) or none


def _delegation(change: Delegation) -> Iterator[str]:
    yield f"the NS of {change.zone} at its parent become {_set(change.after)} (now {_set(change.before)})"
    yield "at the registrar; the new servers must answer for the zone first, the old ones until the TTL is over"
    yield f"undo: the old set at the registrar; resolvers keep either for up to {lasting(change.ttl_before)}"


def _transfer(change: Transfer) -> Iterator[str]:
    serial = f", serial {change.serial} or a newer one" if change.serial is not None else ""
    yield f"{_set(change.servers)} must serve {change.zone} as {_set(change.like)}{serial}"
    if change.behind:
        yield "wait for the zone's refresh, and ask again; if it stays behind, mend NOTIFY and the transfer to it"
        yield f"if it is the primary: give it the zone as meant, at a serial newer than {change.serial} (RFC 1982)"
    else:
        yield "at one serial no refresh mends it: load what is meant at the primary, and raise the serial"
    yield "a server that is to serve the zone no more leaves its NS, in the zone and at the registrar"
    yield "undo: nothing, old data serves nobody"


def _lock(change: Lock) -> Iterator[str]:
    who = f" ({change.who})" if change.who else ""
    yield f"lock of {change.host}: port {_ports(change.ports)} for {_set(change.allow)}{who} only"
    yield f"at {change.firewall or 'the host'}, for {', '.join(change.addresses)}: both families, and no other port"
    if change.stage == REFUSE:
        yield "the mail server says 550, and where to deliver; then look in its log who was refused, for a week"
    else:
        yield "the firewall rejects with a TCP reset; to drop would cost honest senders their connect time-out"
    if change.log:
        yield f"who else delivers there: {change.log}"
    if change.shared:
        yield SHARED
    yield "undo: remove the rule"


def _inward(change: Inward) -> Iterator[str]:
    allowed = f"from outside to {_set(change.allow, 'nobody')} only"
    yield f"port {_ports(change.ports)} of {_set(change.blocks)} behind {change.firewall}: {allowed}"
    yield f"at {change.firewall}, for IPv4 and IPv6: first count and log who connects there, for a week"
    yield "new connections are rejected with a TCP reset, open ones stay; who delivers there uses the MX"
    yield "undo: remove the rule"


def _ports(ports: tuple[int, ...]) -> str:
    return ", ".join(map(str, ports))


def _harden(change: Harden) -> Iterator[str]:
    like = f", as at {change.like}" if change.like else ""
    yield f"latch {change.latch} at {change.door} ({change.host}){like}"
    yield f"it must {LATCHES[change.latch]}"
    if change.detail:
        yield f"as at {change.like or 'the other door'}: {change.detail}"


def _hand_on(change: HandOn) -> Iterator[str]:
    yield f"{change.door} ({change.host}) tells {change.next_door} who its client is, by {change.by}"
    match change.by:
        case "xclient":
            yield "the relay sends XCLIENT before each message; the next hop takes it from this address alone"
        case "proxy":
            yield "the relay sends a PROXY header; the next hop expects it from this address, and from nobody else"
        case _:
            yield "the next hop's filter trusts the Received line that this relay writes, and no other"
    yield "undo: both settings back, the relay's first"


def _tenant(change: Tenant, operators: Sequence[Provider]) -> Iterator[str]:
    yield f"{change.domain} at {change.provider} takes mail from {change.certificate or _set(change.allow)} only"
    known = next((each for each in operators if each.id == change.provider), None)
    if known is None or known.lockdown is None:
        yield "we know of no setting there that lets the filter in alone: ask the operator, in writing"
        return
    yield from (f"{number}) {line}" for number, line in enumerate(known.lockdown.steps, 1))
    yield f"who still gets in: {known.lockdown.admits} (verified {known.lockdown.verified})"


def _retire(change: Retire) -> Iterator[str]:
    owner = f" (ask {change.owner})" if change.owner else ""
    yield f"{change.door} ({change.host}) takes no more mail for {change.domain}{owner}"
    yield "take its MX away first and wait; then refuse at RCPT with 550 and a text that names the exchangers"
    if change.owner:
        yield f"it is {change.owner}'s: ask them, in writing"
    yield "undo: take the domain again"


def _policy(change: Policy) -> Iterator[str]:
    yield f"the MTA-STS policy of {change.domain} becomes {_set(change.after)}"
    yield f"at https://mta-sts.{change.domain}/.well-known/mta-sts.txt, in these lines:"
    yield from (f"  {line}" for line in change.after)
    yield f"only then TXT at _mta-sts.{change.domain}: {change.record}"
    yield "undo: the old page, then another new id; senders keep what they fetched until then, or for"
    yield f"{change.max_age} s"
