"""NS002: name servers give different MX while their serials differ too: a change on its way, or one that got stuck."""

from collections.abc import Iterator
from itertools import combinations

from mxlatch.audit.checks.ns001 import Sets, in_words, sets_of, split_brains
from mxlatch.audit.subjects import by_server
from mxlatch.paths.model import Paths
from mxlatch.terms.dns import Mx
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import MailName, World

RULE = Rule(
    id="NS002",
    severity=Severity.LOW,
    title="name servers give different MX at different serials",
    remedy="wait for the zone's refresh and ask again; if it stays, repair the transfer to the servers left behind",
    references=cited("delegation", "serials"),
)


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each name with several MX sets, unless NS001 tells all of it already."""
    for name in sorted(world.names, key=lambda name: name.name):
        sets = sets_of(by_server(name))
        if len(sets) > 1 and (not split_brains(name) or serials_share_nothing(name)):
            yield RULE.finding(
                subject=name.name,
                message=f"{name.name} has {len(sets)} different MX sets at {_serials(sets)}: {in_words(sets)}",
                evidence=[e for views in sets.values() for view in views for e in view.evidence],
            )


def serials_share_nothing(name: MailName) -> bool:
    """True if two serials have no MX set in common: more than a split brain at one of them explains."""
    by_serial: dict[int | None, set[tuple[Mx, ...]]] = {}
    for view in by_server(name):
        if view.meant is not None:
            by_serial.setdefault(view.serial, set()).add(tuple(sorted(set(view.meant))))
    return any(one.isdisjoint(other) for one, other in combinations(by_serial.values(), 2))


def _serials(sets: Sets) -> str:
    serials = {view.serial for views in sets.values() for view in views}
    known = [str(serial) for serial in sorted(s for s in serials if s is not None)]
    if None in serials:
        return "serials that are not all known"
    return f"serials {listed(known)}"
