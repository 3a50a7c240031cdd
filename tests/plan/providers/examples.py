"""One change of each kind, with plain values, and a plan that holds them."""

from collections.abc import Iterable

import msgspec

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
from mxlatch.plan.result import Plan, Step
from mxlatch.terms.latch import Latch

DOMAIN, DOOR, RELAY = "example.com", "203.0.113.25:25", "198.51.100.200:25"
FILTER = ("198.51.100.1", "198.51.100.64/26", "2001:db8:1::1")
LOCK = Lock("hub.example.com", ("203.0.113.25", "2001:db8:3::25"), (25, 465), FILTER, "the filter")
EVERY: tuple[Change, ...] = (
    Records(DOMAIN, DOMAIN, "MX", ("20 hub.example.com.",), ("10 mx1.example.com.",), 300, 3600),
    Delegation(DOMAIN, ("ns1.example.net.",), ("ns2.example.net.",), 86400),
    Transfer(DOMAIN, ("ns3.example.net",), ("ns1.example.net",), 2026010101, behind=True),
    Transfer(DOMAIN, ("ns3.example.net",), ("ns1.example.net",), None, behind=False),
    LOCK,
    msgspec.structs.replace(LOCK, stage=REFUSE),
    Lock("inner.example.com", ("203.0.113.9",), (25,), FILTER, firewall="edge"),
    Inward("edge", ("203.0.113.0/24", "2001:db8:3::/48"), ("203.0.113.25",), (25, 587), "forward"),
    Outward("edge", ("203.0.113.0/24",), ("203.0.113.25",), "forward"),
    *(Harden(DOOR, "hub.example.com", "", latch, "203.0.113.1:25", "zen.spamhaus.org at RCPT") for latch in Latch),
    *(HandOn(RELAY, "relay.example.com", DOOR, by) for by in ("xclient", "proxy", "received")),
    StopWaiving(RELAY, "relay.example.com", DOOR, (Latch.RECIPIENT, Latch.SPF, Latch.DNSBL)),
    Tenant(
        "microsoft", DOMAIN, "example-com.mail.protection.outlook.com", ("52.0.0.1", "52.0.1.0/24"), "*.filter.example"
    ),
    Tenant("microsoft", DOMAIN, "example-com.mail.protection.outlook.com", ("52.0.0.1",)),
    Tenant("google", DOMAIN, "aspmx.l.google.com", ("52.0.0.1", "2600:1f00::/40"), shared=True),
    Retire(DOOR, "hub.example.com", DOMAIN, "the old provider"),
    Listen("hub.example.com", DOOR, "203.0.113.26"),
    Policy(
        DOMAIN, ("version: STSv1", "mx: a.example.com"), ("version: STSv1", "mx: b.example.com"), "v=STSv1; id=2;", 60
    ),
    Certificate("hub.example.com", ("mx3.example.com",)),
)


def in_steps(*steps: tuple[Change, ...]) -> Plan:
    """A plan of several steps."""
    made = tuple(Step(f"the {n}. step", changes) for n, changes in enumerate(steps, 1))
    return msgspec.structs.replace(plan(), steps=made)


def plan(changes: Iterable[Change] = EVERY, sentence: str = "all of it") -> Plan:
    """A plan of one step."""
    steps = (Step("all at once", tuple(changes), 300, "the TTL", "what is seen", "all back"),)
    return Plan(domain=DOMAIN, made="", profile="", sentence=sentence, before="open", after="closed", steps=steps)
