"""Exchanges and addresses that the domain published once: senders that remember them still try (story 1)."""

from collections.abc import Iterator
from datetime import UTC, datetime

from mxlatch.terms.door import REMEMBERED
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.operators import operator_of
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Remembered, Scope
from mxlatch.world.trail import Trail

_MOST = 256  # names and addresses of one domain


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """What is no longer published; a known operator's exchanges, which others use on, are left out."""
    yield from ()
    return Trail(tuple(_candidates(known, scope))[:_MOST])


def _candidates(known: Known, scope: Scope) -> Iterator[Candidate]:
    published = {exchange.name for exchange in known.exchanges}
    for each in sorted(scope.remembered, key=lambda r: (r.name, r.address, -r.when)):
        still = each.address in known.addresses if each.address else each.name in published
        if each.domain == known.domain and not still and operator_of(each.name, scope.providers) is None:
            yield Candidate(REMEMBERED, each.name, each.address, source="earlier audit", evidence=(_evidence(each),))


def _evidence(remembered: Remembered) -> Evidence:
    day = datetime.fromtimestamp(remembered.when, UTC).date()
    return Evidence(
        f"{remembered.name} {remembered.address}".rstrip() + f": seen on {day}", remembered.where, remembered.when
    )
