"""SMTP003: an exchanger takes mail for the domain whose MX names it (RFC 5321 section 5.1)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, said, title
from mxlatch.paths.model import Paths
from mxlatch.terms.door import Door
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World
from mxlatch.world.taking import Taking, asked_of, taking, valid_turns

RULE = Rule(
    id="SMTP003",
    severity=Severity.HIGH,
    title="an exchanger does not serve the domain",
    remedy="let the server take mail for the domain, or take it out of the MX",
    references=cited("mx-lookup", "relaying"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each exchanger of the domain that refused its valid recipient as somebody else's, or to all."""
    for door in open_doors(world):
        refuses = {Taking.FOREIGN: "does not relay to it", Taking.LOGIN: "takes mail only from who logs in"}
        how = refuses.get(taking(door.session), "")
        if how and _is_exchanger(door, world.domain):
            lines = (f"{t.command} -> {t.reply.code} {t.reply.text}" for t in valid_turns(door.session) if t.reply)
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} is published as an exchanger of {world.domain}, and {how}",
                evidence=said(world, door, lines),
            )


def _is_exchanger(door: Door, domain: str) -> bool:
    asked = asked_of(door.session)
    return (not asked or domain in asked) and any(way.published and way.name == domain for way in door.ways_in)
