"""The lab's public recursive resolver: what an ordinary resolver would get, without asking (RFC 1034 section 5).

It reads the zones directly. Where servers disagree it answers from the first listed server that answers at all; where
none does, SERVFAIL.
"""

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from mxlatch.lab.dns import look_up, respond
from mxlatch.lab.topology import Topology
from mxlatch.lab.tree import truth
from mxlatch.lab.zones import Zone

_LONGEST_CHAIN = 12  # CNAMEs followed; BIND and Unbound stop at 11 to 17


class Resolver:
    """Answers recursive queries from the topology's truth."""

    def __init__(self, topology: Topology) -> None:
        """All zones are read once."""
        names = ["", *(z.name for z in topology.zones)]
        self._zones: dict[dns.name.Name, Zone | None] = {dns.name.from_text(n or "."): None for n in names}
        for versions in truth(topology):
            if versions and versions[0].origin is not None:
                self._zones[versions[0].origin] = versions[0]

    def answer(self, query: bytes, by_tcp: bool) -> bytes | None:
        """The reply to one query."""
        return respond(query, by_tcp, self._fill)

    def _fill(self, request: dns.message.Message, response: dns.message.Message) -> None:
        response.flags |= dns.flags.RA
        question = request.question[0]
        if not request.flags & dns.flags.RD:
            response.set_rcode(dns.rcode.REFUSED)
            return
        name: dns.name.Name | None = question.name
        for _ in range(_LONGEST_CHAIN):
            if name is None:
                break
            zone = self._zone_for(name)
            if zone is None:
                _fail(response)
                break
            name = look_up(zone, name, question.rdtype, response)
            if response.authority and response.authority[0].rdtype == dns.rdatatype.NS:
                _fail(response)  # a delegation to servers that the lab does not have
        else:
            _fail(response)
        response.flags &= ~dns.flags.AA
        response.additional.clear()

    def _zone_for(self, name: dns.name.Name) -> Zone | None:
        origin = max((o for o in self._zones if name.is_subdomain(o)), key=len)
        return self._zones[origin]


def _fail(response: dns.message.Message) -> None:
    response.set_rcode(dns.rcode.SERVFAIL)
    response.answer.clear()
    response.authority.clear()
