"""Hosts that the reverse zone names (PTR, RFC 1035 3.5): in the owner's blocks, and beside the doors it is known by.

Only addresses that the inventory lists are asked about. A reverse name proves nothing by itself; whether its address
takes mail is asked at the door.
"""

import ipaddress
from collections.abc import Iterator
from functools import partial

from mxlatch.inventory.model import Address, Network
from mxlatch.terms.door import HOST_NAME
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.names import is_below
from mxlatch.world import showing
from mxlatch.world.answers import answered
from mxlatch.world.candidate import Candidate, Known
from mxlatch.world.enquiry import Enquiry
from mxlatch.world.scope import Scope
from mxlatch.world.trail import Trail, publicly, unheard

MOST_ADDRESSES = 1024  # of all blocks together: a question each
NEIGHBOURS = 3  # addresses on either side of a known door
_MOST_DOORS = 256  # whose neighbours are asked about


def find(known: Known, scope: Scope) -> Enquiry[Trail]:
    """The hosts, and which blocks were left out."""
    if scope.inventory.domain(known.domain) is None:
        return Trail()
    addresses, told = _addresses(known, scope)
    by_name = {address.reverse_pointer: str(address) for address in addresses}
    questions = publicly(list(by_name), "PTR", scope)
    seen = yield questions
    found: dict[tuple[str, str], Candidate] = {}
    for question, observation in zip(questions, seen, strict=True):
        for record in answered(observation, "PTR"):
            name, address = str(record.value), by_name[question.name]
            if is_below(name, known.domain):
                evidence = (showing.of_answer(observation),)
                found.setdefault((name, address), Candidate(HOST_NAME, name, address, source="PTR", evidence=evidence))
    return Trail(tuple(found.values()), tuple(told), unheard(seen))


def _addresses(known: Known, scope: Scope) -> tuple[list[Address], list[Evidence]]:
    """What to ask about, each once, in order; and what is told of the blocks that are left out."""
    wanted: dict[Address, None] = {}
    told: list[Evidence] = []
    networks = {block: ipaddress.ip_network(block.cidr, strict=False) for block in scope.inventory.blocks}
    for block in sorted(networks, key=lambda b: networks[b].num_addresses):
        size = networks[block].num_addresses
        if len(wanted) + size <= MOST_ADDRESSES:
            wanted |= dict.fromkeys(networks[block])
        else:
            text = f"block {block.cidr}: its reverse names were not asked: over {MOST_ADDRESSES} addresses"
            told.append(scope.inventory.evidence(text, block.line))
    wanted |= dict.fromkeys(_beside_doors(known, scope, list(networks.values())))
    return sorted(wanted, key=lambda a: (a.version, int(a))), told


def _beside_doors(known: Known, scope: Scope, networks: list[Network]) -> Iterator[Address]:
    """The neighbours of known doors, as far as they stand in the owner's blocks."""
    declared = {address for door in scope.inventory.doors for address in door.addresses}
    for door in sorted(known.addresses | declared)[:_MOST_DOORS]:
        parsed = ipaddress.ip_address(door)
        yield from filter(partial(_listed, networks), _around(parsed))


def _around(address: Address) -> Iterator[Address]:
    last = (1 << address.max_prefixlen) - 1
    for number in range(max(0, int(address) - NEIGHBOURS), min(last, int(address) + NEIGHBOURS) + 1):
        yield type(address)(number)


def _listed(networks: list[Network], address: Address) -> bool:
    return any(address in network for network in networks)
