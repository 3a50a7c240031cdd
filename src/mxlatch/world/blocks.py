"""Asks the reverse zones of the owner's blocks for leave, at their own authoritative servers, as for a domain.

Only blocks without a reference that holds are asked for. All servers that answer must agree, and no wildcard may
answer (`inventory.leave.proof`). A zone of which nobody speaks proves nothing, and that is told.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mxlatch.inventory.blocks import MOST_PARTS, BlockLeave, holder, is_in_too_many_parts, parts, zone_of, zones_of
from mxlatch.inventory.leave import PROOF_LABEL, Leave, proof, proof_questions
from mxlatch.inventory.model import Block, Network, last_day
from mxlatch.terms.wording import counted
from mxlatch.world.delegation import find_delegation
from mxlatch.world.enquiry import Enquiry, together
from mxlatch.world.nameservers import find_servers
from mxlatch.world.scope import Scope

_TOO_MANY = f"the zones that it consists of are more than the {MOST_PARTS} that are asked for one block"
MOST_ZONES = 128  # asked in one run: each costs a walk down from the root; more blocks are better proved by reference


def with_blocks(leave: Leave | str, scope: Scope) -> Enquiry[Leave | str]:
    """A domain's leave, and with it what the reverse zones say of the inventory's blocks."""
    if isinstance(leave, str):
        return leave
    reverse = yield from find_blocks(scope.inventory.blocks, scope)
    return msgspec.structs.replace(leave, reverse=reverse)


def find_blocks(blocks: Iterable[Block], scope: Scope) -> Enquiry[dict[str, BlockLeave | str]]:
    """By CIDR what the reverse zones grant, or why they prove nothing; without a key nobody is asked.

    `scope.key_hashes` has the operator's key for each name of `names_to_ask`.
    """
    if not scope.key_hashes:
        return {}
    asked, left_out = bounded(blocks, scope.time)
    asked = [block for block in asked if scope.key_hashes.keys() >= set(zones_of(block))]
    names = list(dict.fromkeys(name for block in asked for name in zones_of(block)))
    leaves = yield from together([_find_leave(name, scope) for name in names])
    said = dict(zip(names, leaves, strict=True))
    return {block.cidr: _judge(ipaddress.ip_network(block.cidr), said) for block in asked} | left_out


def names_to_ask(blocks: Iterable[Block], now: float) -> tuple[str, ...]:
    """The names of all reverse zones that `find_blocks` asks for these blocks."""
    return tuple(dict.fromkeys(name for block in bounded(blocks, now)[0] for name in zones_of(block)))


def bounded(blocks: Iterable[Block], now: float) -> tuple[list[Block], dict[str, BlockLeave | str]]:
    """The blocks to ask for, within the bound; and by CIDR why others are not."""
    asked, left_out, names = list[Block](), dict[str, BlockLeave | str](), set[str]()
    for block in (block for block in blocks if block.reference(now) is None):
        wanted = names | {*zones_of(block)}
        if not zones_of(block):
            left_out[block.cidr] = f"no reverse zone holds all of it, and {_TOO_MANY}"
        elif len(wanted) > MOST_ZONES:
            left_out[block.cidr] = f"at most {MOST_ZONES} reverse zones are asked in one run, and its are beyond them"
        else:
            asked.append(block)
            names = wanted
    return asked, left_out


def _find_leave(name: str, scope: Scope) -> Enquiry[Leave | str]:
    """The leave at one name, from the servers of the zone that it is in."""
    delegation = yield from find_delegation(name, scope)
    if delegation.status != "delegated":
        return delegation.reason or f"{name} is not in the DNS"
    named: dict[str, tuple[str, ...]] = dict.fromkeys(delegation.ns, ("parent",))
    servers = yield from find_servers(delegation.zone, named, delegation.glue, scope)
    if not servers.speaking:
        return f"no authoritative server of {delegation.zone} answered"
    seen = yield proof_questions(name, servers.speaking, scope.nonce)
    return proof(name, seen, scope.key_hashes[name], scope.time)


def _judge(network: Network, said: Mapping[str, Leave | str]) -> BlockLeave | str:
    """The holder's word is enough; without it all parts must have theirs."""
    whole, pieces = holder(network), parts(network)
    ways = [each for each in ((whole,) if whole is not None else (), pieces) if each]
    told = [_all_of([(name, said[name]) for name in map(zone_of, way)]) for way in ways]
    granted = next((each for each in told if isinstance(each, BlockLeave)), None)
    return granted or "; ".join([*map(str, told), *([_TOO_MANY] if is_in_too_many_parts(network) else [])])


def _all_of(said: Sequence[tuple[str, Leave | str]]) -> BlockLeave | str:
    """The leave that all of these zones grant, until the first day that ends one; or what is said against it."""
    refused = [each for _, each in said if isinstance(each, str)]
    ends = [each.until for _, each in said if isinstance(each, Leave) and each.until is not None]
    if refused or not ends:
        return refused[0] + (f", nor do {counted(len(refused) - 1, 'other part')}" if refused[1:] else "")
    others = f" and {counted(len(said) - 1, 'other zone')}" if said[1:] else ""
    return BlockLeave(f"txt at {PROOF_LABEL}.{said[0][0]}{others} until {last_day(min(ends))}", min(ends))
