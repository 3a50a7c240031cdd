"""NS001: name servers with the same serial say the same of a name's MX; if not, the zone has a split brain.

Sets of preference and lower-case exchange are compared; TTL and order are not. A server that gave no clear answer is
left out.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import by_server, mx_text
from mxlatch.paths.model import Paths
from mxlatch.terms.dns import Mx
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.wording import listed
from mxlatch.world.model import MailName, MxView, World

RULE = Rule(
    id="NS001",
    severity=Severity.HIGH,
    title="name servers with one serial give different MX",
    remedy="find out which data is meant, load it on every server, raise the serial, and remove servers nobody feeds",
    references=cited("delegation", "disagreeing-ns"),
)

Sets = dict[tuple[Mx, ...], list[MxView]]


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each name and serial at which there is more than one MX set."""
    for name in sorted(world.names, key=lambda name: name.name):
        for serial, sets in split_brains(name).items():
            yield RULE.finding(
                subject=name.name,
                message=f"{name.name} has {len(sets)} different MX sets at serial {serial}: {in_words(sets)}",
                evidence=[e for views in sets.values() for view in views for e in view.evidence],
            )


def split_brains(name: MailName) -> dict[int, Sets]:
    """By serial, the MX sets that are served at it, where there is more than one."""
    serials = sorted({view.serial for view in name.views if view.serial is not None})
    found = {serial: sets_of([view for view in by_server(name) if view.serial == serial]) for serial in serials}
    return {serial: sets for serial, sets in found.items() if len(sets) > 1}


def sets_of(views: list[MxView]) -> Sets:
    """The MX sets that these answers hold, each with its answers, in the order of the sets."""
    sets: Sets = {}
    for view in views:
        if view.meant is not None:
            sets.setdefault(tuple(sorted(set(view.meant))), []).append(view)
    return dict(sorted(sets.items()))


def in_words(sets: Sets) -> str:
    """The sets, each with who says so."""
    return "; ".join(f"{mx_text(mx)} at {listed(view.server for view in views)}" for mx, views in sets.items())
