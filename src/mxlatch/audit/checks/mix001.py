"""MIX001: a known filter stands beside an exchanger elsewhere: mail to the latter very likely goes round the filter.

Limits: told from names alone, so it is likely, never proven.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import mx_evidence, ranked, together
from mxlatch.paths.model import Paths
from mxlatch.terms.door import DoorState
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="MIX001",
    severity=Severity.MEDIUM,
    title="an exchanger stands beside a known filter",
    remedy="take the other exchanger out of the MX, and let it take mail from the filter only",
    references=cited("mx-lookup", "unfiltered"),
)

_OUT_OF_USE = (DoorState.CLOSED, DoorState.FILTERED)  # nobody gets in there, as far as can be seen


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each mixed set of exchangers."""
    mixed = {name.name: _mix(world, name.name) for name in world.names}
    for subject, (filters, others), names in together(world, {name: mix for name, mix in mixed.items() if all(mix)}):
        mail_to = listed(f"MX {preference} {exchange}" for preference, exchange in others)
        operators = listed(sorted({operator for operator, _ in filters}))
        yield RULE.finding(
            subject=subject,
            message=(
                f"mail to {mail_to} of {listed(names)} likely goes round the filter ({operators}) "
                "of the other exchangers"
            ),
            evidence=[e for _, exchange in (*filters, *others) for e in mx_evidence(world, exchange)],
        )


def _mix(world: World, name: str) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[int, str], ...]]:
    """(operator, exchange) of those at a filter, and (preference, exchange) of those in use elsewhere."""
    ways = ranked(world, name)
    filters = {(door.operator, exchange) for _, exchange, door in ways if door.operator in world.filters}
    at_filter = {exchange for _, exchange in filters}
    others = {
        (preference, exchange)
        for preference, exchange, door in ways
        if exchange not in at_filter and door.state not in _OUT_OF_USE
    }
    return tuple(sorted(filters)), tuple(sorted(others))
