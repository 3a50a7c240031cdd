"""TLS001: if one door offers STARTTLS, every door does; an attacker who blocks the one sends mail to the other."""

from collections.abc import Iterator

from mxlatch.audit.subjects import ehlo_replies, keywords, open_doors, title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.latch import ABSENT, FOUND, LIKELY_ABSENT, Latch
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.wording import listed
from mxlatch.world.model import World

RULE = Rule(
    id="TLS001",
    severity=Severity.MEDIUM,
    title="STARTTLS is missing at one door while another has it",
    remedy="let this door offer STARTTLS with a certificate for each of its names, or take it out of the MX",
    references=cited("starttls", "mta-sts"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each open door without working STARTTLS, if another one has it."""
    doors = open_doors(world)
    having = [door for door in doors if _state(door) == FOUND]
    titles = listed([title(door) for door in having], 3)
    for door in doors:
        if having and _state(door) in (ABSENT, LIKELY_ABSENT):
            sure = _state(door) == ABSENT
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} {_what(door)}, though another door has it: {titles}",
                evidence=door.latches[Latch.TLS].evidence or door.evidence,
                severity=RULE.severity if sure else step_lower(RULE.severity),
            )


def _what(door: Door) -> str:
    offered = "STARTTLS" in keywords(ehlo_replies(door))
    return "offers STARTTLS but the handshake fails" if offered else "does not offer STARTTLS"


def _state(door: Door) -> str:
    known = door.latches.get(Latch.TLS)
    return known.state if known else ""
