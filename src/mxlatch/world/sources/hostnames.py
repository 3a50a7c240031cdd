"""Names that a stranger guesses: likely words below the domain, and neighbours of those that exist (mx1, so mx2)."""

import re
from collections.abc import Iterator

from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.names import ROOT, is_below
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail

_NUMBERED = re.compile(r"([a-z-]+?)(\d)(\D*)", re.ASCII)  # one digit: mx1, mail2-old
_OLD = ("old-{}", "{}-old", "backup-{}")
_MOST = 200  # names guessed for one domain


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """Host names to look up; most will not exist."""
    yield from ()
    guesses = dict.fromkeys([f"{word}.{known.domain}" for word in scope.words] + list(_beside(known)))
    published = {exchange.name for exchange in known.exchanges}
    names = [name for name in guesses if name not in published][:_MOST]
    return Trail(tuple(Candidate(HOST_NAME, name, source="a guess") for name in names))


def _beside(known: Known) -> Iterator[str]:
    """Neighbours of the names that exist: other numbers, old ones, spares."""
    for exchange in sorted(known.exchanges, key=lambda e: e.name):
        label, _, rest = exchange.name.partition(".")
        if exchange.name == ROOT or not is_below(exchange.name, known.domain) or exchange.name == known.domain:
            continue
        numbered = _NUMBERED.fullmatch(label)
        if numbered:
            yield from (f"{numbered[1]}{digit}{numbered[3]}.{rest}" for digit in range(10))
        yield from (f"{pattern.format(label)}.{rest}" for pattern in _OLD)
