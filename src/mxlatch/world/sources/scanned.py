"""What a scan of the owner's blocks found: nameless doors, where mail for the domain may be handed in too."""

from collections.abc import Iterator

from mxlatch.terms.door import SCAN, door_id
from mxlatch.terms.evidence import Evidence
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scanned, Scope
from mxlatch.world.trail import Trail


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """Every place that was found. Only for the owner's own domains: mail for others has no business there."""
    yield from ()
    if scope.inventory.domain(known.domain) is not None:
        return Trail(tuple(_candidates(scope)))
    why = f"not looked at: the inventory does not name {known.domain}"
    return Trail(told=tuple(Evidence(why, where) for where in sorted({each.where for each in scope.scanned})))


def _candidates(scope: Scope) -> Iterator[Candidate]:
    for each in scope.scanned:
        yield Candidate(SCAN, "", each.address, each.port, "scan", (_evidence(each),))


def _evidence(scanned: Scanned) -> Evidence:
    said = scanned.greeting or "took a connection"
    return Evidence(f"{door_id(scanned.address, scanned.port)}: {said}", scanned.where, scanned.when)
