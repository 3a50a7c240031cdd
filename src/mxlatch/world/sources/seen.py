"""Hosts below the domain that stand in files of the operator's: certificate logs, message headers, mail logs, lists."""

import re

from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import is_below
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope, SeenName
from mxlatch.world.trail import Trail

MOST_NAMES = 150  # of one domain: certificate logs hold thousands, and each is looked up

# What hosts that take mail are called; these are tried first.
_MAIL = re.compile(
    r"mail|smtp|imap|pop|mx|mta|owa|exch|relay|post|remote|webmail|autodiscover|edge|hub|gate|gw|spam|filter|zimbra|list",
    re.ASCII,
)


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """The hosts, those with the names of mail hosts first, and how many are left out."""
    yield from ()
    below = [seen for seen in scope.seen_names if is_below(seen.name, known.domain)]
    below.sort(key=lambda seen: (_unlikely(seen, known.domain), seen))
    found: dict[tuple[str, str], Candidate] = {}
    for seen in below:
        text = f"{seen.name} {seen.address}".rstrip()
        evidence = (Evidence(text, source=seen.source),)
        found.setdefault(
            (seen.name, seen.address), Candidate(HOST_NAME, seen.name, seen.address, source="file", evidence=evidence)
        )
    left_out = len(found) - MOST_NAMES
    told = Evidence(f"{left_out} more names below {known.domain} were not looked up", source="files of names")
    return Trail(tuple(found.values())[:MOST_NAMES], (told,) if left_out > 0 else ())


def _unlikely(seen: SeenName, domain: str) -> bool:
    """True if nothing in the name below the domain says mail; a host with an address was seen to send or take it."""
    return not seen.address and _MAIL.search(seen.name.removesuffix(domain)) is None
