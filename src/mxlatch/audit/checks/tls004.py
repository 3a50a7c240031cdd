"""TLS004: the MTA-STS policy names every exchanger: one that it does not name is unreachable to who heeds it."""

from collections.abc import Iterator

from mxlatch.audit.subjects import mx_evidence, targets
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.outcome import Found
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

RULE = Rule(
    id="TLS004",
    severity=Severity.MEDIUM,
    title="an exchanger that the MTA-STS policy does not name",
    remedy="name it in the policy and give the TXT record a new id, or take it out of the MX",
    references=cited("mta-sts", "mta-sts-validation"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each exchanger; high if the policy names none, low if it is not enforced yet."""
    if not isinstance(world.sts, Found) or world.sts.value.policy.mode == "none":
        return
    sts = world.sts.value
    exchanges = [name for name, uses in targets(world).items() if any(of == world.domain for of, _ in uses)]
    none = not any(map(sts.names, exchanges))
    for exchange in exchanges:
        if not sts.names(exchange):
            yield RULE.finding(
                subject=exchange,
                message=f"the MTA-STS policy of {world.domain} does not name {exchange}: {_comes(sts.enforced, none)}",
                evidence=(*sts.evidence, *mx_evidence(world, exchange)),
                severity=_severity(sts.enforced, none),
            )


def _comes(enforced: bool, none: bool) -> str:
    if not enforced:
        return "once it is enforced, senders that heed it do not come there"
    if none:
        return "it names no exchanger, so that senders that heed it deliver nothing and return their mail"
    return "senders that heed it do not come there, also while the others are down"


def _severity(enforced: bool, none: bool) -> Severity:
    if not enforced:
        return Severity.LOW
    return Severity.HIGH if none else RULE.severity
