"""TLS003: a door speaks a TLS that modern software still accepts (RFC 8996 forbids TLS 1.0 and 1.1)."""

from collections.abc import Iterator

from mxlatch.audit.subjects import open_doors, said, title
from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding, Severity
from mxlatch.terms.references import cited
from mxlatch.terms.rule import Rule
from mxlatch.terms.smtp import Tls
from mxlatch.world.model import World

RULE = Rule(
    id="TLS003",
    severity=Severity.LOW,
    title="a door speaks old TLS only",
    remedy="let the server speak TLS 1.2 and 1.3 with the ciphers of its current release",
    references=cited("old-tls"),
)

_OLD = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})


def check(world: World, paths: Paths) -> Iterator[Finding]:
    """One finding for each door at which only old TLS was agreed."""
    for door in open_doors(world):
        tls = door.session.tls if door.session else None
        if tls is not None and (tls.state == "old" or (tls.state == "ok" and tls.version in _OLD)):
            agreed = " ".join(filter(None, (tls.version, tls.cipher))) or "old TLS"
            yield RULE.finding(
                subject=door.id,
                message=f"{title(door)} agrees to {agreed} only{_why(tls)}",
                evidence=said(world, door, [f"agreed on {agreed}"]),
            )


def _why(tls: Tls) -> str:
    return f", which current software refuses by default ({tls.reason})" if tls.reason else ""
