"""TLS005: if one exchanger has TLSA records, every one has; who shuts out the one reads the mail at the other."""

from collections.abc import Iterator

from mxlatch.audit.subjects import mx_evidence, targets
from mxlatch.paths.model import Paths
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.outcome import Absent, Found
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.terms.wording import listed
from mxlatch.world.dane import Dane
from mxlatch.world.model import World

RULE = Rule(
    id="TLS005",
    severity=Severity.MEDIUM,
    title="one exchanger has TLSA records and another has none",
    remedy="publish TLSA records for every exchanger, in signed zones",
    references=cited("dane-hosts"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each exchanger without; low where it is not known whether those of the others validate."""
    dane = world.dane
    if dane is None:
        return
    exchanges = [name for name, uses in targets(world).items() if any(of == world.domain for of, _ in uses)]
    having = [exchange for exchange in exchanges if dane.has_usable(exchange)]
    heeded = [exchange for exchange in having if dane.secure(exchange)]
    may_be = [exchange for exchange in having if dane.secure(exchange) is not False]
    for exchange in exchanges:
        if may_be and exchange not in having and isinstance(dane.tlsa.get(exchange), Found | Absent):
            others = heeded or may_be
            doubt = "" if heeded else ", if its records validate: no resolver that validates was asked"
            yield RULE.finding(
                subject=exchange,
                message=f"{exchange} has no TLSA record that counts, though {listed(others)} has{doubt}",
                evidence=(*_shown(dane, others), *mx_evidence(world, exchange)),
                severity=RULE.severity if heeded else step_lower(RULE.severity),
            )


def _shown(dane: Dane, exchanges: list[str]) -> Iterator[Evidence]:
    for known in map(dane.tlsa.get, exchanges):
        yield from known.value.evidence if isinstance(known, Found) else ()
