"""MX008: an address stands once in an MX set. Some senders drop the second entry, so it does not do what it seems to.

Exim removes duplicate addresses: a "sandwich" that lists the primary again under the highest number needs another
address to work there.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import mx_evidence, together
from mxlatch.paths.model import Paths
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import counted, listed
from mxlatch.world.model import MailName, World

RULE = Rule(
    id="MX008",
    severity=Severity.LOW,
    title="one address under several MX",
    remedy="give each MX of a name an address of its own, or list the server once",
    references=cited("mx-order"),
)

Entries = tuple[tuple[int, str], ...]


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each set of addresses that mail names list more than once."""
    told = {name.name: _repeated(world, name) for name in world.names}
    for subject, repeated, names in together(world, {name: found for name, found in told.items() if found}):
        addresses = listed(f"{address} as {_as(entries)}" for address, entries in repeated)
        count = counted(len(repeated), "address", "addresses")
        exchanges = sorted({exchange for _, entries in repeated for _, exchange in entries})
        yield RULE.finding(
            subject=subject,
            message=f"{count} more than once in the MX of {listed(names)}: {addresses}",
            evidence=[e for exchange in exchanges for e in _evidence(world, exchange)],
        )


def _repeated(world: World, name: MailName) -> tuple[tuple[str, Entries], ...]:
    """Addresses to which more than one MX of one answer leads, with those MX."""
    found: dict[str, set[tuple[int, str]]] = {}
    for view in name.views:
        leading: dict[str, set[tuple[int, str]]] = {}
        for preference, exchange in view.mx or ():
            target = world.exchange(exchange)
            for address in target.addresses if target else ():
                leading.setdefault(address.address, set()).add((preference, exchange))
        for address_text, entries in leading.items():
            if len(entries) > 1:
                found.setdefault(address_text, set()).update(entries)
    return tuple((address, tuple(sorted(found[address]))) for address in sorted(found))


def _as(entries: Entries) -> str:
    return listed(f"{preference} {exchange}" for preference, exchange in entries)


def _evidence(world: World, exchange: str) -> list[Evidence]:
    target = world.exchange(exchange)
    addresses = [e for view in (target.addresses if target else ()) for e in view.evidence]
    return [*mx_evidence(world, exchange), *addresses]
