"""MX007: an MX target has an address (RFC 5321 section 5.1). One whose own domain is free can be taken over."""

from collections.abc import Iterator

from mxlatch.audit.subjects import as_mx_of, mx_evidence, targets
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import Exchange, World

RULE = Rule(
    id="MX007",
    severity=Severity.HIGH,
    title="an MX target does not resolve",
    remedy="remove the record, or correct the name; register the target's domain only to stop somebody else",
    references=cited("mx-lookup", "dangling"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each MX target that surely has no address."""
    lost = {e.name: e for e in world.exchanges if e.absent and not e.addresses and e.kind == "host"}
    for name, uses in targets(world).items():
        if name in lost:
            yield RULE.finding(
                subject=name,
                message=_message(lost[name], uses),
                evidence=lost[name].evidence or mx_evidence(world, name),
                severity=_severity(world, lost, name),
            )


def _message(exchange: Exchange, uses: list[tuple[str, int]]) -> str:
    text = f"{exchange.name} ({as_mx_of(uses)}) does not resolve: {exchange.problem or 'it has no address'}"
    if exchange.dangling:
        text += f"; {exchange.dangling} is not registered: whoever registers it gets mail meant for you"
    return text


def _severity(world: World, lost: dict[str, Exchange], name: str) -> Severity:
    """High if a stranger can take the target over, or if a mail name has no other exchange left."""
    stranded = any(
        name in (exchanges := {exchange for _, exchange in each.mx}) and exchanges <= lost.keys()
        for each in world.names
    )
    return Severity.HIGH if lost[name].dangling or stranded else Severity.MEDIUM
