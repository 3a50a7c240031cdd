"""TLS006: what an exchanger shows fits its TLSA records; senders that heed DANE deliver nothing where it does not."""

from collections.abc import Iterator

from mxlatch.audit.subjects import certificate_line, said
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.outcome import Found
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule, step_lower
from mxlatch.world.dane_fit import fits_tlsa
from mxlatch.world.model import World

RULE = Rule(
    id="TLS006",
    severity=Severity.HIGH,
    title="a certificate that fits none of the exchanger's TLSA records",
    remedy="publish the TLSA of the certificate in use, and keep the old one until its TTL has passed",
    references=cited("dane-certificates", "dane-digests"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each exchanger and door; medium where it is not known whether the records validate."""
    dane = world.dane
    if dane is None:
        return
    for way, id in world.ways_in:
        door, known, secure = world.door(id), dane.tlsa.get(way.exchange), dane.secure(way.exchange)
        if not way.published or way.name != world.domain or secure is False or not isinstance(known, Found):
            continue
        if fits_tlsa(world, door, way.exchange) is False:
            chain = door.session.tls.chain if door.session and door.session.tls else ()
            doubt = "" if secure else ", if they validate: no resolver that validates was asked"
            yield RULE.finding(
                subject=id,
                message=f"the certificate of {way.exchange} ({id}) fits none of its TLSA records{doubt}",
                evidence=(*known.value.evidence, *said(world, door, map(certificate_line, chain[:1]))),
                severity=RULE.severity if secure else step_lower(RULE.severity),
            )
