"""MX006: an MX leads to an address that the world can reach, not to localhost or private space (RFC 6890).

Addresses that the inventory lists are the owner's own affair and are left out.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import as_mx_of, mx_evidence, targets
from mxlatch.net.scope import parse_address, why_not_global
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import Exchange, World

RULE = Rule(
    id="MX006",
    severity=Severity.MEDIUM,
    title="an MX leads to localhost or private space",
    remedy="remove the record; a name that takes no mail says so with a null MX",
    references=cited("special-addresses", "mx-lookup", "null-mx"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each MX target that leads to where no stranger can follow."""
    for name, uses in targets(world).items():
        exchange = world.exchange(name)
        if exchange is None:
            continue
        leads_to = _where(world, exchange)
        if leads_to:
            yield RULE.finding(
                subject=name,
                message=f"{name} ({as_mx_of(uses)}) leads to {listed(leads_to)}",
                evidence=[e for view in exchange.addresses for e in view.evidence] or mx_evidence(world, name),
            )


def _where(world: World, exchange: Exchange) -> list[str]:
    places = sorted(filter(None, (_place(world, view.address) for view in exchange.addresses)))
    all_listed = bool(exchange.addresses) and not places
    return places or (["the sender's own host (localhost)"] if exchange.kind == "localhost" and not all_listed else [])


def _place(world: World, text: str) -> str:
    """The address with what it is; "" for a global one, one that the inventory lists, or no address at all."""
    address = parse_address(text)
    why = why_not_global(address) if address else None
    return f"{text} ({why})" if why and not world.inventory.is_listed(text) else ""
