"""Plans made by hand, for the tests of what writes them down and carries them out."""

from collections.abc import Sequence

from mxlatch.plan.change import Change, Lock, Records
from mxlatch.plan.result import Hazard, Plan, Step

ZONE = "example.com"
MX = ("10 mx1.example.com.", "20 mx2.example.com.")
LOCK = Lock("mx1.example.com", ("203.0.113.1",), (25,), ("203.0.113.2",), "the filter")
TODAY = "20261128"


def records(name: str, rrtype: str, before: Sequence[str], after: Sequence[str], ttl: int = 300) -> Records:
    """A change in example.com."""
    return Records(ZONE, name, rrtype, tuple(before), tuple(after), ttl, 300)


def mx(after: Sequence[str] = MX[:1], ttl: int = 300, before: Sequence[str] = MX) -> Records:
    """The MX of example.com changed; by default it loses the second."""
    return records(ZONE, "MX", before, after, ttl)


def plan(*steps: Sequence[Change] | Step, hazards: tuple[Hazard, ...] = ()) -> Plan:
    """A plan of these steps."""
    whole = tuple(s if isinstance(s, Step) else Step(f"change {n}", tuple(s)) for n, s in enumerate(steps, 1))
    return Plan(
        domain=ZONE,
        made="2026-11-28T06:00:00Z",
        profile="none",
        sentence="",
        before="open",
        after="closed",
        steps=whole,
        hazards=hazards,
    )
