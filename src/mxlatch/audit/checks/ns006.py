"""NS006: a server knows a name however it is spelled (RFC 4343): "eXaMpLe.com" and "example.com" are one name.

Resolvers mix the case on purpose (0x20) to make forged answers harder. Only two clear answers that differ are told.
"""

from collections.abc import Iterator

from mxlatch.audit.subjects import by_server
from mxlatch.paths.model import Paths
from mxlatch.terms.dns import ANSWER, NODATA, NXDOMAIN, REFUSED, SERVFAIL
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.world.model import MailName, MxView, World

RULE = Rule(
    id="NS006",
    severity=Severity.MEDIUM,
    title="a name server knows a name in one spelling only",
    remedy="update or replace this name server, or whatever stands in front of it and rewrites queries",
    references=cited("letter-case"),
)

# Silence to one spelling may be a lost packet: it is no answer, and so no difference.
_CLEAR = frozenset({ANSWER, NODATA, NXDOMAIN, REFUSED, SERVFAIL})
_OWN_WORD = frozenset({ANSWER, NODATA, NXDOMAIN})


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each server and name that are answered by spelling."""
    for name in sorted(world.names, key=lambda name: name.name):
        for view in by_server(name):
            if _differ(view):
                yield RULE.finding(subject=view.server, message=_message(name, view), evidence=view.evidence)


def _differ(view: MxView) -> bool:
    both = {view.status, view.lower_status}
    return view.lower_status is not None and both <= _CLEAR and bool(both & _OWN_WORD)


def _message(name: MailName, view: MxView) -> str:
    if view.status == view.lower_status:
        return f"{view.server} gives different MX for {name.name} in mixed and in lower case"
    return f"{view.server} says {view.status} to {name.name} MX in mixed case, but {view.lower_status} in lower case"
