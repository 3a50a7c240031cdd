"""BACK001: the MX leads to a filter, and the mailbox host behind it takes mail from strangers at its own endpoint.

Told of endpoints that did so at RCPT, by the table of answer codes in `data/providers`. Limits: the host may still
refuse the message after DATA, so a canary alone proves it; what the table leaves unknown is never told here.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import NULL_MX, mx_evidence, ranked
from mxlatch.paths.model import Paths
from mxlatch.terms.door import ENDPOINT, Door, WayIn
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="BACK001",
    severity=Severity.HIGH,
    title="the mailbox host behind the filter takes mail from strangers",
    remedy="let the mailbox host take mail from the filter only, then ask it again as a stranger",
    references=cited("unfiltered", "mx-lookup"),
)

_OPEN = "open"


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each mail name and endpoint that took its mail from a stranger."""
    for (name, endpoint), doors in sorted(_taking(world).items()):
        if any(door.operator == doors[0].operator for _, _, door in ranked(world, name)):
            continue  # its own exchangers are in the MX: no host behind it
        filters = {door.operator for _, _, door in ranked(world, name) if door.operator in world.filters}
        ways = [way for door in doors for way in door.ways_in if _leads(way, name, endpoint)]
        mx = _exchanges(world, name)
        yield RULE.finding(
            subject=endpoint,
            message=(
                f"mail to {name} can go round {_what(filters, mx)}: {doors[0].operator or endpoint} takes it from "
                f"strangers at {endpoint}, as far as RCPT"
            ),
            evidence=[
                *(e for door in doors for e in door.evidence),
                *(e for way in ways for e in way.evidence),
                *(e for exchange in mx for e in mx_evidence(world, exchange)),
            ],
            severity=RULE.severity if filters else step_lower(RULE.severity),
        )


def _taking(world: World) -> dict[tuple[str, str], list[Door]]:
    """(mail name, endpoint) to the doors there that took mail from a stranger and that no record of the name gives."""
    found: dict[tuple[str, str], list[Door]] = {}
    for door in sorted(world.doors, key=lambda door: door.id):
        published = {way.name for way in door.ways_in if way.published}
        ways = {(way.name, way.exchange) for way in door.ways_in if way.kind == ENDPOINT and way.name not in published}
        for key in ways if door.endpoint == _OPEN else ():
            found.setdefault(key, []).append(door)
    return found


def _leads(way: WayIn, name: str, endpoint: str) -> bool:
    return (way.kind, way.name, way.exchange) == (ENDPOINT, name, endpoint)


def _exchanges(world: World, name: str) -> list[str]:
    return sorted({mx[1] for each in world.names if each.name == name for mx in each.mx} - {NULL_MX})


def _what(filters: set[str], mx: list[str]) -> str:
    """What is gone round, in words."""
    if filters:
        return f"the filter ({listed(sorted(filters))}) in its MX"
    return f"its exchangers ({listed(mx, 3)})" if mx else "its MX, which takes no mail"
