"""A change as a sentence for people: what somebody has to do who carries it out by hand.

Limits: it names what shall be and not how a product is told so; that is in the texts of `plan.providers`.
"""

from typing import assert_never

from mxlatch.plan.change import (
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


def sentence(change: Change) -> str:
    """What is to be changed, on one line, without a full stop."""
    match change:
        case Records():
            return f"{change.name} {change.rrtype} becomes {_set(change.after)} (now {_set(change.before)})"
        case Delegation():
            return f"the NS of {change.zone} at its parent become {_set(change.after)} (now {_set(change.before)})"
        case Lock():
            ports = ", ".join(map(str, change.ports))
            who = f" ({change.who})" if change.who else ""
            return f"lock of {change.host}: port {ports} for {_set(change.allow)}{who} only"
        case Inward():
            ports = ", ".join(map(str, change.ports))
            allowed = f"from outside to {_set(change.allow, 'nobody')} only"
            return f"port {ports} of {_set(change.blocks)} behind {change.firewall}: {allowed}"
        case Outward():
            allowed = f"for {_set(change.allow, 'nobody')} only"
            return f"port 25 from {_set(change.blocks)} behind {change.firewall} to the world: {allowed}"
        case Harden():
            like = f", as at {change.like}" if change.like else ""
            return f"latch {change.latch} at {change.door} ({change.host}){like}"
        case HandOn():
            return f"{change.door} ({change.host}) tells {change.next_door} who its client is, by {change.by}"
        case StopWaiving():
            latches = ", ".join(change.latches)
            return f"{change.next_door} applies {latches} to what {change.door} ({change.host}) hands on"
        case Tenant():
            allow = change.certificate or _set(change.allow)
            return f"{change.domain} at {change.provider} takes mail from {allow} only"
        case Listen():
            return f"{change.host} listens at {change.address} too, as at {change.like}"
        case Policy():
            return f"the MTA-STS policy of {change.domain} becomes {_set(change.after)}"
        case Certificate():
            return f"the certificate of {change.host} is for {_set(change.names)} too"
        case Retire():
            owner = f" (ask {change.owner})" if change.owner else ""
            return f"{change.door} ({change.host}) takes no more mail for {change.domain}{owner}"
        case _:
            assert_never(change)


def _set(values: tuple[str, ...], none: str = "nothing") -> str:
    return ", ".join(values) or none
