"""The domain's own address: some senders ignore the MX and try it, which RFC 5321 section 5.1 forbids."""

from mxlatch.terms.door import APEX_ADDRESS
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """The domain as a host name."""
    yield from ()
    return Trail((Candidate(APEX_ADDRESS, known.domain, source="the domain's own address"),))
