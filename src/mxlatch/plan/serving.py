"""Who serves a plan's zones, and which server takes their updates: the SOA's MNAME (RFC 2136 section 4.3).

Limits: a primary that is hidden behind another name than MNAME, or that only inside resolvers know, is not found: its
address has to be given.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from mxlatch.terms import dns
from mxlatch.terms.serials import newest
from mxlatch.world.answers import answered
from mxlatch.world.delegation import addresses_in, find_delegation, resolver_questions
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.nameservers import Servers, find_servers
from mxlatch.world.scope import Scope


class Serving(Struct, frozen=True):
    """Who serves a zone. addresses: of all servers that anybody names, of silent ones too.

    mname: of the SOA; primary: its addresses.
    """

    zone: str
    addresses: tuple[str, ...] = ()
    mname: str = ""
    primary: tuple[str, ...] = ()


def find_serving(zone: str, scope: Scope) -> Enquiry[Serving]:
    """Ask from the root down who serves the zone, then where its MNAME is."""
    delegation = yield from find_delegation(zone, scope)
    if delegation.zone != zone:
        return Serving(zone)
    named: dict[str, tuple[str, ...]] = dict.fromkeys((*delegation.ns, *_declared(zone, scope)), ("parent",))
    servers = yield from find_servers(zone, named, delegation.glue, scope)
    mname = _mname(servers)
    known = tuple(sorted(servers.learnt.get(mname, {})))
    if mname and not known:
        seen = yield resolver_questions([mname], scope)
        known = tuple(sorted({address for each in seen for address in addresses_in(each)}))
    return Serving(zone, servers.addresses, mname, known)


def _declared(zone: str, scope: Scope) -> Iterable[str]:
    return (name for entry in scope.inventory.domains if entry.name == zone for name in entry.name_servers)


def _mname(servers: Servers) -> str:
    """The MNAME of the newest SOA that a server gives."""
    records = [record for seen in servers.soa.values() for record in answered(seen, "SOA")]
    soas = [msgspec.convert(record.value, dns.Soa) for record in records]
    serial = newest(soa[2] for soa in soas)
    return next((soa[0] for soa in soas if soa[2] == serial), "")
